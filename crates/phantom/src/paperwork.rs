use pellucid_core::{
    ContainerNumber, ContainerType, Declaration, DeclarationStage, DeclaredContainer, DeclaredItem, Direction,
    TamperingKind, Trader,
};

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::loading::GoodsDraws;
use crate::loads::{Bay, Plan};
use crate::lot::{pour_into, stow_into};
use crate::papers::{BoxFacts, LineFacts, rewrite};
use crate::recipe::{EXCESS, Recipe};
use crate::scene::Scene;
use crate::structure::ContainerBox;
use crate::terms::{Measured, Stated};
use crate::yard::{LoadedBox, MASK_ID, lines, payload_kg};

/// What the trader says is in one container of one line.
#[derive(Debug, Clone, Copy)]
struct Claim {
    line: usize,
    stated: Stated,
    net_kg: f64,
    gross_kg: f64,
    packages: f64,
    pieces: f64,
}

impl Claim {
    fn scaled(self, factor: f64) -> Self {
        let whole = |n: f64| (n * factor).round().max(1.0);
        Self {
            net_kg: self.net_kg * factor,
            gross_kg: self.gross_kg * factor,
            packages: whole(self.packages),
            pieces: whole(self.pieces),
            ..self
        }
    }
}

/// A declaration and what it hides.
#[derive(Debug, Clone)]
pub(crate) struct Paperwork {
    pub(crate) declaration: Declaration,
    /// Declarations that share the boxes, where several do.
    pub(crate) others: Vec<Declaration>,
    pub(crate) numbers: Vec<ContainerNumber>,
    /// Kilograms by which the tampered container's goods differ from what is declared.
    pub(crate) difference_kg: f64,
}

const OWNERS: &[&str] = &["MSCU", "OOLU", "COSU", "TEMU", "CAIU", "TCLU", "CBHU", "SEGU"];
const CREDITS: &[&str] = &["advanced", "certified", "regular", "regular", "regular", "dishonest"];
const VESSELS: &[&str] = &["NORTHERN JADE", "SILK HARBOUR", "PACIFIC HERON", "EASTERN COURIER", "CAPE TERN"];

