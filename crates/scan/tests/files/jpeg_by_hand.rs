//! Lossless JPEG by hand, in every form that the reader knows and no writer at hand writes.

/// How a picture is coded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coding {
    pub(crate) precision: u32,
    pub(crate) predictor: u8,
    /// Bits that are cut off.
    pub(crate) transform: u32,
    /// Rows between restarts; 0 for none.
    pub(crate) rows_per_restart: usize,
    /// Whether codes are up to 16 bits long instead of all 5.
    pub(crate) has_long_codes: bool,
}

pub(crate) const PLAIN: Coding =
    Coding { precision: 16, predictor: 1, transform: 0, rows_per_restart: 0, has_long_codes: false };

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, bits: u32) {
        self.pending = self.pending << bits | u64::from(value);
        self.count += bits;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.pending >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xFF {
                self.bytes.push(0);
            }
        }
        self.pending &= (1 << self.count) - 1;
    }

    /// Fills the last byte with ones.
    fn align(&mut self) {
        if self.count > 0 {
            self.put((1 << (8 - self.count)) - 1, 8 - self.count);
        }
    }
}

impl Coding {
    fn code(&self, size: u32) -> (u32, u32) {
        match (self.has_long_codes, size) {
            (false, _) => (size, 5),
            (true, 0..15) => ((1 << (size + 1)) - 2, size + 1),
            (true, _) => (0xFFFE + size - 15, 16),
        }
    }

    fn table(&self) -> Vec<u8> {
        let mut table = vec![0];
        let mut counts = [u8::from(self.has_long_codes); 16];
        if self.has_long_codes {
            counts[15] = 2
        } else {
            counts[4] = 17
        }
        table.extend(counts);
        table.extend(0..=16);
        table
    }

    /// The samples as a lossless JPEG (ITU-T T.81 annex H).
    pub(crate) fn encode(&self, width: usize, height: usize, samples: &[u16]) -> Vec<u8> {
        let mut file = vec![0xFF, 0xD8];
        let mut segment = |code: u8, content: &[u8]| {
            file.extend([0xFF, code]);
            file.extend((content.len() as u16 + 2).to_be_bytes());
            file.extend(content);
        };
        segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        segment(0xC4, &self.table());
        let sides = [(height as u16).to_be_bytes(), (width as u16).to_be_bytes()].concat();
        segment(0xC3, &[&[self.precision as u8][..], &sides, &[1, 1, 0x11, 0]].concat());
        if self.rows_per_restart > 0 {
            segment(0xDD, &((self.rows_per_restart * width) as u16).to_be_bytes());
        }
        segment(0xDA, &[1, 1, 0, self.predictor, 0, self.transform as u8]);

        let at = |x: usize, y: usize| i32::from(samples[y * width + x] >> self.transform);
        let mut bits = Bits::default();
        for y in 0..height {
            let row = if self.rows_per_restart > 0 { y % self.rows_per_restart } else { y };
            if row == 0 && y > 0 {
                bits.align();
                bits.bytes.extend([0xFF, 0xD0 + ((y / self.rows_per_restart - 1) % 8) as u8]);
            }
            for x in 0..width {
                let prediction = match (x, row) {
                    (0, 0) => 1 << (self.precision - self.transform - 1),
                    (_, 0) => at(x - 1, y),
                    (0, _) => at(x, y - 1),
                    _ => {
                        let (a, b, c) = (at(x - 1, y), at(x, y - 1), at(x - 1, y - 1));
                        [a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1]
                            [usize::from(self.predictor) - 1]
                    }
                };
                // Modulo 2^16, -32,767 to 32,768.
                let difference = (at(x, y) - prediction) as i16;
                let size = 16 - difference.unsigned_abs().leading_zeros();
                let (code, length) = self.code(size);
                bits.put(code, length);
                if size < 16 {
                    let value = if difference < 0 { i32::from(difference) - 1 } else { difference.into() };
                    bits.put(value as u32 & ((1 << size) - 1), size);
                }
            }
        }
        bits.align();
        file.extend(bits.bytes);
        file.extend([0xFF, 0xD9]);
        file
    }
}
