// Gain of a detector row that drifts or steps, as offsets of its logarithm: one block of columns has one step at most.
struct DriftBlock {
    before: i32,
    after: i32,
    step: u32,
    padding: u32,
}

const DRIFT_BLOCK = 64u;
const NO_DRIFT = 4294967295u;
