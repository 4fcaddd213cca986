use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use pellucid_core::HsCode;
use serde::Deserialize;

use crate::error::PhantomError;
use crate::loads::{Tank, Way};

/// Goods of one HS heading: what they are made of, how they are packed, what declarations say about them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goods {
    /// Four digits.
    pub heading: String,
    /// Ten-digit codes that declarations use.
    pub codes: Vec<HsCode>,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// What declarations count.
    pub unit: String,
    /// Whether `unit` counts pieces inside packages, not packages.
    #[serde(default)]
    pub counts_pieces: bool,
    /// Kind of package.
    pub package_type: String,
    /// Countries of origin, ISO 3166 alpha-2.
    pub origins: Vec<String>,
    /// Whether a load of them lets most rays through.
    pub is_light: bool,
    /// Whether they must travel cold: suites load them into refrigerated boxes.
    #[serde(default)]
    pub is_cold: bool,
    /// Net kilograms of one `unit`, where that measures goods otherwise than by mass: m², m³.
    #[serde(default)]
    pub unit_kg: Option<[f64; 2]>,
    /// Most kilograms of a shipment, where none fills a box.
    #[serde(default)]
    pub(crate) shipment_kg: Option<[f64; 2]>,
    /// UN number of dangerous goods, four digits.
    #[serde(default)]
    pub un_number: Option<String>,
    /// Ways of packing, equally likely.
    pub(crate) packing: Vec<Way>,
    /// Liquids of the heading that travel in tank containers, equally likely; goods of none do not.
    #[serde(default)]
    pub(crate) tank: Vec<Tank>,
}

/// Goods in use, from the first time that something asks for them.
static ALL: OnceLock<Vec<Goods>> = OnceLock::new();

/// One file per heading: whoever adds one needs no Rust.
static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/goods");

/// Headings that the shipped models and library know, and how many of their ways of packing, from the first. Random recipes
/// draw from them alone, so that their seeds mean what they meant when the models were trained and judged.
const KNOWN: [(&str, usize); 8] =
    [("0901", 1), ("1202", 1), ("2204", 1), ("4011", 2), ("4407", 1), ("6109", 1), ("7208", 2), ("8418", 1)];

/// The name that recipes use for a box without goods.
pub const EMPTY: &str = "empty";

