//! Declared lines as capacities, and the best declared figure for a box.

use pellucid_core::{Bilingual, Declaration, DeclaredItem, Grade, Interval};

use crate::goods::code_name;
use crate::library::{Library, Lookup};
use crate::profile::MassProfile;
use crate::subject::Subject;

/// A declared line as far as it concerns this box.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    pub(crate) item: &'a DeclaredItem,
    pub(crate) name: Bilingual,
    pub(crate) lookup: Lookup,
    /// Gross mass in this box, kg: exact when both ends agree, `[0, w]` when only the shipment's is known.
    pub(crate) kg: Option<Interval>,
    /// Expected share of the box's cargo, in [0, 1]; shares add up to 1.
    pub(crate) share: f64,
}

/// Best declared figure for the goods in a box, gross, kg.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeclaredTotal {
    pub(crate) kg: f64,
    /// `weighbridge`, `vgm`, `goods_kg`, `gross` or `net`.
    pub(crate) from: &'static str,
    /// Standard deviation in kg: error of the tare that was taken off, and of the figure itself.
    pub(crate) sigma_kg: f64,
    /// Whether the figure is that of a shipment of which only a part need be here.
    pub(crate) is_upper_bound: bool,
    /// Whether the figure is that of the whole box, other shipments included.
    pub(crate) is_of_box: bool,
}

/// Ratio of gross to net beyond which the two are not believed to speak of the same goods.
const GROSS_OVER_NET: f64 = 2.0;
/// Relative error of net masses that stand in for gross ones: packaging is not in them.
const NET_SIGMA: f64 = 0.06;

fn items<'a>(declaration: &'a Declaration, subject: &Subject<'_>) -> Vec<&'a DeclaredItem> {
    let listed: Vec<u32> = subject.declared.iter().flat_map(|c| c.items.iter().copied()).collect();
    let is_all = subject.declared.iter().any(|c| c.items.is_empty()) || listed.is_empty();
    declaration.items.iter().filter(|item| is_all || listed.contains(&item.line)).collect()
}

/// Whether a line can only be in the subject's containers.
fn is_only_here(declaration: &Declaration, subject: &Subject<'_>, line: u32) -> bool {
    if subject.is_whole_shipment {
        return true;
    }
    let here = |id| subject.declared.iter().any(|c| c.id == id);
    !subject.declared.is_empty()
        && declaration
            .containers
            .iter()
            .filter(|c| !here(c.id.clone()))
            .all(|c| !c.items.is_empty() && !c.items.contains(&line))
}

pub(crate) fn lines<'a>(
    declaration: &'a Declaration,
    subject: &Subject<'_>,
    library: &Library,
    grade: Grade,
    total: Option<&DeclaredTotal>,
) -> Vec<Line<'a>> {
    let here = items(declaration, subject);
    let net_of_shipment: Option<f64> = declaration.items.iter().map(|item| item.net_kg).sum();
    let packing = match (declaration.gross_kg, net_of_shipment) {
        (Some(gross), Some(net)) if net > 0.0 && (1.0..=GROSS_OVER_NET).contains(&(gross / net)) => gross / net,
        _ => 1.0,
    };
    let goods: Option<f64> = subject.declared.iter().map(|c| c.goods_kg).sum();
    let is_alone = here.len() == 1;
    let mut lines: Vec<Line<'a>> = here
        .iter()
        .map(|item| {
            let own = item.net_kg.map(|kg| kg * packing);
            let kg = match (own, goods) {
                (_, Some(goods)) if is_alone && !subject.declared.is_empty() && goods > 0.0 => {
                    Some(Interval::exactly(goods))
                }
                (Some(own), _) if is_only_here(declaration, subject, item.line) => Some(Interval::exactly(own)),
                (Some(own), bound) => Some(Interval::new(0.0, bound.map_or(own, |b| own.min(b.max(0.0))))),
                (None, _) => match total {
                    Some(total) if is_alone && !total.is_upper_bound => Some(Interval::exactly(total.kg)),
                    Some(total) => Some(Interval::new(0.0, total.kg)),
                    None => None,
                },
            };
            Line {
                item,
                name: code_name(item.hs.as_ref(), &item.name),
                lookup: library.look_up(grade, item.hs.as_ref()),
                kg,
                share: 0.0,
            }
        })
        .collect();
    let expected: Option<Vec<f64>> = lines.iter().map(|line| line.kg.and_then(|kg| kg.hi)).collect();
    let sum: f64 = expected.iter().flatten().sum();
    let n = lines.len() as f64;
    for (i, line) in lines.iter_mut().enumerate() {
        line.share = match &expected {
            Some(kg) if sum > 0.0 => kg[i] / sum,
            _ => 1.0 / n,
        };
    }
    lines
}

/// Tare of the subject's boxes with its standard deviation, kg.
fn tare(subject: &Subject<'_>, profile: &MassProfile) -> Option<(f64, f64)> {
    let mut sum = (0.0, 0.0);
    for (position, container) in subject.declared.iter().enumerate() {
        let (kg, sigma) = match container.tare_kg {
            Some(kg) if kg > 0.0 => (kg, profile.tare_sigma_relative[0]),
            _ => (subject.size(position)?.typical_tare_kg(), profile.tare_sigma_relative[1]),
        };
        sum = (sum.0 + kg, sum.1 + kg * sigma);
    }
    Some(sum)
}

/// The figure for the goods by weighbridge, VGM, container, shipment and net masses, in this order; all that are known.
pub(crate) fn declared_totals(
    declaration: &Declaration,
    subject: &Subject<'_>,
    profile: &MassProfile,
) -> Vec<DeclaredTotal> {
    let mut totals = Vec::new();
    let figures: [(&'static str, Option<f64>); 2] = [
        ("weighbridge", subject.declared.iter().map(|c| c.weighbridge_kg).sum::<Option<f64>>()),
        ("vgm", subject.declared.iter().map(|c| c.vgm_kg).sum::<Option<f64>>()),
    ];
    for (from, figure) in figures {
        if let (false, Some(kg), Some((tare, sigma))) = (subject.declared.is_empty(), figure, tare(subject, profile))
            && kg > tare * 0.8
        {
            let kg = (kg - tare).max(0.0);
            totals.push(DeclaredTotal { kg, from, sigma_kg: sigma, is_upper_bound: false, is_of_box: true });
        }
    }
    let declared = |kg: f64, from, is_upper_bound| DeclaredTotal {
        kg,
        from,
        sigma_kg: kg * profile.declared_sigma_relative,
        is_upper_bound,
        is_of_box: false,
    };
    let goods: Option<f64> = subject.declared.iter().map(|c| c.goods_kg).sum();
    if let (false, Some(kg)) = (subject.declared.is_empty(), goods) {
        totals.push(declared(kg, "goods_kg", false));
    }
    if let Some(kg) = declaration.gross_kg {
        totals.push(declared(kg, "gross", !subject.is_whole_shipment));
    }
    let here = items(declaration, subject);
    let net: Option<f64> = here.iter().map(|item| item.net_kg).sum();
    if let (Some(kg), false) = (net, here.is_empty()) {
        let is_bound = !here.iter().all(|item| is_only_here(declaration, subject, item.line));
        let sigma_kg = kg * NET_SIGMA;
        totals.push(DeclaredTotal { kg, from: "net", sigma_kg, is_upper_bound: is_bound, is_of_box: false });
    }
    totals
}
