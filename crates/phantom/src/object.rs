use pellucid_core::ContainerType;
use pellucid_imaging::physics::catalogued;
use serde::{Deserialize, Serialize};

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::lot::Lot;
use crate::recipe::ContainerRecipe;
use crate::scene::{Scene, component};
use crate::shape::{Axis, Shape};
use crate::structure::ContainerPlan;

/// Form of an explicit solid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectShape {
    /// A box.
    Block,
    /// A cylinder along `axis`.
    Cylinder,
    /// An ellipsoid.
    Ellipsoid,
}

/// A solid in a container, placed as said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectRecipe {
    /// Its form.
    pub shape: ObjectShape,
    /// Its lower corner in mm from the inside's front, lower, near corner: along the box, up, away from the source.
    pub at_mm: [f64; 3],
    /// Length, height and width of the box around it, mm.
    pub size_mm: [f64; 3],
    /// Direction of a cylinder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<Axis>,
    /// Material of the catalogue.
    pub material: String,
    /// Density, above 0 and at most 25 g/cm³; the material's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub density_g_per_cm3: Option<f64>,
    /// Heading it has in truth; without one it is neither declared nor in the truth's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hs: Option<String>,
    /// Declared line it belongs to, from 1; 0 when nobody declares it; the line of its heading when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u16>,
}

/// Two solids may come so near, mm.
const TOUCH: f64 = 0.01;
/// Points in each direction at which two solids are compared where they may overlap.
const POINTS: usize = 24;
/// First value of undeclared objects in the `item` raster, before values are closed up.
const OBJECTS_ID: u16 = 2000;

impl ObjectRecipe {
    /// Refuses a solid that cannot be, wherever it is; `key` is its own.
    fn check(&self, file: &str, key: &str) -> Result<(), PhantomError> {
        let object = self;
        let refuse = |name: &str, reason: String| Err(PhantomError::value(file, format!("{key}.{name}"), reason));
        if object.size_mm.iter().any(|mm| !(*mm >= 0.1 && mm.is_finite())) {
            return refuse("size_mm", format!("each at least 0.1, got {:?}", object.size_mm));
        }
        match (object.shape, object.axis) {
            (ObjectShape::Cylinder, None) => return refuse("axis", "a cylinder has one: x, y or z".into()),
            (ObjectShape::Cylinder, Some(axis)) => {
                let (a, b) = (object.size_mm[(axis as usize + 1) % 3], object.size_mm[(axis as usize + 2) % 3]);
                if (a - b).abs() > TOUCH {
                    return refuse("size_mm", format!("a cylinder is as wide as it is thick, got {a} and {b}"));
                }
            }
            (_, Some(_)) => return refuse("axis", "only a cylinder has one".into()),
            (_, None) => {}
        }
        if let Err(reason) = catalogued(&object.material) {
            return refuse("material", reason);
        }
        if let Some(density) = object.density_g_per_cm3
            && !(density > 0.0 && density <= 25.0)
        {
            return refuse("density_g_per_cm3", format!("above 0 and at most 25, got {density}"));
        }
        Ok(())
    }

    /// The heading that is declared because of it.
    pub(crate) fn declared(&self) -> Option<&str> {
        self.hs.as_deref().filter(|_| self.line.is_none())
    }

    /// The solid in a box whose inside begins at `low`.
    fn solid(&self, low: [f64; 3]) -> Shape {
        let min = [0, 1, 2].map(|d| low[d] + self.at_mm[d]);
        let max = [0, 1, 2].map(|d| min[d] + self.size_mm[d]);
        let centre = [0, 1, 2].map(|d| 0.5 * (min[d] + max[d]));
        let half = self.size_mm.map(|mm| 0.5 * mm);
        match (self.shape, self.axis) {
            (ObjectShape::Block, _) => Shape::Block { min, max },
            (ObjectShape::Ellipsoid, _) => Shape::Ellipsoid { centre, semi: half },
            (ObjectShape::Cylinder, axis) => {
                let axis = axis.unwrap_or(Axis::Y);
                let along = axis as usize;
                Shape::Cylinder { axis, centre, radius: half[(along + 1) % 3], half_length: half[along] }
            }
        }
    }
}

/// Refuses objects that cannot be: all that can be said before goods are loaded. `key` is that of the container.
///
/// # Errors
/// The first fault, with file, key and reason.
pub(crate) fn check_objects(container: &ContainerRecipe, file: &str, key: &str) -> Result<(), PhantomError> {
    if container.objects.is_empty() {
        return Ok(());
    }
    if container.container_type == ContainerType::Tank {
        return Err(PhantomError::value(file, format!("{key}.objects"), "tanks hold liquids only"));
    }
    let plan = ContainerPlan {
        size: container.size,
        container_type: container.container_type,
        x_mm: 0.0,
        y_mm: 0.0,
        z_mm: 2_500.0,
    };
    let [low, high] = plan.build(&mut Scene::default(), &mut Dice::new(0, "container"))?.inside;
    let inside = [0, 1, 2].map(|d| high[d] - low[d]);
    for (i, object) in container.objects.iter().enumerate() {
        let refuse =
            |name: &str, reason: String| Err(PhantomError::value(file, format!("{key}.objects[{i}].{name}"), reason));
        object.check(file, &format!("{key}.objects[{i}]"))?;
        if (0..3).any(|d| !(object.at_mm[d] >= 0.0 && object.at_mm[d] + object.size_mm[d] <= inside[d] + TOUCH)) {
            let reason = format!(
                "outside the box: {:?} and {:?} against an inside of {inside:?}",
                object.at_mm, object.size_mm
            );
            return refuse("at_mm", reason);
        }
        if let Some(hs) = &object.hs {
            Goods::of(hs, file, &format!("{key}.objects[{i}].hs"))?;
        } else if object.line.is_some() {
            return refuse("line", "a line needs a heading: hs".into());
        }
        for (j, other) in container.objects[..i].iter().enumerate() {
            if overlap(&object.solid(low), &other.solid(low)) {
                return refuse("at_mm", format!("overlaps {key}.objects[{j}]"));
            }
        }
    }
    Ok(())
}

