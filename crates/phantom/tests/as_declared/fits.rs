//! What the yard loaded did fit: how much of it is refused when it is declared.

use std::time::Instant;

use pellucid_phantom::{Consolidated, Papers};

use super::*;

/// Declarations that are asked about: what was loaded, and what only just goes in.
const DECLARATIONS: u64 = 200;
const TIGHT: u64 = 50;

/// What the yard declares of an honest box of two to six lines that it loaded, full or half full; `None` where these goods do not
/// go together.
fn of_a_load(k: u64) -> Option<(String, AsDeclared)> {
    let all = Goods::all().unwrap();
    let mut dice = Dice::stream(17, "loads that fit", k);
    let size = IsoSize::ALL[dice.below(IsoSize::ALL.len())];
    let is_full = dice.chance(0.6);
    let fill = if is_full { [0.9, 1.0] } else { [0.5, 0.85] };
    let lines = dice.whole(2, 6);
    let headings: Vec<&str> = (0..lines.min(3)).map(|_| dice.pick(all).unwrap().heading.as_str()).collect();
    if headings.iter().enumerate().any(|(i, heading)| headings[..i].contains(heading)) {
        return None;
    }
    let mut recipe = honest(&headings, size);
    recipe.containers[0].fill = fill;
    recipe.papers = dice.chance(0.5).then(Papers::default);
    if lines > 3 {
        recipe.containers[0].headings.clear();
        recipe.containers[0].consolidated = Some(Consolidated { lines: [lines, lines] });
    }
    let scanner = Scanner::preset("relocatable_6_3p5").unwrap().with_resolution(24, 200.0);
    let case = make_case(&recipe, &scanner, k).ok()?;
    let declared = AsDeclared::of(&case.declaration, None).unwrap();
    let of = declared.lines.iter().map(|l| format!("{:.0} {} {:?}", l.gross_kg, l.heading, l.packages));
    let name = format!("{k}: {} full {is_full}: {}", size.code(), of.collect::<Vec<_>>().join(", "));
    Some((name, declared))
}

/// Light goods that need 80 to 100 % of the box when each is packed best: so much of the masses at which the box is said to be
/// too small for them. `None` where it is not its room that bounds them.
fn tight(k: u64) -> Option<(String, AsDeclared)> {
    let light: Vec<&Goods> = Goods::all().unwrap().iter().filter(|goods| goods.is_light).collect();
    let mut dice = Dice::stream(19, "tight loads", k);
    let size = IsoSize::ALL[dice.below(IsoSize::ALL.len())];
    let mut lines: Vec<DeclaredLoad> = Vec::new();
    for i in 0..dice.whole(2, 6) {
        let heading = dice.pick(&light).unwrap().heading.as_str();
        if lines.iter().all(|line| line.heading != heading) {
            lines.push(line(i as u32 + 1, heading, 3_000.0 * dice.between(0.3, 1.0), None));
        }
    }
    if lines.len() < 2 {
        return None;
    }
    let times = |factor: f64| {
        let scaled = lines.iter().map(|line| DeclaredLoad { gross_kg: line.gross_kg * factor, ..line.clone() });
        box_of(size, scaled.collect())
    };
    let (scanner, mut low, mut high) = (coarse(), 0.1, 12.0);
    let is_too_much = |factor| {
        let refused = as_declared(&times(factor), &scanner, 0, 0).err();
        refused.is_some_and(|error| {
            matches!(error, PhantomError::Misfit(Misfit::Volume { .. } | Misfit::Payload { .. }))
        })
    };
    for _ in 0..7 {
        let middle = f64::sqrt(low * high);
        if is_too_much(middle) { high = middle } else { low = middle }
    }
    let is_of_room =
        matches!(as_declared(&times(1.05 * high), &scanner, 0, 0), Err(PhantomError::Misfit(Misfit::Volume { .. })));
    let share = dice.between(0.8, 1.0);
    let declared = times(low * share);
    let of = declared.lines.iter().map(|l| format!("{:.0} {}", l.gross_kg, l.heading));
    let name = format!("{k}: {} {:.0} %: {}", size.code(), 100.0 * share, of.collect::<Vec<_>>().join(", "));
    is_of_room.then_some((name, declared))
}

/// Which of these loads are refused, and why.
fn refused(loads: &[(String, AsDeclared)]) -> Vec<String> {
    let scanner = coarse();
    let results: Vec<(f64, Option<String>)> = loads
        .par_iter()
        .map(|(name, declared)| {
            let start = Instant::now();
            let refused = match as_declared(declared, &scanner, 1, 3) {
                Ok(loads) => {
                    assert_eq!(faults(declared, &loads[0]), Vec::<String>::new(), "{name}");
                    None
                }
                Err(error) => Some(format!("{name}: {error}")),
            };
            (start.elapsed().as_secs_f64(), refused)
        })
        .collect();
    let refused: Vec<String> = results.iter().filter_map(|(_, refused)| refused.clone()).collect();
    let mut times: Vec<f64> = results.iter().map(|(time, _)| *time).collect();
    times.sort_by(f64::total_cmp);
    refused.iter().for_each(|text| println!("{text}"));
    println!(
        "{} of {} refused; {:.2} s in the middle, {:.2} s at nine of ten, {:.2} s at most",
        refused.len(),
        results.len(),
        times[times.len() / 2],
        times[times.len() * 9 / 10],
        times[times.len() - 1]
    );
    refused
}

fn first(n: u64, make: impl Fn(u64) -> Option<(String, AsDeclared)> + Sync + Send) -> Vec<(String, AsDeclared)> {
    let mut loads: Vec<_> = (0..2 * n).into_par_iter().filter_map(make).collect();
    loads.truncate(n as usize);
    assert_eq!(loads.len() as u64, n);
    loads
}

/// Two of 200 as measured; of 200 tight ones 62 were refused before lines were pushed together, 43 since, none took two seconds
/// (2026-11-23, Intel Xeon, two threads).
#[test]
fn what_the_yard_loaded_is_seldom_refused() {
    let refused = refused(&first(DECLARATIONS, of_a_load));
    assert!(refused.len() <= 3, "{refused:#?}");
}

/// Not all of them can be stowed: their sum fits, but packages are whole.
#[test]
fn tight_boxes_of_several_lines_are_seldom_refused() {
    let refused = refused(&first(TIGHT, tight));
    assert!(refused.len() <= 8, "{refused:#?}");
}
