use pellucid_imaging::physics::{catalogued, material};

/// What is wrong with a way of packing, by key: filled by the checks of its form.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Faults(pub(crate) Vec<(String, String)>);

/// Largest number that a goods file may hold: 100 m, 100 t.
const LARGEST: f64 = 1.0e5;
/// Insides of the longest and of the highest box, mm.
const LONGEST_MM: f64 = 13_560.0;
const HIGHEST_MM: f64 = 2_700.0;
/// How round pillows and prisms may be: 1 (a block) to √2.
pub(super) const ROUND: [f64; 2] = [1.0, 1.42];
/// How far packed goods may be denser than their material: figures are rounded.
const DENSER: f64 = 1.02;

impl Faults {
    /// Of ranges that must lie above 0.
    pub(super) fn of(ranges: &[(&str, [f64; 2])]) -> Self {
        ranges.iter().fold(Self::default(), |faults, (key, range)| faults.range(key, *range))
    }

    fn add(mut self, key: &str, reason: String) -> Self {
        self.0.push((key.to_owned(), reason));
        self
    }

    /// Something else that must hold.
    pub(crate) fn unless(self, holds: bool, key: &str, reason: &str) -> Self {
        if holds { self } else { self.add(key, reason.to_owned()) }
    }

    /// Low and high, both above 0; sizes in mm no larger than what goes into the longest box.
    pub(crate) fn range(self, key: &str, range: [f64; 2]) -> Self {
        let is_sound = range[0] > 0.0 && range[1] >= range[0] && range[1] < LARGEST;
        if !is_sound {
            return self.add(key, format!("0 < low ≤ high, got {range:?}"));
        }
        let most = match key {
            "length_mm" => LONGEST_MM,
            _ if key.ends_with("_mm") => HIGHEST_MM,
            _ => LARGEST,
        };
        self.unless(range[1] <= most, key, &format!("at most {most}, what goes into a box, got {range:?}"))
    }

    /// Low and high from `least` to `most`.
    pub(crate) fn between(self, key: &str, range: [f64; 2], [least, most]: [f64; 2]) -> Self {
        let is_sound = range[0] >= least && range[1] >= range[0] && range[1] <= most;
        if is_sound { self } else { self.add(key, format!("{least} ≤ low ≤ high ≤ {most}, got {range:?}")) }
    }

    /// How thick walls are, of what is `least_mm` thin at the least: a wall on either side leaves room between them.
    pub(super) fn walls(self, key: &str, mm: [f64; 2], least_mm: f64) -> Self {
        self.unless(2.0 * mm[1] < least_mm, key, &format!("two walls are thinner than {least_mm} mm, got {mm:?}"))
    }

    /// Low and high from 0 to `most`.
    pub(super) fn within(self, key: &str, range: [f64; 2], most: f64) -> Self {
        let is_sound = range[0] >= 0.0 && range[1] >= range[0] && range[1] <= most;
        if is_sound { self } else { self.add(key, format!("0 ≤ low ≤ high ≤ {most}, got {range:?}")) }
    }

    /// A name of the catalogue.
    pub(super) fn material(self, key: &str, name: &str) -> Self {
        match catalogued(name) {
            Ok(_) => self,
            Err(reason) => self.add(key, reason),
        }
    }

    /// A material and the density of the packed goods, g/cm³, which its own bounds.
    pub(super) fn packed(self, key: &str, name: &str, density: Option<[f64; 2]>) -> Self {
        let faults = self.material(&format!("{key}material"), name);
        density.map_or(faults.clone(), |range| faults.no_denser(&format!("{key}density"), name, range))
    }

    /// The same of goods whose key is `bulk_density`.
    pub(super) fn bulk(self, name: &str, density: [f64; 2]) -> Self {
        self.material("material", name).no_denser("bulk_density", name, density)
    }

    fn no_denser(self, key: &str, name: &str, range: [f64; 2]) -> Self {
        let faults = self.range(key, range);
        let Some(found) = material(name) else { return faults };
        let own = found.density_g_per_cm3;
        faults.unless(range[1] <= own * DENSER, key, &format!("at most that of {name}, {own}, got {range:?}"))
    }

    /// Those of a part, under its key.
    pub(crate) fn part(mut self, key: &str, faults: Self) -> Self {
        self.0.extend(faults.0.into_iter().map(|(inner, reason)| (format!("{key}.{inner}"), reason)));
        self
    }
}
