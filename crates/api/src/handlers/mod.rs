//! One module per area of the contract.

pub(crate) mod creating;
pub(crate) mod declarations;
pub(crate) mod evaluations;
pub(crate) mod intake;
pub(crate) mod operations;
pub(crate) mod pixels;
pub(crate) mod scans;

use crate::{ApiError, Fault};

/// Rows on a page unless asked otherwise.
const PAGE_DEFAULT: u32 = 50;
/// Rows on a page at most.
const PAGE_LIMIT: u32 = 500;

/// Checks the size of a page.
pub(crate) fn page_limit(limit: Option<u32>) -> Result<u32, ApiError> {
    match limit {
        None => Ok(PAGE_DEFAULT),
        Some(limit) if (1..=PAGE_LIMIT).contains(&limit) => Ok(limit),
        Some(limit) => Err(ApiError::request(
            Fault::field("limit", format!("must be within 1 and {PAGE_LIMIT}")).limit(PAGE_LIMIT).value(limit),
        )),
    }
}
