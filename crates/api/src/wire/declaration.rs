use pellucid_core::Declaration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The version of a declaration that is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoredDeclaration {
    /// Its number: EntryId, or the bill's number, or the container's when the document has neither.
    pub no: String,
    /// sha256 of the document in canonical form; also its `ETag`.
    pub version: String,
    /// How many versions there have been, this one included.
    pub revision: u32,
    /// When this version came, RFC 3339 UTC.
    pub created_at: String,
    /// The document.
    pub declaration: Declaration,
}
