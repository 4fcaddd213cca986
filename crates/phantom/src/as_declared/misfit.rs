use std::fmt;

/// Why no load can be what a declaration says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Misfit {
    /// No goods file is for a heading.
    UnknownHeading {
        /// The declared heading or code.
        heading: String,
    },
    /// Heavier than the container may carry by its plate.
    Payload {
        /// Declared, all lines together.
        declared_kg: f64,
        /// What the container may carry.
        payload_kg: f64,
    },
    /// The way of packing that packs best takes more room than there is.
    Volume {
        /// Declared headings with their kilograms.
        goods: Vec<(String, f64)>,
        /// Room that they need as stowed, m³.
        needed_m3: f64,
        /// Room in the container, m³.
        usable_m3: f64,
    },
    /// No package of these goods weighs what a declared one does.
    Packages {
        /// Declared packages; one where only the mass is declared.
        packages: u32,
        /// What they are called.
        package_type: String,
        /// Mass of the package nearest to the declared one that these goods come in, kg.
        package_kg: f64,
        /// Declared gross mass of the line, kg.
        declared_kg: f64,
    },
    /// Room and mass would do, but no stowage was found: their sizes do not go together in this box.
    Stowage {
        /// Declared headings with their kilograms.
        goods: Vec<(String, f64)>,
        /// Room that they need at the least as stowed, m³; `None` where not one package goes in.
        needed_m3: Option<f64>,
        /// Room in the container, m³.
        usable_m3: f64,
    },
    /// More lines that each need a place of their own than one box is stowed with.
    Parts {
        /// Lines that do not come in cartons, or not in so many packages.
        lines: usize,
        /// The most.
        most: usize,
    },
    /// Goods that do not travel in tank containers.
    Tank {
        /// The declared heading.
        heading: String,
    },
    /// More liquids than a tank holds.
    Liquids {
        /// Lines declared.
        lines: usize,
    },
}

/// Mass for people: tonnes from one tonne on.
struct Mass(f64);

impl fmt::Display for Mass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = if self.0 >= 999.5 { (self.0 / 1000.0, "t") } else { (self.0, "kg") };
        if (value - value.round()).abs() < 0.05 || value >= 100.0 {
            write!(f, "{value:.0} {unit}")
        } else if value >= 1.0 {
            write!(f, "{value:.1} {unit}")
        } else {
            write!(f, "{value:.3} {unit}")
        }
    }
}

/// Lines that a refusal names.
const NAMED: usize = 5;

/// Headings with their kilograms, the first few by name.
fn named(goods: &[(String, f64)]) -> String {
    let more = goods.len().saturating_sub(NAMED);
    let mut names: Vec<String> =
        goods.iter().take(NAMED).map(|(heading, kg)| format!("{} of {heading}", Mass(*kg))).collect();
    if more > 0 {
        names.push(format!("{more} more lines"));
    }
    names.join(" and ")
}

/// More than one of a kind of package.
fn plural(package_type: &str, count: u32) -> String {
    match package_type {
        one if count == 1 => one.to_owned(),
        "box" => "boxes".to_owned(),
        "bulk" => "loads in bulk".to_owned(),
        "piece" => "pieces".to_owned(),
        other => format!("{other}s"),
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownHeading { heading } => write!(f, "no such heading: {heading}"),
            Self::Payload { declared_kg, payload_kg } => {
                write!(
                    f,
                    "does not fit: {} are above the payload of {}",
                    Mass(*declared_kg),
                    Mass((payload_kg / 100.0).floor() * 100.0)
                )
            }
            Self::Volume { goods, needed_m3, usable_m3 } => {
                let (needed, usable) = (needed_m3.ceil(), usable_m3.floor());
                write!(f, "does not fit: {} need {needed:.0} m³ of {usable:.0}", named(goods))
            }
            Self::Packages { packages: 1, package_type, package_kg, declared_kg } => {
                write!(f, "one {package_type} would weigh {}, declared {}", Mass(*package_kg), Mass(*declared_kg))
            }
            Self::Packages { packages, package_type, package_kg, declared_kg } => write!(
                f,
                "{packages} {} of {} would weigh {}, declared {}",
                plural(package_type, *packages),
                Mass(*package_kg),
                Mass(package_kg * f64::from(*packages)),
                Mass(*declared_kg)
            ),
            Self::Stowage { goods, needed_m3: Some(needed_m3), usable_m3 } => write!(
                f,
                "no stowage of {} was found, though {:.0} m³ of {:.0} would do",
                named(goods),
                needed_m3.ceil().min(usable_m3.floor()),
                usable_m3.floor()
            ),
            Self::Stowage { goods, .. } => {
                write!(f, "no stowage of {} was found: not one package goes in", named(goods))
            }
            Self::Parts { lines, most } => write!(
                f,
                "{lines} lines need a place of their own, as they do not come in cartons or not in so many packages: at most {most} in one container"
            ),
            Self::Tank { heading } => write!(f, "{heading} does not travel in tank containers"),
            Self::Liquids { lines } => write!(f, "a tank holds one liquid, {lines} lines are declared"),
        }
    }
}
