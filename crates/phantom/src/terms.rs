use std::sync::LazyLock;

use pellucid_core::HsCode;
use serde::Deserialize;

use crate::goods::Goods;
use crate::loads::Faults;

/// What declarations say of goods that are packed in one way, where that is not what the head of their file says: bulk wine is
/// no bottled wine.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    /// Ten-digit codes; those of the head when none is given.
    #[serde(default)]
    codes: Vec<HsCode>,
    name_zh: Option<String>,
    name_en: Option<String>,
    /// What declarations count; packages where it is no measure.
    unit: String,
    package_type: String,
    /// Net kilograms of one `unit`, where that measures goods otherwise than by mass.
    unit_kg: Option<[f64; 2]>,
}

impl Terms {
    /// What is wrong with them in a file of this heading.
    pub(crate) fn faults(&self, heading: &str) -> Faults {
        let mut faults = Faults::default();
        for code in &self.codes {
            let is_own = code.heading() == Some(heading) && code.as_str().len() == 10;
            faults = faults.unless(is_own, "codes", &format!("ten digits of heading {heading}, got {code}"));
        }
        for (key, text) in [("unit", &self.unit), ("package_type", &self.package_type)] {
            faults = faults.unless(!text.trim().is_empty(), key, "must not be empty");
        }
        self.unit_kg.map_or(faults.clone(), |range| faults.range("unit_kg", range))
    }
}

/// Packages of several kinds on one line: by mass, which they have in common.
static BY_MASS: LazyLock<Terms> = LazyLock::new(|| Terms {
    codes: Vec::new(),
    name_zh: None,
    name_en: None,
    unit: "kg".to_owned(),
    package_type: "package".to_owned(),
    unit_kg: None,
});

/// Goods as declarations state them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stated {
    pub(crate) goods: &'static Goods,
    /// Of their way of packing, where the head does not speak for it.
    pub(crate) terms: Option<&'static Terms>,
}

/// Quantities of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) net_kg: f64,
    pub(crate) packages: f64,
    pub(crate) pieces: f64,
}

impl Stated {
    pub(crate) fn of(goods: &'static Goods) -> Self {
        Self { goods, terms: None }
    }

    /// What the claims of one line have in common.
    pub(crate) fn common(goods: &'static Goods, mut claims: impl Iterator<Item = Self>) -> Self {
        let Some(first) = claims.next() else { return Self::of(goods) };
        if claims.all(|other| other.terms == first.terms) { first } else { Self { goods, terms: Some(&BY_MASS) } }
    }

    pub(crate) fn codes(self) -> &'static [HsCode] {
        self.terms.map(|terms| terms.codes.as_slice()).filter(|codes| !codes.is_empty()).unwrap_or(&self.goods.codes)
    }

    pub(crate) fn name_zh(self) -> &'static str {
        self.terms.and_then(|terms| terms.name_zh.as_deref()).unwrap_or(&self.goods.name_zh)
    }

    pub(crate) fn name_en(self) -> &'static str {
        self.terms.and_then(|terms| terms.name_en.as_deref()).unwrap_or(&self.goods.name_en)
    }

    pub(crate) fn unit(self) -> &'static str {
        self.terms.map_or(&self.goods.unit, |terms| &terms.unit)
    }

    pub(crate) fn package_type(self) -> &'static str {
        self.terms.map_or(&self.goods.package_type, |terms| &terms.package_type)
    }

    /// Whether its unit counts pieces inside packages.
    pub(crate) fn counts_pieces(self) -> bool {
        self.terms.is_none() && self.goods.counts_pieces
    }

    /// Net kilograms of one unit that measures goods otherwise than by mass.
    pub(crate) fn unit_kg(self) -> Option<[f64; 2]> {
        self.terms.map_or(self.goods.unit_kg, |terms| terms.unit_kg)
    }

    /// How many units a line is, where one measures `unit_kg` kilograms.
    pub(crate) fn quantity(self, line: Measured, unit_kg: Option<f64>) -> f64 {
        match unit_kg {
            _ if self.unit() == "kg" => line.net_kg,
            Some(kg) => (line.net_kg / kg * 100.0).round() / 100.0,
            None if self.counts_pieces() => line.pieces,
            None => line.packages,
        }
    }
}

impl Goods {
    /// Every way in which declarations state them: that of the head first.
    pub(crate) fn stated(&'static self) -> impl Iterator<Item = Stated> {
        let packed = self.packing.iter().filter_map(|way| way.declared.as_ref());
        let poured = self.tank.iter().filter_map(|tank| tank.declared.as_ref());
        let own = packed.chain(poured).map(move |terms| Stated { goods: self, terms: Some(terms) });
        std::iter::once(Stated::of(self)).chain(own)
    }
}
