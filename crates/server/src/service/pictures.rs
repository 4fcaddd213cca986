use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use pellucid_api::{ApiError, Fault, Picture, RenderQuery};
use pellucid_core::{BlobHash, ErrorKind};
use pellucid_imaging::{DisplayParams, Engine, Imaged};
use pellucid_pipeline::{Instruments, ScanMap, Stopwatch};

use super::fault::pipeline_fault;
use crate::picture;

/// Bytes of measured planes that are kept for the next preset.
const KEPT_BYTES: usize = 512 << 20;
/// Bytes per pixel of a view: two attenuations, areal density, class, validity.
const PIXEL_BYTES: usize = 10;

/// Scans measured lately, newest first. Everything in it can be made again.
#[derive(Default)]
pub(super) struct Pictures(Mutex<VecDeque<(BlobHash, Arc<Imaged>)>>);

impl Pictures {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(BlobHash, Arc<Imaged>)>> {
        // A cache that was left half changed by a panic is still a cache.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn get(&self, sha256: &BlobHash) -> Option<Arc<Imaged>> {
        let mut kept = self.lock();
        let index = kept.iter().position(|(known, _)| known == sha256)?;
        let entry = kept.remove(index)?;
        let imaged = Arc::clone(&entry.1);
        kept.push_front(entry);
        Some(imaged)
    }

    pub(super) fn keep(&self, sha256: &BlobHash, imaged: &Arc<Imaged>) {
        let mut kept = self.lock();
        kept.retain(|(known, _)| known != sha256);
        kept.push_front((sha256.clone(), Arc::clone(imaged)));
        let mut bytes = 0;
        kept.retain(|(_, imaged)| {
            bytes += imaged.views.iter().map(|view| view.high.len() * PIXEL_BYTES).sum::<usize>();
            bytes <= KEPT_BYTES
        });
    }
}

/// Decodes and measures a file.
pub(super) fn image(instruments: &Instruments, file: &[u8]) -> Result<Arc<Imaged>, ApiError> {
    let imaged = pellucid_pipeline::image(instruments, file, &mut Stopwatch::start()).map_err(pipeline_fault)?;
    Ok(imaged.0)
}

/// Draws a view.
pub(super) fn draw(
    engine: &dyn Engine,
    imaged: &Arc<Imaged>,
    sha256: &BlobHash,
    query: RenderQuery,
) -> Result<Picture, ApiError> {
    let params = DisplayParams::preset(query.preset);
    let drawn = engine.submit_display(imaged, usize::from(query.view), &params).and_then(|ticket| ticket.wait());
    let drawn = drawn.map_err(|error| match error.kind() {
        ErrorKind::Internal => ApiError::internal(error),
        kind => ApiError::new(kind, Fault::field("preset", error.to_string()).value(query.preset)),
    })?;
    let width = query.max_width.unwrap_or(0);
    let etag = format!("{sha256}-{}-{}-{width}-{}", query.view, query.preset, imaged.plan_version.replace('/', "."));
    let png = picture::png(&picture::fit_width(drawn, query.max_width))
        .map_err(|failure| ApiError::new(ErrorKind::TooLarge, Fault::field("view", failure.error.to_string())))?;
    Ok(Picture { png, etag })
}

/// Draws an overlay.
pub(super) fn overlay(map: &ScanMap) -> Result<Vec<u8>, ApiError> {
    picture::png(&picture::overlay(map)).map_err(|failure| ApiError::internal(failure.error))
}
