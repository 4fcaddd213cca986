use pellucid_core::{BandKind, Grade, Raster, RawBand, RawScan, RawView, ScannerIdentity, Validity};

/// A scan that engines must agree on.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is special about it.
    pub name: String,
    /// The scan.
    pub scan: RawScan,
    /// Validity bits that must be set in the first view: bit, column, row.
    pub validity: Vec<(u8, usize, usize)>,
}

/// Numbers that look random and are the same everywhere: xorshift of 64 bits (Marsaglia 2003).
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }
}

const DARK: u16 = 200;

/// Air reading of a row: detectors differ.
fn air(y: usize) -> u16 {
    40_000 + (y % 7) as u16 * 900
}

/// Counts of a band: a load of slabs and gradients between air at the top and sides, with noise and dose jitter.
/// `share` is the attenuation relative to the high band.
fn counts(width: usize, height: usize, seed: u64, share: f64) -> Raster<u16> {
    let mut stream = Stream(seed * 2 + 0x9e37_79b9_7f4a_7c15);
    let doses: Vec<f64> = (0..width).map(|_| 0.95 + stream.below(1000) as f64 / 10_000.0).collect();
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        for (x, dose) in doses.iter().enumerate() {
            let (u, v) = (x as f64 / width as f64, y as f64 / height as f64);
            let is_load = v > 0.2 && (0.1..0.95).contains(&u);
            let slab = (((u * 8.0) as u64 * 5 + (v * 4.0) as u64 * 3) % 13) as f64;
            let a = if is_load { (0.05 + slab * slab * 0.04 + u * 0.3) * share } else { 0.0 };
            let clean = f64::from(air(y) - DARK) * dose * libm::exp(-a);
            let noise = (stream.below(401) as f64 - 200.0) / 200.0 * libm::sqrt(clean + 1.0);
            pixels.push((f64::from(DARK) + clean + noise).clamp(0.0, 65_535.0) as u16);
        }
    }
    let mut raster = Raster::filled(width, height, 0);
    raster.pixels_mut().copy_from_slice(&pixels);
    raster
}

fn band(kind: BandKind, width: usize, height: usize, seed: u64) -> RawBand {
    let (share, endpoint_mev) = if kind == BandKind::Low { (1.22, 3.5) } else { (1.0, 6.0) };
    RawBand {
        kind,
        max_value: u16::MAX,
        endpoint_mev: Some(endpoint_mev),
        column_offset: None,
        counts: counts(width, height, seed, share),
        dark: vec![DARK; height],
        air: (0..height).map(air).collect(),
    }
}

fn scan(grade: Grade, views: Vec<RawView>) -> RawScan {
    RawScan {
        grade,
        views,
        scanner: ScannerIdentity::default(),
        acquired_at: None,
        containers_read: Vec::new(),
        site: None,
        lane: None,
        unknown: serde_json::Map::new(),
    }
}

fn view(name: &str, bands: Vec<RawBand>, height: usize) -> RawView {
    RawView { name: name.into(), bands, geometry: None, dose_rows: [0, (height as u32).div_ceil(8)] }
}

/// A dual-energy scan of one view.
pub(super) fn dual(width: usize, height: usize, seed: u64) -> RawScan {
    let bands = vec![band(BandKind::High, width, height, seed), band(BandKind::Low, width, height, seed + 1)];
    scan(Grade::DualEnergyRaw, vec![view("side", bands, height)])
}

fn single(width: usize, height: usize, seed: u64) -> RawScan {
    let bands = vec![band(BandKind::High, width, height, seed)];
    scan(Grade::SingleEnergyRaw, vec![view("side", bands, height)])
}

fn grey(width: usize, height: usize, max_value: u16, is_inverted: bool) -> RawScan {
    let mut grey = counts(width, height, 77, 1.0);
    for (i, value) in grey.pixels_mut().iter_mut().enumerate() {
        // As vendors do: every row over its own air.
        let share = u32::from(value.saturating_sub(DARK)) * 940 / u32::from(air(i / width) - DARK);
        let bright = (share * u32::from(max_value) / 1000).min(u32::from(max_value)) as u16;
        *value = if is_inverted { max_value - bright } else { bright };
    }
    let band = RawBand {
        kind: BandKind::Grey,
        max_value,
        endpoint_mev: None,
        column_offset: None,
        counts: grey,
        dark: vec![],
        air: vec![],
    };
    let view = RawView { name: "side".into(), bands: vec![band], geometry: None, dose_rows: [0, 0] };
    scan(Grade::Processed, vec![view])
}

