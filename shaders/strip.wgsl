// The organic or the steel part of attenuation: box means of 5 × 5, one place among the cells of the nearest node,
// `min((a · (s_w + (((s_v − s_w) · f) >> 8)) + 2048) >> 12, 32767)`, or `2¹⁵ + (a >> 1)` where it cannot be split.
//
// One invocation per quad: sums of eight columns of five rows serve its four boxes. Steps 1 to 4 are those of the kernel.

struct Params {
    width: u32,
    height: u32,
    part: u32,
    padding: u32,
}

struct Node {
    origin_q16: i32,
    slope_q16: i32,
    rate: u32,
    reach_q16: i32,
}

struct Tables {
    nodes: array<Node, 257>,
    cells: array<array<u32, 64>, 257>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> validity: array<u32>;
@group(0) @binding(4) var<storage, read> tables: Tables;
@group(0) @binding(5) var<storage, read_write> stripped: array<u32>;

const UNSPLIT = 0x80000000u;
const WHOLE = 32768u;

fn share(word: u32) -> i32 {
    return i32((word >> (13u * params.part)) & 8191u);
}

fn strip(h: u32, l: u32, a: u32, valid: u32) -> u32 {
    let n = min((h + 2048u) >> 12u, 256u);
    let node = tables.nodes[n];
    let e = i32(h) - i32(n << 12u);
    let o = node.origin_q16 + ((node.slope_q16 * e) >> 12u);
    let d = u32(clamp(o - i32(l), 0, node.reach_q16));
    let p = max(d * node.rate, 1u << 19u) - (1u << 19u);
    let k = min(p >> 20u, 63u);
    let w = tables.cells[n][k];
    let v = tables.cells[n][min(k + 1u, 63u)];
    let is_hidden = is_dead(valid) || (valid & (PENETRATION_LIMITED | BEAM_OFF_BIT)) != 0u;
    if is_hidden || ((w | v) & UNSPLIT) != 0u {
        return WHOLE + (a >> 1u);
    }
    let f = i32((p >> 12u) & 255u);
    let s = u32(max(share(w) + (((share(v) - share(w)) * f) >> 8u), 0));
    return min((a * s + 2048u) >> 12u, WHOLE - 1u);
}

@compute @workgroup_size(32, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = quads_per_row(params.width);
    if id.x >= quads || id.y >= params.height {
        return;
    }
    let means = box_means(id.x, id.y, quads, vec2(params.width, params.height), true);
    let at = id.y * quads + id.x;
    let valid = validity[at];
    let a = high[at * 2u];
    let b = high[at * 2u + 1u];
    let own = vec4(pixel16(a, 0u), pixel16(a, 1u), pixel16(b, 0u), pixel16(b, 1u));
    var p = vec4(0u);
    for (var k = 0u; k < 4u; k++) {
        p[k] = strip(means.high[k], means.low[k], own[k], pixel8(valid, k));
    }
    stripped[at * 2u] = pack16(p.x, p.y);
    stripped[at * 2u + 1u] = pack16(p.z, p.w);
}
