use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A container number as ISO 6346 defines it: owner code and category (four letters), six digits, a check digit.
///
/// ```
/// use pellucid_core::ContainerNumber;
/// let number: ContainerNumber = "CSQU3054383".parse()?;
/// assert!(number.is_check_digit_valid());
/// # Ok::<(), pellucid_core::ContainerNumberError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContainerNumber(String);

/// Why a text is no container number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("container number {0:?}: expected four letters (the fourth U, J or Z) and seven digits")]
pub struct ContainerNumberError(String);

impl ContainerNumber {
    /// Builds a number with its correct check digit from owner code with category (`"MSCU"`) and serial (0–999999).
    pub fn with_check_digit(owner: &str, serial: u32) -> Result<Self, ContainerNumberError> {
        let body = format!("{owner}{serial:06}");
        let digit = check_digit(&body).ok_or_else(|| ContainerNumberError(body.clone()))?;
        format!("{body}{digit}").parse()
    }

    /// The number as eleven characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the last digit is the check digit of ISO 6346 annex A.
    pub fn is_check_digit_valid(&self) -> bool {
        check_digit(&self.0[..10]) == self.0[10..].parse().ok()
    }
}

/// ISO 6346 annex A: letters are 10…38 without multiples of 11, position i weighs 2^i, sum modulo 11 modulo 10.
fn check_digit(body: &str) -> Option<u8> {
    if body.len() != 10 {
        return None;
    }
    let mut sum = 0_u32;
    for (position, c) in body.bytes().enumerate() {
        let value = match c {
            b'0'..=b'9' => u32::from(c - b'0'),
            b'A'..=b'Z' => {
                let n = u32::from(c - b'A');
                10 + n + n.div_ceil(10)
            }
            _ => return None,
        };
        sum += value << position;
    }
    Some((sum % 11 % 10) as u8)
}

impl FromStr for ContainerNumber {
    type Err = ContainerNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let normal: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).collect();
        let bytes = normal.as_bytes();
        let is_valid = bytes.len() == 11
            && bytes[..3].iter().all(u8::is_ascii_uppercase)
            && matches!(bytes[3], b'U' | b'J' | b'Z')
            && bytes[4..].iter().all(u8::is_ascii_digit);
        if is_valid { Ok(Self(normal)) } else { Err(ContainerNumberError(text.to_owned())) }
    }
}

impl TryFrom<String> for ContainerNumber {
    type Error = ContainerNumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ContainerNumber> for String {
    fn from(number: ContainerNumber) -> Self {
        number.0
    }
}

impl fmt::Display for ContainerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_have_valid_check_digits() {
        for text in ["CSQU3054383", "MSKU9070323", "csqu 305438-3"] {
            assert!(text.parse::<ContainerNumber>().unwrap().is_check_digit_valid(), "{text}");
        }
        assert!(!"CSQU3054384".parse::<ContainerNumber>().unwrap().is_check_digit_valid());
    }

    #[test]
    fn malformed_numbers_are_refused() {
        for text in ["", "CSQU305438", "CSQX3054383", "C5QU3054383", "CSQU30543831", "é€QU3054383"] {
            assert!(text.parse::<ContainerNumber>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_built_number_is_valid() {
        assert_eq!(ContainerNumber::with_check_digit("CSQU", 305_438).unwrap().as_str(), "CSQU3054383");
        assert!(ContainerNumber::with_check_digit("csq", 1).is_err());
    }
}