/// Writes the declaration for what a recipe says and what was really loaded; tampered ones lie consistently.
pub(crate) fn declare(recipe: &Recipe, boxes: &[LoadedBox], seed: u64) -> Result<Paperwork, PhantomError> {
    let mut dice = Dice::new(seed, "paperwork");
    // A lie has a stream of its own: its honest twin has the same trader, box numbers and habits.
    let mut lie = Dice::new(seed, "lie");
    let mut lines: Vec<&str> = lines(recipe);
    let by_heading = lines.len();
    let mut claims: Vec<Vec<Claim>> = Vec::with_capacity(boxes.len());
    let mut difference_kg = 0.0;
    for loaded in boxes {
        let tampering = recipe.tampering.as_ref().filter(|t| t.container == loaded.index);
        let mut claim: Vec<Claim> = Vec::new();
        for lot in loaded.lots.iter().filter(|lot| !lot.is_hidden) {
            let line = lot.line();
            // Parcels have lines of their own, numbered as they were loaded.
            if usize::from(lot.item) > by_heading && lot.item < MASK_ID {
                lines.push(&lot.goods.heading);
            }
            claim.push(Claim {
                line,
                stated: lot.stated(),
                net_kg: lot.net_kg,
                gross_kg: lot.gross_kg,
                packages: lot.packages as f64,
                pieces: lot.pieces as f64,
            });
        }
        let real_kg: f64 = claim.iter().map(|c| c.gross_kg).sum();
        if let Some(tampering) = tampering {
            match tampering.kind {
                TamperingKind::Substitution | TamperingKind::Empty => {
                    let heading = tampering.declared.as_deref().unwrap_or_default();
                    let goods = Goods::of(heading, &recipe.name, "tampering.declared")?;
                    let line = lines.iter().position(|l| *l == heading).unwrap_or(0);
                    let mut decoy = decoy(goods, line, loaded, recipe)?;
                    // A careful liar declares the mass that the weighbridge will show, where it is believable.
                    if (0.4 * decoy.gross_kg..1.03 * decoy.gross_kg).contains(&real_kg) && lie.chance(0.6) {
                        decoy = decoy.scaled(real_kg / decoy.gross_kg);
                    }
                    claim = vec![decoy];
                }
                TamperingKind::OverWeight => {
                    let factor = 1.0 / (1.0 + lie.within(tampering.share.unwrap_or(EXCESS)));
                    claim = claim.into_iter().map(|c| c.scaled(factor)).collect();
                }
                TamperingKind::ShortWeight => {
                    let factor = 1.0 + lie.within(tampering.share.unwrap_or(EXCESS));
                    claim = claim.into_iter().map(|c| c.scaled(factor)).collect();
                }
                _ => {}
            }
            difference_kg = (real_kg - claim.iter().map(|c| c.gross_kg).sum::<f64>()).abs();
        }
        claims.push(claim);
    }

    let mut containers = Vec::with_capacity(boxes.len());
    let owner = dice.pick(OWNERS).copied().unwrap_or("MSCU");
    let habits = Habits { states_goods: dice.chance(0.35), states_vgm: dice.chance(0.6), weighs: dice.chance(0.15) };
    let mut numbers = Vec::with_capacity(boxes.len());
    for (loaded, claim) in boxes.iter().zip(&claims) {
        let id = ContainerNumber::with_check_digit(owner, dice.below(1_000_000) as u32)?;
        let tare = (plate_tare_kg(loaded, recipe) / 10.0 + dice.between(-6.0, 6.0)).round() * 10.0;
        let gross: f64 = claim.iter().map(|c| c.gross_kg).sum();
        // Habits alone say what is drawn: what a trader states must not hang on what he hides.
        let vgm = habits.states_vgm.then(|| dice.about(0.004)).filter(|_| gross > 0.0);
        let weighed = habits.weighs.then(|| dice.about(0.003));
        containers.push(DeclaredContainer {
            id: id.clone(),
            size_type: Some(loaded.container.container_type.code(loaded.container.size)),
            tare_kg: Some(tare),
            goods_kg: habits.states_goods.then(|| gross.round()),
            vgm_kg: vgm.map(|vgm| ((gross * vgm + tare) / 10.0).round() * 10.0),
            // A weighbridge does not lie, whatever is declared.
            weighbridge_kg: weighed.map(|weighed| ((loaded.real_kg() + tare) * weighed / 20.0).round() * 20.0),
            items: claim.iter().map(|c| c.line as u32 + 1).collect(),
            lcl: false,
        });
        numbers.push(id);
    }

    let mut items: Vec<DeclaredItem> = Vec::new();
    let mut origin = None;
    for (line, heading) in lines.iter().enumerate() {
        let goods = Goods::of(heading, &recipe.name, "containers")?;
        let of_line = || claims.iter().flatten().filter(|c| c.line == line);
        let net: f64 = of_line().map(|c| c.net_kg).sum();
        let stated = Stated::common(goods, of_line().map(|c| c.stated));
        origin = origin.or_else(|| dice.pick(&goods.origins).cloned());
        let hs = dice.pick(stated.codes()).cloned();
        let net_kg = (net * dice.about(0.006)).round();
        let measured = Measured {
            net_kg,
            packages: of_line().map(|c| c.packages).sum(),
            pieces: of_line().map(|c| c.pieces).sum(),
        };
        let unit_kg = stated.unit_kg().map(|range| Dice::stream(seed, "unit", line as u64).within(range));
        items.push(DeclaredItem {
            line: line as u32 + 1,
            hs,
            name: format!("{} {}", stated.name_zh(), stated.name_en()),
            quantity: Some(stated.quantity(measured, unit_kg)),
            unit: Some(stated.unit().to_owned()),
            net_kg: Some(net_kg),
            un_number: None,
            vins: Vec::new(),
        });
    }
    let gross = claims.iter().flatten().map(|c| c.gross_kg).sum::<f64>() * dice.about(0.005);
    let packages: f64 = claims.iter().flatten().map(|c| c.packages).sum();
    let facts = lines.iter().enumerate().map(|(line, heading)| facts(heading, line, &claims, &recipe.name));
    let facts = facts.collect::<Result<Vec<_>, _>>()?;
    let net_sum: f64 = items.iter().filter_map(|i| i.net_kg).sum();
    let mut declaration = Declaration {
        number: Some(format!("5301{}1{:09}", 2026, dice.below(1_000_000_000))),
        stage: DeclarationStage::Full,
        direction: Some(Direction::Import),
        regime: Some("0110".to_owned()),
        voluntary_disclosure: false,
        trader: Some(Trader {
            code: format!("91350200MA{:07}X", dice.below(10_000_000)),
            credit: dice.pick(CREDITS).map(|c| (*c).to_owned()),
        }),
        bill_of_lading: Some(format!("{owner}{:010}", dice.below(1_000_000_000))),
        vessel: dice.pick(VESSELS).map(|v| (*v).to_owned()),
        voyage: Some(format!("{:03}E", dice.whole(1, 480))),
        origin,
        destination: Some("CN".to_owned()),
        gross_kg: Some(gross.round().max(net_sum).abs()),
        packages: Some(packages as u32),
        package_type: facts.first().map(|line| line.stated.package_type().to_owned()),
        items,
        containers,
    };
    let mut others = Vec::new();
    if let Some(papers) = &recipe.papers {
        let boxes = boxes.iter().zip(&claims).map(|(loaded, claim)| BoxFacts {
            claimed_kg: claim.iter().map(|c| c.gross_kg).sum(),
            real_kg: loaded.real_kg(),
        });
        others = rewrite(papers, &mut declaration, &facts, &boxes.collect::<Vec<_>>(), seed);
    }
    Ok(Paperwork { declaration, others, numbers, difference_kg })
}

