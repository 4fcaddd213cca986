use pellucid_core::{Declaration, DeclarationStage, DeclaredItem, HsCode};

use super::facts::LineFacts;
use super::vin::vins;
use crate::dice::Dice;

/// What traders round net and gross masses to, kg.
const STEPS: &[f64] = &[0.1, 1.0, 1.0, 10.0];
/// Spread of stated masses about the real ones: scales, moisture, the weight of a pallet.
const ABOUT: f64 = 0.003;
/// Headings of vehicles that have an identification number.
const CARS: &str = "8703";
const MOTORCYCLES: &str = "8711";

/// States masses, quantities in the unit of the heading, UN numbers and VINs.
pub(super) fn state_goods(declaration: &mut Declaration, lines: &[LineFacts], dice: &mut Dice) {
    let step = dice.pick(STEPS).copied().unwrap_or(1.0);
    let origin = declaration.origin.clone().unwrap_or_default();
    let mut net_kg = 0.0;
    for (item, facts) in declaration.items.iter_mut().zip(lines) {
        let stated = rounded(facts.net_kg * dice.about(ABOUT), step);
        net_kg += stated;
        item.net_kg = Some(stated);
        let goods = facts.stated.goods;
        let unit_kg = facts.stated.unit_kg().map(|range| dice.within(range));
        item.quantity = Some(facts.stated.quantity(facts.measured(stated), unit_kg));
        item.un_number.clone_from(&goods.un_number);
        if [CARS, MOTORCYCLES].contains(&goods.heading.as_str()) {
            item.vins = vins(dice, &origin, goods.heading == MOTORCYCLES, facts.pieces as usize);
        }
    }
    let gross_kg: f64 = lines.iter().map(|facts| facts.gross_kg).sum();
    let stated = rounded(gross_kg * dice.about(ABOUT), step);
    // Nobody declares less gross than net.
    declaration.gross_kg = Some(stated.max((net_kg * 1000.0).round() / 1000.0));
    declaration.packages = Some(lines.iter().map(|facts| facts.packages).sum::<f64>() as u32);
}

/// To a multiple of `step`, but never to nothing.
pub(super) fn rounded(kg: f64, step: f64) -> f64 {
    let step = if kg < 20.0 * step { 0.01 } else { step };
    // Ten significant decimals at most: 0.1 is no binary fraction.
    ((kg / step).round() * step * 1000.0).round() / 1000.0
}

/// Cuts a full declaration to what the first of two steps states: six digits, gross mass, quantities, containers.
pub(super) fn summarise(declaration: &mut Declaration) {
    declaration.stage = DeclarationStage::Summary;
    for item in &mut declaration.items {
        item.hs = item.hs.take().map(|hs| cut(&hs));
        item.net_kg = None;
        item.vins = Vec::new();
    }
    for container in &mut declaration.containers {
        container.goods_kg = None;
    }
}

/// The first six digits.
fn cut(hs: &HsCode) -> HsCode {
    hs.subheading().and_then(|six| six.parse().ok()).unwrap_or_else(|| hs.clone())
}

/// Describes goods as shippers tell carriers; most lines lose their code.
pub(super) fn name_freely(declaration: &mut Declaration, lines: &[LineFacts], dice: &mut Dice) {
    let states_codes = dice.chance(0.35);
    for (item, facts) in declaration.items.iter_mut().zip(lines) {
        item.name = free_text(item, facts, dice);
        item.hs = item.hs.take().filter(|_| states_codes && dice.chance(0.8)).map(|hs| cut(&hs));
    }
}

/// Cuts a declaration to a carrier's list: no regime, no quantities, masses of the whole only.
pub(super) fn list(declaration: &mut Declaration) {
    declaration.stage = DeclarationStage::Manifest;
    declaration.number.clone_from(&declaration.bill_of_lading);
    declaration.regime = None;
    declaration.voluntary_disclosure = false;
    if let Some(trader) = &mut declaration.trader {
        trader.credit = None;
    }
    for item in &mut declaration.items {
        item.quantity = None;
        item.unit = None;
        item.net_kg = None;
        item.vins = Vec::new();
    }
    for container in &mut declaration.containers {
        container.goods_kg = None;
    }
}

/// Goods as a shipper tells a carrier.
fn free_text(item: &DeclaredItem, facts: &LineFacts, dice: &mut Dice) -> String {
    let name = facts.stated.name_en().to_uppercase();
    let short = name.split([',', ';', ':', '(']).next().unwrap_or(&name).trim().to_owned();
    let kind = facts.stated.package_type().to_uppercase();
    let packages = facts.packages;
    let text = match dice.below(4) {
        0 => format!("{packages} {kind} {short}"),
        1 => format!("S.T.C. {packages} {kind} OF {short} FREIGHT PREPAID"),
        2 => format!("{short} N.W. {:.0} KGS SHIPPER'S LOAD COUNT AND SEAL", facts.net_kg),
        _ => name,
    };
    match &item.un_number {
        Some(un) => format!("{text} UN {un}"),
        None => text,
    }
}
