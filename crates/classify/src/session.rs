use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use ort::session::Session;
use ort::session::builder::{AutoDevicePolicy, SessionBuilder};
use ort::value::{TensorElementType, TensorRef, ValueType};
use pellucid_core::PlaneStack;
use serde::{Deserialize, Serialize};

use crate::outputs::{check_input, take_output};
use crate::{Card, ClassifyError, ModelPackage, runtime};

/// Where a model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// ONNX Runtime's own kernels.
    #[default]
    Cpu,
    /// NVIDIA GPUs; a session that cannot be placed there whole is an error, never a silent CPU.
    Cuda,
}

/// How sessions are made.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// The ONNX Runtime library (`ORT_DYLIB_PATH`); only the first one in a process counts.
    pub library: Option<PathBuf>,
    /// Sessions per model: scans that run at the same time.
    pub sessions: usize,
    /// Threads per session.
    pub threads: usize,
    /// Where to run.
    pub provider: Provider,
}

impl Default for SessionOptions {
    /// One session of one thread on the CPU, and no library.
    fn default() -> Self {
        Self { library: None, sessions: 1, threads: 1, provider: Provider::Cpu }
    }
}

/// The outputs of one run in the card's order.
type Outcome = Result<Vec<PlaneStack>, ClassifyError>;

/// Sessions of one model; `run` takes whichever is free.
pub(crate) struct SessionPool {
    card: Card,
    provider: Provider,
    count: usize,
    free: Mutex<Vec<Session>>,
    returned: Condvar,
}

/// A session that goes back to its pool, also when a run fails or panics.
struct Lent<'a> {
    pool: &'a SessionPool,
    session: Option<Session>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.pool.free().extend(self.session.take());
        self.pool.returned.notify_one();
    }
}

fn build(package: &ModelPackage, options: &SessionOptions) -> Result<Session, ort::Error> {
    // Errors of a builder carry the builder, which cannot cross threads; the message is what is of use.
    let plain = |error: ort::Error<SessionBuilder>| ort::Error::new(error.message());
    let environment = runtime::environment(None).map_err(|error| ort::Error::new(error.to_string()))?;
    let mut builder = Session::builder(&environment)?
        .with_auto_device(AutoDevicePolicy::PreferCPU)
        .map_err(plain)?
        .with_intra_threads(options.threads.max(1))
        .map_err(plain)?
        .with_inter_threads(1)
        .map_err(plain)?
        .with_deterministic_compute(true)
        .map_err(plain)?
        // Widths vary from scan to scan, so a memory plan made for one shape would only be in the way.
        .with_memory_pattern(false)
        .map_err(plain)?;
    if options.provider == Provider::Cuda {
        builder = builder
            .with_disable_cpu_fallback()
            .map_err(plain)?
            .with_execution_providers([ort::ep::CUDA::default().build().error_on_failure()])
            .map_err(plain)?;
    }
    builder.commit_from_memory(&package.model)
}

/// What the graph has that the card does not speak of.
fn graph_fault(session: &Session, card: &Card) -> Option<String> {
    let [input] = session.inputs() else {
        return Some(format!("the graph has {} inputs", session.inputs().len()));
    };
    let ValueType::Tensor { ty, shape, .. } = input.dtype() else {
        return Some("the graph's input is not a tensor".into());
    };
    let wanted = [1, card.input.planes.len() as i64, card.input.height as i64];
    let fits = input.name() == card.input.tensor
        && *ty == TensorElementType::Float32
        && shape.len() == 4
        && shape.iter().zip(wanted).all(|(have, want)| *have == want || *have == -1);
    if !fits {
        return Some(format!("the graph's input {} of {ty:?} {shape:?} is not the card's", input.name()));
    }
    let missing = card.outputs.iter().find(|output| !session.outputs().iter().any(|o| o.name() == output.tensor));
    missing.map(|output| format!("the graph has no output {}", output.tensor))
}

impl SessionPool {
    pub(crate) fn load(package: &ModelPackage, options: &SessionOptions) -> Result<Self, ClassifyError> {
        runtime::environment(options.library.as_deref())?;
        let card = package.card.clone();
        let count = options.sessions.max(1);
        let mut sessions = Vec::with_capacity(count);
        for _ in 0..count {
            let session = build(package, options).map_err(|source| ClassifyError::Runtime {
                action: "making a session",
                name: card.name.clone(),
                source,
            })?;
            if let Some(fault) = graph_fault(&session, &card) {
                return Err(ClassifyError::Card { name: card.name, fault });
            }
            sessions.push(session);
        }
        Ok(Self { card, provider: options.provider, count, free: Mutex::new(sessions), returned: Condvar::new() })
    }

    pub(crate) fn card(&self) -> &Card {
        &self.card
    }

    pub(crate) fn provider(&self) -> &'static str {
        match self.provider {
            Provider::Cpu => "cpu",
            Provider::Cuda => "cuda",
        }
    }

    // A panic while a session was lent leaves the list itself whole.
    fn free(&self) -> MutexGuard<'_, Vec<Session>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lend(&self) -> Lent<'_> {
        let mut free = self.free();
        loop {
            if let Some(session) = free.pop() {
                return Lent { pool: self, session: Some(session) };
            }
            free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Outputs in the card's order. One scan a run, whatever the batch: that is what makes scores equal alone and in
    /// company, and on CPUs a pool of sessions is as fast as a batch.
    fn run_one(&self, planes: &PlaneStack) -> Outcome {
        check_input(&self.card, planes)?;
        let runtime =
            |source| ClassifyError::Runtime { action: "running a session", name: self.card.name.clone(), source };
        let mut lent = self.lend();
        let Some(session) = lent.session.as_mut() else { unreachable!("a lent session is there until it goes back") };
        let shape = [1, planes.channels, planes.height, planes.width];
        let input = TensorRef::from_array_view((shape, planes.values.as_slice())).map_err(runtime)?;
        let outputs = session.run(ort::inputs![self.card.input.tensor.as_str() => input]).map_err(runtime)?;
        let mut stacks = Vec::with_capacity(self.card.outputs.len());
        for output in &self.card.outputs {
            let Some(value) = outputs.get(&output.tensor) else {
                return Err(ClassifyError::Output {
                    name: self.card.name.clone(),
                    fault: format!("there is no output {}", output.tensor),
                });
            };
            let (shape, values) = value.try_extract_tensor::<f32>().map_err(runtime)?;
            stacks.push(take_output(&self.card, output, planes, shape, values)?);
        }
        Ok(stacks)
    }

    /// Runs every scan of a batch, as many at a time as there are sessions; results are in the order of the batch, and the
    /// first error in that order is the one that is returned.
    pub(crate) fn run(&self, batch: &[PlaneStack]) -> Result<Vec<Vec<PlaneStack>>, ClassifyError> {
        let workers = self.count.min(batch.len());
        if workers <= 1 {
            return batch.iter().map(|planes| self.run_one(planes)).collect();
        }
        let next = std::sync::atomic::AtomicUsize::new(0);
        let results: Vec<Mutex<Option<Outcome>>> = batch.iter().map(|_| Mutex::new(None)).collect();
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some(planes) = batch.get(index) else { break };
                        let result = self.run_one(planes);
                        *results[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                    }
                });
            }
        });
        let taken = results.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
        taken
            .map(|result| {
                let Some(result) = result else { unreachable!("every index below the batch's length was run") };
                result
            })
            .collect()
    }
}

impl std::fmt::Debug for SessionPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SessionPool({} of {}, {})", self.count, self.card.name, self.provider())
    }
}
