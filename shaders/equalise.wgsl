// Tone map of each tile: its histogram clipped at `limit` times the mean height of a bin, what was above shared out, summed
// up, spread over the window.
//
// One workgroup per tile, 16 bins an invocation: `clip = max(⌊limit · n / 2²⁰⌋, 1)`, `E = Σ max(h − clip, 0)`,
// `C_b = Σ_{i<=b} min(h_i, clip) + ⌊(b + 1) E / 4096⌋`, `low + (((high − low) · min(⌊2¹⁶ C_b / n⌋, 2¹⁶ − 1)) >> 16)`.

struct Params {
    tiles: u32,
    limit_q8: u32,
    low: u32,
    high: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> histograms: array<u32>;
// Two bins to a word.
@group(0) @binding(2) var<storage, read_write> maps: array<u32>;

const BINS = 4096u;
const LANES = 256u;
const OWN = 16u;

var<workgroup> sums: array<u32, 256>;

// Sum of the values of all lanes up to and with this one; `sums[255]` holds the sum of all.
fn running(lane: u32, value: u32) -> u32 {
    workgroupBarrier();
    sums[lane] = value;
    workgroupBarrier();
    for (var reach = 1u; reach < LANES; reach *= 2u) {
        var before = 0u;
        if lane >= reach {
            before = sums[lane - reach];
        }
        workgroupBarrier();
        sums[lane] += before;
        workgroupBarrier();
    }
    return sums[lane];
}

// limit · n >> 20 without 40 bits.
fn clip_height(n: u32) -> u32 {
    let high = params.limit_q8 * (n >> 12u);
    let low = (params.limit_q8 * (n & 0xfffu)) >> 12u;
    return max((high + low) >> 8u, 1u);
}

// ⌊2¹⁶ c / n⌋, at most 2¹⁶ − 1, by two digits of long division.
fn share_q16(c: u32, n: u32) -> u32 {
    let first = c * 256u / n;
    let rest = c * 256u % n;
    return min(first * 256u + rest * 256u / n, 65535u);
}

// ⌊(b + 1) E / 4096⌋ without 36 bits.
fn handed_out(bin: u32, excess: u32) -> u32 {
    return (bin + 1u) * (excess / BINS) + (bin + 1u) * (excess % BINS) / BINS;
}

fn at_share(share: u32) -> u32 {
    return params.low + (((params.high - params.low) * share) >> 16u);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = lane * OWN;
    let start = group.x * BINS + first;
    var heights: array<u32, 16>;
    var own = 0u;
    for (var i = 0u; i < OWN; i++) {
        heights[i] = histograms[start + i];
        own += heights[i];
    }
    running(lane, own);
    let n = sums[LANES - 1u];
    let clip = clip_height(n);
    var above = 0u;
    for (var i = 0u; i < OWN; i++) {
        above += max(heights[i], clip) - clip;
    }
    running(lane, above);
    let excess = sums[LANES - 1u];
    var kept = 0u;
    for (var i = 0u; i < OWN; i++) {
        heights[i] = min(heights[i], clip);
        kept += heights[i];
    }
    var c = running(lane, kept) - kept;
    for (var i = 0u; i < OWN; i += 2u) {
        var pair = vec2(0u);
        for (var k = 0u; k < 2u; k++) {
            let bin = first + i + k;
            c += heights[i + k];
            if n == 0u {
                pair[k] = at_share(bin << 4u);
            } else {
                pair[k] = at_share(share_q16(c + handed_out(bin, excess), n));
            }
        }
        maps[(start + i) / 2u] = pack16(pair.x, pair.y);
    }
}
