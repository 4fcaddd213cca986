// Dose of each pulse: `dose = ln S − ln R` in Q20 per column, or `BEAM_OFF`; `S = Σ max(counts − dark, 0)` over the dose
// rows among `[first_row, end_row)`, `R` their `Σ (air − dark)`.
//
// One invocation per pair of columns: the pair shares a word.

struct Params {
    width: u32,
    first_row: u32,
    end_row: u32,
    reference_sum: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<Row>;
@group(0) @binding(3) var<storage, read> ln: array<u32>;
@group(0) @binding(4) var<storage, read_write> dose: array<i32>;

fn ln_q20(n: u32) -> u32 {
    let bits = 32u - countLeadingZeros(n);
    let shift = select(0u, bits - 16u, bits > 16u);
    return ln[n >> shift] + shift * LN2_Q20;
}

fn dose_q20(sum: u32) -> i32 {
    if params.reference_sum == 0u {
        return 0;
    }
    if sum == 0u || sum < (params.reference_sum >> 3u) {
        return BEAM_OFF;
    }
    return i32(ln_q20(sum)) - i32(ln_q20(params.reference_sum));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = id.x * 2u;
    if x >= params.width {
        return;
    }
    let words = quads_per_row(params.width) * 2u;
    var sums = vec2(0u);
    for (var y = params.first_row; y < params.end_row; y++) {
        let row = rows[y];
        if row.is_dose != 0u {
            let word = counts[y * words + id.x];
            sums += signal2(vec2(pixel16(word, 0u), pixel16(word, 1u)), row.dark);
        }
    }
    dose[x] = dose_q20(sums.x);
    if x + 1u < params.width {
        dose[x + 1u] = dose_q20(sums.y);
    }
}
