//! What every `Classifier` must do, whatever runs it.

use pellucid_core::PlaneStack;

use crate::Classifier;

/// Planes of the card's shape with values that differ from place to place and from `seed` to `seed`.
pub fn planes(classifier: &impl Classifier, width: usize, seed: u32) -> PlaneStack {
    let input = &classifier.card().input;
    let (channels, height) = (input.planes.len(), input.height);
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let values = (0..channels * height * width)
        .map(|index| {
            // xorshift32 for grain, and a slow wave so that the models see something like bodies.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let wave = ((index % width / 16 + index / width / 16 + seed as usize) % 8) as f32 / 8.0;
            0.7 * wave + 0.3 * (state >> 8) as f32 / (1 << 24) as f32
        })
        .collect();
    PlaneStack { channels, height, width, values }
}

fn check(is_true: bool, what: &str) -> Result<(), String> {
    if is_true { Ok(()) } else { Err(what.into()) }
}

/// Runs the suite.
///
/// # Errors
/// What does not hold, in words.
pub fn run<C: Classifier>(classifier: &C) -> Result<(), String>
where
    C::Output: Send,
{
    let widths = classifier.card().input.widths.clone();
    let (first, last) = (widths[0], widths[widths.len() - 1]);
    let text =
        |error: crate::ClassifyError| format!("a run failed: {error} ({:?})", std::error::Error::source(&error));

    check(classifier.run(&[]).map_err(text)?.is_empty(), "an empty batch gives no results")?;
    check(["cpu", "cuda"].contains(&classifier.provider()), "the provider is named")?;

    let batch: Vec<PlaneStack> = [(first, 1), (last, 2), (first, 3), (first, 1), (last, 4)]
        .map(|(width, seed)| planes(classifier, width, seed))
        .to_vec();
    let together = classifier.run(&batch).map_err(text)?;
    check(together.len() == batch.len(), "one result per scan")?;
    for (index, scan) in batch.iter().enumerate() {
        let alone = classifier.run(std::slice::from_ref(scan)).map_err(text)?;
        check(alone[0] == together[index], &format!("scan {index} scores the same alone and in a batch"))?;
    }
    check(together[0] == together[3], "equal scans score the same")?;
    check(together[0] != together[2], "different scans score differently")?;

    let reference = &together[0];
    let all_equal = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| classifier.run(&batch[..1]))).collect();
        runs.into_iter()
            .all(|run| run.join().is_ok_and(|result| result.is_ok_and(|outputs| outputs[0] == *reference)))
    });
    check(all_equal, "threads that share the model get the same scores")?;

    let mut wrong = planes(classifier, first, 1);
    wrong.values[5] = f32::NAN;
    check(classifier.run(&[wrong]).is_err(), "values that are not numbers are refused")?;
    let odd = planes(classifier, first + 1, 1);
    check(classifier.run(&[odd]).is_err(), "widths outside the buckets are refused")?;
    let mut thin = planes(classifier, first, 1);
    thin.values.truncate(thin.values.len() / thin.channels * (thin.channels - 1));
    thin.channels -= 1;
    check(classifier.run(&[thin]).is_err(), "missing planes are refused")?;
    check(classifier.run(&batch[..1]).map_err(text)?[0] == *reference, "errors leave the model usable")
}
