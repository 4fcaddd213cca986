//! Huffman codes of JPEG (ITU-T T.81 annexes C and F) and the bits that they are read from.

/// Longest code.
const MAX_BITS: usize = 16;
/// Codes up to this length are looked up at once.
const FAST_BITS: u32 = 10;

/// A table of codes whose values are numbers of bits, 0 to 16, as lossless JPEG uses them.
pub(super) struct HuffmanTable {
    /// For the next `FAST_BITS` bits: length of the code and its value; length 0 where the code is longer.
    fast: [(u8, u8); 1 << FAST_BITS],
    /// One more than the largest code of each length, left-aligned to 16 bits; 0 where there is none.
    ends: [u32; MAX_BITS + 1],
    /// What to add to a code of each length to find its value.
    offsets: [i32; MAX_BITS + 1],
    values: Vec<u8>,
}

impl HuffmanTable {
    /// A table from the number of codes of each length and their values in order; `Err` says what is wrong with them.
    pub(super) fn new(counts: [u8; MAX_BITS], values: &[u8]) -> Result<Self, &'static str> {
        if values.is_empty() {
            return Err("it is empty");
        }
        if values.iter().any(|value| *value > 16) {
            return Err("it has values above 16");
        }
        let mut table = Self {
            fast: [(0, 0); 1 << FAST_BITS],
            ends: [0; MAX_BITS + 1],
            offsets: [0; MAX_BITS + 1],
            values: values.to_vec(),
        };
        let (mut code, mut index) = (0_u32, 0_usize);
        for (bits, count) in (1..).zip(counts) {
            table.offsets[bits as usize] = index as i32 - code as i32;
            for value in &values[index..index + usize::from(count)] {
                if code >= 1 << bits {
                    return Err("its codes are more than fit their lengths");
                }
                if bits <= FAST_BITS {
                    let spread = FAST_BITS - bits;
                    let first = (code << spread) as usize;
                    table.fast[first..first + (1 << spread)].fill((bits as u8, *value));
                }
                code += 1;
            }
            index += usize::from(count);
            if count > 0 {
                table.ends[bits as usize] = code << (MAX_BITS as u32 - bits);
            }
            code <<= 1;
        }
        Ok(table)
    }

    /// The value of the code that the next bits begin with.
    #[inline(always)]
    fn value(&self, bits: &mut BitReader<'_>) -> Result<u32, BitFault> {
        let (length, value) = self.fast[bits.peek(FAST_BITS) as usize];
        if length > 0 {
            bits.consume(length.into())?;
            return Ok(value.into());
        }
        let next = bits.peek(MAX_BITS as u32);
        let length = (FAST_BITS as usize + 1..=MAX_BITS).find(|length| next < self.ends[*length]);
        let length = length.ok_or(BitFault::NoCode)?;
        let code = (next >> (MAX_BITS - length)) as i32;
        let value = usize::try_from(code + self.offsets[length]).ok().and_then(|index| self.values.get(index));
        bits.consume(length as u32)?;
        value.map(|value| u32::from(*value)).ok_or(BitFault::NoCode)
    }

    /// The next difference modulo 2^16: a code for its number of bits, then these (T.81 sections F.1.2.1.1 and H.1.2.2).
    #[inline(always)]
    pub(super) fn difference(&self, bits: &mut BitReader<'_>) -> Result<i32, BitFault> {
        match self.value(bits)? {
            0 => Ok(0),
            16 => Ok(1 << 15),
            size => {
                let value = bits.peek(size) as i32;
                bits.consume(size)?;
                Ok(if value < 1 << (size - 1) { value - (1 << size) + 1 } else { value })
            }
        }
    }
}

/// Why bits are no codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BitFault {
    /// They end.
    Short,
    /// They are no code of the table.
    NoCode,
}

