use pellucid_core::{ContainerNumber, ContainerType, Declaration, DeclaredContainer, DeclaredItem, IsoSize};

use super::{AsDeclared, DeclaredLoad};
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::terms::Stated;

impl AsDeclared {
    /// What a declaration says of one of its containers, or of the only one when `container` is `None`.
    ///
    /// - Gross kilograms of the goods in the box: `goods_kg`; else the weighbridge figure, else the VGM, less the tare (a typical
    ///   one when it is not declared), unless the box is shared (`lcl`); else the shipment's gross mass, shared out as follows.
    /// - A line that several containers may hold is taken to be spread over them in proportion to their usable volume, so
    ///   in a lot these are expected figures, not declared ones.
    /// - Lines share the box's gross mass in proportion to their net mass; without net masses by quantity where all have one
    ///   unit, else equally. Packaging is taken to weigh the same share of every line.
    /// - Packages are taken over only where the declaration says them of this line and box alone: a quantity in packages, or
    ///   the header's count of a shipment of one line in one container, in the kind of package that the goods come in.
    /// - A size and type code without a type group that the yard builds counts as a dry box.
    ///
    /// # Errors
    /// The container is not declared, its size is unknown, a line has no heading of four digits, no mass is declared or less than
    /// the tare, or a mass or quantity is negative or not a number. The error names the path and the reason.
    pub fn of(declaration: &Declaration, container: Option<&ContainerNumber>) -> Result<Self, PhantomError> {
        let refuse = |key: String, reason: String| Err(PhantomError::value("declaration", key, reason));
        let Some(found) = declaration.container(container) else {
            let which = container.map_or("one container to be the only one", |id| id.as_str());
            return refuse("containers".into(), format!("expected {which}, got {}", declaration.containers.len()));
        };
        let at = declaration.containers.iter().position(|c| c.id == found.id).unwrap_or(0);
        if let Some((key, value)) = fault(declaration, found, at) {
            return refuse(key, format!("a number of at least 0, got {value}"));
        }
        let code = found.size_type.as_deref().unwrap_or_default();
        let Some(size) = IsoSize::from_code(code) else {
            return refuse(format!("containers[{at}].size_type"), format!("a size is required, got {code:?}"));
        };
        let container_type = ContainerType::from_code(code).unwrap_or_default();
        let mut items: Vec<(usize, &DeclaredItem)> =
            declaration.items.iter().enumerate().filter(|(_, item)| may_hold(found, item.line)).collect();
        items.dedup_by_key(|(_, item)| item.line);
        let shares = shares(declaration, found, size, &items);
        let whole: f64 = shares.iter().sum();
        let gross_kg = match gross_kg(declaration, found, size, whole) {
            _ if items.is_empty() => 0.0,
            Some(gross_kg) if gross_kg > 0.0 => gross_kg,
            Some(gross_kg) => {
                let reason = format!("the goods must weigh more than 0 kg, got {gross_kg} after the tare");
                return refuse(format!("containers[{at}]"), reason);
            }
            None => return refuse("gross_kg".into(), "the mass of the goods in the container is required".into()),
        };
        let mut lines = Vec::with_capacity(items.len());
        for ((i, item), share) in items.iter().zip(&shares) {
            let Some(heading) = item.hs.as_ref().and_then(|hs| hs.heading()) else {
                let got = item.hs.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
                return refuse(format!("items[{i}].hs"), format!("a heading of four digits is required, got {got}"));
            };
            lines.push(DeclaredLoad {
                line: item.line,
                heading: heading.to_owned(),
                gross_kg: gross_kg * share / whole,
                packages: packages(declaration, item, heading),
            });
        }
        Ok(Self { size, container_type, lines, place_mm: None, is_mirrored: false })
    }
}

