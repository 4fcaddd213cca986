use pellucid_core::{CargoOutput, PlaneStack};

use crate::layout::EMPTY;
use crate::session::SessionPool;
use crate::{Card, Classifier, ClassifyError, Meaning, ModelKind, ModelPackage, SessionOptions};

const TENSORS: [&str; 4] = ["embedding", "commodity", "structure", "concealment"];

/// Reads one container at 10 mm: embedding and commodity per 16 cm patch, structure and concealment per 8 cm cell.
#[derive(Debug)]
pub struct CargoModel {
    pool: SessionPool,
    order: [usize; 4],
    sha256: String,
}

impl CargoModel {
    /// Makes the sessions of a checked package.
    ///
    /// # Errors
    /// A package of another kind or without the four outputs at their strides; no ONNX Runtime; a provider that cannot run
    /// the whole model.
    pub fn load(package: &ModelPackage, options: &SessionOptions) -> Result<Self, ClassifyError> {
        let card = &package.card;
        let [embedding, commodity, structure, concealment] = TENSORS.map(|tensor| card.output(tensor));
        let (embedding, commodity) = (embedding?, commodity?);
        let (structure, concealment) = (structure?, concealment?);
        let fits = card.kind == ModelKind::Cargo
            && embedding.meaning == Meaning::Embedding
            && commodity.meaning == Meaning::Softmax
            && commodity.classes.iter().any(|class| class == "empty")
            && structure.meaning == Meaning::Softmax
            && (concealment.meaning, concealment.channels) == (Meaning::Sigmoid, 1)
            && embedding.stride == commodity.stride
            && structure.stride == concealment.stride
            && embedding.stride == 2 * structure.stride;
        if !fits {
            return Err(ClassifyError::Card {
                name: card.name.clone(),
                fault: "it is not that of a cargo model".into(),
            });
        }
        let order =
            TENSORS.map(|tensor| card.outputs.iter().position(|output| output.tensor == tensor).unwrap_or_default());
        Ok(Self { pool: SessionPool::load(package, options)?, order, sha256: package.sha256.clone() })
    }
}

impl Classifier for CargoModel {
    type Output = CargoOutput;

    fn card(&self) -> &Card {
        self.pool.card()
    }

    fn provider(&self) -> &str {
        self.pool.provider()
    }

    fn run(&self, batch: &[PlaneStack]) -> Result<Vec<CargoOutput>, ClassifyError> {
        let card = self.pool.card();
        let headings = &card.output("commodity")?.classes;
        let structure_names = &card.output("structure")?.classes;
        let stride = card.output("embedding")?.stride;
        let outputs = self.pool.run(batch)?;
        let outputs = outputs.into_iter().map(|mut stacks| {
            let [embedding, commodity, structure, concealment] =
                self.order.map(|index| std::mem::replace(&mut stacks[index], EMPTY));
            CargoOutput {
                embedding,
                commodity,
                headings: headings.clone(),
                structure,
                structure_names: structure_names.clone(),
                concealment,
                stride,
                model_sha256: self.sha256.clone(),
            }
        });
        Ok(outputs.collect())
    }
}
