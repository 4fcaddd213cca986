use serde::{Deserialize, Serialize};

use crate::{ContainerNumber, HsCode};

/// How far clearance has come (EntryId's Type and the manifest before it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeclarationStage {
    /// Carrier's list: free text, maybe no HS code.
    Manifest,
    /// Summary declaration: HS6, gross mass, container.
    Summary,
    /// Full declaration.
    Full,
}

/// IEFlag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Into the country.
    Import,
    /// Out of the country.
    Export,
    /// Through the country.
    Transit,
}

/// Who declares. Policy only, never evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Trader {
    /// Trader's code.
    pub code: String,
    /// Credit tier, as the policy in force names it.
    #[serde(default)]
    pub credit: Option<String>,
}

/// One line of goods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeclaredItem {
    /// Line number (GNo), from 1.
    pub line: u32,
    /// HS code of 2 to 10 digits; may be absent at stage `manifest`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub hs: Option<HsCode>,
    /// Name (GName).
    #[serde(default)]
    pub name: String,
    /// Quantity in `unit`.
    #[serde(default)]
    pub quantity: Option<f64>,
    /// Unit.
    #[serde(default)]
    pub unit: Option<String>,
    /// Net mass in kg over the whole shipment.
    #[serde(default)]
    pub net_kg: Option<f64>,
    /// UN number of dangerous goods, four digits.
    #[serde(default)]
    pub un_number: Option<String>,
    /// Vehicle identification numbers.
    #[serde(default)]
    pub vins: Vec<String>,
}

/// A container of the shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeclaredContainer {
    /// Container number (ISO 6346).
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: ContainerNumber,
    /// Size and type code, such as `22G1`.
    #[serde(default)]
    pub size_type: Option<String>,
    /// Tare in kg.
    #[serde(default)]
    pub tare_kg: Option<f64>,
    /// Goods in this container, gross, kg.
    #[serde(default)]
    pub goods_kg: Option<f64>,
    /// Verified gross mass (SOLAS), kg: goods, packaging, dunnage and box.
    #[serde(default)]
    pub vgm_kg: Option<f64>,
    /// Weighbridge figure for the box and its load, kg.
    #[serde(default)]
    pub weighbridge_kg: Option<f64>,
    /// Lines that may be inside; empty means all.
    #[serde(default)]
    pub items: Vec<u32>,
    /// Whether other shipments share the box.
    #[serde(default)]
    pub lcl: bool,
}

/// An importer's or exporter's statement about a shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// EntryId, 18 digits, or a bill number at stage `manifest`.
    #[serde(default)]
    pub number: Option<String>,
    /// Stage.
    pub stage: DeclarationStage,
    /// Direction.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// Regime (TradeMode).
    #[serde(default)]
    pub regime: Option<String>,
    /// Whether this is an amendment made as 主动披露.
    #[serde(default)]
    pub voluntary_disclosure: bool,
    /// Trader.
    #[serde(default)]
    pub trader: Option<Trader>,
    /// Bill of lading: the lot.
    #[serde(default)]
    pub bill_of_lading: Option<String>,
    /// Vessel.
    #[serde(default)]
    pub vessel: Option<String>,
    /// Voyage.
    #[serde(default)]
    pub voyage: Option<String>,
    /// Country of origin, ISO 3166 alpha-2.
    #[serde(default)]
    pub origin: Option<String>,
    /// Country of destination, ISO 3166 alpha-2.
    #[serde(default)]
    pub destination: Option<String>,
    /// Gross mass of the shipment in kg.
    #[serde(default)]
    pub gross_kg: Option<f64>,
    /// Packages.
    #[serde(default)]
    pub packages: Option<u32>,
    /// Kind of package.
    #[serde(default)]
    pub package_type: Option<String>,
    /// Lines; none means that the box is declared empty.
    #[serde(default)]
    pub items: Vec<DeclaredItem>,
    /// Containers.
    #[serde(default)]
    pub containers: Vec<DeclaredContainer>,
}

/// What is wrong with a declaration's fields, all of it at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("declaration: {}", .faults.join("; "))]
pub struct DeclarationError {
    /// One sentence per fault, each with the path of the field, the limit and the value.
    pub faults: Vec<String>,
}

