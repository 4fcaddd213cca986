use std::sync::OnceLock;

use pellucid_core::HsCode;
use pellucid_imaging::physics::material;
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
    /// Ways of packing, equally likely.
    pub(crate) packing: Vec<Packing>,
}

const FILES: &[(&str, &str)] = &[
    ("goods/0901.toml", include_str!("../goods/0901.toml")),
    ("goods/1202.toml", include_str!("../goods/1202.toml")),
    ("goods/2204.toml", include_str!("../goods/2204.toml")),
    ("goods/4011.toml", include_str!("../goods/4011.toml")),
    ("goods/4407.toml", include_str!("../goods/4407.toml")),
    ("goods/6109.toml", include_str!("../goods/6109.toml")),
    ("goods/7208.toml", include_str!("../goods/7208.toml")),
    ("goods/8418.toml", include_str!("../goods/8418.toml")),
];

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
        let read = FILES.iter().map(|(file, text)| Self::from_toml(file, text)).collect::<Result<Vec<_>, _>>()?;
        Ok(ALL.get_or_init(|| read))
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
        for (i, packing) in goods.packing.iter().enumerate() {
            if let Some((key, reason)) = packing.faults().into_iter().next() {
                return Err(PhantomError::value(file, format!("packing[{i}].{key}"), reason));
            }
            if let Some(name) = packing.materials().into_iter().find(|name| material(name).is_none()) {
                let reason = format!("material {name:?} is not in the catalogue");
                return Err(PhantomError::value(file, format!("packing[{i}].material"), reason));
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
        assert_eq!(all.len(), FILES.len());
        assert!(all.windows(2).all(|pair| pair[0].heading < pair[1].heading));
    }

    #[test]
    fn faulty_files_are_refused_with_file_key_and_reason() {
        for (from, to, expected) in [
            ("material = \"coffee\"", "material = \"unobtainium\"", "x.toml: packing[0].material: material"),
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