/// Every case, in a fixed order.
pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |name: &str, scan: RawScan, validity: Vec<(u8, usize, usize)>| {
        all.push(Case { name: name.into(), scan, validity });
    };
    for (width, height) in [(1, 1), (2, 1), (1, 2), (3, 3), (67, 1), (1, 53), (64, 32), (101, 59), (257, 65)] {
        add(&format!("dual {width} x {height}"), dual(width, height, 11), vec![]);
        add(&format!("single {width} x {height}"), single(width, height, 12), vec![]);
        add(&format!("grey {width} x {height}"), grey(width, height, 255, false), vec![]);
    }
    add("grey 16 bit", grey(83, 41, u16::MAX, false), vec![]);
    add("grey inverted", grey(83, 41, 255, true), vec![]);
    let mut bars = grey(83, 41, 255, false);
    each_row(&mut bars, |_, row| row[..9].fill(0));
    add("grey with a side bar", bars, vec![(Validity::BEAM_OFF, 0, 0), (Validity::BEAM_OFF, 8, 40)]);
    let mut lines = grey(101, 59, 255, true);
    each_row(&mut lines, |y, row| {
        if matches!(y, 0 | 35 | 36) {
            row.fill(250)
        }
    });
    add("grey inverted with dead rows", lines, vec![(Validity::INTERPOLATED, 3, 0), (Validity::DEAD, 80, 36)]);
    let mut flat = grey(20, 20, 255, false);
    each_row(&mut flat, |_, row| row.fill(0));
    add("grey all black", flat, vec![(Validity::PENETRATION_LIMITED, 3, 3)]);
    faults(&mut add);
    shapes(&mut add);
    all
}

fn each_row(scan: &mut RawScan, mut change: impl FnMut(usize, &mut [u16])) {
    for band in scan.views.iter_mut().flat_map(|view| &mut view.bands) {
        let width = band.counts.width();
        band.counts.pixels_mut().chunks_mut(width).enumerate().for_each(|(y, row)| change(y, row));
    }
}

fn faults(add: &mut impl FnMut(&str, RawScan, Vec<(u8, usize, usize)>)) {
    let (width, height) = (75, 49);
    let base = || dual(width, height, 21);
    let mut dark = base();
    each_row(&mut dark, |_, row| row.fill(DARK));
    add("all dark", dark, vec![(Validity::DEAD, 0, 0), (Validity::DEAD, 74, 48)]);
    let mut full = base();
    each_row(&mut full, |_, row| row.fill(u16::MAX));
    add("saturated", full, vec![(Validity::SATURATED, 40, 30)]);
    let mut opaque = base();
    each_row(&mut opaque, |y, row| row[20..60].iter_mut().filter(|_| y > 20).for_each(|c| *c = DARK + (*c % 9)));
    add("opaque", opaque, vec![(Validity::PENETRATION_LIMITED, 30, 30)]);
    let mut below = base();
    each_row(&mut below, |y, row| row.iter_mut().skip(y % 3).step_by(3).for_each(|c| *c = 0));
    add("counts of nothing", below, vec![]);
    for (name, rows) in [
        ("first", vec![0]),
        ("last", vec![48]),
        ("several", vec![0, 1, 5, 20, 21, 22, 23, 47, 48]),
        ("all but one", (0..49).filter(|y| *y != 17).collect()),
        ("all", (0..49).collect()),
    ] {
        let mut dead = base();
        each_row(&mut dead, |y, row| {
            if rows.contains(&y) {
                row.fill(1234)
            }
        });
        let bits = rows.iter().map(|y| (Validity::DEAD, 3, *y)).collect();
        add(&format!("dead detectors: {name}"), dead, bits);
    }
    let mut low_only = base();
    low_only.views[0].bands[1].air[30] = 0;
    low_only.views[0].bands[0].dark[31] = u16::MAX;
    add("air below dark", low_only, vec![(Validity::INTERPOLATED, 5, 30), (Validity::INTERPOLATED, 5, 31)]);
    let mut blind = base();
    blind.views[0].bands[0].air = vec![0; height];
    add("no air at all", blind, vec![(Validity::DEAD, 5, 5)]);
    let mut off = base();
    each_row(&mut off, |_, row| {
        row[..4].fill(DARK + 1);
        row[30] = DARK;
        row[74] = 0;
    });
    add("beam off", off, vec![(Validity::BEAM_OFF, 0, 9), (Validity::BEAM_OFF, 30, 9), (Validity::BEAM_OFF, 74, 0)]);
    gains(add);
    interlaced(add);
    let mut undosed = base();
    undosed.views[0].dose_rows = [7, 7];
    add("no dose rows", undosed, vec![]);
    let mut unknown = base();
    unknown.views[0].bands[1].endpoint_mev = None;
    add("unknown end point", unknown, vec![]);
    let mut low_first = base();
    low_first.views[0].bands.reverse();
    add("low band first", low_first, vec![]);
    let mut two = base();
    two.views.push(dual(33, 21, 5).views.remove(0));
    two.views[1].name = "top".into();
    add("two views", two, vec![]);
}

