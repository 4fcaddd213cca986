// Edge-preserving mean over a 5 × 5 grid of pixels `step` apart, edges replicated:
// `A = ⌊(Σ s r a_q + ⌊Σ s r / 2⌋) / Σ s r⌋`, `s` the share by distance, `r` Tukey's biweight of `|a_q − a|`.
//
// One invocation per quad: `u = min((16 · min(|a_q − a|, 4095) · v) >> 16, 255)`, `q = (65025 − u²) >> 8`, `r = q² >> 8`, `v`
// from a table per `a >> 8`.

struct Params {
    width: u32,
    height: u32,
    step: u32,
    share_00: u32,
    share_01: u32,
    share_11: u32,
    share_02: u32,
    share_12: u32,
    share_22: u32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> plane: array<u32>;
// Inverse widths, two to a word.
@group(0) @binding(2) var<storage, read> widths: array<u32>;
@group(0) @binding(3) var<storage, read_write> smoothed: array<u32>;

fn likeness(a: u32, b: u32, inverse: u32) -> u32 {
    let d = min(max(a, b) - min(a, b), 4095u) << 4u;
    let u = min((d * inverse) >> 16u, 255u);
    let q = (65025u - u * u) >> 8u;
    return (q * q) >> 8u;
}

fn mean(x: i32, y: i32) -> u32 {
    let words = i32(quads_per_row(params.width)) * 2;
    let a = pixel16(plane[u32(y * words + x / 2)], u32(x));
    let inverse = pixel16(widths[a >> 9u], a >> 8u);
    let reach = i32(params.step);
    var sum = 0u;
    var weight = 0u;
    for (var dy = -2; dy <= 2; dy++) {
        let row = clamp(y + dy * reach, 0, i32(params.height) - 1) * words;
        let outer = abs(dy);
        // Shares of this row: beside, one and two steps away.
        var shares = vec3(params.share_00, params.share_01, params.share_02);
        if outer == 1 {
            shares = vec3(params.share_01, params.share_11, params.share_12);
        } else if outer == 2 {
            shares = vec3(params.share_02, params.share_12, params.share_22);
        }
        for (var dx = -2; dx <= 2; dx++) {
            let xx = clamp(x + dx * reach, 0, i32(params.width) - 1);
            let b = pixel16(plane[u32(row + xx / 2)], u32(xx));
            let w = shares[abs(dx)] * likeness(a, b, inverse);
            sum += w * b;
            weight += w;
        }
    }
    return (sum + weight / 2u) / weight;
}

@compute @workgroup_size(32, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = quads_per_row(params.width);
    if id.x >= quads || id.y >= params.height {
        return;
    }
    var p = vec4(0u);
    for (var k = 0u; k < 4u; k++) {
        let x = min(id.x * 4u + k, params.width - 1u);
        p[k] = mean(i32(x), i32(id.y));
    }
    let at = (id.y * quads + id.x) * 2u;
    smoothed[at] = pack16(p.x, p.y);
    smoothed[at + 1u] = pack16(p.z, p.w);
}