/// Tare on the plate of a box: that of a dry one of its size, or what the yard built where it is of another kind.
fn plate_tare_kg(loaded: &LoadedBox, recipe: &Recipe) -> f64 {
    let container = &loaded.container;
    let is_storage = recipe.containers.get(loaded.index).is_some_and(|c| c.body.is_some());
    if container.container_type == ContainerType::Dry && !is_storage {
        container.size.typical_tare_kg()
    } else {
        container.tare_kg
    }
}

/// What is claimed of one line in all containers.
fn facts(heading: &str, line: usize, claims: &[Vec<Claim>], file: &str) -> Result<LineFacts, PhantomError> {
    let of_line = || claims.iter().flatten().filter(|claim| claim.line == line);
    let goods = Goods::of(heading, file, "containers")?;
    Ok(LineFacts {
        stated: Stated::common(goods, of_line().map(|c| c.stated)),
        net_kg: of_line().map(|c| c.net_kg).sum(),
        gross_kg: of_line().map(|c| c.gross_kg).sum(),
        packages: of_line().map(|c| c.packages).sum(),
        pieces: of_line().map(|c| c.pieces).sum(),
    })
}

/// What a trader habitually fills in.
struct Habits {
    states_goods: bool,
    states_vgm: bool,
    weighs: bool,
}

/// What an honest load of these goods in this container would be, as it would be drawn without tampering: figures for the liar
/// to copy, which tell nothing that those of an honest trader do not.
fn decoy(goods: &'static Goods, line: usize, loaded: &LoadedBox, recipe: &Recipe) -> Result<Claim, PhantomError> {
    let ContainerBox { inside, size, container_type, .. } = loaded.container;
    let Some(wanted) = recipe.containers.get(loaded.index) else {
        return Err(PhantomError::value(&recipe.name, "containers", "one for each box is required"));
    };
    let GoodsDraws { fill, dice, placing } = loaded.draws.goods(wanted.fill, line as u16 + 1);
    let space = wanted.across.map_or(inside, |across| across.part_of(inside));
    let plan = Plan { placing, packings: wanted.packings.as_ref(), ..Plan::default() };
    let payload_kg = payload_kg(size, container_type);
    let mut scene = Scene::default();
    let bay = Bay { scene: &mut scene, dice, space, payload_kg, fill, item: 1, plan };
    // A liquid that is only weighed needs no vessel around it.
    let stowed = match loaded.container.hollow {
        Some(_) => pour_into(bay, goods, None),
        None => stow_into(bay, goods).map(|(lot, _)| lot),
    };
    let lot = stowed.map_err(|error| error.at(&recipe.name, "tampering.declared", &goods.heading))?;
    Ok(Claim {
        line,
        stated: lot.stated(),
        net_kg: lot.net_kg,
        gross_kg: lot.gross_kg,
        packages: lot.packages as f64,
        pieces: lot.pieces as f64,
    })
}
