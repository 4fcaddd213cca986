use pellucid_core::TamperingKind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Role, SUITE_VERSION, Suite, SuiteCase};
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::yard::lines;

/// First line of a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestHeader {
    /// `pellucid-suite-manifest`.
    pub format: String,
    /// Version of the software that wrote it.
    pub software: String,
    /// [`SUITE_VERSION`].
    pub suite_version: u32,
    /// SHA-256 of all goods files by name: what a recipe's headings mean.
    pub goods_sha256: String,
    /// Suite.
    pub suite: Suite,
    /// Family; all in their shares when absent.
    pub family: Option<String>,
    /// Cases of all shards.
    pub n: u64,
    /// This shard, from 0.
    pub shard: u64,
    /// Shards in all.
    pub shards: u64,
    /// Cases of this shard: lines that follow.
    pub cases: u64,
}

/// A case in a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestEntry {
    /// Name of the case.
    pub name: String,
    /// Suite.
    pub suite: Suite,
    /// Family.
    pub family: String,
    /// Place in the family.
    pub index: u64,
    /// Seed of the scene.
    pub seed: u64,
    /// What it is for.
    pub role: Role,
    /// Scanner preset.
    pub scanner: String,
    /// SHA-256 of the scanner as it really is.
    pub scanner_sha256: String,
    /// SHA-256 of the recipe without name and seed.
    pub recipe_sha256: String,
    /// How it is tampered with.
    pub tampering: Option<TamperingKind>,
    /// Headings really loaded, as the recipe names them.
    pub headings: Vec<String>,
    /// Headings that lines name.
    pub declared: Vec<String>,
    /// Scans under one declaration; each is a case folder `<name>-<i>`.
    pub lot: Option<usize>,
}

impl ManifestHeader {
    /// The header of one shard.
    pub fn of(suite: Suite, family: Option<&str>, n: u64, shard: u64, shards: u64) -> Self {
        let shards = shards.max(1);
        Self {
            format: "pellucid-suite-manifest".to_owned(),
            software: env!("CARGO_PKG_VERSION").to_owned(),
            suite_version: SUITE_VERSION,
            goods_sha256: Goods::sha256(),
            suite,
            family: family.map(str::to_owned),
            n,
            shard,
            shards,
            cases: (n + shards - 1).saturating_sub(shard) / shards,
        }
    }
}

impl ManifestEntry {
    /// The line of a case.
    ///
    /// # Errors
    /// Recipe or scanner cannot be written.
    pub fn of(case: &SuiteCase) -> Result<Self, PhantomError> {
        let mut headings: Vec<String> = Vec::new();
        for heading in case.recipe.containers.iter().flat_map(|container| &container.headings) {
            if !headings.contains(heading) {
                headings.push(heading.clone());
            }
        }
        Ok(Self {
            name: case.name.clone(),
            suite: case.suite,
            family: case.family.to_owned(),
            index: case.index,
            seed: case.seed,
            role: case.role,
            scanner: case.scanner.name.clone(),
            scanner_sha256: case.scanner_sha256()?,
            recipe_sha256: case.recipe_sha256()?,
            tampering: case.tampering(),
            headings,
            declared: lines(&case.recipe).into_iter().map(str::to_owned).collect(),
            lot: case.lot,
        })
    }
}

impl Goods {
    /// SHA-256 of all goods files, names and contents in the order of names.
    fn sha256() -> String {
        let mut hash = Sha256::new();
        for (name, contents) in Self::files() {
            hash.update(name.as_bytes());
            hash.update((contents.len() as u64).to_le_bytes());
            hash.update(contents);
        }
        hex::encode(hash.finalize())
    }
}