/// Gains that step, drift or are off, so that every engine applies what the plan finds.
fn gains(add: &mut impl FnMut(&str, RawScan, Vec<(u8, usize, usize)>)) {
    let (width, height) = (701, 60);
    let mut changed = dual(width, height, 33);
    each_row(&mut changed, |y, row| {
        for (x, count) in row.iter_mut().enumerate() {
            let gain = match y {
                20 | 21 if x >= 333 => 0.92,
                33 => 1.05,
                41 => 1.0 - 0.12 * x as f64 / width as f64,
                _ => 1.0,
            };
            *count = (f64::from(DARK) + (f64::from(*count) - f64::from(DARK)) * gain).clamp(0.0, 65_535.0) as u16;
        }
    });
    add("changing gains", changed, vec![]);
}

/// Bands half a column apart, so that every engine registers what the plan finds.
fn interlaced(add: &mut impl FnMut(&str, RawScan, Vec<(u8, usize, usize)>)) {
    let (width, height) = (403, 97);
    let mut apart = dual(width, height, 41);
    for (y, which) in (0..height).flat_map(|y| [(y, 0), (y, 1)]) {
        let band = &mut apart.views[0].bands[which];
        let air = f64::from(air(y) - DARK);
        let row = &mut band.counts.pixels_mut()[y * width..][..width];
        for (x, count) in row.iter_mut().enumerate() {
            // Slabs with slanted sides: at half a column they still differ.
            let place = x as f64 - if which == 1 { 0.5 } else { 0.0 };
            let wave = (place * 0.35 + y as f64 * 0.02) % 7.0;
            let is_load = y > 14 && (40..360).contains(&x);
            let a = if is_load { 0.3 + 0.4 * (wave - 3.5).abs().min(2.0) } else { 0.0 };
            let noise = ((x * 7919 + y * 104_729 + which * 31) % 41) as f64 - 20.0;
            *count = (f64::from(DARK) + air * libm::exp(-a) + 4.0 * noise) as u16;
        }
    }
    add("interlaced bands", apart, vec![]);
}

/// Random shapes and random counts: every value may meet every other.
fn shapes(add: &mut impl FnMut(&str, RawScan, Vec<(u8, usize, usize)>)) {
    let mut stream = Stream(20_260_101);
    for n in 0..12 {
        let (width, height) = (1 + stream.below(130) as usize, 1 + stream.below(90) as usize);
        let mut wild = if n % 3 == 2 { single(width, height, n) } else { dual(width, height, n) };
        if n % 2 == 0 {
            each_row(&mut wild, |_, row| row.iter_mut().for_each(|c| *c = stream.below(65_536) as u16));
        }
        for band in &mut wild.views[0].bands {
            for (dark, air) in band.dark.iter_mut().zip(&mut band.air) {
                *dark = stream.below(900) as u16;
                if stream.below(9) == 0 {
                    *air = stream.below(65_536) as u16;
                }
            }
        }
        let start = stream.below(height as u64 + 1) as u32;
        wild.views[0].dose_rows = [start, start + stream.below(height as u64 + 1 - u64::from(start)) as u32];
        add(&format!("random {n}: {width} x {height}"), wild, vec![]);
    }
}
