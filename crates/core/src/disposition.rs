use serde::{Deserialize, Serialize};

use crate::Region;

/// What a person concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// 未见异常.
    NoAnomaly,
    /// 有嫌疑, refer to examination.
    Suspect,
    /// 存疑, refer to a second review.
    Escalate,
    /// 图像不合格, rescan or examine.
    NotUsable,
}

/// A person's decision on a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Disposition {
    /// What was concluded.
    pub conclusion: Conclusion,
    /// Reasons, as the console's closed list names them.
    pub reasons: Vec<String>,
    /// Marked places.
    pub regions: Vec<Region>,
    /// Free text.
    pub note: String,
}
