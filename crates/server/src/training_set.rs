//! `pellucid phantom training-set`: windows with labels for `models/train`, made by the same engine and the same window
//! arithmetic that inspections use, so that training and service cannot drift apart.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pellucid_core::{ContainerType, IsoSize, PixelBox, PlaneStack, Raster};
use pellucid_imaging::{CpuEngine, Engine, ImagingError, Plan, ResampleWindow};
use pellucid_observe::{ContainerGeometry, Insets, cargo_window, layout_window};
use pellucid_phantom::{Case, PhantomError, component, training_case};

/// Which part of a set to make: `index` of `count` equal parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shard {
    /// This part, below `count`.
    pub(crate) index: u64,
    /// Parts in all.
    pub(crate) count: u64,
}

/// What stops a training set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrainingSetError {
    /// No such shard.
    #[error("making shard {index} of {count} of a training set")]
    Shard {
        /// Asked for.
        index: u64,
        /// Parts in all.
        count: u64,
    },
    /// A scene could not be made.
    #[error("making the phantom of seed {seed}")]
    Phantom {
        /// Its seed.
        seed: u64,
        /// Why.
        #[source]
        source: PhantomError,
    },
    /// A scene could not be measured.
    #[error("measuring the phantom of seed {seed}")]
    Imaging {
        /// Its seed.
        seed: u64,
        /// Why.
        #[source]
        source: ImagingError,
    },
    /// A file could not be written.
    #[error("writing {path} of a training set")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Labels of goods: the order of `models/train/networks.py`, then empty and outside; 255 is ignored.
const HEADINGS: [&str; 8] = ["0901", "1202", "2204", "4011", "4407", "6109", "7208", "8418"];
const EMPTY: u16 = 8;
const OUTSIDE: u16 = 9;
const IGNORED: u16 = 255;
/// Measured values are stored as value times this.
const SCALE: f32 = 32768.0;
/// Half a corner casting in window pixels.
const CASTING_PX: f64 = 2.5;

/// Writes the windows of the scenes `seed .. seed + n`, one `.npy` each (u16; planes, rows, columns), and returns how many
/// scenes were made. Scenes that are there already are kept, so a run that was cut off goes on.
///
/// - `out_dir/cargo`: one window per container at 10 mm: four measured planes, component, index of the heading;
/// - `out_dir/layout`: one window per scan, 160 rows: two measured planes, class, casting.
///
/// # Errors
/// A scene cannot be made or measured, or a file cannot be written.
pub(crate) fn export(n: u64, seed: u64, shard: Shard, out_dir: &Path) -> Result<usize, TrainingSetError> {
    if shard.index >= shard.count {
        return Err(TrainingSetError::Shard { index: shard.index, count: shard.count });
    }
    let (cargo, layout) = (out_dir.join("cargo"), out_dir.join("layout"));
    for dir in [&cargo, &layout] {
        fs::create_dir_all(dir).map_err(|source| TrainingSetError::File { path: dir.clone(), source })?;
    }
    let engine = CpuEngine::new();
    let mut made = 0;
    for scene in (seed..seed.saturating_add(n)).filter(|scene| scene % shard.count == shard.index) {
        // The layout window is written last: a scene that has one is complete.
        let last = layout.join(format!("{scene}.npy"));
        if last.exists() {
            continue;
        }
        let (containers, whole) = windows(&engine, scene)?;
        for (index, window) in containers.iter().enumerate() {
            window.save(&cargo.join(format!("{scene}_{index}.npy")))?;
        }
        whole.save(&last)?;
        made += 1;
    }
    Ok(made)
}

/// The windows of the containers of a scene and the one of the whole scan.
fn windows(engine: &CpuEngine, seed: u64) -> Result<(Vec<Window>, Window), TrainingSetError> {
    let phantom = |source| TrainingSetError::Phantom { seed, source };
    let imaging = |source| TrainingSetError::Imaging { seed, source };
    let case = training_case(seed).map_err(phantom)?;
    let plan = Plan::for_scan(&case.scan).map_err(imaging)?;
    let scan = Arc::new(case.scan.clone());
    let imaged = Arc::new(engine.submit(&plan, scan).and_then(|ticket| ticket.wait()).map_err(imaging)?);
    let whole = layout_window(&imaged.views[0], 0).window;
    let mut places = cargo_places(&case, seed);
    places.push(whole);
    let mut stacks = engine.submit_resample(&imaged, &places).and_then(|ticket| ticket.wait()).map_err(imaging)?;
    let Some(planes) = stacks.pop() else { unreachable!("there is one stack per window, and at least one window") };
    let containers = places.iter().zip(&stacks).map(|(place, planes)| label_cargo(&case, place, planes)).collect();
    Ok((containers, label_layout(&case, &whole, &planes)))
}