/// Largest mass accepted in any field, kg: more than any ship's hold of one shipment.
const MASS_LIMIT_KG: f64 = 1.0e9;
const LINES_LIMIT: usize = 10_000;
const CONTAINERS_LIMIT: usize = 10_000;
const TEXT_LIMIT: usize = 2_000;

impl Declaration {
    /// Checks every field against its range.
    ///
    /// # Errors
    /// All faults together, each naming the path, the limit and the value.
    pub fn validate(&self) -> Result<(), DeclarationError> {
        let mut faults = Vec::new();
        if self.number.is_none() && self.containers.is_empty() {
            faults.push("number, containers: one of number or containers[].id is required".to_owned());
        }
        for (path, count, limit) in
            [("items", self.items.len(), LINES_LIMIT), ("containers", self.containers.len(), CONTAINERS_LIMIT)]
        {
            if count > limit {
                faults.push(format!("{path}: at most {limit}, got {count}"));
            }
        }
        mass(&mut faults, "gross_kg", self.gross_kg);
        let mut lines = std::collections::BTreeSet::new();
        for (i, item) in self.items.iter().enumerate().take(LINES_LIMIT) {
            if !lines.insert(item.line) {
                faults.push(format!("items[{i}].line: {} occurs twice", item.line));
            }
            if item.line == 0 {
                faults.push(format!("items[{i}].line: must be at least 1, got 0"));
            }
            if item.hs.is_none() && self.stage != DeclarationStage::Manifest {
                faults.push(format!("items[{i}].hs: required at stages summary and full"));
            }
            if item.name.len() > TEXT_LIMIT {
                faults.push(format!("items[{i}].name: at most {TEXT_LIMIT} bytes, got {}", item.name.len()));
            }
            mass(&mut faults, &format!("items[{i}].net_kg"), item.net_kg);
            mass(&mut faults, &format!("items[{i}].quantity"), item.quantity);
        }
        for (i, container) in self.containers.iter().enumerate().take(CONTAINERS_LIMIT) {
            for (name, value) in [
                ("tare_kg", container.tare_kg),
                ("goods_kg", container.goods_kg),
                ("vgm_kg", container.vgm_kg),
                ("weighbridge_kg", container.weighbridge_kg),
            ] {
                mass(&mut faults, &format!("containers[{i}].{name}"), value);
            }
            for line in container.items.iter().filter(|line| !lines.contains(line)) {
                faults.push(format!("containers[{i}].items: line {line} is not declared"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(DeclarationError { faults }) }
    }

    /// The declared container of a number, or the only one when no number is known.
    pub fn container(&self, id: Option<&ContainerNumber>) -> Option<&DeclaredContainer> {
        match id {
            Some(id) => self.containers.iter().find(|container| container.id == *id),
            None => (self.containers.len() == 1).then(|| &self.containers[0]),
        }
    }
}

fn mass(faults: &mut Vec<String>, path: &str, value: Option<f64>) {
    if let Some(value) = value
        && !(0.0..=MASS_LIMIT_KG).contains(&value)
    {
        faults.push(format!("{path}: must be within 0 and {MASS_LIMIT_KG:.0}, got {value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected_fault: &str) {
        let declaration: Declaration = serde_json::from_str(json).unwrap();
        match declaration.validate() {
            Ok(()) => assert_eq!(expected_fault, ""),
            Err(error) => assert!(error.to_string().contains(expected_fault), "{error}"),
        }
    }

    #[test]
    fn faults_name_path_limit_and_value() {
        check(r#"{"stage":"full","number":"1"}"#, "");
        check(r#"{"stage":"full"}"#, "one of number or containers[].id");
        check(r#"{"stage":"full","number":"1","gross_kg":-1}"#, "gross_kg: must be within 0");
        check(r#"{"stage":"full","number":"1","items":[{"line":1}]}"#, "items[0].hs: required");
        check(
            r#"{"stage":"full","items":[],"containers":[{"id":"CSQU3054383","items":[3]}]}"#,
            "containers[0].items: line 3 is not declared",
        );
    }

    #[test]
    fn unknown_keys_and_bad_codes_are_refused() {
        for json in [
            r#"{"stage":"full","number":"1","colour":"red"}"#,
            r#"{"stage":"full","number":"1","items":[{"line":1,"hs":"123"}]}"#,
            r#"{"stage":"done","number":"1"}"#,
        ] {
            assert!(serde_json::from_str::<Declaration>(json).is_err(), "{json}");
        }
    }
}
