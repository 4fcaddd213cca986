use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use pellucid_core::HsCode;
use serde::Deserialize;

use crate::error::PhantomError;
use crate::loads::Packing;

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
    /// Net kilograms of one `unit`, where that measures goods otherwise than by mass: m², m³.
    #[serde(default)]
    pub unit_kg: Option<[f64; 2]>,
    /// UN number of dangerous goods, four digits.
    #[serde(default)]
    pub un_number: Option<String>,
    /// Ways of packing, equally likely.
    pub(crate) packing: Vec<Packing>,
}

/// One file per heading: whoever adds one needs no Rust.
static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/goods");

/// Headings that the shipped models and library know. Random recipes draw from them alone, so that their seeds mean what they
/// meant when the models were trained and judged.
const KNOWN: [&str; 8] = ["0901", "1202", "2204", "4011", "4407", "6109", "7208", "8418"];

/// The name that recipes use for a box without goods.
pub const EMPTY: &str = "empty";

impl Goods {
    /// Every heading the yard knows, by number.
    ///
    /// # Errors
    /// One of the embedded files is faulty.
    pub fn all() -> Result<&'static [Self], PhantomError> {
        static ALL: OnceLock<Vec<Goods>> = OnceLock::new();
        if let Some(all) = ALL.get() {
            return Ok(all);
        }
        let read = FILES.files().map(|file| {
            let name = format!("goods/{}", file.path().display());
            let text = file.contents_utf8().ok_or_else(|| PhantomError::value(&name, "file", "it is not UTF-8"))?;
            Self::from_toml(&name, text)
        });
        let mut read = read.collect::<Result<Vec<_>, _>>()?;
        read.sort_by(|a, b| a.heading.cmp(&b.heading));
        Ok(ALL.get_or_init(|| read))
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
        Ok(Self::all()?.iter().filter(|goods| KNOWN.contains(&goods.heading.as_str())).collect())
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
        if let Some([low, high]) = goods.unit_kg.filter(|[low, high]| !(*low > 0.0 && high >= low && *high < 1e5)) {
            return Err(PhantomError::value(file, "unit_kg", format!("0 < low ≤ high, got [{low}, {high}]")));
        }
        if let Some(un) =
            goods.un_number.as_ref().filter(|un| un.len() != 4 || !un.bytes().all(|c| c.is_ascii_digit()))
        {
            return Err(PhantomError::value(file, "un_number", format!("four digits, got {un:?}")));
        }
        for (i, packing) in goods.packing.iter().enumerate() {
            if let Some((key, reason)) = packing.form().faults().0.into_iter().next() {
                return Err(PhantomError::value(file, format!("packing[{i}].{key}"), reason));
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
            ("material = \"coffee\"", "material = \"unobtainium\"", "x.toml: packing[0].material: material"),
            ("unit = \"bag\"", "unit = \"bag\"\nun_number = \"33\"", "x.toml: un_number: four digits, got"),
            ("unit = \"bag\"", "unit = \"bag\"\nunit_kg = [2.0, 1.0]", "x.toml: unit_kg: 0 < low"),
            ("heading = \"0901\"", "heading = \"09\"", "x.toml: heading: four digits"),
            ("heading = \"0901\"", "heading = \"0902\"", "x.toml: codes: "),
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
