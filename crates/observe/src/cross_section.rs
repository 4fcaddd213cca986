//! Cross-sections of empty containers by type: what a ray of the fan meets before any goods.

use pellucid_core::ContainerType;

use crate::container_geometry::ContainerPlace;

const STEEL: f64 = 7.85;

/// A part of the cross-section: a rectangle of mean density in g/cm³, in steel that attenuates as much.
struct Part {
    y: [f64; 2],
    z: [f64; 2],
    density: f64,
}

/// The shell of a vessel: centre, outer radius and thickness in mm.
struct Ring {
    y: f64,
    z: f64,
    radius: f64,
    thickness: f64,
}

/// The empty box across the lane, standing where the container was found.
pub(crate) struct CrossSection {
    parts: Vec<Part>,
    ring: Option<Ring>,
}

impl CrossSection {
    /// The cross-section of a type; a box of unknown type is taken to be dry.
    pub(crate) fn of(container_type: Option<ContainerType>, place: ContainerPlace) -> Self {
        match container_type {
            None | Some(ContainerType::Dry) => Self { parts: dry(place), ring: None },
            Some(ContainerType::Reefer) => Self { parts: reefer(place), ring: None },
            Some(ContainerType::Flat) => Self { parts: flat(place), ring: None },
            Some(ContainerType::Tank) => {
                // A shell of 5.8 mm stainless steel below 50 mm of insulation (tanks of 24 to 26 m³).
                let z = place.middle_z_mm();
                Self {
                    parts: Vec::new(),
                    ring: Some(Ring { y: place.y_mm[0] + 1240.0, z, radius: 1106.0, thickness: 5.8 }),
                }
            }
        }
    }

    /// Areal density in g/cm² along the ray `y = height + slope · z`.
    pub(crate) fn areal_density(&self, height: f64, slope: f64) -> f64 {
        let secant = (1.0 + slope * slope).sqrt();
        let mut sum = 0.0;
        for part in &self.parts {
            let [mut from, mut to] = part.z;
            if slope.abs() > 1e-9 {
                let (a, b) = ((part.y[0] - height) / slope, (part.y[1] - height) / slope);
                from = from.max(a.min(b));
                to = to.min(a.max(b));
            } else if !(part.y[0]..=part.y[1]).contains(&height) {
                continue;
            }
            if to > from {
                sum += (to - from) * secant * 0.1 * part.density;
            }
        }
        let Some(ring) = &self.ring else { return sum };
        // Chords of the outer and the inner circle, at the ray's distance from their middle.
        let distance = (height + slope * ring.z - ring.y) / secant;
        let chord = |radius: f64| 2.0 * (radius * radius - distance * distance).max(0.0).sqrt();
        sum + (chord(ring.radius) - chord(ring.radius - ring.thickness)) * 0.1 * STEEL
    }
}

/// A steel dry box. Sheets are 1.7 mm steel, 7 % longer than flat by their folds (ISO 1496 practice); floor: 28 mm plywood on
/// 122 × 45 × 4 mm channels every 300 mm.
fn dry(place: ContainerPlace) -> Vec<Part> {
    let ([z0, z1], [y0, y1]) = (place.z_mm, place.y_mm);
    let sheet = STEEL * 1.7 * 1.07 / 36.0;
    let mut parts = vec![
        Part { y: [y1 - 30.0, y1 - 8.0], z: [z0 + 40.0, z1 - 40.0], density: STEEL * 2.0 * 1.02 / 22.0 },
        Part { y: [y0 + 132.0, y0 + 160.0], z: [z0 + 10.0, z1 - 10.0], density: 0.72 },
        Part { y: [y0 + 10.0, y0 + 132.0], z: [z0 + 48.0, z1 - 48.0], density: STEEL * 840.0 / (300.0 * 122.0) },
    ];
    for (side, wall) in [[z0 + 4.0, z0 + 40.0], [z1 - 40.0, z1 - 4.0]].into_iter().enumerate() {
        parts.push(Part { y: [y0 + 160.0, y1 - 66.0], z: wall, density: sheet });
        rails(&mut parts, place, side == 1);
    }
    parts
}

/// Top rail and bottom rail of one side.
fn rails(parts: &mut Vec<Part>, place: ContainerPlace, is_far: bool) {
    let ([z0, z1], [y0, y1]) = (place.z_mm, place.y_mm);
    let [top_rail, web, flange] = if is_far {
        [[z1 - 62.0, z1 - 2.0], [z1 - 6.5, z1 - 2.0], [z1 - 48.0, z1 - 2.0]]
    } else {
        [[z0 + 2.0, z0 + 62.0], [z0 + 2.0, z0 + 6.5], [z0 + 2.0, z0 + 48.0]]
    };
    parts.push(Part { y: [y1 - 66.0, y1 - 6.0], z: top_rail, density: STEEL * 684.0 / 3600.0 });
    parts.push(Part { y: [y0 + 12.0, y0 + 162.0], z: web, density: STEEL });
    for y in [[y0 + 12.0, y0 + 16.5], [y0 + 157.5, y0 + 162.0]] {
        parts.push(Part { y, z: flange, density: STEEL });
    }
}

