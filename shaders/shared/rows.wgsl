// What the passes need to know of one detector row of one band.
struct Row {
    dark: u32,
    gain_ln: u32,
    state: u32,
    up: u32,
    down: u32,
    weight: u32,
    span: u32,
    drift: u32,
    is_dose: u32,
}

const INTERPOLATED_ROW = 1u;
const DEAD_ROW = 2u;

const LN2_Q20 = 726817u;
// Stands for a column without beam among doses.
const BEAM_OFF: i32 = -2147483648;

// Signals of two pixels: counts over dark, never below 0.
fn signal2(counts: vec2<u32>, dark: u32) -> vec2<u32> {
    return max(counts, vec2(dark)) - vec2(dark);
}
