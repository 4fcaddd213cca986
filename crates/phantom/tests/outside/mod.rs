//! Data made by others (`shared/data/physics`), read and used without our physics.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};

/// The folder of outside data, or `None` with a line that says so.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/physics");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no shared data");
    None
}

/// Reads a little-endian f64 `.npy` file in C order: its values.
pub(crate) fn npy(path: &Path) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..6], b"\x93NUMPY", "{}", path.display());
    let header_len = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..10 + header_len]).unwrap();
    assert!(header.contains("'fortran_order': False") && header.contains("<f8"), "{header}");
    bytes[10 + header_len..].chunks_exact(8).map(|c| f64::from_le_bytes(c.try_into().unwrap())).collect()
}

/// Beams and detector of the semiZ repository with NIST's coefficients: a forward model that shares nothing with ours.
pub(crate) struct Outside {
    energies: Vec<f64>,
    response: Vec<f64>,
    /// Spectra by band (9 MV, 6 MV): 100 rows from the beam's axis outwards.
    spectra: [Vec<f64>; 2],
    folder: PathBuf,
}

/// Detector rows of the outside data.
pub(crate) const ROWS: usize = 100;

impl Outside {
    pub(crate) fn read() -> Option<Self> {
        let folder = folder()?;
        Some(Self {
            energies: npy(&folder.join("E.npy")),
            response: npy(&folder.join("D.npy")),
            spectra: ["phi_9MeV.npy", "phi_6MeV.npy"].map(|file| npy(&folder.join(file))),
            folder,
        })
    }

    pub(crate) fn file(&self, name: &str) -> Vec<f64> {
        npy(&self.folder.join(name))
    }

    /// NIST XCOM total attenuation with coherent scattering, cm²/g, at each energy: between the table's points as a power law.
    pub(crate) fn mu(&self, fractions: &[(u8, f64)]) -> Vec<f64> {
        let mut sum = vec![0.0; self.energies.len()];
        for (z, fraction) in fractions {
            let text = std::fs::read_to_string(self.folder.join(format!("xcom/{z:02}.txt"))).unwrap();
            let mut table: Vec<[f64; 2]> = text
                .lines()
                .map(|line| line.split_whitespace().filter_map(|n| n.parse().ok()).collect::<Vec<f64>>())
                .filter(|row| row.len() == 8)
                .map(|row| [row[0].ln(), row[6].ln()])
                .collect();
            table.dedup_by(|b, a| b[0] <= a[0]);
            for (sum, energy) in sum.iter_mut().zip(&self.energies) {
                let x = energy.ln();
                let i = table.partition_point(|p| p[0] < x).clamp(1, table.len() - 1);
                let ([xa, ya], [xb, yb]) = (table[i - 1], table[i]);
                *sum += fraction * (ya + (yb - ya) * (x - xa) / (xb - xa)).exp();
            }
        }
        sum
    }

    /// `−ln T` of a band (0 for 9 MV, 1 for 6 MV) at a row, counted from the axis, behind layers of (μ, g/cm²).
    pub(crate) fn attenuation(&self, band: usize, row: usize, layers: &[(&[f64], f64)]) -> f64 {
        let spectrum = &self.spectra[band][row * self.energies.len()..(row + 1) * self.energies.len()];
        let (mut before, mut behind) = (0.0, 0.0);
        for (i, (photons, response)) in spectrum.iter().zip(&self.response).enumerate() {
            let weight = photons * response;
            let depth: f64 = layers.iter().map(|(mu, areal)| mu[i] * areal).sum();
            before += weight;
            behind += weight * (-depth).exp();
        }
        -(behind / before).ln()
    }

    /// Moments 0 to 3 of the energy that a counted photon leaves behind layers, on the axis. A photon is taken to leave all of
    /// its energy or nothing: so many of energy E are counted as make up the mean response D(E).
    fn moments(&self, band: usize, layers: &[(&[f64], f64)]) -> [f64; 4] {
        let spectrum = &self.spectra[band][..self.energies.len()];
        let mut moments = [0.0; 4];
        for (i, (photons, response)) in spectrum.iter().zip(&self.response).enumerate() {
            let energy = self.energies[i];
            let depth: f64 = layers.iter().map(|(mu, areal)| mu[i] * areal).sum();
            let counted = photons * response / energy * (-depth).exp();
            for (power, moment) in moments.iter_mut().enumerate() {
                *moment += counted * energy.powi(power as i32);
            }
        }
        moments
    }

    /// `⟨E²⟩/⟨E⟩²` of the counted photons behind layers.
    pub(crate) fn excess(&self, band: usize, layers: &[(&[f64], f64)]) -> f64 {
        let m = self.moments(band, layers);
        m[2] * m[0] / (m[1] * m[1])
    }

    /// Mean energy of the counted photons behind layers, MeV.
    pub(crate) fn quantum_mev(&self, band: usize, layers: &[(&[f64], f64)]) -> f64 {
        let m = self.moments(band, layers);
        m[1] / m[0]
    }

    /// Skewness of the sum of N counted photons, times √N: `⟨E³⟩/⟨E²⟩^1.5`.
    pub(crate) fn skewness(&self, band: usize, layers: &[(&[f64], f64)]) -> f64 {
        let m = self.moments(band, layers).map(|moment| moment / self.moments(band, layers)[0]);
        m[3] / m[2].powf(1.5)
    }
}
