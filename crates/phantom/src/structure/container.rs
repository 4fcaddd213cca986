use pellucid_core::{ContainerType, IsoSize};

use super::frame::Frame;
use super::storage::StorageDoors;
use super::{dry, flat, reefer, storage, tank};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, component};

/// Where a container stands.
#[derive(Debug, Clone, Copy)]
pub struct ContainerPlan {
    /// Its size.
    pub size: IsoSize,
    /// Its type; tanks come as 20 ft only.
    pub container_type: ContainerType,
    /// x of its front wall (away from the doors).
    pub x_mm: f64,
    /// Height of its underside.
    pub y_mm: f64,
    /// z of its near wall.
    pub z_mm: f64,
}

/// What a container is beside its type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fit {
    /// Doors of a battery-storage container; a plain box has none.
    pub storage_doors: Option<StorageDoors>,
    /// Whether its front sill is open for a gooseneck.
    pub is_on_gooseneck: bool,
}

/// A container in a scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContainerBox {
    /// Its size.
    pub size: IsoSize,
    /// Its type.
    pub container_type: ContainerType,
    /// Corners of the outside.
    pub outside: [[f64; 3]; 2],
    /// Corners of the space for goods: of a tank, the box around its vessel.
    pub inside: [[f64; 3]; 2],
    /// Index of the hollow of a tank's vessel, which takes liquids ([`Scene::nest`]).
    pub hollow: Option<u32>,
    /// Mass of the box as built here, kg.
    pub tare_kg: f64,
}

/// What a builder of a type leaves for goods.
pub(super) struct Space {
    pub(super) inside: [[f64; 3]; 2],
    pub(super) hollow: Option<u32>,
}

impl ContainerPlan {
    /// Builds a container of its type.
    ///
    /// # Errors
    /// The catalogue lacks one of its materials, or no such container is built (a tank that is longer than 20 ft).
    pub fn build(self, scene: &mut Scene, dice: &mut Dice) -> Result<ContainerBox, PhantomError> {
        self.build_as(scene, dice, &Fit::default())
    }

    /// Builds a container that is more than its type says.
    ///
    /// # Errors
    /// As [`ContainerPlan::build`].
    pub fn build_as(self, scene: &mut Scene, dice: &mut Dice, fit: &Fit) -> Result<ContainerBox, PhantomError> {
        let before = scene.mass_of_kg(|_| true);
        let size = [self.size.external_length_mm(), self.size.external_height_mm(), self.size.external_width_mm()];
        let min = [self.x_mm, self.y_mm, self.z_mm];
        let max = [min[0] + size[0], min[1] + size[1], min[2] + size[2]];
        let steel = scene.substance("steel", None)?;
        scene.paint(component::CONTAINER, 0);
        let frame = Frame {
            min,
            max,
            steel,
            has_inner_posts: self.size == IsoSize::FortyFiveHigh && self.container_type == ContainerType::Dry,
            is_open: fit.is_on_gooseneck,
        };
        let space = match (self.container_type, fit.storage_doors) {
            (ContainerType::Dry, Some(doors)) => storage::build(scene, dice, &frame, doors)?,
            (ContainerType::Dry, None) => dry::build(scene, dice, &frame, self.size)?,
            (ContainerType::Reefer, _) => reefer::build(scene, dice, &frame, self.size)?,
            (ContainerType::Tank, _) => tank::build(scene, dice, &frame, self.size)?,
            (ContainerType::Flat, _) => flat::build(scene, dice, &frame, self.size)?,
        };
        Ok(ContainerBox {
            size: self.size,
            container_type: self.container_type,
            outside: [min, max],
            inside: space.inside,
            hollow: space.hollow,
            tare_kg: scene.mass_of_kg(|_| true) - before,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tares that lines publish for these types, kg: smallest and largest.
    #[test]
    fn boxes_weigh_what_lines_publish() {
        for (container_type, size, tare) in [
            (ContainerType::Dry, IsoSize::Twenty, [2000.0, 2450.0]),
            (ContainerType::Dry, IsoSize::FortyHigh, [3500.0, 4200.0]),
            // 45 ft high cubes: 4,590 to 4,870 kg.
            (ContainerType::Dry, IsoSize::FortyFiveHigh, [4300.0, 5000.0]),
            (ContainerType::Reefer, IsoSize::Twenty, [2500.0, 3300.0]),
            (ContainerType::Reefer, IsoSize::FortyHigh, [4200.0, 5000.0]),
            (ContainerType::Tank, IsoSize::Twenty, [2900.0, 4400.0]),
            (ContainerType::Flat, IsoSize::Twenty, [2200.0, 3100.0]),
            (ContainerType::Flat, IsoSize::Forty, [4700.0, 6100.0]),
        ] {
            for seed in 0..3 {
                let mut scene = Scene::default();
                let plan = ContainerPlan { size, container_type, x_mm: 500.0, y_mm: 1200.0, z_mm: 2760.0 };
                let built = plan.build(&mut scene, &mut Dice::new(seed, "container")).unwrap();
                let kg = built.tare_kg;
                assert!((tare[0]..tare[1]).contains(&kg), "{container_type:?} {size:?} {seed}: {kg:.0} kg");
                let extent = scene.extent_x();
                assert!(extent[0] >= 499.0 && extent[1] <= 500.0 + size.external_length_mm() + 21.0, "{extent:?}");
            }
        }
        let plan = ContainerPlan {
            size: IsoSize::Forty,
            container_type: ContainerType::Tank,
            x_mm: 0.0,
            y_mm: 0.0,
            z_mm: 2760.0,
        };
        let error = plan.build(&mut Scene::default(), &mut Dice::new(0, "container")).unwrap_err();
        assert!(error.to_string().contains("20 ft"), "{error}");
    }
}
