use super::Bay;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, Substance, component};
use crate::shape::{Axis, Shape, turned};
use crate::tampering::Remnant;

impl Bay<'_> {
    /// Lays a pallet of `[length, width]` with its lower corner at `at`: three runners and a deck, 145 mm high.
    pub(super) fn add_pallet(&mut self, at: [f64; 3], size: [f64; 2]) -> Result<(), PhantomError> {
        if self.plan.target.is_some_and(|target| target.is_trial) {
            return Ok(());
        }
        self.paint_packaging();
        add_pallet(self.scene, at, size)
    }
}

fn add_pallet(scene: &mut Scene, at: [f64; 3], size: [f64; 2]) -> Result<(), PhantomError> {
    let wood = scene.substance("wood", None)?;
    add_pallet_of(scene, at, size, wood);
    Ok(())
}

fn add_pallet_of(scene: &mut Scene, at: [f64; 3], size: [f64; 2], wood: Substance) {
    let [x, y, z] = at;
    for [near, far] in spread(size[1], 95.0, 3) {
        for [front, back] in spread(size[0], 120.0, 3) {
            scene.block([x + front, y + 20.0, z + near], [x + back, y + 115.0, z + far], wood);
        }
        scene.block([x, y, z + near], [x + size[0], y + 20.0, z + far], wood);
    }
    for [front, back] in spread(size[0], 95.0, 7) {
        scene.block([x + front, y + 115.0, z], [x + back, y + 137.0, z + size[1]], wood);
    }
}

/// Ends of timbers of a width, from one end of a length to the other: as many as lie side by side on a short one.
fn spread(length: f64, width: f64, most: usize) -> impl Iterator<Item = [f64; 2]> {
    let width = width.min(length);
    let count = ((length / width) as usize).clamp(1, most);
    let step = (length - width) / (count.max(2) - 1) as f64;
    (0..count).map(move |i| [i as f64 * step, i as f64 * step + width])
}

/// Wooden bracing at the open end of a load that reaches to `load_end_mm`: a fence of planks and an air bag now and then.
pub(crate) fn brace(
    scene: &mut Scene,
    dice: &mut Dice,
    space: [[f64; 3]; 2],
    load_end_mm: f64,
    load_height_mm: f64,
) -> Result<(), PhantomError> {
    let room = space[1][0] - load_end_mm;
    if room < 120.0 || dice.chance(0.45) {
        return Ok(());
    }
    scene.paint(component::PACKAGING, 0);
    let wood = scene.substance("wood", None)?;
    let (z0, z1) = (space[0][2] + 20.0, space[1][2] - 20.0);
    let x = load_end_mm + 20.0;
    let top = (load_height_mm - space[0][1]).clamp(300.0, 1800.0);
    for i in 0..dice.whole(2, 4) {
        let y = space[0][1] + top * (i as f64 + 0.5) / 4.0;
        scene.block([x, y, z0], [x + 40.0, y + 120.0, z1], wood);
    }
    for z in [z0 + 200.0, z1 - 290.0] {
        scene.block([x + 40.0, space[0][1], z], [x + 90.0, space[0][1] + top, z + 90.0], wood);
    }
    Ok(())
}

/// What an empty box still holds: nothing, planks, pallets, a liner, sweepings; some 0 to 60 kg.
pub(crate) fn leave_behind(scene: &mut Scene, dice: &mut Dice, space: [[f64; 3]; 2]) -> Result<(), PhantomError> {
    scene.paint(component::PACKAGING, 0);
    let [a, b] = space;
    let length = b[0] - a[0];
    let wood = scene.substance("wood", None)?;
    match dice.below(5) {
        0 => {}
        1 => {
            for _ in 0..dice.whole(2, 8) {
                let plank = [dice.between(900.0, 2200.0), dice.between(18.0, 60.0), dice.between(80.0, 160.0)];
                let lies_across = dice.chance(0.4);
                let centre = [
                    a[0] + dice.between(0.2, 0.8) * length,
                    a[1] + plank[1] / 2.0,
                    (a[2] + b[2]) / 2.0 + dice.between(-200.0, 200.0),
                ];
                let angle = if lies_across { dice.between(1.3, 1.7) } else { dice.between(-0.2, 0.2) };
                let half = plank.map(|v| v / 2.0);
                scene.add(Shape::Brick { centre, half, axes: turned(Axis::Y, angle) }, wood);
            }
        }
        2 => {
            for i in 0..dice.whole(1, 3) {
                let x = a[0] + dice.between(0.05, 0.75) * (length - 1200.0);
                let y = a[1] + if dice.chance(0.3) { 145.0 * f64::from(i as u32 % 2) } else { 0.0 };
                let z = if dice.chance(0.5) { a[2] + 60.0 } else { b[2] - 1160.0 };
                add_pallet(scene, [x, y, z], [1100.0, 1100.0])?;
            }
        }
        3 => {
            // A film liner over walls, roof and floor.
            let film = scene.substance("polyethylene", None)?;
            let t = dice.between(0.15, 0.4);
            for z in [a[2] + 8.0, b[2] - 8.0] {
                scene.block([a[0] + 20.0, a[1], z], [b[0] - 20.0, b[1] - 60.0, z + t], film);
            }
            scene.block([a[0] + 20.0, a[1], a[2] + 10.0], [b[0] - 20.0, a[1] + t, b[2] - 10.0], film);
            scene.block([a[0] + 20.0, b[1] - 60.0, a[2] + 10.0], [b[0] - 20.0, b[1] - 60.0 + t, b[2] - 10.0], film);
        }
        _ => {
            let paper = scene.substance("cardboard", Some(dice.between(0.1, 0.2)))?;
            for _ in 0..dice.whole(1, 4) {
                let half = [dice.between(200.0, 500.0), dice.between(20.0, 120.0), dice.between(200.0, 400.0)];
                let centre = [
                    a[0] + half[0] + dice.unit() * (length - 2.0 * half[0]),
                    a[1] + half[1],
                    a[2] + half[2] + dice.unit() * (b[2] - a[2] - 2.0 * half[2]),
                ];
                scene.add(Shape::Pillow { centre, half, roundness: 1.25 }, paper);
            }
        }
    }
    // Lashing rings and straps along the floor.
    if dice.chance(0.3) {
        let strap = scene.substance("polypropylene", Some(0.6))?;
        for i in 0..3 {
            let x = a[0] + length * (0.25 + 0.25 * f64::from(i));
            scene.block([x, a[1], a[2] + 20.0], [x + 50.0, a[1] + 12.0, b[2] - 20.0], strap);
        }
    }
    Ok(())
}