impl Goods {
    /// Every heading the yard knows, by number.
    ///
    /// # Errors
    /// One of the embedded files is faulty.
    pub fn all() -> Result<&'static [Self], PhantomError> {
        if let Some(all) = ALL.get() {
            return Ok(all);
        }
        let read = Self::by_heading(&[])?;
        Ok(ALL.get_or_init(|| read))
    }

    /// The embedded goods and those of further files, which take the place of those of the same heading, by number.
    fn by_heading(files: &[(String, String)]) -> Result<Vec<Self>, PhantomError> {
        let embedded = FILES.files().map(|file| {
            let name = format!("goods/{}", file.path().display());
            let text = file.contents_utf8().ok_or_else(|| PhantomError::value(&name, "file", "it is not UTF-8"))?;
            Self::named(&name, text)
        });
        let given = files.iter().map(|(name, text)| Self::named(name, text));
        let mut read: BTreeMap<String, Self> = BTreeMap::new();
        for goods in embedded.chain(given) {
            let goods = goods?;
            read.insert(goods.heading.clone(), goods);
        }
        Ok(read.into_values().collect())
    }

    /// Takes further goods, names of files with their texts, in place of those of the same heading or besides. Only before
    /// anything else has asked for goods, and once: scenes of one process mean one yard.
    ///
    /// # Errors
    /// As [`Goods::from_toml`]; a file that is not named after its heading, or goods that are in use already.
    pub fn with_files(files: &[(String, String)]) -> Result<&'static [Self], PhantomError> {
        let in_use = || PhantomError::value("goods", "files", "goods are in use already: give files before");
        ALL.set(Self::by_heading(files)?).map_err(|_| in_use())?;
        Self::all()
    }

    fn named(name: &str, text: &str) -> Result<Self, PhantomError> {
        let goods = Self::from_toml(name, text)?;
        if Path::new(name).file_stem().is_none_or(|stem| stem != goods.heading.as_str()) {
            let reason = format!("the file must be named {}.toml", goods.heading);
            return Err(PhantomError::value(name, "heading", reason));
        }
        Ok(goods)
    }

    /// Names and contents of the goods files, by name.
    pub(crate) fn files() -> Vec<(String, &'static [u8])> {
        let mut files: Vec<_> =
            FILES.files().map(|file| (file.path().display().to_string(), file.contents())).collect();
        files.sort();
        files
    }

    /// Those that the shipped models and library know, by number.
    ///
    /// # Errors
    /// As [`Goods::all`].
    pub fn known() -> Result<Vec<&'static Self>, PhantomError> {
        Ok(Self::all()?.iter().filter(|goods| goods.known_packings() > 0).collect())
    }

    /// How many of its ways of packing the shipped models and library know.
    pub(crate) fn known_packings(&self) -> usize {
        KNOWN.iter().find(|(heading, _)| *heading == self.heading).map_or(0, |(_, count)| *count)
    }

    /// Goods of a heading; `file` and `key` say where it was asked for.
    pub(crate) fn of(heading: &str, file: &str, key: &str) -> Result<&'static Self, PhantomError> {
        let all = Self::all()?;
        all.iter().find(|goods| goods.heading == heading).ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|goods| goods.heading.as_str()).collect();
            PhantomError::value(
                file,
                key,
                format!("unknown heading {heading:?}; one of {EMPTY}, {}", known.join(", ")),
            )
        })
    }

    /// Goods of a heading that travel in tank containers; `file` and `key` say where they were asked for.
    pub(crate) fn in_tank(heading: &str, file: &str, key: &str) -> Result<&'static Self, PhantomError> {
        let goods = Self::of(heading, file, key)?;
        if goods.is_poured() {
            return Ok(goods);
        }
        let known = Self::all()?.iter().filter(|goods| goods.is_poured()).map(|goods| goods.heading.as_str());
        let reason = format!(
            "{heading} does not travel in tank containers; those that do: {}",
            known.collect::<Vec<_>>().join(", ")
        );
        Err(PhantomError::value(file, key, reason))
    }

    /// Whether some of its liquids travel in tank containers.
    pub(crate) fn is_poured(&self) -> bool {
        !self.tank.is_empty()
    }

    /// Goods from TOML; `file` names it in errors.
    ///
    /// # Errors
    /// The text is not such a TOML file, a range is impossible or a material unknown.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, PhantomError> {
        let goods: Self = toml::from_str(text)
            .map_err(|source| PhantomError::Toml { file: file.to_owned(), source: Box::new(source) })?;
        if goods.heading.len() != 4 || !goods.heading.bytes().all(|c| c.is_ascii_digit()) {
            return Err(PhantomError::value(file, "heading", format!("four digits, got {:?}", goods.heading)));
        }
        if goods.packing.is_empty() || goods.codes.is_empty() || goods.origins.is_empty() {
            return Err(PhantomError::value(file, "packing, codes, origins", "at least one of each is required"));
        }
        if let Some(code) = goods.codes.iter().find(|code| code.heading() != Some(goods.heading.as_str())) {
            return Err(PhantomError::value(file, "codes", format!("{code} is not of heading {}", goods.heading)));
        }
        for (key, name) in [("name_zh", &goods.name_zh), ("name_en", &goods.name_en), ("unit", &goods.unit)] {
            if name.trim().is_empty() {
                return Err(PhantomError::value(file, key, "must not be empty"));
            }
        }
        if let Some(code) = goods.codes.iter().find(|code| code.as_str().len() != 10) {
            return Err(PhantomError::value(file, "codes", format!("ten digits, got {code}")));
        }
        let is_country = |origin: &str| origin.len() == 2 && origin.bytes().all(|c| c.is_ascii_uppercase());
        if let Some(origin) = goods.origins.iter().find(|origin| !is_country(origin)) {
            return Err(PhantomError::value(
                file,
                "origins",
                format!("two capital letters (ISO 3166), got {origin:?}"),
            ));
        }
        for (key, range) in [("unit_kg", goods.unit_kg), ("shipment_kg", goods.shipment_kg)] {
            if let Some([low, high]) = range.filter(|[low, high]| !(*low > 0.0 && high >= low && *high < 1e5)) {
                return Err(PhantomError::value(file, key, format!("0 < low ≤ high, got [{low}, {high}]")));
            }
        }
        if let Some(un) =
            goods.un_number.as_ref().filter(|un| un.len() != 4 || !un.bytes().all(|c| c.is_ascii_digit()))
        {
            return Err(PhantomError::value(file, "un_number", format!("four digits, got {un:?}")));
        }
        let packed = goods.packing.iter().map(|way| way.faults(&goods.heading));
        let poured = goods.tank.iter().map(|tank| tank.faults(&goods.heading));
        for (table, faults) in [("packing", packed.collect::<Vec<_>>()), ("tank", poured.collect())] {
            for (i, faults) in faults.into_iter().enumerate() {
                if let Some((key, reason)) = faults.0.into_iter().next() {
                    return Err(PhantomError::value(file, format!("{table}[{i}].{key}"), reason));
                }
            }
        }
        Ok(goods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COFFEE: &str = include_str!("../goods/0901.toml");

    #[test]
    fn every_file_is_sound() {
        let all = Goods::all().unwrap();
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/goods")).unwrap().count();
        assert_eq!(all.len(), files, "a file that was added after the last build: touch src/goods.rs");
        assert_eq!(Goods::known().unwrap().len(), KNOWN.len());
        assert!(all.windows(2).all(|pair| pair[0].heading < pair[1].heading));
    }

    #[test]
    fn faulty_files_are_refused_with_file_key_and_reason() {
        for (from, to, expected) in [
            (
                "material = \"coffee\"",
                "material = \"unobtainium\"",
                "x.toml: packing[0].material: \"unobtainium\" is not",
            ),
            ("unit = \"bag\"", "unit = \"bag\"\nun_number = \"33\"", "x.toml: un_number: four digits, got"),
            ("unit = \"bag\"", "unit = \"bag\"\nunit_kg = [2.0, 1.0]", "x.toml: unit_kg: 0 < low"),
            ("heading = \"0901\"", "heading = \"09\"", "x.toml: heading: four digits"),
            ("heading = \"0901\"", "heading = \"0902\"", "x.toml: codes: "),
            ("[0.60, 0.70]", "[9.60, 9.70]", "x.toml: packing[0].bulk_density: at most that of coffee"),
            ("unit = \"bag\"", "unit = \"bag\"\nshipment_kg = [0.0, 1.0]", "x.toml: shipment_kg: 0 < low"),
            ("name_en = \"", "name_en = \"\" # ", "x.toml: name_en: must not be empty"),
            ("origins = [\"", "origins = [\"?", "x.toml: origins: two capital letters"),
            ("roundness = [", "roundness = [0.5, 1.2] # [", "x.toml: packing[0].roundness: 1 ≤ low"),
            ("length_mm = [", "length_mm = [9600.0, 9700.0] # [", "x.toml: packing[0].length_mm: 100 ≤ low"),
            (
                "thickness_mm = [",
                "thickness_mm = [2900.0, 2950.0] # [",
                "x.toml: packing[0].thickness_mm: at most 2700",
            ),
            ("[0.60, 0.70]", "[0.70, 0.60]", "x.toml: packing[0].bulk_density: 0 < low"),
            ("[0.60, 0.70]", "[-1.0, 0.60]", "x.toml: packing[0].bulk_density: 0 < low"),
        ] {
            let text = COFFEE.replacen(from, to, 1);
            assert_ne!(text, COFFEE, "{from}");
            let error = Goods::from_toml("x.toml", &text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(matches!(
            Goods::from_toml("x.toml", &COFFEE.replace("unit = ", "colour = ")),
            Err(PhantomError::Toml { .. })
        ));
    }
}
