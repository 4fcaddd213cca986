use pellucid_core::{ContainerType, TamperingKind};
use pellucid_imaging::physics::catalogued;

use super::recipe::{HiddenObject, Place, TamperingRecipe};
use crate::error::PhantomError;
use crate::goods::{EMPTY, Goods};
use crate::recipe::{Conveyance, EXCESS, Recipe};

/// What a kind takes: keys, places and objects besides what is drawn, and kilograms.
struct Rules {
    keys: &'static [&'static str],
    places: &'static [Place],
    objects: &'static [HiddenObject],
    mass_kg: [f64; 2],
}

/// Keys of a mass of bricks.
const BRICKS: &[&str] = &["mass_kg", "material", "density_g_per_cm3", "place", "form", "brick_mm"];

fn rules(kind: TamperingKind) -> Rules {
    use HiddenObject::{Ammunition, Bars, Firearms, Knives, Parcel, Pig, Source, Tools};
    const LOAD: &[Place] = &[Place::InLoad, Place::BehindLoad, Place::OnLoad, Place::Floor];
    let of = |keys: &'static [&'static str], places: &'static [Place], mass_kg: [f64; 2]| Rules {
        keys,
        places,
        objects: &[],
        mass_kg,
    };
    match kind {
        TamperingKind::Substitution => {
            of(&["declared", "share", "mass_kg", "place"], &[Place::Front, Place::Middle], [50.0, 28_000.0])
        }
        TamperingKind::Empty => of(&["declared", "left", "left_kg"], &[], [0.0, 0.0]),
        TamperingKind::ShortWeight | TamperingKind::OverWeight => of(&["share"], &[], [0.0, 0.0]),
        TamperingKind::ConcealedOrganic => of(BRICKS, LOAD, [0.0, 5_000.0]),
        TamperingKind::ConcealedMetal => Rules {
            objects: &[Firearms, Ammunition, Knives, Bars, Tools],
            ..of(&["mass_kg", "material", "object", "place"], LOAD, [0.5, 2_000.0])
        },
        TamperingKind::ConcealedDense => Rules {
            objects: &[Pig, Parcel, Source],
            ..of(&["mass_kg", "material", "object", "place"], LOAD, [2.0, 2_000.0])
        },
        TamperingKind::ConcealedGoods => {
            of(&["mass_kg", "heading", "place"], &[Place::Front, Place::Middle], [50.0, 28_000.0])
        }
        TamperingKind::Person => {
            of(&["count", "posture", "place"], &[Place::BehindLoad, Place::OnLoad, Place::Floor], [0.0, 0.0])
        }
        TamperingKind::FalseStructure => of(
            &["mass_kg", "material", "density_g_per_cm3", "place", "form", "brick_mm", "filled"],
            &[Place::Front, Place::Floor, Place::Roof, Place::Doors, Place::Members],
            [0.5, 5_000.0],
        ),
        TamperingKind::VehicleHide => {
            of(BRICKS, &[Place::Cab, Place::FuelTank, Place::Chassis, Place::SpareWheel, Place::Tyres], [0.5, 500.0])
        }
        TamperingKind::ReeferHide => of(BRICKS, &[Place::Machinery, Place::Insulation], [0.5, 500.0]),
        TamperingKind::RipOn => of(
            &["mass_kg", "material", "density_g_per_cm3", "brick_mm", "count", "place"],
            &[Place::Doors, Place::OnLoad],
            [5.0, 400.0],
        ),
    }
}