/// Whether two solids share more than a touch: exact for blocks, else by points where the boxes around them meet.
pub(crate) fn overlap(a: &Shape, b: &Shape) -> bool {
    let ((a0, a1), (b0, b1)) = (a.bounds(), b.bounds());
    let low = [0, 1, 2].map(|d| a0[d].max(b0[d]) + TOUCH);
    let high = [0, 1, 2].map(|d| a1[d].min(b1[d]) - TOUCH);
    if (0..3).any(|d| high[d] <= low[d]) {
        return false;
    }
    if matches!((a, b), (Shape::Block { .. }, Shape::Block { .. })) {
        return true;
    }
    let at = |i: usize, d: usize| low[d] + (high[d] - low[d]) * i as f64 / (POINTS - 1) as f64;
    (0..POINTS * POINTS * POINTS).any(|i| {
        let point = [at(i % POINTS, 0), at(i / POINTS % POINTS, 1), at(i / POINTS / POINTS, 2)];
        a.contains(point) && b.contains(point)
    })
}

/// Solids by hand without a container: a TOML file of `[[objects]]` as recipes have them, in whatever coordinates the caller
/// means. Solids without a heading are undeclared; those of a heading show as `line`.
///
/// # Errors
/// The text is not such a TOML file; a solid cannot be; two overlap. The error names `file`, key and reason.
pub fn scene_of_objects(file: &str, text: &str) -> Result<Scene, PhantomError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Objects {
        objects: Vec<ObjectRecipe>,
    }
    let Objects { objects } = toml::from_str(text)
        .map_err(|source| PhantomError::Toml { file: file.to_owned(), source: Box::new(source) })?;
    if objects.is_empty() {
        return Err(PhantomError::value(file, "objects", "at least one is required"));
    }
    let mut scene = Scene::default();
    for (i, object) in objects.iter().enumerate() {
        let key = format!("objects[{i}]");
        object.check(file, &key)?;
        let shape = object.solid([0.0; 3]);
        if let Some(j) = objects[..i].iter().position(|other| overlap(&shape, &other.solid([0.0; 3]))) {
            return Err(PhantomError::value(file, format!("{key}.at_mm"), format!("overlaps objects[{j}]")));
        }
        let substance = scene.substance(&object.material, object.density_g_per_cm3)?;
        scene.paint(component::CONCEALED, object.line.unwrap_or(0));
        scene.add(shape, substance);
    }
    Ok(scene)
}

/// Puts the objects of a container into its scene, after its goods, which are the solids from `first` on.
pub(crate) fn place_objects(
    scene: &mut Scene,
    container: &ContainerRecipe,
    index: usize,
    low: [f64; 3],
    first: usize,
    lines: &[&str],
    file: &str,
) -> Result<Vec<Lot>, PhantomError> {
    let goods_end = scene.len();
    let mut lots = Vec::new();
    for (i, object) in container.objects.iter().enumerate() {
        let key = |name: &str| format!("containers[{index}].objects[{i}].{name}");
        let shape = object.solid(low);
        let met = scene.solids[first..goods_end].iter().find(|s| s.parent.is_none() && overlap(&shape, &s.shape));
        if let Some(met) = met {
            let heading = usize::from(met.item).checked_sub(1).and_then(|line| lines.get(line));
            let what = heading.map_or("what else is loaded".to_owned(), |heading| format!("goods of {heading}"));
            return Err(PhantomError::value(file, key("at_mm"), format!("overlaps {what}: {:?}", met.shape)));
        }
        let goods = object.hs.as_deref().map(|hs| Goods::of(hs, file, &key("hs"))).transpose()?;
        let item = match (goods, object.line) {
            (None, _) => 0,
            (Some(_), Some(0)) => OBJECTS_ID + 50 * index as u16 + i as u16,
            (Some(_), Some(line)) if usize::from(line) <= lines.len() => line,
            (Some(_), Some(line)) => {
                return Err(PhantomError::value(file, key("line"), format!("there are {}, got {line}", lines.len())));
            }
            (Some(goods), None) => match lines.iter().position(|heading| *heading == goods.heading) {
                Some(line) => line as u16 + 1,
                None => {
                    let reason = format!("{} is not what this container declares: say line = 0", goods.heading);
                    return Err(PhantomError::value(file, key("hs"), reason));
                }
            },
        };
        let is_hidden = object.line == Some(0);
        scene.paint(if is_hidden { component::CONCEALED } else { component::CARGO }, item);
        let substance = scene.substance(&object.material, object.density_g_per_cm3)?;
        let (min, max) = shape.bounds();
        let kg = shape.volume_mm3() * substance.density * 1e-6;
        scene.add(shape, substance);
        if let Some(goods) = goods {
            lots.push(Lot {
                goods,
                terms: None,
                item,
                is_hidden,
                packages: 1,
                pieces: 1,
                net_kg: kg,
                gross_kg: kg,
                corners: [min, max],
            });
        }
    }
    Ok(lots)
}