/// Deterministic jitter in [-1, 1] for edge `edge` of container `index` (splitmix64).
fn jitter(seed: u64, index: usize, edge: u64) -> f64 {
    let mut z = seed.wrapping_mul(31).wrapping_add(index as u64 * 7 + edge).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// Windows of the true boxes, each edge displaced as a finder displaces it.
fn cargo_places(case: &Case, seed: u64) -> Vec<ResampleWindow> {
    let containers = case.truth.containers.iter().enumerate();
    let places = containers.map(|(index, container)| {
        let px = container.box_px;
        let off = |edge, size: u32| (0.012 * f64::from(size) * jitter(seed, index, edge)).round();
        let moved = |at: u32, edge, size| (f64::from(at) + off(edge, size)).max(0.0) as u32;
        // Ends are sharp in any scan; top and bottom are not.
        let (x0, x1) = (moved(px.x, 0, px.width / 2), moved(px.right(), 1, px.width / 2));
        let (y0, y1) = (moved(px.y, 2, px.height), moved(px.bottom(), 3, px.height));
        let size = IsoSize::from_code(&container.size_type);
        let found = ContainerGeometry {
            view: 0,
            region: PixelBox { x: x0, y: y0, width: x1.saturating_sub(x0), height: y1.saturating_sub(y0) },
            confidence: 1.0,
            size,
            container_type: ContainerType::from_code(&container.size_type),
            ends_mm: Insets::of(None, 0.0).ends_mm,
            length_mm: size.map(IsoSize::external_length_mm),
            height_mm: size.map(IsoSize::external_height_mm),
            pitch_mm: None,
            place: None,
            perspective: None,
        };
        cargo_window(&found, 0)
    });
    places.collect()
}

/// A window with its labels.
struct Window {
    height: usize,
    width: usize,
    planes: Vec<Vec<u16>>,
}

impl Window {
    fn measured(planes: &PlaneStack, which: &[usize]) -> Self {
        let stored = |value: &f32| (value * SCALE).round().clamp(0.0, 65535.0) as u16;
        let planes_u16 = which.iter().map(|plane| planes.plane(*plane).iter().map(stored).collect()).collect();
        Self { height: planes.height, width: planes.width, planes: planes_u16 }
    }

    /// `.npy` version 1.0, little-endian u16.
    fn save(&self, path: &Path) -> Result<(), TrainingSetError> {
        let shape = format!("({}, {}, {})", self.planes.len(), self.height, self.width);
        let mut header = format!("{{'descr': '<u2', 'fortran_order': False, 'shape': {shape}, }}");
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend(self.planes.iter().flatten().flat_map(|value| value.to_le_bytes()));
        // Whole or not at all: a file that is there is complete.
        let partial = path.with_extension("part");
        let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
        written.map_err(|source| TrainingSetError::File { path: path.to_path_buf(), source })
    }
}

/// Labels at the centres of a window's pixels; `outside` beyond the view.
fn sampled<T: Copy>(raster: &Raster<T>, place: &ResampleWindow, outside: T) -> Vec<T> {
    let step_x = (place.x1 - place.x0) / place.out_width as f64;
    let step_y = (place.y1 - place.y0) / place.out_height as f64;
    let mut labels = Vec::with_capacity(place.out_width * place.out_height);
    for row in 0..place.out_height {
        let y = (place.y0 + (row as f64 + 0.5) * step_y).floor();
        for column in 0..place.out_width {
            let x = (place.x0 + (column as f64 + 0.5) * step_x).floor();
            let is_inside = x >= 0.0 && y >= 0.0 && x < raster.width() as f64 && y < raster.height() as f64;
            labels.push(if is_inside { raster.at(x as usize, y as usize) } else { outside });
        }
    }
    labels
}

/// A box of the view in pixels of a window: `[x0, y0, x1, y1]`.
fn in_window(px: PixelBox, place: &ResampleWindow) -> [f64; 4] {
    let step_x = (place.x1 - place.x0) / place.out_width as f64;
    let step_y = (place.y1 - place.y0) / place.out_height as f64;
    [
        (f64::from(px.x) - place.x0) / step_x,
        (f64::from(px.y) - place.y0) / step_y,
        (f64::from(px.right()) - place.x0) / step_x,
        (f64::from(px.bottom()) - place.y0) / step_y,
    ]
}

fn label_cargo(case: &Case, place: &ResampleWindow, planes: &PlaneStack) -> Window {
    let label_of = |hs: &str| HEADINGS.iter().position(|heading| hs.starts_with(heading)).map(|index| index as u16);
    let heading_of = |item: u16| case.heading_of(item).and_then(label_of).unwrap_or(IGNORED);
    let components = sampled(&case.component, place, component::AIR);
    let items = sampled(&case.item, place, 0);
    let boxes: Vec<[f64; 4]> = case.truth.containers.iter().map(|c| in_window(c.box_px, place)).collect();
    // What a hidden object is made of is not its heading: such patches teach concealment only.
    let label = |(index, (part, item)): (usize, (&u8, &u16))| {
        let (x, y) = ((index % place.out_width) as f64 + 0.5, (index / place.out_width) as f64 + 0.5);
        let is_inside = boxes.iter().any(|b| x >= b[0] && x < b[2] && y >= b[1] && y < b[3]);
        match (*part, *item) {
            (component::CONCEALED, _) => IGNORED,
            (_, item) if item > 0 => heading_of(item),
            _ if is_inside => EMPTY,
            _ => OUTSIDE,
        }
    };
    let headings = components.iter().zip(&items).enumerate().map(label).collect();
    let mut window = Window::measured(planes, &[0, 1, 2, 3]);
    window.planes.push(components.into_iter().map(u16::from).collect());
    window.planes.push(headings);
    window
}

fn label_layout(case: &Case, place: &ResampleWindow, planes: &PlaneStack) -> Window {
    let boxes: Vec<[f64; 4]> = case.truth.containers.iter().map(|c| in_window(c.box_px, place)).collect();
    let components = sampled(&case.component, place, component::AIR);
    let mut classes = Vec::with_capacity(components.len());
    let mut castings = Vec::with_capacity(components.len());
    for (index, part) in components.iter().enumerate() {
        let (x, y) = ((index % place.out_width) as f64 + 0.5, (index / place.out_width) as f64 + 0.5);
        let is_inside = boxes.iter().any(|b| x >= b[0] && x < b[2] && y >= b[1] && y < b[3]);
        // background container cab running_gear unreadable
        classes.push(match *part {
            _ if is_inside => 1,
            component::TRACTOR => 2,
            component::CHASSIS => 3,
            _ => 0,
        });
        let is_near = |b: &[f64; 4]| {
            let dx = (x - b[0]).abs().min((x - b[2]).abs());
            let dy = (y - b[1]).abs().min((y - b[3]).abs());
            dx <= CASTING_PX && dy <= CASTING_PX
        };
        castings.push(u16::from(boxes.iter().any(is_near)));
    }
    let mut window = Window::measured(planes, &[0, 2]);
    window.planes.push(classes);
    window.planes.push(castings);
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shape and values of a file of ours.
    fn load(path: &Path) -> (String, Vec<u16>) {
        let bytes = fs::read(path).unwrap();
        let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((&bytes[..8], (10 + header) % 64), (&b"\x93NUMPY\x01\x00"[..], 0));
        let values = bytes[10 + header..].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        (String::from_utf8(bytes[10..10 + header].to_vec()).unwrap(), values.collect())
    }

    #[test]
    fn a_scene_becomes_labelled_windows_and_is_not_made_twice() {
        let dir = tempfile::tempdir().unwrap();
        let all = Shard { index: 0, count: 1 };
        assert_eq!(export(1, 3_000_000, all, dir.path()).unwrap(), 1);
        let (header, cargo) = load(&dir.path().join("cargo/3000000_0.npy"));
        assert!(header.contains("(6, 304, 640)") || header.contains("(6, 304, 1408)"), "{header}");
        let labels = &cargo[cargo.len() / 6 * 5..];
        assert!(labels.iter().all(|label| *label <= OUTSIDE || *label == IGNORED));
        assert!(labels.contains(&OUTSIDE) && labels.contains(&EMPTY));
        let (header, layout) = load(&dir.path().join("layout/3000000.npy"));
        assert!(header.contains("(4, 160, "), "{header}");
        let cells = layout.len() / 4;
        let share = layout[2 * cells..3 * cells].iter().filter(|class| **class == 1).count() as f64 / cells as f64;
        assert!((0.05..0.95).contains(&share), "a container fills {share} of the picture");
        assert!(layout[3 * cells..].contains(&1), "castings are marked");
        assert_eq!(export(1, 3_000_000, all, dir.path()).unwrap(), 0);
    }

    #[test]
    fn shards_share_the_scenes_and_a_shard_that_does_not_exist_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(export(1, 3_000_001, Shard { index: 0, count: 2 }, dir.path()).unwrap(), 0);
        assert!(export(1, 1, Shard { index: 2, count: 2 }, dir.path()).is_err());
    }

    #[test]
    fn jitter_is_small_and_differs_between_edges() {
        let draws: Vec<f64> = (0..400).map(|i| jitter(i / 4, 0, i % 4)).collect();
        assert!(draws.iter().all(|draw| (-1.0..=1.0).contains(draw)));
        assert!(draws.iter().sum::<f64>().abs() < 60.0);
        assert_ne!(draws[0], draws[1]);
    }
}
