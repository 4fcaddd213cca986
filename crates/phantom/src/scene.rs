use pellucid_imaging::physics::{Material, material};

use crate::error::PhantomError;
use crate::shape::Shape;

/// What a pixel of the `component` raster shows.
pub mod component {
    /// Nothing.
    pub const AIR: u8 = 0;
    /// Walls, floor, roof, doors of a container.
    pub const CONTAINER: u8 = 1;
    /// Goods.
    pub const CARGO: u8 = 2;
    /// Chassis and wheels.
    pub const CHASSIS: u8 = 3;
    /// Tractor and cab.
    pub const TRACTOR: u8 = 4;
    /// Packaging, pallets, dunnage.
    pub const PACKAGING: u8 = 5;
    /// A concealed object.
    pub const CONCEALED: u8 = 6;

    /// Which of two components a pixel shows when a ray meets both: the larger rank.
    pub(crate) fn rank(component: u8) -> u8 {
        match component {
            CONCEALED => 6,
            CARGO => 5,
            PACKAGING => 4,
            CONTAINER => 3,
            CHASSIS => 2,
            TRACTOR => 1,
            _ => 0,
        }
    }

    /// The component of a rank.
    pub(crate) fn of_rank(rank: u8) -> u8 {
        [AIR, TRACTOR, CHASSIS, CONTAINER, PACKAGING, CARGO, CONCEALED].get(usize::from(rank)).copied().unwrap_or(AIR)
    }
}

/// A material of a scene at a density.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Substance {
    /// Index into [`Scene::materials`].
    pub(crate) slot: u16,
    /// Density in g/cm³.
    pub density: f64,
}

/// One solid of a scene.
#[derive(Debug, Clone)]
pub struct Solid {
    /// Its form and place.
    pub shape: Shape,
    /// What it is made of; density 0 is a hollow.
    pub substance: Substance,
    /// The solid it lies in, whose substance it takes the place of.
    pub parent: Option<u32>,
    /// What it shows as in the `component` raster.
    pub component: u8,
    /// Declared line, or mask id from 1000 up, or 0.
    pub item: u16,
}

/// Solids, and what they are made of.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    pub(crate) materials: Vec<&'static Material>,
    pub(crate) solids: Vec<Solid>,
    /// Ranges of x where thin upright metal stands edge-on, which a whole column must not average away.
    pub(crate) fine: Vec<[f64; 2]>,
    /// Component and item of the solids that are added next.
    brush: (u8, u16),
}

impl Scene {
    /// A substance of the catalogue at its own density or another one in g/cm³.
    ///
    /// # Errors
    /// The material is not in the catalogue, or the density is not positive.
    pub fn substance(&mut self, name: &str, density: Option<f64>) -> Result<Substance, PhantomError> {
        let Some(found) = material(name) else {
            return Err(PhantomError::UnknownMaterial { name: name.to_owned() });
        };
        let slot = match self.materials.iter().position(|m| m.name == found.name) {
            Some(slot) => slot,
            None => {
                self.materials.push(found);
                self.materials.len() - 1
            }
        };
        let density = density.unwrap_or(found.density_g_per_cm3);
        if !(density > 0.0 && density < 25.0) {
            return Err(PhantomError::Density { name: name.to_owned(), density_g_per_cm3: density });
        }
        Ok(Substance { slot: slot as u16, density })
    }

    /// Nothing, for hollows.
    pub fn hollow(&self) -> Substance {
        Substance { slot: 0, density: 0.0 }
    }

    /// The same substances and no solids: to build and weigh something apart.
    pub(crate) fn without_solids(&self) -> Self {
        Self { materials: self.materials.clone(), ..Self::default() }
    }

    /// Sets component and item of the solids added from now on.
    pub fn paint(&mut self, component: u8, item: u16) {
        self.brush = (component, item);
    }

    /// Adds a solid that stands free; returns its index.
    pub fn add(&mut self, shape: Shape, substance: Substance) -> u32 {
        self.push(shape, substance, None)
    }

