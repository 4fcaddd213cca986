use pellucid_core::Direction;

/// A customs regime (监管方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regime {
    /// Four digits, as declarations state it.
    pub code: &'static str,
    /// Its short name.
    pub name_zh: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// The only direction that it is used in.
    pub only: Option<Direction>,
}

const fn regime(code: &'static str, name_zh: &'static str, meaning: &'static str) -> Regime {
    Regime { code, name_zh, meaning, only: None }
}

const fn export(code: &'static str, name_zh: &'static str, meaning: &'static str) -> Regime {
    Regime { code, name_zh, meaning, only: Some(Direction::Export) }
}

/// Regimes that the yard's traders use, by code (海关监管方式代码表; names as the Single Window shows them).
pub const REGIMES: &[Regime] = &[
    regime("0110", "一般贸易", "general trade"),
    regime("0214", "来料加工", "processing of materials that the foreign party supplies and owns"),
    regime("0255", "来料深加工", "such materials handed on for further processing"),
    regime("0615", "进料对口", "processing of bought materials under a contract that names the products"),
    regime("0654", "进料深加工", "bought materials handed on for further processing"),
    export(
        "1039",
        "市场采购",
        "goods bought from many stalls of an approved market, up to 150,000 USD a declaration",
    ),
    regime("1210", "保税电商", "cross-border e-commerce through a bonded zone"),
    regime("1233", "保税仓库货物", "goods in or out of a bonded warehouse"),
    regime("1239", "保税电商A", "cross-border e-commerce through bonded places in other than pilot cities"),
    regime("1300", "修理物品", "goods for repair and back"),
    regime("2600", "暂时进出货物", "temporary admission or export"),
    regime("3010", "货样广告品", "samples and advertising matter"),
    regime("3100", "无代价抵偿", "replacements free of charge"),
    regime("4561", "退运货物", "goods sent back"),
    regime("5000", "料件进出区", "materials in or out of a special zone"),
    regime("9610", "电子商务", "cross-border e-commerce, parcel by parcel"),
    export("9710", "跨境电商B2B直接出口", "cross-border e-commerce, sold to firms"),
    export("9810", "跨境电商出口海外仓", "cross-border e-commerce, to a warehouse abroad"),
];

impl Regime {
    /// The regime of a code.
    pub fn of(code: &str) -> Option<&'static Self> {
        REGIMES.iter().find(|regime| regime.code == code)
    }
}
