use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use pellucid_core::{EngineKind, PlaneStack, RawScan};

use crate::{DisplayImage, DisplayParams, Imaged, ImagingError, Plan, ResampleWindow};

/// Something that measures scans: submit now, wait later, several in flight.
///
/// Every implementation gives the same bytes ([`crate::suite::run`] checks it); timings and [`EngineKind`] differ.
pub trait Engine: Send + Sync {
    /// What really runs.
    fn kind(&self) -> EngineKind;

    /// Measures a scan. Errors at once when plan and scan do not fit.
    fn submit(&self, plan: &Plan, scan: Arc<RawScan>) -> Result<Ticket<Imaged>, ImagingError>;

    /// Resamples windows to model planes, one stack per window, in order. Planes, always four:
    /// A_high / 8, A_low / 8 (0 where there is no low band), T_high, and 1 or 0 for whether there is a low band.
    fn submit_resample(
        &self,
        imaged: &Arc<Imaged>,
        windows: &[ResampleWindow],
    ) -> Result<Ticket<Vec<PlaneStack>>, ImagingError>;

    /// Renders one view for people, at full size.
    fn submit_display(
        &self,
        imaged: &Arc<Imaged>,
        view: usize,
        display: &DisplayParams,
    ) -> Result<Ticket<DisplayImage>, ImagingError>;
}

enum State<T> {
    Ready(Result<T, ImagingError>),
    Channel(Receiver<Result<T, ImagingError>>),
    Call(Box<dyn FnOnce() -> Result<T, ImagingError> + Send>),
}

/// A result that will be there once it is waited for. Dropping it drops the result, not the work.
pub struct Ticket<T>(State<T>);

impl<T> Ticket<T> {
    /// A result that is there already.
    pub fn ready(value: T) -> Self {
        Self(State::Ready(Ok(value)))
    }

    /// A result that `wait` computes or fetches by calling `finish`.
    pub fn from_fn(finish: Box<dyn FnOnce() -> Result<T, ImagingError> + Send>) -> Self {
        Self(State::Call(finish))
    }

    /// A result that someone will send.
    pub fn from_channel(receiver: Receiver<Result<T, ImagingError>>) -> Self {
        Self(State::Channel(receiver))
    }

    /// Blocks until the result is there. On a rayon worker it helps with other work meanwhile, so that a full pool of
    /// waiters cannot starve the work they wait for.
    pub fn wait(self) -> Result<T, ImagingError> {
        match self.0 {
            State::Ready(result) => result,
            State::Call(finish) => finish(),
            State::Channel(receiver) => receive(&receiver),
        }
    }
}

fn receive<T>(receiver: &Receiver<Result<T, ImagingError>>) -> Result<T, ImagingError> {
    let gone = || ImagingError::Internal { stage: "wait", reason: "the worker vanished without an answer".into() };
    if rayon::current_thread_index().is_none() {
        return receiver.recv().unwrap_or_else(|_| Err(gone()));
    }
    loop {
        match receiver.try_recv() {
            Ok(result) => return result,
            Err(TryRecvError::Disconnected) => return Err(gone()),
            Err(TryRecvError::Empty) => {
                if rayon::yield_now() != Some(rayon::Yield::Executed) {
                    std::thread::sleep(std::time::Duration::from_micros(50));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_deliver_values_calls_and_channels() {
        assert_eq!(Ticket::ready(3).wait(), Ok(3));
        assert_eq!(Ticket::from_fn(Box::new(|| Ok(4))).wait(), Ok(4));
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        sender.send(Ok(5)).unwrap();
        assert_eq!(Ticket::from_channel(receiver).wait(), Ok(5));
    }

    #[test]
    fn a_vanished_worker_is_an_error_not_a_hang() {
        let (sender, receiver) = std::sync::mpsc::sync_channel::<Result<u8, ImagingError>>(1);
        drop(sender);
        assert!(matches!(Ticket::from_channel(receiver).wait(), Err(ImagingError::Internal { .. })));
    }
}