/// A refrigerated box: sheet, liner and posts of 2.2 mm steel in all and 66 mm of foam per wall; roof of two aluminium sheets
/// around foam; T-bars of 23 kg/m² over foam on cross-members.
fn reefer(place: ContainerPlace) -> Vec<Part> {
    let ([z0, z1], [y0, y1]) = (place.z_mm, place.y_mm);
    let wall = (0.22 * STEEL + 6.6 * 0.044) / 6.8;
    let (a, b) = (z0 + 74.0, z1 - 74.0);
    let mut parts = vec![
        Part { y: [y1 - 103.0, y1 - 8.0], z: [z0 + 62.0, z1 - 62.0], density: (0.24 * 2.73 + 0.46) / 9.5 },
        Part { y: [y0 + 168.5, y0 + 232.0], z: [a, b], density: 0.39 },
        Part { y: [y0 + 114.0, y0 + 168.5], z: [a, b], density: 0.05 },
        Part { y: [y0 + 112.0, y0 + 114.0], z: [a, b], density: STEEL },
        Part { y: [y0 + 10.0, y0 + 112.0], z: [z0 + 48.0, z1 - 48.0], density: STEEL * 728.0 / (375.0 * 102.0) },
    ];
    for (side, z) in [[z0 + 6.0, z0 + 74.0], [z1 - 74.0, z1 - 6.0]].into_iter().enumerate() {
        parts.push(Part { y: [y0 + 162.0, y1 - 66.0], z, density: wall });
        rails(&mut parts, place, side == 1);
    }
    parts
}

/// A flat rack between its end walls: wooden deck, cross-members, two outer and two inner beams.
fn flat(place: ContainerPlace) -> Vec<Part> {
    let ([z0, z1], y0, middle) = (place.z_mm, place.y_mm[0], place.middle_z_mm());
    let top = y0 + place.insets.floor_mm - 50.0;
    let web = if place.insets.floor_mm < 500.0 { 8.0 } else { 10.0 };
    let mut parts = vec![
        Part { y: [top, top + 50.0], z: [z0 + 60.0, z1 - 60.0], density: 0.68 },
        Part { y: [top - 160.0, top - 4.0], z: [z0 + 48.0, z1 - 48.0], density: STEEL * 944.0 / (460.0 * 156.0) },
    ];
    for z in [[z0 + 10.0, z0 + 10.0 + web], [z1 - 10.0 - web, z1 - 10.0]] {
        parts.push(Part { y: [y0 + 12.0, top], z, density: STEEL });
    }
    for z in [middle - 490.0, middle + 490.0] {
        parts.push(Part { y: [y0 + 30.0, top - 164.0], z: [z - 4.5, z + 4.5], density: STEEL });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container_geometry::Insets;

    fn section(container_type: ContainerType) -> CrossSection {
        let insets = Insets::of(Some(container_type), 6058.0);
        CrossSection::of(
            Some(container_type),
            ContainerPlace { z_mm: [2750.0, 5188.0], y_mm: [1150.0, 3741.0], insets },
        )
    }

    #[test]
    fn a_level_ray_meets_the_walls_of_its_type() {
        for (container_type, expected) in [
            (ContainerType::Dry, [2.8, 3.0]),
            (ContainerType::Reefer, [3.8, 4.3]),
            (ContainerType::Tank, [9.0, 11.0]),
            (ContainerType::Flat, [0.0, 0.0]),
        ] {
            let level = section(container_type).areal_density(1950.0, 0.0);
            assert!((expected[0]..=expected[1]).contains(&level), "{container_type:?}: {level}");
        }
    }

    #[test]
    fn rays_through_roof_floor_and_rails_meet_more() {
        let dry = section(ContainerType::Dry);
        let through_roof = dry.areal_density(1950.0, 0.5);
        assert!((4.0..9.0).contains(&through_roof), "{through_roof}");
        let through_floor = dry.areal_density(1950.0, -0.2);
        assert!((15.0..40.0).contains(&through_floor), "{through_floor}");
        assert_eq!(dry.areal_density(1950.0, 2.0), 0.0);
    }

    #[test]
    fn a_vessel_is_darkest_along_its_edge_and_ends_there() {
        let tank = section(ContainerType::Tank);
        // Rays climb, so they graze the shell above its own height.
        let at = |y: f64| tank.areal_density(1950.0, (y - 1950.0) / 3969.0);
        assert!(at(2390.0 + 1170.0) > 4.0 * at(2390.0));
        assert_eq!(at(2390.0 + 1230.0), 0.0);
    }
}
