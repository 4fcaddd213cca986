//! For tests: whether matter lies in two solids at once.

use crate::dice::Dice;
use crate::scene::{Scene, Solid};

/// Points of matter that are looked at.
const POINTS: usize = 400;

/// Share of random points of the load's matter where it lies twice, or a nested solid stands out of its parent.
pub(crate) fn clashes(scene: &Scene, dice: &mut Dice) -> (f64, String) {
    let bounds: Vec<_> = scene.solids.iter().map(|solid| solid.shape.bounds()).collect();
    let min = [0, 1, 2].map(|d| bounds.iter().map(|(min, _)| min[d]).fold(f64::INFINITY, f64::min));
    let max = [0, 1, 2].map(|d| bounds.iter().map(|(_, max)| max[d]).fold(f64::NEG_INFINITY, f64::max));
    share(scene, || [0, 1, 2].map(|d| dice.between(min[d], max[d])), |_, _| true)
}

/// The same at random points of solids that are meant, and only where one of them is in it.
pub(crate) fn clashes_of(scene: &Scene, dice: &mut Dice, is_meant: impl Fn(&Solid) -> bool) -> (f64, String) {
    let meant: Vec<usize> = (0..scene.len()).filter(|i| is_meant(&scene.solids[*i])).collect();
    let point = || {
        let (min, max) = scene.solids[meant[dice.below(meant.len())]].shape.bounds();
        [0, 1, 2].map(|d| dice.between(min[d], max[d]))
    };
    share(scene, point, |i, j| is_meant(&scene.solids[i]) || is_meant(&scene.solids[j]))
}

fn share(scene: &Scene, mut draw: impl FnMut() -> [f64; 3], counts: impl Fn(usize, usize) -> bool) -> (f64, String) {
    let (mut clashes, mut points, mut first) = (0, 0, String::new());
    for _ in 0..10 * POINTS {
        if points == POINTS {
            break;
        }
        let point = draw();
        let around: Vec<usize> = (0..scene.len()).filter(|i| scene.solids[*i].shape.contains(point)).collect();
        let parent = |i: usize| scene.solids[i].parent.map(|p| p as usize);
        // What nothing in it takes the place of is there; hollows are nothing.
        let is_there = |i: &usize| {
            scene.solids[*i].substance.density > 0.0 && !around.iter().any(|child| parent(*child) == Some(*i))
        };
        let there: Vec<usize> = around.iter().copied().filter(is_there).collect();
        points += usize::from(!there.is_empty());
        let loose = around.iter().find_map(|i| Some((*i, parent(*i).filter(|p| !around.contains(p))?)));
        let pair = loose.filter(|(i, j)| counts(*i, *j)).or_else(|| {
            let pairs = there.iter().enumerate().flat_map(|(n, i)| there[n + 1..].iter().map(move |j| (*i, *j)));
            pairs.into_iter().find(|(i, j)| counts(*i, *j))
        });
        if let Some((i, j)) = pair {
            clashes += 1;
            first = format!("{:?} and {:?}", scene.solids[i].shape, scene.solids[j].shape);
        }
    }
    (clashes as f64 / points.max(1) as f64, first)
}
