use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A Harmonized System code of 2 to 10 digits (WCO; China's CodeTS has 10).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HsCode(String);

/// Why a text is no HS code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("HS code {0:?}: expected 2, 4, 6, 8 or 10 digits")]
pub struct HsCodeError(String);

impl HsCode {
    /// All digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The first two digits.
    pub fn chapter(&self) -> &str {
        &self.0[..2]
    }
    /// The first four digits, if the code has that many.
    pub fn heading(&self) -> Option<&str> {
        self.0.get(..4)
    }
    /// The first six digits, if the code has that many.
    pub fn subheading(&self) -> Option<&str> {
        self.0.get(..6)
    }
}

impl FromStr for HsCode {
    type Err = HsCodeError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|c| *c != '.').collect();
        let is_valid = matches!(digits.len(), 2 | 4 | 6 | 8 | 10) && digits.bytes().all(|c| c.is_ascii_digit());
        if is_valid { Ok(Self(digits)) } else { Err(HsCodeError(text.to_owned())) }
    }
}

impl TryFrom<String> for HsCode {
    type Error = HsCodeError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<HsCode> for String {
    fn from(code: HsCode) -> Self {
        code.0
    }
}

impl fmt::Display for HsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
