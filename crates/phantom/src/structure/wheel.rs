use crate::error::PhantomError;
use crate::scene::Scene;
use crate::shape::{Axis, Shape};

/// A tube around an axis: radii outside and inside, half length.
pub(super) fn add_tube(
    scene: &mut Scene,
    axis: Axis,
    centre: [f64; 3],
    radii: [f64; 2],
    half_length: f64,
) -> Result<(), PhantomError> {
    let steel = scene.substance("steel", None)?;
    let outer = scene.add(Shape::Cylinder { axis, centre, radius: radii[0], half_length }, steel);
    let hollow = scene.hollow();
    scene.nest(outer, Shape::Cylinder { axis, centre, radius: radii[1], half_length }, hollow);
    Ok(())
}

/// A lorry wheel on any axis: tyre on a steel rim with its disc and hub.
pub(super) fn add_wheel(
    scene: &mut Scene,
    axis: Axis,
    centre: [f64; 3],
    radius: f64,
    half_width: f64,
) -> Result<(), PhantomError> {
    let (rubber, steel) = (scene.substance("rubber", None)?, scene.substance("steel", None)?);
    let hollow = scene.hollow();
    let disc = |radius: f64, half_length: f64| Shape::Cylinder { axis, centre, radius, half_length };
    // A worn shoulder: the tread is narrower than the tyre.
    let tyre = scene.add(disc(radius - 22.0, half_width), rubber);
    let tread = scene.add(disc(radius, half_width - 22.0), rubber);
    scene.nest(tread, disc(radius - 22.0, half_width - 22.0), hollow);
    let belt = scene.nest(tyre, disc(radius - 26.0, half_width - 24.0), steel);
    let air = scene.nest(belt, disc(radius - 29.0, half_width - 24.0), hollow);
    let rim = scene.nest(air, disc(288.0, half_width - 24.0), steel);
    scene.nest(rim, disc(274.0, half_width - 24.0), hollow);
    let along = match axis {
        Axis::X => 0,
        Axis::Y => 1,
        Axis::Z => 2,
    };
    for side in [-1.0, 1.0] {
        let mut centre = centre;
        centre[along] += side * (half_width - 12.0);
        let end = Shape::Cylinder { axis, centre, radius: 274.0, half_length: 12.0 };
        scene.nest(tyre, end, hollow);
    }
    // The disc is a ring around the hub.
    let plate = scene.add(disc(273.0, 7.0), steel);
    scene.nest(plate, disc(165.0, 7.0), hollow);
    scene.add(disc(165.0, half_width - 60.0), steel);
    Ok(())
}
