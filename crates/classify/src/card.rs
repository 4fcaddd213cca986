use serde::{Deserialize, Serialize};

use crate::ClassifyError;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Reads a whole scan.
    Layout,
    /// Reads one container.
    Cargo,
    /// Names what a crop shows.
    Classifier,
    /// Finds boxes.
    Detector,
    /// Labels pixels.
    Segmenter,
}

/// How the values of an output are to be read, and so which values it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Free values, finite and at most 1,000 in size.
    Embedding,
    /// Probabilities that sum to 1 over the planes.
    Softmax,
    /// Probabilities per plane.
    Sigmoid,
}

/// The input tensor of a model: `(1, planes, height, width)`, f32.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardInput {
    /// Name in the graph.
    pub tensor: String,
    /// What each plane holds.
    pub planes: Vec<String>,
    /// What one pixel is.
    pub scale: String,
    /// Rows.
    pub height: usize,
    /// Widths that may be asked for, ascending.
    pub widths: Vec<usize>,
}

/// One output tensor: `(1, channels, height / stride, width / stride)`, f32.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardOutput {
    /// Name in the graph.
    pub tensor: String,
    /// Input pixels per cell.
    pub stride: usize,
    /// Planes.
    pub channels: usize,
    /// How to read the values.
    pub meaning: Meaning,
    /// Names of the planes; empty for embeddings.
    #[serde(default)]
    pub classes: Vec<String>,
}

/// How the probabilities were calibrated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardCalibration {
    /// Method, or `none`.
    pub method: String,
    /// Data it was done on.
    pub data: String,
    /// Temperatures by output tensor (already inside the graph).
    #[serde(default)]
    pub temperatures: std::collections::BTreeMap<String, f64>,
}

/// What the model learnt from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardTraining {
    /// Data.
    pub suite: String,
    /// Seeds of training scenes.
    pub train_seeds: String,
    /// Seeds of validation scenes.
    pub validation_seeds: String,
    /// Commit of the code that made the data and trained the model.
    pub commit: String,
}

/// `card.toml` of a model package (FORMATS).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Name; the folder above the version's.
    pub name: String,
    /// Version; the package's folder.
    pub version: String,
    /// What it is for.
    pub kind: ModelKind,
    /// sha256 of `model.onnx`, lower-case hex.
    pub sha256: String,
    /// SPDX licence of the weights.
    pub licence: String,
    /// What the model must not be trusted with.
    pub limits: Vec<String>,
    /// Its one input.
    pub input: CardInput,
    /// Its outputs.
    pub outputs: Vec<CardOutput>,
    /// Calibration.
    pub calibration: CardCalibration,
    /// Training.
    pub training: CardTraining,
}

const MAX_SIDE: usize = 8192;
const MAX_PLANES: usize = 512;

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && !text.contains("..")
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.'))
}

impl Card {
    /// Reads and checks a card.
    ///
    /// # Errors
    /// TOML that is not a card; sizes, names or strides that do not fit together.
    pub fn parse(text: &str) -> Result<Self, ClassifyError> {
        let card: Self = toml::from_str(text).map_err(|source| ClassifyError::CardSyntax(Box::new(source)))?;
        match card.fault() {
            None => Ok(card),
            Some(fault) => Err(ClassifyError::Card { name: card.name, fault }),
        }
    }

    /// The output of this name.
    ///
    /// # Errors
    /// No such output.
    pub fn output(&self, tensor: &str) -> Result<&CardOutput, ClassifyError> {
        self.outputs.iter().find(|output| output.tensor == tensor).ok_or_else(|| ClassifyError::Card {
            name: self.name.clone(),
            fault: format!("it has no output {tensor}"),
        })
    }

    fn fault(&self) -> Option<String> {
        let input = &self.input;
        if !is_name(&self.name) || !is_name(&self.version) {
            return Some("name and version are lower-case letters, digits, `_`, `-`, `.`".into());
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Some("sha256 is not 64 lower-case hexadecimal digits".into());
        }
        if input.planes.is_empty() || input.planes.len() > MAX_PLANES || !(1..=MAX_SIDE).contains(&input.height) {
            return Some("the input has no planes or no sensible height".into());
        }
        let is_ascending = input.widths.windows(2).all(|pair| pair[0] < pair[1]);
        if input.widths.is_empty() || !is_ascending || !input.widths.iter().all(|w| (1..=MAX_SIDE).contains(w)) {
            return Some("the input's widths are not an ascending list of sensible sizes".into());
        }
        if self.outputs.is_empty() {
            return Some("it has no outputs".into());
        }
        for (index, output) in self.outputs.iter().enumerate() {
            let tensor = &output.tensor;
            if self.outputs[..index].iter().any(|other| other.tensor == *tensor) {
                return Some(format!("output {tensor} is there twice"));
            }
            if !(1..=MAX_PLANES).contains(&output.channels) || !(1..=MAX_SIDE).contains(&output.stride) {
                return Some(format!("output {tensor} has no sensible channels or stride"));
            }
            if !input.widths.iter().chain([&input.height]).all(|side| side % output.stride == 0) {
                return Some(format!("the stride of output {tensor} does not divide the input's sizes"));
            }
            if !output.classes.is_empty() && output.classes.len() != output.channels {
                return Some(format!(
                    "output {tensor} has {} channels but another number of classes",
                    output.channels
                ));
            }
            if output.meaning == Meaning::Softmax && output.classes.is_empty() {
                return Some(format!("output {tensor} does not name its classes"));
            }
        }
        None
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const CARD: &str = concat!(
        r#"
name = "toy"
version = "0.1.0"
kind = "layout"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
licence = "Apache-2.0"
limits = ["a toy"]
"#,
        include_str!("../tests/data/layout.toml"),
        r#"
[calibration]
method = "none"
data = "none"

[training]
suite = "none"
train_seeds = "none"
validation_seeds = "none"
commit = "none"
"#
    );

    #[test]
    fn a_card_is_read() {
        let card = Card::parse(CARD).unwrap();
        assert_eq!((card.kind, card.output("castings").unwrap().stride), (ModelKind::Layout, 4));
        assert!(card.output("nothing").is_err());
    }

    fn check(from: &str, to: &str, expect: &str) {
        assert!(CARD.contains(from), "{from}");
        let fault = Card::parse(&CARD.replacen(from, to, 1)).unwrap_err();
        let said = format!("{fault} {:?}", std::error::Error::source(&fault));
        assert!(said.contains(expect), "{said}");
    }

    #[test]
    fn cards_that_contradict_themselves_are_refused() {
        check("\"toy\"", "\"../toy\"", "name and version");
        check("widths = [256, 384]", "widths = [384, 256]", "ascending");
        check("widths = [256, 384]", "widths = [256, 386]", "does not divide");
        check("channels = 5", "channels = 4", "another number of classes");
        check("stride = 4", "stride = 0", "stride");
        check("tensor = \"castings\"", "tensor = \"classes\"", "twice");
        check("sha256 = \"00", "sha256 = \"0Z", "sha256");
        check("licence =", "license =", "unknown field");
        check("kind = \"layout\"", "kind = \"oracle\"", "unknown variant");
    }
}
