use crate::error::PhantomError;
use crate::scene::{Scene, Substance, component};
use crate::shape::{Axis, Shape};
use crate::yard::MASK_ID;

/// Something to be hidden, built apart: its lower corner is the origin.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    scene: Scene,
    pub(super) size: [f64; 3],
}

impl Thing {
    /// Builds a thing of the substances of `scene`, wherever `build` puts it.
    pub(super) fn build(
        scene: &Scene,
        build: impl FnOnce(&mut Scene) -> Result<(), PhantomError>,
    ) -> Result<Self, PhantomError> {
        let mut apart = scene.without_solids();
        apart.paint(component::CONCEALED, MASK_ID);
        build(&mut apart)?;
        let [min, max] = corners(&apart, |_| true);
        let mut thing = Self { scene: apart, size: [0, 1, 2].map(|d| max[d] - min[d]) };
        thing.change(|shape| changed(shape, 1.0, min.map(|v| -v)));
        Ok(thing)
    }

    /// Its mass, kg.
    pub(super) fn mass_kg(&self) -> f64 {
        self.scene.mass_kg()
    }

    /// The same made larger or smaller in all directions, so that it weighs `kg`.
    pub(super) fn of_mass(mut self, kg: f64) -> Self {
        let scale = libm::cbrt(kg / self.mass_kg());
        self.size = self.size.map(|v| v * scale);
        self.change(|shape| changed(shape, scale, [0.0; 3]));
        self
    }

    /// Turned by a right angle, so that its length lies across the lane.
    pub(super) fn across(mut self) -> Self {
        self.size.swap(0, 2);
        self.change(across);
        self
    }

    fn change(&mut self, change: impl Fn(Shape) -> Shape) {
        for solid in &mut self.scene.solids {
            solid.shape = change(solid.shape.clone());
        }
    }

    /// Puts it into a scene with its lower corner at `at`: free, or in the place of what solid `parent` is made of.
    pub(super) fn put(&self, scene: &mut Scene, at: [f64; 3], parent: Option<u32>) -> Result<(), PhantomError> {
        let first = scene.len() as u32;
        for solid in &self.scene.solids {
            let substance = if solid.substance.density > 0.0 {
                let name = self.scene.materials[usize::from(solid.substance.slot)].name;
                scene.substance(name, Some(solid.substance.density))?
            } else {
                scene.hollow()
            };
            scene.paint(solid.component, solid.item);
            let shape = changed(solid.shape.clone(), 1.0, at);
            match solid.parent.map(|p| p + first).or(parent) {
                Some(parent) => scene.nest(parent, shape, substance),
                None => scene.add(shape, substance),
            };
        }
        Ok(())
    }
}

/// Corners of the box around the solids that are meant.
pub(super) fn corners(scene: &Scene, mut is_meant: impl FnMut(u16) -> bool) -> [[f64; 3]; 2] {
    let mut corners = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    for solid in scene.solids.iter().filter(|solid| is_meant(solid.item)) {
        let (min, max) = solid.shape.bounds();
        for d in 0..3 {
            corners[0][d] = corners[0][d].min(min[d]);
            corners[1][d] = corners[1][d].max(max[d]);
        }
    }
    corners
}

/// A block between two corners.
pub(super) fn block(min: [f64; 3], max: [f64; 3]) -> Shape {
    Shape::Block { min, max }
}

/// A cylinder.
pub(super) fn cylinder(axis: Axis, centre: [f64; 3], radius: f64, half_length: f64) -> Shape {
    Shape::Cylinder { axis, centre, radius, half_length }
}

/// Adds a shape free or in the place of another one.
pub(super) fn add(scene: &mut Scene, parent: Option<u32>, shape: Shape, substance: Substance) -> u32 {
    match parent {
        Some(parent) => scene.nest(parent, shape, substance),
        None => scene.add(shape, substance),
    }
}

/// A shape made larger about the origin, then moved. Sheets and vessels are no part of things and stay.
fn changed(shape: Shape, scale: f64, by: [f64; 3]) -> Shape {
    let at = |p: [f64; 3]| [0, 1, 2].map(|d| p[d] * scale + by[d]);
    let times = |v: [f64; 3]| v.map(|v| v * scale);
    match shape {
        Shape::Block { min, max } => Shape::Block { min: at(min), max: at(max) },
        Shape::Cylinder { axis, centre, radius, half_length } => {
            cylinder(axis, at(centre), radius * scale, half_length * scale)
        }
        Shape::Ellipsoid { centre, semi } => Shape::Ellipsoid { centre: at(centre), semi: times(semi) },
        Shape::Dome { base, semi } => Shape::Dome { base: at(base), semi: times(semi) },
        Shape::Pillow { centre, half, roundness } => {
            Shape::Pillow { centre: at(centre), half: times(half), roundness }
        }
        Shape::Prism { centre, half, roundness } => Shape::Prism { centre: at(centre), half: times(half), roundness },
        Shape::Rod { centre, axis, radius, half_length } => {
            Shape::Rod { centre: at(centre), axis, radius: radius * scale, half_length: half_length * scale }
        }
        Shape::Brick { centre, half, axes } => Shape::Brick { centre: at(centre), half: times(half), axes },
        other @ (Shape::Vessel { .. } | Shape::Sheet(_)) => other,
    }
}

/// A shape with x and z exchanged.
fn across(shape: Shape) -> Shape {
    let swap = |p: [f64; 3]| [p[2], p[1], p[0]];
    match shape {
        Shape::Block { min, max } => Shape::Block { min: swap(min), max: swap(max) },
        Shape::Cylinder { axis, centre, radius, half_length } => {
            let axis = match axis {
                Axis::X => Axis::Z,
                Axis::Y => Axis::Y,
                Axis::Z => Axis::X,
            };
            cylinder(axis, swap(centre), radius, half_length)
        }
        Shape::Ellipsoid { centre, semi } => Shape::Ellipsoid { centre: swap(centre), semi: swap(semi) },
        Shape::Dome { base, semi } => Shape::Dome { base: swap(base), semi: swap(semi) },
        Shape::Pillow { centre, half, roundness } => {
            Shape::Pillow { centre: swap(centre), half: swap(half), roundness }
        }
        Shape::Prism { centre, half, roundness } => {
            Shape::Prism { centre: swap(centre), half: swap(half), roundness }
        }
        Shape::Rod { centre, axis, radius, half_length } => {
            Shape::Rod { centre: swap(centre), axis: swap(axis), radius, half_length }
        }
        Shape::Brick { centre, half, axes } => Shape::Brick { centre: swap(centre), half, axes: axes.map(swap) },
        other @ (Shape::Vessel { .. } | Shape::Sheet(_)) => other,
    }
}
