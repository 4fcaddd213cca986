//! Scenes built from the phantom's solids, with every place known.

#![allow(clippy::unwrap_used, reason = "a scene that cannot be built has failed the test")]

use std::sync::Arc;

use pellucid_core::{ContainerType, Grade, IsoSize, PixelBox, RawScan, ScannerIdentity};
use pellucid_imaging::{CpuEngine, Engine, Imaged, Plan};
use pellucid_observe::{ContainerGeometry, find_containers, layout_window};
use pellucid_phantom::structure::{ContainerBox, ContainerPlan, Legs, Trailer, TrailerPlan};
use pellucid_phantom::{Dice, Fan, Scanner, Scene, render, to_processed};

use super::layout_of_boxes;

/// One box on a chassis, and where it really stands.
pub(crate) struct Built {
    pub(crate) scan: RawScan,
    pub(crate) container: ContainerBox,
    pub(crate) scanner: Scanner,
    pub(crate) px: PixelBox,
}

/// Builds an empty box `near_mm` from the source on a deck of `deck_mm`, with what `add` puts into the scene.
pub(crate) fn built(
    scanner: &str,
    size: IsoSize,
    [near_mm, deck_mm]: [f64; 2],
    seed: u64,
    add: impl FnOnce(&mut Scene, &ContainerBox),
) -> Built {
    built_as(ContainerType::Dry, scanner, size, [near_mm, deck_mm], seed, add)
}

/// The same of any type.
pub(crate) fn built_as(
    container_type: ContainerType,
    scanner: &str,
    size: IsoSize,
    [near_mm, deck_mm]: [f64; 2],
    seed: u64,
    add: impl FnOnce(&mut Scene, &ContainerBox),
) -> Built {
    let scanner = Scanner::preset(scanner).unwrap();
    let mut scene = Scene::default();
    let lead = 600.0;
    let end = lead + size.external_length_mm();
    let chassis = TrailerPlan {
        trailer: Trailer::Skeletal,
        x_mm: lead - 150.0,
        length_mm: size.external_length_mm() + 300.0,
        deck_mm,
        middle_mm: near_mm + 1219.0,
        castings_x_mm: vec![lead + 101.5, end - 101.5],
        spare_bolsters_x_mm: Vec::new(),
        axles: if size == IsoSize::Twenty { 2 } else { 3 },
        legs: Legs::Down,
        has_spare_wheel: false,
        has_tool_box: false,
        has_twist_locks: true,
    };
    chassis.build(&mut scene, &mut Dice::new(seed, "chassis")).unwrap();
    let plan = ContainerPlan { size, container_type, x_mm: lead, y_mm: deck_mm, z_mm: near_mm };
    let container = plan.build(&mut scene, &mut Dice::new(seed, "container")).unwrap();
    add(&mut scene, &container);
    let pitch = scanner.fan.column_pitch_mm;
    let columns = ((end + 600.0) / pitch).ceil() as usize;
    let rendered = render(&scene, &scanner, columns, seed).unwrap();
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    let [a, b] = container.outside;
    let row = |y: f64, z: f64| (fan.row_at(y, z) + 0.5).round() as u32;
    let (x, right) = ((a[0] / pitch).round() as u32, (b[0] / pitch).round() as u32);
    let (y, bottom) = (row(b[1], a[2]), row(a[1], a[2]));
    let dual = rendered.view.bands.len() > 1;
    let scan = RawScan {
        grade: if dual { Grade::DualEnergyRaw } else { Grade::SingleEnergyRaw },
        views: vec![rendered.view],
        scanner: ScannerIdentity::default(),
        acquired_at: None,
        containers_read: Vec::new(),
        site: None,
        lane: None,
        unknown: serde_json::Map::new(),
    };
    Built { scan, container, scanner, px: PixelBox { x, y, width: right - x, height: bottom - y } }
}

impl Built {
    /// The same scan as a vendor would hand it out.
    pub(crate) fn processed(mut self, seed: u64) -> Self {
        self.scan = to_processed(&self.scan, seed).unwrap();
        self
    }

    pub(crate) fn image(&self) -> Imaged {
        let plan = Plan::for_scan(&self.scan).unwrap();
        CpuEngine::new().submit(&plan, Arc::new(self.scan.clone())).unwrap().wait().unwrap()
    }

    /// The one container that is found.
    pub(crate) fn found(&self, imaged: &Imaged) -> ContainerGeometry {
        let view = &imaged.views[0];
        let window = layout_window(view, 0);
        let mut found = find_containers(view, &layout_of_boxes(&[self.px], &window), &window);
        assert_eq!(found.len(), 1);
        found.remove(0)
    }
}