/// A figure that no goods have, with its path: of the shipment, its lines, or the container at place `at`.
fn fault(declaration: &Declaration, container: &DeclaredContainer, at: usize) -> Option<(String, f64)> {
    let of_box = [
        ("tare_kg", container.tare_kg),
        ("goods_kg", container.goods_kg),
        ("vgm_kg", container.vgm_kg),
        ("weighbridge_kg", container.weighbridge_kg),
    ];
    let of_box = of_box.into_iter().map(|(key, value)| (format!("containers[{at}].{key}"), value));
    let of_lines = declaration.items.iter().enumerate().flat_map(|(i, item)| {
        [("net_kg", item.net_kg), ("quantity", item.quantity)]
            .map(|(key, value)| (format!("items[{i}].{key}"), value))
    });
    let mut all = of_box.chain(of_lines).chain([("gross_kg".to_owned(), declaration.gross_kg)]);
    all.find_map(|(key, value)| Some((key, value.filter(|value| !(*value >= 0.0 && value.is_finite()))?)))
}

fn may_hold(container: &DeclaredContainer, line: u32) -> bool {
    container.items.is_empty() || container.items.contains(&line)
}

fn volume_m3(container: &DeclaredContainer, otherwise: IsoSize) -> f64 {
    let size = container.size_type.as_deref().and_then(IsoSize::from_code);
    size.unwrap_or(otherwise).usable_volume_m3()
}

/// How much of the shipment lies in this container, line by line, in net kilograms or another common measure.
fn shares(
    declaration: &Declaration,
    container: &DeclaredContainer,
    size: IsoSize,
    items: &[(usize, &DeclaredItem)],
) -> Vec<f64> {
    let all = &declaration.items;
    let has_net = all.iter().all(|item| item.net_kg.is_some_and(|kg| kg > 0.0));
    let one_unit = all.windows(2).all(|pair| pair[0].unit == pair[1].unit);
    let is_counted = one_unit && all.iter().all(|item| item.quantity.is_some_and(|n| n > 0.0));
    let measure = |item: &DeclaredItem| {
        let measure = if has_net {
            item.net_kg
        } else if is_counted {
            item.quantity
        } else {
            None
        };
        measure.unwrap_or(1.0)
    };
    let own = volume_m3(container, size);
    items
        .iter()
        .map(|(_, item)| {
            let holders = declaration.containers.iter().filter(|c| may_hold(c, item.line));
            measure(item) * own / holders.map(|c| volume_m3(c, size)).sum::<f64>().max(own)
        })
        .collect()
}

/// Gross kilograms of the goods in a container that holds `share` of the shipment in the measure of [`shares`].
fn gross_kg(declaration: &Declaration, container: &DeclaredContainer, size: IsoSize, share: f64) -> Option<f64> {
    let tare = container.tare_kg.unwrap_or_else(|| size.typical_tare_kg());
    let weighed = container.weighbridge_kg.or(container.vgm_kg).filter(|_| !container.lcl).map(|kg| kg - tare);
    let shipped = || {
        let items: Vec<(usize, &DeclaredItem)> = declaration.items.iter().enumerate().collect();
        let whole: f64 = declaration
            .containers
            .iter()
            .map(|c| {
                let held: Vec<_> = items.iter().copied().filter(|(_, item)| may_hold(c, item.line)).collect();
                shares(declaration, c, size, &held).iter().sum::<f64>()
            })
            .sum();
        declaration.gross_kg.map(|kg| kg * share / whole)
    };
    container.goods_kg.or(weighed).or_else(shipped)
}

/// Packages of a line, where they are declared of it in one container.
fn packages(declaration: &Declaration, item: &DeclaredItem, heading: &str) -> Option<u32> {
    if declaration.containers.iter().filter(|c| may_hold(c, item.line)).count() != 1 {
        return None;
    }
    let goods = Goods::all().ok()?.iter().find(|goods| goods.heading == heading)?;
    let counts_packages = |stated: Stated| !stated.counts_pieces() && !MEASURES.contains(&stated.unit());
    let is_unit = |stated: Stated| item.unit.as_deref() == Some(stated.unit()) && counts_packages(stated);
    if let Some(quantity) = item.quantity
        && goods.stated().any(is_unit)
        && quantity >= 1.0
        && quantity.fract() == 0.0
    {
        return Some(quantity as u32);
    }
    let is_alone = declaration.items.len() == 1 && declaration.containers.len() == 1;
    let is_known = goods.stated().any(|stated| declaration.package_type.as_deref() == Some(stated.package_type()));
    declaration.packages.filter(|packages| is_alone && is_known && *packages > 0)
}

/// Units that measure goods and count no packages.
const MEASURES: &[&str] = &["kg", "t", "m2", "m3", "m", "l", "litre"];
