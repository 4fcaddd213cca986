use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::PhantomError;
use crate::goods::Goods;
use crate::loads::Way;

/// Headings with fewer ways of packing keep all of them in every suite.
const FEWEST: usize = 3;
/// One way in so many is held out.
const ONE_IN: usize = 4;

/// A set of ways of packing, by a fixed rule on heading and place in the goods file: of a heading with three ways or more
/// about one in four (at least one) is held out, the others are seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackingSet {
    /// Every way.
    #[default]
    All,
    /// Ways that training sees.
    Seen,
    /// Ways that are kept for tests; every way of headings that have none.
    HeldOut,
    /// Ways that the shipped models and library know; every way of headings that they do not.
    Known,
}

/// Which ways of packing the goods of a container may have, hidden ones too. A recipe without it draws from all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packings {
    /// The set that is drawn from.
    #[serde(default)]
    pub set: PackingSet,
    /// For single headings: places in their goods files, from 0, in place of the set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, Vec<usize>>,
}

impl Packings {
    /// A set for all headings.
    pub fn of(set: PackingSet) -> Self {
        Self { set, only: BTreeMap::new() }
    }

    /// Ways that goods may have, in the order of their file.
    pub(crate) fn choices<'g>(packings: Option<&Self>, goods: &'g Goods) -> Vec<&'g Way> {
        let Some(packings) = packings else { return goods.packing.iter().collect() };
        let places = match packings.only.get(&goods.heading) {
            Some(only) => only.clone(),
            None => goods.packing_places(packings.set),
        };
        places.into_iter().filter_map(|place| goods.packing.get(place)).collect()
    }

    /// Refuses headings and ways that do not exist; `key` is that of the container.
    pub(crate) fn validate(&self, file: &str, key: &str) -> Result<(), PhantomError> {
        for (heading, places) in &self.only {
            let key = format!("{key}.packings.only.{heading}");
            let count = Goods::of(heading, file, &key)?.packing.len();
            if places.is_empty() || places.iter().any(|place| *place >= count) {
                let reason = format!("one or more of 0 to {}, got {places:?}", count - 1);
                return Err(PhantomError::value(file, key, reason));
            }
        }
        Ok(())
    }
}

impl Goods {
    /// Places, in the goods file, of the ways of packing that are in a set.
    pub fn packing_places(&self, set: PackingSet) -> Vec<usize> {
        let all = 0..self.packing.len();
        let held_out = held_out(&self.heading, self.packing.len());
        match set {
            PackingSet::Seen => all.filter(|place| !held_out.contains(place)).collect(),
            PackingSet::HeldOut if !held_out.is_empty() => all.filter(|place| held_out.contains(place)).collect(),
            PackingSet::Known if self.known_packings() > 0 => all.take(self.known_packings()).collect(),
            PackingSet::All | PackingSet::HeldOut | PackingSet::Known => all.collect(),
        }
    }
}

/// Places that are held out of `count`: the first ones in the order of a fixed hash (FNV-1a) of heading and place.
fn held_out(heading: &str, count: usize) -> Vec<usize> {
    if count < FEWEST {
        return Vec::new();
    }
    let hash = |place: &usize| {
        let text = format!("held out packing {heading} {place}");
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
    };
    let mut places: Vec<usize> = (0..count).collect();
    // High bits: FNV's low ones follow the last byte.
    places.sort_by_key(|place| hash(place) >> 20);
    places.truncate((count / ONE_IN).max(1));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_one_way_of_packing_in_four_is_held_out() {
        let all = Goods::all().unwrap();
        let places = |set| all.iter().map(|g| g.packing_places(set).len()).sum::<usize>();
        let ways = places(PackingSet::All);
        let held = ways - places(PackingSet::Seen);
        assert!((0.2..0.34).contains(&(held as f64 / ways as f64)), "{held} of {ways}");
        for goods in all {
            let (seen, held) = (goods.packing_places(PackingSet::Seen), goods.packing_places(PackingSet::HeldOut));
            assert!(!seen.is_empty() && !held.is_empty(), "{}", goods.heading);
            let is_split = goods.packing.len() >= FEWEST;
            assert_eq!(seen.iter().any(|place| held.contains(place)), !is_split, "{}", goods.heading);
        }
        // Not always the same place of the file.
        let first = all.iter().filter(|g| g.packing_places(PackingSet::HeldOut)[0] == 0).count();
        assert!((all.len() / 6..all.len() / 2).contains(&first), "{first} of {}", all.len());
    }
}
