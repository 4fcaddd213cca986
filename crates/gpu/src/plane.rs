use std::mem::size_of;

use bytemuck::Pod;

/// How a plane of `T` lies on the device: rows padded to whole quads of four pixels (see `shaders/shared/planes.wgsl`),
/// or tight where each pixel has a word of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    width: usize,
    height: usize,
    pitch: usize,
}

impl Layout {
    /// 8- or 16-bit pixels, padded.
    pub(crate) fn quads(width: usize, height: usize) -> Self {
        Self { width, height, pitch: width.next_multiple_of(4) }
    }

    /// Columns.
    pub(crate) fn width(self) -> usize {
        self.width
    }

    /// Rows.
    pub(crate) fn height(self) -> usize {
        self.height
    }

    /// Quads in a row.
    pub(crate) fn quads_per_row(self) -> u32 {
        (self.pitch / 4) as u32
    }

    /// Bytes of the plane.
    pub(crate) fn bytes<T>(self) -> u64 {
        self.pitch as u64 * self.height as u64 * size_of::<T>() as u64
    }

    /// Writes pixels into mapped memory, padding as 0.
    pub(crate) fn write<T: Pod>(self, pixels: &[T], mut to: wgpu::WriteOnly<'_, [u8]>) {
        let bytes: &[u8] = bytemuck::cast_slice(pixels);
        if self.pitch == self.width {
            to.copy_from_slice(bytes);
            return;
        }
        let (line, pitch) = (self.width * size_of::<T>(), self.pitch * size_of::<T>());
        for (y, row) in bytes.chunks_exact(line).enumerate() {
            to.slice(y * pitch..y * pitch + line).copy_from_slice(row);
            to.slice(y * pitch + line..(y + 1) * pitch).fill(0);
        }
    }

    /// Copies pixels out of mapped memory, padding left behind.
    pub(crate) fn read<T: Pod>(self, bytes: &[u8]) -> Vec<T> {
        let (line, pitch) = (self.width * size_of::<T>(), self.pitch * size_of::<T>());
        let mut pixels = Vec::with_capacity(self.width * self.height);
        for row in bytes.chunks_exact(pitch.max(1)) {
            extend(&mut pixels, &row[..line]);
        }
        pixels
    }
}

/// Appends the values that `bytes` hold. Mapped memory is aligned far beyond any of our pixels.
pub(crate) fn extend<T: Pod>(values: &mut Vec<T>, bytes: &[u8]) {
    match bytemuck::try_cast_slice::<u8, T>(bytes) {
        Ok(aligned) => values.extend_from_slice(aligned),
        Err(_) => values.extend(bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned::<T>)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_left_behind() {
        let layout = Layout::quads(3, 2);
        assert_eq!((layout.quads_per_row(), layout.bytes::<u16>()), (1, 16));
        let device: [u16; 8] = [1, 2, 3, 99, 4, 5, 6, 99];
        assert_eq!(layout.read::<u16>(bytemuck::bytes_of(&device)), [1, 2, 3, 4, 5, 6]);
    }
}