/// Bits of entropy-coded data, highest first, up to the next marker; a stuffed zero behind 0xFF is skipped.
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, left-aligned; zeros behind the last one.
    window: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, window: 0, count: 0 }
    }

    #[inline(always)]
    fn refill(&mut self) {
        while self.count <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else { return };
            if byte == 0xFF {
                if self.bytes.get(self.at + 1) != Some(&0) {
                    return;
                }
                self.at += 1;
            }
            self.at += 1;
            self.window |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next `bits` bits, 1 to 16, as a number; zeros stand for those that are not there.
    #[inline(always)]
    fn peek(&mut self, bits: u32) -> u32 {
        if self.count < bits {
            self.refill();
        }
        (self.window >> (64 - bits)) as u32
    }

    /// Goes on by bits that were looked at.
    #[inline(always)]
    fn consume(&mut self, bits: u32) -> Result<(), BitFault> {
        if bits > self.count {
            return Err(BitFault::Short);
        }
        self.window <<= bits;
        self.count -= bits;
        Ok(())
    }

    /// Drops the rest of a byte and takes the marker that must follow; its second byte, or `None` at the end.
    pub(super) fn marker(&mut self) -> Result<Option<u8>, BitFault> {
        self.refill();
        if self.count >= 8 {
            return Err(BitFault::NoCode);
        }
        (self.window, self.count) = (0, 0);
        // Any number of 0xFF may stand before the second byte of a marker.
        while self.bytes.get(self.at) == Some(&0xFF) && self.bytes.get(self.at + 1) == Some(&0xFF) {
            self.at += 1;
        }
        let code = self.bytes.get(self.at + 1).copied();
        self.at = (self.at + 2).min(self.bytes.len());
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of 1 to 16 bits for the values 0 to 15, and one more of 16 bits for 16.
    fn long_table() -> HuffmanTable {
        let mut counts = [1; 16];
        counts[15] = 2;
        HuffmanTable::new(counts, &(0..=16).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn codes_of_every_length_are_read() {
        // The code of n is n ones and a zero, that of 16 is sixteen ones; behind each code, as many ones as it says.
        let mut bits = String::new();
        for value in 0..16_usize {
            bits += &("1".repeat(value) + "0" + &"1".repeat(value));
        }
        bits += &"1".repeat(16);
        let mut bytes = Vec::new();
        for byte in bits.as_bytes().chunks(8) {
            bytes.push(u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap());
            if bytes.last() == Some(&0xFF) {
                bytes.push(0);
            }
        }
        let (table, mut reader) = (long_table(), BitReader::new(&bytes));
        for value in 0..16 {
            assert_eq!(table.difference(&mut reader), Ok((1 << value) - 1), "{value}");
        }
        assert_eq!(table.difference(&mut reader), Ok(1 << 15));
        assert_eq!(table.difference(&mut reader), Err(BitFault::Short));
    }

    #[test]
    fn tables_that_lie_are_refused() {
        let refused = |counts: [u8; 16], values: &[u8]| HuffmanTable::new(counts, values).err().unwrap();
        let mut counts = [0; 16];
        assert_eq!(refused(counts, &[]), "it is empty");
        counts[0] = 1;
        assert_eq!(refused(counts, &[17]), "it has values above 16");
        counts[0] = 3;
        assert_eq!(refused(counts, &[1, 2, 3]), "its codes are more than fit their lengths");
    }

    #[test]
    fn bits_end_at_a_marker_and_at_the_end() {
        let table = long_table();
        let mut reader = BitReader::new(&[0b0000_0000, 0xFF, 0xFF, 0xD3, 0x00]);
        for _ in 0..8 {
            assert_eq!(table.difference(&mut reader), Ok(0));
        }
        assert_eq!(table.difference(&mut reader), Err(BitFault::Short));
        assert_eq!(reader.marker(), Ok(Some(0xD3)));
        assert_eq!(table.difference(&mut reader), Ok(0));
        assert_eq!(BitReader::new(&[0, 0xFF, 0xD9]).marker(), Err(BitFault::NoCode));
        assert_eq!(BitReader::new(&[]).marker(), Ok(None));
    }
}