/// Refuses tampering that cannot be.
///
/// # Errors
/// The first fault, with file, key and reason.
pub(crate) fn validate(recipe: &Recipe, file: &str, tampering: &TamperingRecipe) -> Result<(), PhantomError> {
    let kind = tampering.kind;
    let refuse = |key: &str, reason: String| Err(PhantomError::value(file, format!("tampering.{key}"), reason));
    let Some(container) = recipe.containers.get(tampering.container) else {
        return refuse("container", format!("there are {}, got {}", recipe.containers.len(), tampering.container));
    };
    let is_empty = container.headings.iter().any(|h| h == EMPTY);
    let rules = rules(kind);
    if let Some(key) = tampering.keys().into_iter().find(|key| !rules.keys.contains(key)) {
        return refuse(key, format!("{kind} does not take it; it takes {}", rules.keys.join(", ")));
    }
    if let Some(place) = tampering.place.filter(|place| !rules.places.contains(place)) {
        return refuse("place", format!("{kind} takes {:?}, got {place:?}", rules.places));
    }
    if let Some(object) = tampering.object.filter(|object| !rules.objects.contains(object)) {
        return refuse("object", format!("{kind} takes {:?}, got {object:?}", rules.objects));
    }
    if let Some(mass) = tampering.mass_kg {
        let [low, high] = rules.mass_kg;
        if !(mass > 0.0 && mass >= low && mass <= high) {
            let from = if low > 0.0 { format!("{low}") } else { "above 0".to_owned() };
            return refuse("mass_kg", format!("{from} and at most {high}, got {mass}"));
        }
    }
    check_material(file, tampering)?;
    check_fit(recipe, file, tampering)?;
    match kind {
        TamperingKind::Substitution | TamperingKind::Empty => {
            let Some(declared) = &tampering.declared else {
                return refuse("declared", format!("{kind} needs the heading that is declared"));
            };
            Goods::of(declared, file, "tampering.declared")?;
            if container.headings.contains(declared) {
                return refuse("declared", format!("{declared} is what is really there"));
            }
            if is_empty != (kind == TamperingKind::Empty) {
                let wanted = if is_empty { "a loaded" } else { "an empty" };
                return refuse("container", format!("{kind} needs {wanted} container"));
            }
            if kind == TamperingKind::Empty && !container.objects.is_empty() {
                return refuse("container", "empty needs a container without objects".into());
            }
            if tampering.place.is_some() && !tampering.is_partial() {
                return refuse("place", "only a share of the load has a place in it".into());
            }
            if tampering.share.is_some() && tampering.mass_kg.is_some() {
                return refuse("mass_kg", "either a share or kilograms of the load are other goods".into());
            }
            if tampering.mass_kg.is_some() && container.headings.len() > 1 {
                return refuse("mass_kg", "a part of the load is goods of one heading: give one in headings".into());
            }
            if let Some([low, high]) = tampering.share {
                if !(low >= 0.02 && high >= low && high <= 0.9) {
                    return refuse("share", format!("0.02 ≤ low ≤ high ≤ 0.9, got [{low}, {high}]"));
                }
                if container.headings.len() > 1 {
                    return refuse(
                        "share",
                        "a part of the load is goods of one heading: give one in headings".into(),
                    );
                }
            }
            if let Some(kg) = tampering.left_kg
                && !(1.0..=200.0).contains(&kg)
            {
                return refuse("left_kg", format!("1 to 200, got {kg}"));
            }
        }
        TamperingKind::OverWeight | TamperingKind::ShortWeight => {
            if is_empty {
                return refuse("container", format!("{kind} needs a loaded container"));
            }
            let [low, high] = tampering.share.unwrap_or(EXCESS);
            let least = if kind == TamperingKind::OverWeight { 0.25 } else { 0.05 };
            if !(low >= least && high >= low && high <= 3.0) {
                return refuse("share", format!("{least} ≤ low ≤ high ≤ 3, got [{low}, {high}]"));
            }
        }
        TamperingKind::ConcealedGoods => {
            if is_empty {
                return refuse("container", format!("{kind} needs a loaded container"));
            }
            let Some(heading) = &tampering.heading else {
                return refuse("heading", format!("{kind} needs the heading that is hidden"));
            };
            Goods::of(heading, file, "tampering.heading")?;
            if container.headings.contains(heading) {
                return refuse("heading", format!("{heading} is what is declared"));
            }
        }
        TamperingKind::ConcealedOrganic | TamperingKind::ConcealedMetal | TamperingKind::ConcealedDense
            if is_empty && !matches!(tampering.place, Some(Place::Floor)) =>
        {
            return refuse("container", format!("{kind} needs a loaded container, or place = \"floor\""));
        }
        TamperingKind::Person | TamperingKind::RipOn => {
            let most = if kind == TamperingKind::Person { 6 } else { 8 };
            if let Some(count) = tampering.count
                && !(1..=most).contains(&count)
            {
                return refuse("count", format!("1 to {most}, got {count}"));
            }
            if is_empty && tampering.place == Some(Place::OnLoad) {
                return refuse("place", "there is no load to be on".into());
            }
        }
        TamperingKind::FalseStructure => {
            let is_filled = tampering.filled.unwrap_or(true);
            if !is_filled && tampering.place == Some(Place::Members) {
                return refuse("filled", "posts and rails are there in any case: they must hold something".into());
            }
            if !is_filled && tampering.mass_kg.is_some() {
                return refuse("mass_kg", "what is not filled holds no kilograms".into());
            }
        }
        _ => {}
    }
    Ok(())
}

