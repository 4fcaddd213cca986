use super::chunk::Fault;

/// PackBits (TIFF 6.0 section 9): runs and literals of bytes.
pub(crate) struct PackBits<'a> {
    rest: &'a [u8],
    /// Bytes still to come from the current run or literal.
    left: usize,
    /// The repeated byte, or `None` inside a literal.
    run: Option<u8>,
}

impl<'a> PackBits<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self { rest: data, left: 0, run: None }
    }

    /// Fills `out`.
    pub(crate) fn fill(&mut self, mut out: &mut [u8]) -> Result<(), Fault> {
        while !out.is_empty() {
            if self.left == 0 {
                self.next_group()?;
                continue;
            }
            let (now, later) = out.split_at_mut(self.left.min(out.len()));
            match self.run {
                Some(byte) => now.fill(byte),
                None => {
                    let (literal, rest) = self.rest.split_at_checked(now.len()).ok_or(Fault::Short)?;
                    now.copy_from_slice(literal);
                    self.rest = rest;
                }
            }
            self.left -= now.len();
            out = later;
        }
        Ok(())
    }

    fn next_group(&mut self) -> Result<(), Fault> {
        let (&header, rest) = self.rest.split_first().ok_or(Fault::Short)?;
        self.rest = rest;
        match header {
            0..=127 => (self.left, self.run) = (usize::from(header) + 1, None),
            128 => {}
            129..=255 => {
                let (&byte, rest) = self.rest.split_first().ok_or(Fault::Short)?;
                self.rest = rest;
                (self.left, self.run) = (257 - usize::from(header), Some(byte));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_unpacks() {
        let packed = [0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA];
        let mut out = [0; 24];
        let mut unpack = PackBits::new(&packed);
        // In pieces, as rows are.
        let (a, b) = out.split_at_mut(7);
        unpack.fill(a).unwrap();
        unpack.fill(b).unwrap();
        let expected = [
            0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0x22, 0xAA, 0xAA, 0xAA,
            0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
        ];
        assert_eq!(out, expected);
        assert!(matches!(unpack.fill(&mut [0]), Err(Fault::Short)));
    }
}
