//! TIFF files by hand, in every layout that the reader knows and no writer at hand writes.

/// How a file of one or two 16-bit samples a pixel is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) is_big_endian: bool,
    pub(crate) is_big_tiff: bool,
    /// Samples in planes instead of side by side.
    pub(crate) is_planar: bool,
    pub(crate) is_deflated: bool,
    /// Horizontal differences.
    pub(crate) has_predictor: bool,
    /// Sides of tiles; strips of so many rows when the width is 0.
    pub(crate) tile: [usize; 2],
    /// Value of the tag that says what extra samples are.
    pub(crate) extra_samples: Option<u16>,
}

pub(crate) const CHUNKY: Layout = Layout {
    is_big_endian: false,
    is_big_tiff: false,
    is_planar: false,
    is_deflated: false,
    has_predictor: false,
    tile: [0, 3],
    extra_samples: Some(0),
};

/// Samples of one page: planes of equal size.
pub(crate) struct Samples<'a> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) planes: Vec<&'a [u16]>,
}

impl Layout {
    fn number(&self, value: u64, len: usize) -> Vec<u8> {
        if self.is_big_endian { value.to_be_bytes()[8 - len..].to_vec() } else { value.to_le_bytes()[..len].to_vec() }
    }

    /// The bytes of one chunk; pixels outside the page repeat its last ones.
    fn chunk(&self, page: &Samples<'_>, planes: &[&[u16]], corner: [usize; 2], size: [usize; 2]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for y in corner[1]..corner[1] + size[1] {
            let mut row = Vec::new();
            for x in corner[0]..corner[0] + size[0] {
                let at = y.min(page.height - 1) * page.width + x.min(page.width - 1);
                row.extend(planes.iter().map(|plane| plane[at]));
            }
            if self.has_predictor {
                for at in (planes.len()..row.len()).rev() {
                    row[at] = row[at].wrapping_sub(row[at - planes.len()]);
                }
            }
            row.iter().for_each(|sample| bytes.extend(self.number(u64::from(*sample), 2)));
        }
        if self.is_deflated { miniz_oxide::deflate::compress_to_vec_zlib(&bytes, 6) } else { bytes }
    }

    fn chunks(&self, page: &Samples<'_>) -> Vec<Vec<u8>> {
        let [width, height] = if self.tile[0] == 0 { [page.width, self.tile[1]] } else { self.tile };
        let groups: Vec<&[&[u16]]> =
            if self.is_planar { page.planes.chunks(1).collect() } else { vec![&page.planes] };
        let mut chunks = Vec::new();
        for planes in groups {
            for y in (0..page.height).step_by(height) {
                for x in (0..page.width).step_by(width) {
                    // Strips end with the page, tiles do not.
                    let rows = if self.tile[0] == 0 { height.min(page.height - y) } else { height };
                    chunks.push(self.chunk(page, planes, [x, y], [width, rows]));
                }
            }
        }
        chunks
    }

    /// Writes a file of these pages.
    pub(crate) fn write(&self, pages: &[Samples<'_>]) -> Vec<u8> {
        let wide = if self.is_big_tiff { 8 } else { 4 };
        let mut file = if self.is_big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        file.extend(self.number(if self.is_big_tiff { 43 } else { 42 }, 2));
        if self.is_big_tiff {
            file.extend(self.number(8, 2));
            file.extend([0, 0]);
        }
        let mut link_at = file.len();
        file.extend(vec![0; wide]);
        for page in pages {
            let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
            for chunk in self.chunks(page) {
                offsets.push(file.len() as u64);
                lengths.push(chunk.len() as u64);
                file.extend(chunk);
            }
            let samples = page.planes.len();
            let (short, long) = ((3_u16, 2), if self.is_big_tiff { (16, 8) } else { (4, 4) });
            let mut fields: Vec<(u16, (u16, usize), Vec<u64>)> = vec![
                (256, (4, 4), vec![page.width as u64]),
                (257, (4, 4), vec![page.height as u64]),
                (258, short, vec![16; samples]),
                (259, short, vec![if self.is_deflated { 8 } else { 1 }]),
                (262, short, vec![1]),
                (277, short, vec![samples as u64]),
                (284, short, vec![if self.is_planar { 2 } else { 1 }]),
                (317, short, vec![if self.has_predictor { 2 } else { 1 }]),
            ];
            if self.tile[0] == 0 {
                fields.extend([(273, long, offsets), (278, (4, 4), vec![self.tile[1] as u64]), (279, long, lengths)]);
            } else {
                let [width, height] = self.tile.map(|side| vec![side as u64]);
                fields.extend([
                    (322, short, width),
                    (323, short, height),
                    (324, long, offsets),
                    (325, long, lengths),
                ]);
            }
            if let Some(extra) = self.extra_samples.filter(|_| samples > 1) {
                fields.push((338, short, vec![u64::from(extra)]));
            }
            fields.sort_by_key(|field| field.0);
            let mut directory = self.number(fields.len() as u64, if self.is_big_tiff { 8 } else { 2 });
            for (tag, (kind, size), values) in fields {
                directory.extend(self.number(u64::from(tag), 2));
                directory.extend(self.number(u64::from(kind), 2));
                directory.extend(self.number(values.len() as u64, wide));
                let mut bytes: Vec<u8> = values.iter().flat_map(|value| self.number(*value, size)).collect();
                if bytes.len() > wide {
                    directory.extend(self.number(file.len() as u64, wide));
                    file.extend(bytes);
                } else {
                    bytes.resize(wide, 0);
                    directory.extend(bytes);
                }
            }
            let here = self.number(file.len() as u64, wide);
            file[link_at..link_at + wide].copy_from_slice(&here);
            file.extend(directory);
            link_at = file.len();
            file.extend(vec![0; wide]);
        }
        file
    }
}
