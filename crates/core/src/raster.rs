use std::fmt;
use std::sync::Arc;

/// Memory that holds pixels but is not a `Vec`: a mapped file, a staging buffer, memory shared with another process.
pub trait PixelMemory<T>: Send + Sync {
    /// All pixels, row after row.
    fn as_pixels(&self) -> &[T];
}

enum Pixels<T> {
    Owned(Vec<T>),
    Shared(Arc<dyn PixelMemory<T>>),
}

/// A plane of pixels, row-major, `height` rows of `width`, in owned or shared memory.
pub struct Raster<T> {
    width: usize,
    height: usize,
    pixels: Pixels<T>,
}

/// A raster whose memory does not fit its size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("raster of {width} x {height}: {pixels} pixels were given")]
pub struct RasterError {
    /// Columns asked for.
    pub width: usize,
    /// Rows asked for.
    pub height: usize,
    /// Pixels given.
    pub pixels: usize,
}

fn is_size(width: usize, height: usize, pixels: usize) -> Result<(), RasterError> {
    if width.checked_mul(height) == Some(pixels) { Ok(()) } else { Err(RasterError { width, height, pixels }) }
}

impl<T> Raster<T> {
    /// Takes ownership of `width · height` pixels.
    pub fn from_vec(width: usize, height: usize, pixels: Vec<T>) -> Result<Self, RasterError> {
        is_size(width, height, pixels.len())?;
        Ok(Self { width, height, pixels: Pixels::Owned(pixels) })
    }

    /// Looks at `width · height` pixels in memory that others may share.
    pub fn from_memory(width: usize, height: usize, memory: Arc<dyn PixelMemory<T>>) -> Result<Self, RasterError> {
        is_size(width, height, memory.as_pixels().len())?;
        Ok(Self { width, height, pixels: Pixels::Shared(memory) })
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }
    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }
    /// Pixels in all.
    pub fn len(&self) -> usize {
        self.width * self.height
    }
    /// Whether there is no pixel.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// All pixels, row after row.
    #[inline]
    pub fn pixels(&self) -> &[T] {
        match &self.pixels {
            Pixels::Owned(pixels) => pixels,
            Pixels::Shared(memory) => memory.as_pixels(),
        }
    }
    /// One row of pixels; panics when `y` is not below the height, as slices do.
    #[inline]
    pub fn row(&self, y: usize) -> &[T] {
        &self.pixels()[y * self.width..(y + 1) * self.width]
    }
}

impl<T: Copy> Raster<T> {
    /// A raster of one value.
    pub fn filled(width: usize, height: usize, value: T) -> Self {
        Self { width, height, pixels: Pixels::Owned(vec![value; width * height]) }
    }

    /// The pixel in column `x` of row `y`; panics outside, as slices do.
    #[inline]
    pub fn at(&self, x: usize, y: usize) -> T {
        self.row(y)[x]
    }

    /// All pixels for writing; shared memory is copied first.
    pub fn pixels_mut(&mut self) -> &mut [T] {
        if let Pixels::Shared(memory) = &self.pixels {
            self.pixels = Pixels::Owned(memory.as_pixels().to_vec());
        }
        match &mut self.pixels {
            Pixels::Owned(pixels) => pixels,
            Pixels::Shared(_) => unreachable!("shared pixels were copied above"),
        }
    }

    /// The pixels as a vector, copied only when they are shared.
    pub fn into_vec(self) -> Vec<T> {
        match self.pixels {
            Pixels::Owned(pixels) => pixels,
            Pixels::Shared(memory) => memory.as_pixels().to_vec(),
        }
    }
}

impl<T: Copy> Clone for Raster<T> {
    fn clone(&self) -> Self {
        let pixels = match &self.pixels {
            Pixels::Owned(pixels) => Pixels::Owned(pixels.clone()),
            Pixels::Shared(memory) => Pixels::Shared(Arc::clone(memory)),
        };
        Self { width: self.width, height: self.height, pixels }
    }
}

impl<T: PartialEq> PartialEq for Raster<T> {
    fn eq(&self, other: &Self) -> bool {
        self.width == other.width && self.height == other.height && self.pixels() == other.pixels()
    }
}

impl<T> fmt::Debug for Raster<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raster({} x {})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed([u16; 6]);
    impl PixelMemory<u16> for Fixed {
        fn as_pixels(&self) -> &[u16] {
            &self.0
        }
    }

    #[test]
    fn shared_pixels_are_copied_before_they_are_written() {
        let memory: Arc<dyn PixelMemory<u16>> = Arc::new(Fixed([1, 2, 3, 4, 5, 6]));
        let mut raster = Raster::from_memory(3, 2, Arc::clone(&memory)).unwrap();
        assert_eq!(raster.row(1), [4, 5, 6]);
        raster.pixels_mut()[0] = 9;
        assert_eq!(raster.at(0, 0), 9);
        assert_eq!(memory.as_pixels()[0], 1);
    }

    #[test]
    fn wrong_sizes_are_refused() {
        assert!(Raster::from_vec(2, 2, vec![0_u8; 3]).is_err());
        assert!(Raster::<u8>::from_vec(usize::MAX, 2, vec![]).is_err());
    }
}