/// Kilograms that lie in a box that passes as empty when a recipe does not say.
const LEFT_KG: [f64; 2] = [20.0, 50.0];

/// Leaves something of a known mass in an empty box.
pub(crate) fn leave(
    scene: &mut Scene,
    dice: &mut Dice,
    space: [[f64; 3]; 2],
    what: Option<Remnant>,
    kg: Option<f64>,
) -> Result<(), PhantomError> {
    const ALL: [Remnant; 4] = [Remnant::Dunnage, Remnant::Liner, Remnant::Pallets, Remnant::Sweepings];
    let drawn = dice.pick(&ALL).copied().unwrap_or(Remnant::Dunnage);
    let drawn_kg = dice.within(LEFT_KG);
    let kg = kg.unwrap_or(drawn_kg);
    let ([a, b], mm3) = (space, kg * 1e6);
    scene.paint(component::PACKAGING, 0);
    match what.unwrap_or(drawn) {
        Remnant::Dunnage => {
            let wood = scene.substance("wood", None)?;
            let size = [dice.between(1100.0, 1900.0), dice.between(30.0, 50.0), dice.between(90.0, 140.0)];
            let rows = ((b[2] - a[2] - 40.0) / (size[2] + 30.0)).floor().max(1.0) as usize;
            let x = a[0] + dice.between(0.05, 0.8) * (b[0] - a[0] - size[0]);
            let mut left = mm3 / wood.density;
            let mut laid = 0;
            // A plank beside the other, then the next layer; the last one is shorter.
            while left > 1.0 {
                let length = (left / (size[1] * size[2])).min(size[0]);
                let y = a[1] + (laid / rows) as f64 * size[1];
                let z = a[2] + 20.0 + (laid % rows) as f64 * (size[2] + 30.0);
                scene.block([x, y, z], [x + length, y + size[1], z + size[2]], wood);
                left -= length * size[1] * size[2];
                laid += 1;
            }
        }
        Remnant::Liner => {
            let film = scene.substance("polyethylene", None)?;
            let (low, high) = ([a[0] + 20.0, a[1], a[2] + 10.0], [b[0] - 20.0, b[1] - 60.0, b[2] - 10.0]);
            let size = [0, 1, 2].map(|d| high[d] - low[d]);
            // Both walls between floor and roof, floor, roof; as thick as the mass makes it.
            let t = mm3 / film.density / (2.0 * size[0] * size[1] + 2.0 * size[0] * size[2]);
            for y in [low[1], high[1]] {
                scene.block([low[0], y, low[2]], [high[0], y + t, high[2]], film);
            }
            let length = size[0] * size[1] / (size[1] - t);
            for z in [low[2], high[2] - t] {
                let end = (low[0] + length).min(b[0]);
                scene.block([low[0], low[1] + t, z], [end, high[1], z + t], film);
            }
        }
        Remnant::Pallets => {
            let wood = scene.substance("wood", None)?;
            let size = [1200.0, 1000.0];
            let mut apart = scene.without_solids();
            add_pallet_of(&mut apart, a, size, wood);
            // Some are heavier than others: of wet wood, or dry.
            let count = (kg / apart.mass_kg()).round().max(1.0);
            let wood = scene.substance("wood", Some(wood.density * kg / (count * apart.mass_kg())))?;
            let x = a[0] + dice.unit() * (b[0] - a[0] - size[0]);
            let z = a[2] + dice.unit() * (b[2] - a[2] - size[1]);
            for i in 0..count as usize {
                add_pallet_of(scene, [x, a[1] + 137.0 * i as f64, z], size, wood);
            }
        }
        Remnant::Sweepings => {
            let paper = scene.substance("cardboard", Some(dice.between(0.1, 0.15)))?;
            let heaps = dice.whole(2, 4);
            let length = (b[0] - a[0]) / heaps as f64;
            for i in 0..heaps {
                let unit = Shape::Pillow { centre: [0.0; 3], half: [1.0, 0.35, 1.0], roundness: 1.25 };
                let scale = libm::cbrt(mm3 / heaps as f64 / paper.density / unit.volume_mm3());
                let half = [scale, 0.35 * scale, scale];
                let room = (length - 2.0 * half[0]).max(0.0);
                let centre = [
                    a[0] + i as f64 * length + half[0] + dice.unit() * room,
                    a[1] + half[1],
                    a[2] + half[2] + dice.unit() * (b[2] - a[2] - 2.0 * half[2]),
                ];
                scene.add(Shape::Pillow { centre, half, roundness: 1.25 }, paper);
            }
        }
    }
    Ok(())
}
