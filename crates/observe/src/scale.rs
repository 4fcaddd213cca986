//! One scale per picture: boxes of one view were drawn by one machine at one speed.

use crate::container_geometry::ContainerGeometry;

/// Largest share by which the lengths of a pixel along the lane may differ between two boxes of a view.
const SAME: f64 = 0.2;
/// Shortest that a container can be, mm: less is something else, unless the picture cuts it off.
const SHORTEST_MM: f64 = 4000.0;

/// Holds boxes of a picture without scale against the surest of them that has a size: what would be far too short by its
/// scale is no box, and a size that contradicts it is not known.
pub(crate) fn agree(mut found: Vec<ContainerGeometry>, width: usize) -> Vec<ContainerGeometry> {
    let mm = |c: &ContainerGeometry| Some(c.size?.external_length_mm() / f64::from(c.region.width.max(1)));
    let sized = found.iter().filter(|c| c.size.is_some());
    // Of two as sure, the one drawn larger: fragments are small.
    let key = |c: &&ContainerGeometry| (f64::from(c.confidence) * 10.0).round() * 1e6 + f64::from(c.region.width);
    let Some(scale) = sized.max_by(|a, b| key(a).total_cmp(&key(b))).and_then(mm) else {
        return found;
    };
    let is_cut = |c: &ContainerGeometry| c.region.x == 0 || c.region.right() as usize >= width;
    found.retain(|c| f64::from(c.region.width) * scale >= SHORTEST_MM || is_cut(c));
    for container in &mut found {
        if mm(container).is_some_and(|own| (own / scale - 1.0).abs() > SAME) {
            container.forget_size();
        }
    }
    found
}

impl ContainerGeometry {
    /// Takes back what followed from a size that cannot be.
    fn forget_size(&mut self) {
        self.size = None;
        self.length_mm = None;
        self.pitch_mm = None;
        self.perspective = None;
        self.confidence *= 0.5;
    }
}

#[cfg(test)]
mod tests {
    use pellucid_core::{IsoSize, PixelBox};

    use super::*;
    use crate::container_geometry::Insets;

    fn container(x: u32, width: u32, size: Option<IsoSize>, confidence: f32) -> ContainerGeometry {
        ContainerGeometry {
            view: 0,
            region: PixelBox { x, y: 50, width, height: 400 },
            confidence,
            size,
            container_type: None,
            ends_mm: Insets::of(None, 0.0).ends_mm,
            length_mm: size.map(IsoSize::external_length_mm),
            height_mm: None,
            pitch_mm: None,
            place: None,
            perspective: None,
        }
    }

    #[test]
    fn a_fragment_is_dropped_and_a_size_that_contradicts_the_scale_is_forgotten() {
        let twenty = container(100, 1000, Some(IsoSize::Twenty), 0.9);
        let fragment = container(1200, 300, Some(IsoSize::Forty), 0.75);
        assert_eq!(agree(vec![twenty.clone(), fragment], 3000).len(), 1);
        let other = container(1200, 1050, Some(IsoSize::Forty), 0.8);
        let both = agree(vec![twenty.clone(), other], 3000);
        assert_eq!(both.iter().map(|c| c.size).collect::<Vec<_>>(), [Some(IsoSize::Twenty), None]);
        assert!(both[1].confidence < 0.5);
    }

    #[test]
    fn boxes_of_one_scale_and_boxes_cut_off_by_the_picture_stay() {
        let two = vec![
            container(0, 300, None, 0.6),
            container(400, 1000, Some(IsoSize::Twenty), 0.9),
            container(1500, 960, Some(IsoSize::Twenty), 0.9),
        ];
        assert_eq!(agree(two.clone(), 3000), two);
        let unknown = vec![container(100, 500, None, 0.5)];
        assert_eq!(agree(unknown.clone(), 3000), unknown);
    }
}
