use pellucid_core::Raster;

/// Why a sink has no memory.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Memory that the counts of one band are decoded into.
pub trait PixelBuffer {
    /// All pixels, row after row, exactly as many as were asked for. What they hold before decoding does not matter.
    fn pixels_mut(&mut self) -> &mut [u16];

    /// The finished band, in the same memory.
    ///
    /// # Errors
    /// When the memory cannot become a raster.
    fn into_raster(self: Box<Self>) -> Result<Raster<u16>, SinkError>;
}

/// Hands out the memory that pixels are decoded into: ordinary vectors, staging buffers, memory shared with another
/// process. It is asked once per band, in the order of views and bands, after every limit has been checked.
pub trait PixelSink {
    /// Memory for `width · height` counts; neither side is 0.
    ///
    /// # Errors
    /// When there is none; decoding ends with [`crate::ScanError::Memory`].
    fn allocate(&mut self, width: usize, height: usize) -> Result<Box<dyn PixelBuffer>, SinkError>;
}

/// The sink that decodes into vectors.
#[derive(Debug, Default, Clone, Copy)]
pub struct VecSink;

struct VecBuffer {
    width: usize,
    height: usize,
    pixels: Vec<u16>,
}

impl PixelSink for VecSink {
    fn allocate(&mut self, width: usize, height: usize) -> Result<Box<dyn PixelBuffer>, SinkError> {
        let len = width.checked_mul(height).ok_or("more pixels than can be addressed")?;
        Ok(Box::new(VecBuffer { width, height, pixels: vec![0; len] }))
    }
}

impl PixelBuffer for VecBuffer {
    fn pixels_mut(&mut self) -> &mut [u16] {
        &mut self.pixels
    }

    fn into_raster(self: Box<Self>) -> Result<Raster<u16>, SinkError> {
        Ok(Raster::from_vec(self.width, self.height, self.pixels)?)
    }
}
