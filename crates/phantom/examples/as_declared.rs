//! Loads that a declaration may mean, or why there are none: `cargo run -p pellucid-phantom --example as_declared`.

use std::error::Error;

use pellucid_core::Declaration;
use pellucid_phantom::{AsDeclared, Scanner, as_declared, render};

/// 320 bags of coffee fit into a box of 20 ft.
const COFFEE: &str = r#"{ "number": "1", "stage": "full", "gross_kg": 20120.0, "packages": 320, "package_type": "bag",
    "items": [ {"line": 1, "hs": "0901110000", "quantity": 320, "unit": "bag", "net_kg": 19200.0} ],
    "containers": [ {"id": "MSCU6345120", "size_type": "22G1", "items": [1]} ] }"#;
/// So many kilograms of T-shirts fit into none of 40 ft.
const SHIRTS: &str = r#"{ "number": "2", "stage": "full", "gross_kg": 18000.0,
    "items": [ {"line": 1, "hs": "6109100021", "net_kg": 17000.0} ],
    "containers": [ {"id": "MSCU6345120", "size_type": "42G1", "items": [1]} ] }"#;

fn main() -> Result<(), Box<dyn Error>> {
    let scanner = Scanner::preset("relocatable_6_3p5")?.with_resolution(304, 16.0);
    for text in [COFFEE, SHIRTS] {
        if let Err(error) = show(&serde_json::from_str(text)?, &scanner) {
            println!("{error}");
        }
    }
    Ok(())
}

fn show(declaration: &Declaration, scanner: &Scanner) -> Result<(), Box<dyn Error>> {
    let declared = AsDeclared::of(declaration, None)?;
    for load in as_declared(&declared, scanner, 3, 7)? {
        let rendered = render(&load.scene, scanner, load.columns(scanner), 7)?;
        for line in &load.lines {
            let (heading, packages, kg) = (&line.heading, line.packages, line.gross_kg);
            println!("{heading}: {packages} packages, {kg:.0} kg, {} columns", rendered.item.width());
        }
    }
    Ok(())
}
