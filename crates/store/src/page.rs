use crate::StoreError;

/// Some rows and where to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

/// A place in a list ordered by (rank, seq), both descending. Opaque to callers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cursor {
    pub(crate) rank: f64,
    pub(crate) seq: i64,
}

impl Cursor {
    /// Before the first row.
    pub(crate) const START: Self = Self { rank: f64::MAX, seq: i64::MAX };

    pub(crate) fn encode(self) -> String {
        format!("{:016x}{:016x}", self.rank.to_bits(), self.seq)
    }

    pub(crate) fn decode(text: Option<&str>) -> Result<Self, StoreError> {
        let Some(text) = text else { return Ok(Self::START) };
        let halves = text.is_ascii().then(|| text.split_at_checked(16)).flatten();
        let (rank, seq) = halves.ok_or_else(|| StoreError::Cursor(text.to_owned()))?;
        match (u64::from_str_radix(rank, 16), i64::from_str_radix(seq, 16)) {
            (Ok(rank), Ok(seq)) if !f64::from_bits(rank).is_nan() => Ok(Self { rank: f64::from_bits(rank), seq }),
            _ => Err(StoreError::Cursor(text.to_owned())),
        }
    }
}

/// Cuts a list that was read one row too far.
pub(crate) fn page<T>(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
    let limit = limit as usize;
    let is_more = items.len() > limit;
    items.truncate(limit);
    let next = if is_more { items.last().map(|item| cursor(item).encode()) } else { None };
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_the_wire_and_forgeries_do_not() {
        let cursor = Cursor { rank: 2_043.25, seq: 17 };
        assert_eq!(Cursor::decode(Some(&cursor.encode())).unwrap(), cursor);
        assert_eq!(Cursor::decode(None).unwrap(), Cursor::START);
        for forged in ["", "17", "zz", "é", &"f".repeat(32), &format!("{:016x}zz", 1)] {
            assert!(matches!(Cursor::decode(Some(forged)), Err(StoreError::Cursor(_))), "{forged}");
        }
    }
}
