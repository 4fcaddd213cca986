use pellucid_core::{Declaration, DeclaredContainer, Trader};

use super::facts::LineFacts;
use crate::dice::Dice;

/// Shares the lines of a box out among several declarations, and turns the declaration into the box's view of all of them: no
/// number and trader of its own, the master bill of lading, `lcl` at each container.
pub(super) fn share_out(
    declaration: &mut Declaration,
    lines: &[LineFacts],
    range: [usize; 2],
    dice: &mut Dice,
) -> Vec<Declaration> {
    let count = dice.whole(range[0], range[1]).min(declaration.items.len()).max(1);
    // One line each, then the rest by chance, so that nobody declares nothing.
    let mut owners: Vec<usize> =
        (0..declaration.items.len()).map(|i| if i < count { i } else { dice.below(count) }).collect();
    for i in (1..owners.len()).rev() {
        owners.swap(i, dice.below(i + 1));
    }
    let gross: f64 = lines.iter().map(|facts| facts.gross_kg).sum();
    let mut others = Vec::with_capacity(count);
    for owner in 0..count {
        let mut one = declaration.clone();
        let is_own = |line: u32| owners.get(line as usize - 1) == Some(&owner);
        one.items.retain(|item| is_own(item.line));
        let own = || lines.iter().enumerate().filter(|(i, _)| owners.get(*i) == Some(&owner)).map(|(_, facts)| facts);
        let own_gross: f64 = own().map(|facts| facts.gross_kg).sum();
        let net: f64 = one.items.iter().filter_map(|item| item.net_kg).sum();
        let stated = declaration.gross_kg.unwrap_or(gross) * own_gross / gross.max(1e-9);
        one.gross_kg = Some(((stated.max(net)) * 100.0).round() / 100.0);
        one.packages = Some(own().map(|facts| facts.packages).sum::<f64>() as u32);
        one.package_type = own().next().map(|facts| facts.stated.package_type().to_owned());
        let office_year_direction =
            declaration.number.as_deref().and_then(|number| number.get(..9)).unwrap_or("530120261");
        one.number = Some(format!("{office_year_direction}{:09}", dice.below(1_000_000_000)));
        one.trader = declaration.trader.as_ref().map(|trader| Trader {
            code: format!("91350200MA{:07}X", dice.below(10_000_000)),
            credit: trader.credit.clone(),
        });
        // A house bill under the master bill.
        one.bill_of_lading = declaration.bill_of_lading.as_ref().map(|bill| format!("{bill}H{:02}", owner + 1));
        for container in &mut one.containers {
            container.items.retain(|line| is_own(*line));
            hide_others(container);
        }
        one.containers.retain(|container| !container.items.is_empty());
        number_from_one(&mut one);
        others.push(one);
    }
    declaration.number = None;
    declaration.trader = None;
    for container in &mut declaration.containers {
        container.lcl = true;
    }
    others
}

/// One of several shippers does not know what the others loaded; the carrier weighs the box for all of them.
fn hide_others(container: &mut DeclaredContainer) {
    container.lcl = true;
    container.goods_kg = None;
}

/// Lines of a declaration count from 1.
fn number_from_one(declaration: &mut Declaration) {
    let old: Vec<u32> = declaration.items.iter().map(|item| item.line).collect();
    let renumber = |line: &u32| old.iter().position(|o| o == line).map(|i| i as u32 + 1);
    for container in &mut declaration.containers {
        container.items = container.items.iter().filter_map(renumber).collect();
    }
    for (i, item) in declaration.items.iter_mut().enumerate() {
        item.line = i as u32 + 1;
    }
}