    /// Adds a solid inside another one, whose substance it displaces; returns its index.
    pub fn nest(&mut self, parent: u32, shape: Shape, substance: Substance) -> u32 {
        self.push(shape, substance, Some(parent))
    }

    fn push(&mut self, shape: Shape, substance: Substance, parent: Option<u32>) -> u32 {
        let (component, item) = self.brush;
        self.solids.push(Solid { shape, substance, parent, component, item });
        (self.solids.len() - 1) as u32
    }

    /// A box from its corners.
    pub fn block(&mut self, min: [f64; 3], max: [f64; 3], substance: Substance) -> u32 {
        self.add(Shape::Block { min, max }, substance)
    }

    /// A box of sheet `wall` mm thick around a hollow (or around `inside`); returns the index of the inside.
    pub fn shell(
        &mut self,
        min: [f64; 3],
        max: [f64; 3],
        wall: f64,
        substance: Substance,
        inside: Option<Substance>,
    ) -> u32 {
        let outer = self.block(min, max, substance);
        let inner_min = [min[0] + wall, min[1] + wall, min[2] + wall];
        let inner_max = [max[0] - wall, max[1] - wall, max[2] - wall];
        let inside = inside.unwrap_or_else(|| self.hollow());
        if (max[2] - min[2]) * substance.density > 150.0 && substance.density > 2.0 {
            self.mark_fine(min[0], inner_min[0]);
            self.mark_fine(inner_max[0], max[0]);
        }
        self.nest(outer, Shape::Block { min: inner_min, max: inner_max }, inside)
    }

    /// Says that metal stands edge-on in [x0, x1].
    pub fn mark_fine(&mut self, x0: f64, x1: f64) {
        self.fine.push([x0, x1]);
    }

    /// Mass in kg that solid `index` adds: its own less what it displaces.
    pub fn added_mass_kg(&self, index: usize) -> f64 {
        let Some(solid) = self.solids.get(index) else { return 0.0 };
        let displaced = solid.parent.and_then(|p| self.solids.get(p as usize)).map_or(0.0, |p| p.substance.density);
        solid.shape.volume_mm3() * (solid.substance.density - displaced) * 1e-6
    }

    /// Mass in kg of everything.
    pub fn mass_kg(&self) -> f64 {
        (0..self.solids.len()).map(|i| self.added_mass_kg(i)).sum()
    }

    /// Mass in kg by component and item: what a solid displaces is taken from its parent's share.
    pub fn mass_of_kg(&self, mut is_meant: impl FnMut(&Solid) -> bool) -> f64 {
        let mut mass = 0.0;
        for solid in &self.solids {
            let volume = solid.shape.volume_mm3() * 1e-6;
            if is_meant(solid) {
                mass += volume * solid.substance.density;
            }
            if let Some(parent) = solid.parent.and_then(|p| self.solids.get(p as usize))
                && is_meant(parent)
            {
                mass -= volume * parent.substance.density;
            }
        }
        mass
    }

    /// Number of solids.
    pub fn len(&self) -> usize {
        self.solids.len()
    }

    /// Whether there is no solid.
    pub fn is_empty(&self) -> bool {
        self.solids.is_empty()
    }

    /// Smallest and largest x of all solids from `first` on.
    pub fn extent_x(&self) -> [f64; 2] {
        self.solids.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |range, solid| {
            let (min, max) = solid.shape.bounds();
            [range[0].min(min[0]), range[1].max(max[0])]
        })
    }

    /// Turns the scene about the plane x = width / 2.
    pub(crate) fn mirror(&mut self, width: f64) {
        for solid in &mut self.solids {
            let shape = std::mem::replace(&mut solid.shape, Shape::Block { min: [0.0; 3], max: [0.0; 3] });
            solid.shape = shape.mirrored(width);
        }
        for range in &mut self.fine {
            *range = [width - range[1], width - range[0]];
        }
    }
}