fn check_material(file: &str, tampering: &TamperingRecipe) -> Result<(), PhantomError> {
    let refuse = |key: &str, reason: String| Err(PhantomError::value(file, format!("tampering.{key}"), reason));
    let mut own = None;
    if let Some(name) = &tampering.material {
        let found = match catalogued(name) {
            Ok(found) => found,
            Err(reason) => return refuse("material", reason),
        };
        own = Some(found.density_g_per_cm3);
        let fitting: Option<&[&str]> = match tampering.object {
            Some(HiddenObject::Bars) => Some(&["gold", "silver", "copper", "lead", "aluminium"]),
            Some(HiddenObject::Pig) => Some(&["lead", "tungsten"]),
            Some(HiddenObject::Parcel) => None,
            Some(other) => return refuse("material", format!("{other:?} are of their own materials")),
            None if matches!(tampering.kind, TamperingKind::ConcealedMetal | TamperingKind::ConcealedDense) => {
                return refuse("material", "say which object is of it".into());
            }
            None => None,
        };
        if let Some(fitting) = fitting.filter(|fitting| !fitting.contains(&name.as_str())) {
            return refuse("material", format!("one of {}, got {name:?}", fitting.join(", ")));
        }
    }
    if let Some(density) = tampering.density_g_per_cm3 {
        let Some(own) = own else {
            return refuse("density_g_per_cm3", "it needs a material".into());
        };
        if !(density > 0.0 && density <= own) {
            return refuse(
                "density_g_per_cm3",
                format!("above 0 and at most the material's own {own}, got {density}"),
            );
        }
    }
    if let Some(size) = tampering.brick_mm
        && size.iter().any(|mm| !(10.0..=600.0).contains(mm))
    {
        return refuse("brick_mm", format!("each 10 to 600, got {size:?}"));
    }
    Ok(())
}

/// Whether the kind is possible in this container on this vehicle.
fn check_fit(recipe: &Recipe, file: &str, tampering: &TamperingRecipe) -> Result<(), PhantomError> {
    let kind = tampering.kind;
    let refuse = |key: &str, reason: String| Err(PhantomError::value(file, format!("tampering.{key}"), reason));
    let container_type = recipe.containers[tampering.container].container_type;
    let fits = match (kind, container_type) {
        (TamperingKind::VehicleHide | TamperingKind::Empty, _)
        | (
            TamperingKind::Substitution | TamperingKind::ShortWeight | TamperingKind::OverWeight,
            ContainerType::Tank,
        )
        | (TamperingKind::ReeferHide, ContainerType::Reefer) => true,
        (TamperingKind::ReeferHide, _) | (_, ContainerType::Tank) => false,
        (TamperingKind::Person | TamperingKind::FalseStructure | TamperingKind::RipOn, ContainerType::Flat) => false,
        _ => true,
    };
    if !fits {
        let code = container_type.code(recipe.containers[tampering.container].size);
        let why =
            if container_type == ContainerType::Tank { ": a tank holds one liquid and nothing in it" } else { "" };
        return refuse("kind", format!("{kind} is not possible in a container of type {code}{why}"));
    }
    if container_type == ContainerType::Tank {
        if tampering.is_partial() {
            let key = if tampering.share.is_some() { "share" } else { "mass_kg" };
            return refuse(key, "a tank holds one liquid: all of it is other goods, or none".into());
        }
        if let Some(key) = ["left", "left_kg"].into_iter().find(|key| tampering.keys().contains(key)) {
            return refuse(key, "nothing is left in an empty tank".into());
        }
        if let Some(declared) = &tampering.declared {
            Goods::in_tank(declared, file, "tampering.declared")?;
        }
    }
    if kind == TamperingKind::VehicleHide {
        let needs_tractor = matches!(tampering.place, Some(Place::Cab | Place::FuelTank));
        match recipe.conveyance {
            Conveyance::Truck => {}
            Conveyance::Trailer if !needs_tractor => {}
            Conveyance::Trailer => {
                return refuse("place", "a trailer has no tractor: needs conveyance \"truck\"".into());
            }
            Conveyance::Box => {
                return refuse("kind", "vehicle_hide needs conveyance \"truck\" or \"trailer\"".into());
            }
        }
    }
    if kind == TamperingKind::FalseStructure
        && tampering.place == Some(Place::Members)
        && container_type != ContainerType::Dry
        && container_type != ContainerType::Reefer
    {
        return refuse("place", "only dry and refrigerated boxes have such members".into());
    }
    Ok(())
}
