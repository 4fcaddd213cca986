//! Small dense square matrices (24 x 24 and the like), row-major, with a fixed order of summation.

/// A square matrix.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) n: usize,
    pub(crate) values: Vec<f64>,
}

impl Matrix {
    pub(crate) fn zero(n: usize) -> Self {
        Self { n, values: vec![0.0; n * n] }
    }

    pub(crate) fn identity(n: usize) -> Self {
        let mut matrix = Self::zero(n);
        matrix.add_diagonal(1.0);
        matrix
    }

    pub(crate) fn from_f32(n: usize, values: &[f32]) -> Self {
        Self { n, values: values.iter().map(|v| f64::from(*v)).collect() }
    }

    pub(crate) fn to_f32(&self) -> Vec<f32> {
        self.values.iter().map(|v| *v as f32).collect()
    }

    pub(crate) fn at(&self, row: usize, col: usize) -> f64 {
        self.values[row * self.n + col]
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n..(row + 1) * self.n]
    }

    pub(crate) fn trace(&self) -> f64 {
        (0..self.n).map(|i| self.at(i, i)).sum()
    }

    pub(crate) fn add_diagonal(&mut self, value: f64) {
        for i in 0..self.n {
            self.values[i * self.n + i] += value;
        }
    }

    /// Adds `factor · d dᵀ`.
    pub(crate) fn add_outer(&mut self, d: &[f64], factor: f64) {
        for (i, a) in d.iter().enumerate() {
            for (j, b) in d.iter().enumerate() {
                self.values[i * self.n + j] += factor * a * b;
            }
        }
    }

    /// Adds `factor · other`.
    pub(crate) fn add(&mut self, other: &Self, factor: f64) {
        for (a, b) in self.values.iter_mut().zip(&other.values) {
            *a += factor * b;
        }
    }

    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        for value in &mut self.values {
            *value *= factor;
        }
        self
    }

    pub(crate) fn product(&self, other: &Self) -> Self {
        let mut out = Self::zero(self.n);
        for i in 0..self.n {
            for k in 0..self.n {
                let a = self.at(i, k);
                for j in 0..self.n {
                    out.values[i * self.n + j] += a * other.at(k, j);
                }
            }
        }
        out
    }

    pub(crate) fn transposed(&self) -> Self {
        let mut out = Self::zero(self.n);
        for i in 0..self.n {
            for j in 0..self.n {
                out.values[j * self.n + i] = self.at(i, j);
            }
        }
        out
    }

    /// `self · v`.
    pub(crate) fn apply(&self, v: &[f64]) -> Vec<f64> {
        (0..self.n).map(|i| self.row(i).iter().zip(v).map(|(a, b)| a * b).sum()).collect()
    }

    /// Lower Cholesky factor; `None` unless positive definite.
    pub(crate) fn cholesky(&self) -> Option<Self> {
        let mut lower = Self::zero(self.n);
        for i in 0..self.n {
            for j in 0..=i {
                let dot: f64 = (0..j).map(|k| lower.at(i, k) * lower.at(j, k)).sum();
                let rest = self.at(i, j) - dot;
                lower.values[i * self.n + j] = if i == j {
                    if rest <= 0.0 || !rest.is_finite() {
                        return None;
                    }
                    rest.sqrt()
                } else {
                    rest / lower.at(j, j)
                };
            }
        }
        Some(lower)
    }

    /// Inverse of a lower triangular matrix with a positive diagonal.
    pub(crate) fn lower_inverse(&self) -> Self {
        let mut inverse = Self::zero(self.n);
        for j in 0..self.n {
            for i in j..self.n {
                let unit = if i == j { 1.0 } else { 0.0 };
                let dot: f64 = (j..i).map(|k| self.at(i, k) * inverse.at(k, j)).sum();
                inverse.values[i * self.n + j] = (unit - dot) / self.at(i, i);
            }
        }
        inverse
    }

    /// Eigenvalues and eigenvectors (columns) of a symmetric matrix by cyclic Jacobi rotations.
    pub(crate) fn eigen(&self) -> (Vec<f64>, Self) {
        let n = self.n;
        let mut a = self.clone();
        let mut vectors = Self::identity(n);
        let scale: f64 = a.values.iter().map(|v| v * v).sum();
        for _sweep in 0..60 {
            let off: f64 = (0..n)
                .flat_map(|i| (0..n).filter(move |j| *j != i).map(move |j| (i, j)))
                .map(|(i, j)| a.at(i, j) * a.at(i, j))
                .sum();
            if off <= scale * 1e-24 {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    rotate(&mut a, &mut vectors, p, q);
                }
            }
        }
        ((0..n).map(|i| a.at(i, i)).collect(), vectors)
    }
}

fn rotate(a: &mut Matrix, vectors: &mut Matrix, p: usize, q: usize) {
    let n = a.n;
    let apq = a.at(p, q);
    if apq == 0.0 {
        return;
    }
    let theta = (a.at(q, q) - a.at(p, p)) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..n {
        let (kp, kq) = (a.at(k, p), a.at(k, q));
        a.values[k * n + p] = c * kp - s * kq;
        a.values[k * n + q] = s * kp + c * kq;
    }
    for k in 0..n {
        let (pk, qk) = (a.at(p, k), a.at(q, k));
        a.values[p * n + k] = c * pk - s * qk;
        a.values[q * n + k] = s * pk + c * qk;
    }
    for k in 0..n {
        let (kp, kq) = (vectors.at(k, p), vectors.at(k, q));
        vectors.values[k * n + p] = c * kp - s * kq;
        vectors.values[k * n + q] = s * kp + c * kq;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Matrix {
        let mut m = Matrix::zero(4);
        for (k, d) in [[1.0, 2.0, 0.5, -1.0], [0.3, -0.4, 2.0, 0.1], [1.5, 0.2, 0.1, 0.9]].iter().enumerate() {
            m.add_outer(d, 1.0 + k as f64);
        }
        m.add_diagonal(0.25);
        m
    }

    fn near(a: &Matrix, b: &Matrix) {
        for (x, y) in a.values.iter().zip(&b.values) {
            assert!((x - y).abs() < 1e-9, "{x} {y}");
        }
    }

    #[test]
    fn cholesky_and_its_inverse_give_the_matrix_back() {
        let m = sample();
        let l = m.cholesky().unwrap();
        near(&l.product(&l.transposed()), &m);
        near(&l.product(&l.lower_inverse()), &Matrix::identity(4));
        assert!(Matrix::identity(2).scaled(-1.0).cholesky().is_none());
    }

    #[test]
    fn eigenvectors_diagonalise() {
        let m = sample();
        let (values, q) = m.eigen();
        let mut diagonal = Matrix::zero(4);
        for (i, value) in values.iter().enumerate() {
            diagonal.values[i * 4 + i] = *value;
        }
        near(&q.product(&diagonal).product(&q.transposed()), &m);
        near(&q.product(&q.transposed()), &Matrix::identity(4));
    }
}
