use serde::{Deserialize, Serialize};

/// A box of whole pixels in detector coordinates of a view: x along the lane, y downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PixelBox {
    /// Left column.
    pub x: u32,
    /// Top row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl PixelBox {
    /// One past the last column.
    pub fn right(self) -> u32 {
        self.x + self.width
    }
    /// One past the last row.
    pub fn bottom(self) -> u32 {
        self.y + self.height
    }
    /// Pixels inside.
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
    /// The smallest box around both.
    pub fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = (self.right().max(other.right()), self.bottom().max(other.bottom()));
        Self { x, y, width: right - x, height: bottom - y }
    }
    /// The part inside both, if any.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (self.right().min(other.right()), self.bottom().min(other.bottom()));
        (right > x && bottom > y).then(|| Self { x, y, width: right - x, height: bottom - y })
    }
    /// Intersection over union, in [0, 1].
    pub fn iou(self, other: Self) -> f64 {
        let common = self.intersection(other).map_or(0, Self::area);
        let all = self.area() + other.area() - common;
        if all == 0 { 0.0 } else { common as f64 / all as f64 }
    }
}

/// A place in one view of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Region {
    /// Index of the view.
    pub view: u16,
    /// Where in that view.
    pub px: PixelBox,
}
