use std::path::{Path, PathBuf};

use clap::Subcommand;
use pellucid_phantom::{
    Family, Goods, Recipe, SUITE_VERSION, Scanner, Suite, SuiteFamily, make_case, make_case_of, sample_recipes,
};
use serde_json::json;

use super::declared::DeclaredArgs;
use super::project::ProjectArgs;
use super::{Session, note};
use crate::failure::{Exit, Failure};
use crate::training_set::{self, Shard};
use crate::{case_folder, goods_sheet, suite_writer};

/// Commands of `pellucid phantom`.
#[derive(Debug, Subcommand)]
pub(crate) enum PhantomCommand {
    /// Make one case.
    Scene {
        /// A recipe file, the name of a sample, or a family (honest, substitution, …).
        recipe: String,
        /// A scanner preset or a scanner file; the recipe's own when absent.
        #[arg(long)]
        scanner: Option<String>,
        /// Seed.
        #[arg(long)]
        seed: Option<u64>,
        /// A folder of goods files that are taken in place of, or besides, those that are built in.
        #[arg(long, value_name = "DIR")]
        goods: Option<PathBuf>,
        /// Folder to write.
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Make a suite (crates/phantom/SUITES.md): case folders with a manifest, or a stream of windows for training.
    Suite {
        /// train, validation or test; or without a manifest, as before there were suites: honest, substitution, empty,
        /// over_weight, concealed_organic or all.
        #[arg(required_unless_present = "list")]
        suite: Option<String>,
        /// List suites and families.
        #[arg(long)]
        list: bool,
        /// One family of a suite; all in their shares when absent.
        #[arg(long)]
        family: Option<String>,
        /// Cases, of all shards.
        #[arg(short, required_unless_present = "list")]
        n: Option<u64>,
        /// First seed, of what is no suite.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// I/K: only every K-th case, from the I-th (from 0).
        #[arg(long, default_value = "0/1", value_parser = parse_shard)]
        shard: Shard,
        /// Windows of 10 mm with labels in place of case folders.
        #[arg(long)]
        direct: bool,
        /// Write to stdout; nothing touches the disk.
        #[arg(long, requires = "direct", conflicts_with = "output")]
        stdout: bool,
        /// Folder to write.
        #[arg(short, long, value_name = "DIR", required_unless_present_any = ["list", "stdout"])]
        output: Option<PathBuf>,
    },
    /// Draw contact sheets of goods: two shipments of each way of packing, in grey and in material colours.
    Sheet {
        /// Headings, such as 8703; all when none is named.
        #[arg(value_name = "HEADING", value_delimiter = ',')]
        headings: Vec<String>,
        /// A folder of goods files that are taken in place of, or besides, those that are built in.
        #[arg(long, value_name = "DIR")]
        goods: Option<PathBuf>,
        /// The folder of SVG pages to write.
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Put solids into a scan, a real one too, as if they had been there when it was taken.
    Project(Box<ProjectArgs>),
    /// Load a container as a declaration says, in several plausible ways, or say why it does not fit.
    Declared(DeclaredArgs),
    /// Make the ten cases of sample_scans again.
    Samples {
        /// Folder to write.
        #[arg(short, long, value_name = "DIR", default_value = "sample_scans")]
        output: PathBuf,
    },
    /// Export windows with labels for training both models.
    TrainingSet {
        /// Scenes.
        #[arg(short)]
        n: u64,
        /// First seed.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// I/K: only every K-th scene, from the I-th (from 0).
        #[arg(long, default_value = "0/1", value_parser = parse_shard)]
        shard: Shard,
        /// Folder to write.
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
}

fn parse_shard(text: &str) -> Result<Shard, String> {
    let (index, count) = text.split_once('/').ok_or("expected I/K")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("expected I/K: {error}"));
    let shard = Shard { index: number(index)?, count: number(count)? };
    if shard.index < shard.count { Ok(shard) } else { Err(format!("I must be below K, got {text}")) }
}

/// `pellucid phantom …`.
pub(crate) fn run(session: &Session, command: PhantomCommand) -> Result<(), Failure> {
    match command {
        PhantomCommand::Scene { recipe, scanner, seed, goods, output } => {
            if let Some(folder) = &goods {
                goods_of(folder)?;
            }
            let file = recipe;
            let recipe = find_recipe(&file, seed.unwrap_or(0))?;
            let scanner = match &scanner {
                Some(scanner) => find_scanner(scanner)?,
                None => {
                    find_scanner(&recipe.scanner).map_err(|error| error.while_doing(format!("{file}: scanner")))?
                }
            };
            // The yard knows recipes by name; users know their files.
            let case = make_case(&recipe, &scanner, seed.unwrap_or(recipe.seed))
                .map_err(|error| error.in_file(&recipe.name, &file))?;
            case_folder::write(&output, &case)?;
            session.answer(&case.truth, || format!("{}: {}", output.display(), case.truth.case))
        }
        PhantomCommand::Suite { list: true, .. } => list_suites(session),
        PhantomCommand::Suite { suite, family, n, seed, shard, direct, stdout, output, .. } => {
            let (suite, n) = (suite.unwrap_or_default(), n.unwrap_or(0));
            let output = output.unwrap_or_default();
            let Some(known) = Suite::of(&suite) else {
                if family.is_some() || direct {
                    let reason = "--family, --direct and --stdout are for train, validation and test";
                    return Err(Failure::new(Exit::Usage, format!("{reason}, got {suite:?}")));
                }
                return families_in_turn(session, &suite, n, seed, shard, &output);
            };
            if seed != 0 {
                return Err(Failure::new(Exit::Usage, "suites have seeds of their own: leave out --seed"));
            }
            if let Some(family) = &family {
                known.family(family)?;
            }
            let wanted = suite_writer::Wanted { suite: known, family: family.as_deref(), n, shard };
            if direct {
                if !stdout {
                    let reason = "--direct writes a stream of windows: it needs --stdout in place of --output";
                    return Err(Failure::new(Exit::Usage, reason));
                }
                let records = suite_writer::stream(&wanted, std::io::stdout().lock())?;
                note(format_args!("{records} window(s)"));
                return Ok(());
            }
            let done = suite_writer::write(&wanted, &output, |name| note(name))?;
            session.answer(&done, || {
                format!(
                    "{} case(s) in {}, {} of them there before",
                    done.written + done.kept,
                    output.display(),
                    done.kept
                )
            })
        }
        PhantomCommand::Sheet { headings, goods, output } => {
            if let Some(folder) = &goods {
                goods_of(folder)?;
            }
            let files = goods_sheet::write(&headings, &output)?;
            session.answer(&json!({ "files": files }), || format!("{} page(s) in {}", files.len(), output.display()))
        }
        PhantomCommand::Declared(args) => super::declared::run(session, &args),
        PhantomCommand::Project(args) => super::project::run(session, &args),
        PhantomCommand::Samples { output } => {
            let recipes = sample_recipes()?;
            for recipe in &recipes {
                let case = make_case_of(recipe, recipe.seed)?;
                let folder = output.join(&recipe.name);
                case_folder::write(&folder, &case)?;
                note(folder.display());
            }
            let answer = json!({ "written": recipes.len() });
            session.answer(&answer, || format!("{} case(s) in {}", recipes.len(), output.display()))
        }
        PhantomCommand::TrainingSet { n, seed, shard, output } => {
            let written = training_set::export(n, seed, shard, &output)?;
            session.answer(&json!({ "written": written }), || format!("{written} scene(s) in {}", output.display()))
        }
    }
}

/// Cases of random recipes, one family after the other: what figures before there were suites were made of.
fn families_in_turn(
    session: &Session,
    suite: &str,
    n: u64,
    seed: u64,
    shard: Shard,
    output: &Path,
) -> Result<(), Failure> {
    let families = families(suite)?;
    let mut written = 0_u64;
    for i in (0..n).filter(|i| i % shard.count == shard.index) {
        let family = families[(i % families.len() as u64) as usize];
        let case = make_case_of(&Recipe::random(seed + i, family)?, seed + i)?;
        case_folder::write(&output.join(&case.truth.case), &case)?;
        written += 1;
        note(format_args!("{written} {}", case.truth.case));
    }
    session.answer(&json!({ "written": written }), || format!("{written} case(s) in {}", output.display()))
}

fn list_suites(session: &Session) -> Result<(), Failure> {
    let total: f64 = SuiteFamily::ALL.iter().map(|family| family.weight).sum();
    let suites = Suite::ALL.map(Suite::as_str);
    let families: Vec<_> = SuiteFamily::ALL
        .iter()
        .map(|family| {
            json!({
                "name": family.name,
                "row": family.row,
                "about": family.about,
                "share": family.weight / total,
                "test_only": family.is_test_only,
            })
        })
        .collect();
    session.answer(&json!({ "version": SUITE_VERSION, "suites": suites, "families": families }), || {
        let line = |family: &SuiteFamily| {
            let only = if family.is_test_only { " (test only)" } else { "" };
            format!(
                "{:26} {:5.1} %  {}: {}{only}",
                family.name,
                100.0 * family.weight / total,
                family.row,
                family.about
            )
        };
        let lines: Vec<String> = SuiteFamily::ALL.iter().map(line).collect();
        format!("suites: {}; families and their shares of the mixture:\n{}", suites.join(", "), lines.join("\n"))
    })
}

fn families(suite: &str) -> Result<Vec<Family>, Failure> {
    if suite == "all" {
        return Ok(Family::ALL.to_vec());
    }
    let family = Family::ALL.iter().copied().find(|family| family.as_str() == suite);
    family.map(|family| vec![family]).ok_or_else(|| {
        let known: Vec<_> = Family::ALL.iter().map(|family| family.as_str()).collect();
        Failure::new(
            Exit::NotFound,
            format!("no suite named {suite:?}; there are train, validation, test, {} and all", known.join(", ")),
        )
    })
}

fn find_recipe(name: &str, seed: u64) -> Result<Recipe, Failure> {
    if let Some(family) = Family::ALL.iter().find(|family| family.as_str() == name) {
        return Ok(Recipe::random(seed, *family)?);
    }
    if let Some(sample) = sample_recipes()?.into_iter().find(|recipe| recipe.name == name) {
        return Ok(sample);
    }
    let text =
        std::fs::read_to_string(name).map_err(|error| Failure::file("reading the recipe", Path::new(name), error))?;
    Ok(Recipe::from_toml(name, &text)?)
}

pub(super) fn find_scanner(name: &str) -> Result<Scanner, Failure> {
    if Scanner::names().any(|known| known == name) {
        return Ok(Scanner::preset(name)?);
    }
    let text = std::fs::read_to_string(name).map_err(|error| {
        let known = Scanner::names().collect::<Vec<_>>().join(", ");
        Failure::file("reading it as a file", Path::new(name), error)
            .while_doing(format!("{name:?} is no preset ({known})"))
    })?;
    Ok(Scanner::from_toml(name, &text)?)
}

/// Takes the goods files of a folder in place of, or besides, those that are built in.
fn goods_of(folder: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::file("reading the goods", folder, error);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(failed)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::new(Exit::NotFound, format!("--goods {}: no .toml file", folder.display())));
    }
    let files: Vec<(String, String)> = paths
        .iter()
        .map(|path| Ok((path.display().to_string(), std::fs::read_to_string(path)?)))
        .collect::<std::io::Result<_>>()
        .map_err(failed)?;
    Goods::with_files(&files)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read_with_their_bounds() {
        assert!(parse_shard("2/3").is_ok_and(|shard| shard.index == 2 && shard.count == 3));
        for text in ["3/3", "1", "a/b", "0/0"] {
            assert!(parse_shard(text).is_err(), "{text}");
        }
    }
}
