use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::loads::{Bay, Hide, Plan, Stowed};
use crate::packings::Packings;
use crate::scene::{Scene, component};
use crate::structure::{StorageRacks, fit_out};
use crate::terms::{Stated, Terms};
use crate::yard::MASK_ID;

/// Goods of one heading in one container, as really loaded.
#[derive(Debug, Clone)]
pub(crate) struct Lot {
    pub(crate) goods: &'static Goods,
    /// What declarations say of its way of packing, where not what they say of its goods.
    pub(crate) terms: Option<&'static Terms>,
    /// Value in the `item` raster: the declared line, or [`MASK_ID`].
    pub(crate) item: u16,
    /// Whether nobody declares it, as anything.
    pub(crate) is_hidden: bool,
    pub(crate) packages: usize,
    pub(crate) pieces: usize,
    /// Goods alone.
    pub(crate) net_kg: f64,
    /// With packaging and pallets.
    pub(crate) gross_kg: f64,
    /// Corners in the lane.
    pub(crate) corners: [[f64; 3]; 2],
}

impl Lot {
    /// How declarations state it.
    pub(crate) fn stated(&self) -> Stated {
        Stated { goods: self.goods, terms: self.terms }
    }

    /// Place of its declared line among the lines.
    pub(crate) fn line(&self) -> usize {
        if self.item < MASK_ID { usize::from(self.item).saturating_sub(1) } else { 0 }
    }
}

/// Stows goods and weighs them.
#[expect(clippy::too_many_arguments, reason = "what a bay is made of")]
pub(crate) fn stow(
    scene: &mut Scene,
    goods: &'static Goods,
    item: u16,
    space: [[f64; 3]; 2],
    payload_kg: f64,
    fill: f64,
    dice: Dice,
    packings: Option<&Packings>,
) -> Result<(Lot, Vec<Hide>), PhantomError> {
    let plan = Plan { packings, ..Plan::default() };
    stow_into(Bay { scene, dice, space, payload_kg, fill, item, plan }, goods)
}

/// Stows goods into a bay and weighs them: packed in a drawn way, or in another where that one is too large.
///
/// # Errors
/// [`PhantomError::NoRoom`] where no way of packing goes in; solids of tries are taken back.
pub(crate) fn stow_into(mut bay: Bay<'_>, goods: &'static Goods) -> Result<(Lot, Vec<Hide>), PhantomError> {
    if let Some(shipment_kg) = goods.shipment_kg {
        bay.payload_kg = bay.payload_kg.min(bay.dice.within(shipment_kg));
    }
    let (first, item) = (bay.scene.len(), bay.item);
    let (first_fine, payload_kg) = (bay.scene.fine.len(), bay.payload_kg);
    let mut choices = Packings::choices(bay.plan.packings, goods);
    let before = masses(bay.scene, item);
    let (stowed, terms) = loop {
        let place = bay.dice.below(choices.len());
        let Some(way) = choices.get(place) else {
            return Err(PhantomError::value(&goods.heading, "packing", "at least one is required"));
        };
        match way.packing.form().stow(&mut bay) {
            Err(PhantomError::NoRoom { .. }) if choices.len() > 1 => {
                bay.scene.solids.truncate(first);
                bay.scene.fine.truncate(first_fine);
                bay.payload_kg = payload_kg;
                choices.remove(place);
            }
            stowed => break (stowed?, way.declared.as_ref()),
        }
    };
    let lot = lot_of(bay.scene, goods, item, first, before, &stowed);
    Ok((Lot { terms, ..lot }, stowed.hides))
}

/// Pours goods into the vessel of a tank container: the bay's space is the box around it, `hollow` the solid that is its inside.
///
/// # Errors
/// None of the goods' liquids travels in tanks.
pub(crate) fn pour_into(mut bay: Bay<'_>, goods: &'static Goods, hollow: Option<u32>) -> Result<Lot, PhantomError> {
    let (first, item) = (bay.scene.len(), bay.item);
    let before = masses(bay.scene, item);
    let Some(tank) = bay.dice.pick(&goods.tank) else {
        return Err(PhantomError::value(&goods.heading, "tank", "at least one is required"));
    };
    let stowed = tank.pour(&mut bay, hollow)?;
    let lot = lot_of(bay.scene, goods, item, first, before, &stowed);
    Ok(Lot { terms: tank.declared.as_ref(), ..lot })
}

/// What was stowed of an item since solid `first`, when it weighed `before`, net and gross.
fn lot_of(scene: &Scene, goods: &'static Goods, item: u16, first: usize, before: (f64, f64), stowed: &Stowed) -> Lot {
    let after = masses(scene, item);
    Lot {
        goods,
        terms: None,
        item,
        is_hidden: false,
        packages: stowed.packages,
        pieces: stowed.pieces,
        net_kg: after.0 - before.0,
        gross_kg: after.1 - before.1,
        corners: corners(scene, first, item),
    }
}

/// Corners of an item's solids from `first` on.
pub(crate) fn corners(scene: &Scene, first: usize, item: u16) -> [[f64; 3]; 2] {
    let mut corners = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    for solid in scene.solids[first..].iter().filter(|solid| solid.item == item) {
        let (min, max) = solid.shape.bounds();
        for d in 0..3 {
            corners[0][d] = corners[0][d].min(min[d]);
            corners[1][d] = corners[1][d].max(max[d]);
        }
    }
    corners
}

/// Fits out a battery-storage container: one unit, its modules the pieces.
pub(crate) fn fit_lot(
    scene: &mut Scene,
    goods: &'static Goods,
    item: u16,
    space: [[f64; 3]; 2],
    racks: StorageRacks,
    fill: f64,
    mut dice: Dice,
) -> Result<(Lot, Vec<Hide>), PhantomError> {
    let before = masses(scene, item);
    scene.paint(component::CARGO, item);
    let fitted = fit_out(scene, &mut dice, space, racks, fill)?;
    let after = masses(scene, item);
    let hides = fitted.spaces.iter().map(|&(parent, min, max)| Hide { parent, min, max }).collect();
    let lot = Lot {
        goods,
        terms: None,
        item,
        is_hidden: false,
        packages: 1,
        pieces: fitted.modules,
        net_kg: after.0 - before.0,
        gross_kg: after.1 - before.1,
        corners: space,
    };
    Ok((lot, hides))
}

/// Net and gross mass of an item, kg.
pub(crate) fn masses(scene: &Scene, item: u16) -> (f64, f64) {
    let net = scene.mass_of_kg(|s| s.item == item && s.component == component::CARGO);
    (net, net + scene.mass_of_kg(|s| s.item == item && s.component == component::PACKAGING))
}
