use serde::{Deserialize, Serialize};

use super::container::Space;
use super::dry;
use super::frame::{FLOOR, Frame};
use super::sheets;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;

/// What a box is where it is more than a box for goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A battery-storage container: racks of LFP modules, cooling, fire suppression and control, shipped as one unit
    /// (UN 3536, lithium batteries installed in a cargo transport unit) and declared under 8507.
    BatteryStorage,
}

/// Where the doors of a battery-storage container are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageDoors {
    /// Along both sides: its racks are reached from outside.
    Side,
    /// At one end, as of a dry box: one walks in.
    End,
}

/// How the racks of a battery-storage container stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageRacks {
    /// Deep liquid-cooled modules, two rows back to back.
    BackToBack,
    /// Small air-cooled modules along both walls, an aisle between them.
    Aisle,
}

/// What a recipe may say of a battery-storage container; what it does not say is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// Doors; at the sides where racks stand back to back, else at the end, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doors: Option<StorageDoors>,
    /// Racks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub racks: Option<StorageRacks>,
}

impl Storage {
    /// Racks and doors, with what was not said drawn.
    pub(crate) fn settled(self, dice: &mut Dice) -> (StorageRacks, StorageDoors) {
        let drawn = if dice.chance(0.65) { StorageRacks::BackToBack } else { StorageRacks::Aisle };
        let racks = self.racks.unwrap_or(match self.doors {
            Some(StorageDoors::End) => StorageRacks::Aisle,
            Some(StorageDoors::Side) => StorageRacks::BackToBack,
            None => drawn,
        });
        let usual = if racks == StorageRacks::BackToBack { StorageDoors::Side } else { StorageDoors::End };
        (racks, self.doors.unwrap_or(usual))
    }
}

/// Lining of the walls: from their outside to the inside, mm.
const WALL: f64 = 64.0;

/// Builds the shell: a steel frame on a base of closely set cross-members and steel plate, insulated walls, doors.
pub(super) fn build(
    scene: &mut Scene,
    dice: &mut Dice,
    frame: &Frame,
    doors: StorageDoors,
) -> Result<Space, PhantomError> {
    let ([x0, y0, z0], [x1, y1, z1]) = (frame.min, frame.max);
    frame.whole(scene);
    sheets::roof(scene, dice, frame);
    let y = [y0 + 150.0, y1 - 72.0];
    frame.end_wall(scene, x0 + 30.0, y, 46.0, 9, dice.between(1.8, 2.2));
    match doors {
        StorageDoors::End => {
            sheets::walls(scene, dice, frame);
            dry::doors(scene, dice, frame)?;
        }
        StorageDoors::Side => {
            frame.end_wall(scene, x1 - 76.0 - 2.0, [y0 + 150.0, y1 - 112.0], 46.0, 9, 2.0);
            leaves(scene, dice, frame)?;
        }
    }
    // Lining of rock wool behind sheet, on both long sides.
    let wool = scene.substance("glass_fibre", Some(dice.between(0.08, 0.12)))?;
    let (low, high) = (y0 + FLOOR, y1 - 70.0);
    for (outer, inward) in [(z0 + 45.0, 1.0), (z1 - 45.0, -1.0)] {
        let slab = |a: f64, b: f64| {
            let (a, b) = (outer + inward * a, outer + inward * b);
            ([x0 + 126.0, low, a.min(b)], [x1 - 126.0, high, a.max(b)])
        };
        if doors == StorageDoors::End {
            let (min, max) = slab(0.0, WALL - 46.0);
            scene.block(min, max, wool);
            let (min, max) = slab(WALL - 46.0, WALL - 45.0);
            scene.block(min, max, frame.steel);
        }
    }
    // The base: plate on cross-members, and two long beams that take the racks' weight.
    scene.block([x0 + 90.0, y0 + FLOOR - 5.0, z0 + 50.0], [x1 - 92.0, y0 + FLOOR, z1 - 50.0], frame.steel);
    let tunnel = if x1 - x0 > 10_000.0 { 3150.0 } else { 0.0 };
    let between = [y0 + 12.0, y0 + FLOOR - 6.0];
    frame.cross_members(scene, between, dice.between(240.0, 300.0), tunnel);
    if tunnel > 0.0 {
        frame.tunnel(scene, between, tunnel);
    }
    let inside = [[x0 + 130.0, y0 + FLOOR, z0 + WALL + 2.0], [x1 - 130.0, y1 - 76.0, z1 - WALL - 2.0]];
    Ok(Space { inside, hollow: None })
}

/// Pairs of door leaves along both sides: folded sheet around rock wool, with hinges and a lock bar each.
fn leaves(scene: &mut Scene, dice: &mut Dice, frame: &Frame) -> Result<(), PhantomError> {
    let ([x0, y0, z0], [x1, y1, z1]) = (frame.min, frame.max);
    let wool = scene.substance("glass_fibre", Some(0.1))?;
    let (from, to) = (x0 + 130.0, x1 - 130.0);
    let count = ((to - from) / dice.between(900.0, 1150.0)).round();
    let width = (to - from) / count;
    let y = [y0 + 166.0, y1 - 72.0];
    for z in [z0 + 6.0, z1 - 46.0] {
        for i in 0..count as usize {
            let x = from + i as f64 * width;
            scene.shell([x + 4.0, y[0], z], [x + width - 4.0, y[1], z + 40.0], 1.6, frame.steel, Some(wool));
        }
    }
    Ok(())
}
