//! Names and stowage of headings, for sentences and for volume feasibility.

use pellucid_core::{Bilingual, HsCode};

/// What is generally known of a heading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goods {
    /// HS heading.
    pub heading: &'static str,
    /// Short Chinese name.
    pub zh: &'static str,
    /// Short English name.
    pub en: &'static str,
    /// Kilograms per m³ as stowed, voids and packaging counted: below and above what is usual.
    pub stowage_kg_per_m3: [f64; 2],
}

macro_rules! goods {
    ($($heading:literal $zh:literal $en:literal $lo:literal $hi:literal;)+) => {
        &[$(Goods { heading: $heading, zh: $zh, en: $en, stowage_kg_per_m3: [$lo, $hi] },)+]
    };
}

/// In the order of their headings. Stowage after the stowage factors that cargo handbooks publish, widened.
static TABLE: &[Goods] = goods! {
    "0202" "冻牛肉" "frozen beef" 450.0 850.0;
    "0207" "冻禽肉" "frozen poultry" 400.0 800.0;
    "0303" "冻鱼" "frozen fish" 400.0 850.0;
    "0504" "动物肠肚" "guts and stomachs" 450.0 900.0;
    "0703" "洋葱和大蒜" "onions and garlic" 300.0 600.0;
    "0803" "香蕉" "bananas" 250.0 500.0;
    "0805" "柑橘" "citrus fruit" 300.0 600.0;
    "0901" "咖啡豆" "coffee" 400.0 750.0;
    "1001" "小麦" "wheat" 600.0 900.0;
    "1006" "大米" "rice" 600.0 950.0;
    "1201" "大豆" "soya beans" 550.0 850.0;
    "1202" "花生" "groundnuts" 300.0 750.0;
    "1511" "棕榈油" "palm oil" 700.0 1000.0;
    "1701" "食糖" "sugar" 600.0 1000.0;
    "2202" "饮料" "soft drinks" 400.0 1100.0;
    "2204" "葡萄酒" "wine" 350.0 1100.0;
    "2208" "烈酒" "spirits" 350.0 1100.0;
    "2304" "豆粕" "soya meal" 450.0 750.0;
    "2402" "卷烟" "cigarettes" 150.0 400.0;
    "2403" "烟丝" "tobacco" 200.0 500.0;
    "2515" "大理石" "marble" 900.0 2800.0;
    "2603" "铜矿砂" "copper ore" 1000.0 2800.0;
    "3102" "氮肥" "nitrogen fertiliser" 600.0 1100.0;
    "3604" "烟花爆竹" "fireworks" 100.0 450.0;
    "3901" "乙烯聚合物" "polymers of ethylene" 400.0 750.0;
    "3915" "废塑料" "plastic waste" 150.0 700.0;
    "4001" "天然橡胶" "natural rubber" 500.0 950.0;
    "4011" "轮胎" "tyres" 80.0 400.0;
    "4403" "原木" "logs" 350.0 1000.0;
    "4407" "锯材" "sawn timber" 300.0 1000.0;
    "4707" "废纸" "waste paper" 250.0 750.0;
    "5201" "棉花" "cotton" 200.0 600.0;
    "6109" "T恤衫" "T-shirts" 80.0 400.0;
    "6309" "旧衣物" "worn clothing" 150.0 600.0;
    "6403" "皮鞋" "footwear" 80.0 350.0;
    "6907" "瓷砖" "ceramic tiles" 600.0 2000.0;
    "7204" "废钢铁" "ferrous scrap" 300.0 2500.0;
    "7208" "热轧钢卷" "hot-rolled steel coils" 300.0 5000.0;
    "7403" "精炼铜" "refined copper" 400.0 6000.0;
    "7601" "铝锭" "aluminium ingots" 400.0 2500.0;
    "8407" "汽油发动机" "petrol engines" 150.0 900.0;
    "8415" "空调器" "air conditioners" 80.0 400.0;
    "8418" "冰箱" "refrigerators" 50.0 350.0;
    "8450" "洗衣机" "washing machines" 80.0 400.0;
    "8471" "计算机" "computers" 60.0 400.0;
    "8507" "蓄电池" "accumulators" 250.0 1600.0;
    "8528" "显示器" "monitors" 60.0 350.0;
    "8703" "乘用车" "motor cars" 40.0 250.0;
    "9403" "家具" "furniture" 50.0 350.0;
    "9503" "玩具" "toys" 60.0 350.0;
};

/// The table's row of a heading.
pub fn goods(heading: &str) -> Option<&'static Goods> {
    TABLE.binary_search_by(|g| g.heading.cmp(heading)).ok().map(|i| &TABLE[i])
}

/// Name of a heading for sentences: `0901 咖啡豆` / `0901 coffee`, else `品目 1234` / `heading 1234`.
pub fn heading_name(heading: &str) -> Bilingual {
    match goods(heading) {
        Some(g) => Bilingual::new(format!("{heading} {}", g.zh), format!("{heading} {}", g.en)),
        None if heading.len() == 2 => Bilingual::new(format!("第{heading}章"), format!("chapter {heading}")),
        None => Bilingual::new(format!("品目 {heading}"), format!("heading {heading}")),
    }
}

/// Name of a declared code for sentences; without a code, the declared name in quotation marks.
pub fn code_name(hs: Option<&HsCode>, declared_name: &str) -> Bilingual {
    match hs {
        Some(code) => heading_name(code.heading().unwrap_or(code.chapter())),
        None if declared_name.is_empty() => Bilingual::new("未列品名的货物", "goods without a name"),
        None => Bilingual::new(format!("“{declared_name}”"), format!("\"{declared_name}\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_sound() {
        assert!(TABLE.windows(2).all(|pair| pair[0].heading < pair[1].heading));
        assert!(TABLE.iter().all(|g| g.stowage_kg_per_m3[0] < g.stowage_kg_per_m3[1]));
        for heading in ["0901", "1202", "4011", "6109", "7208", "8418", "2204", "4407"] {
            assert!(goods(heading).is_some(), "{heading}");
        }
    }

    #[test]
    fn unknown_headings_are_named_by_number() {
        assert_eq!(heading_name("0508").en, "heading 0508");
        assert_eq!(heading_name("0901").zh, "0901 咖啡豆");
        assert_eq!(code_name(None, "shoes").en, "\"shoes\"");
    }
}
