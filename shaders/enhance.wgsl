// Detail over an evened base: `A = clamp(e + Σ_{k<4} ((g_k(c_4) · (c_k − c_{k+1}) + 128) >> 8), 0, 65535)`, `c_0` to `c_4` the
// levels of an edge-avoiding decomposition, `e` the evened `c_4`, gains in Q8.
//
// One invocation per quad.

struct Params {
    width: u32,
    height: u32,
    padding_0: u32,
    padding_1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c0: array<u32>;
@group(0) @binding(2) var<storage, read> c1: array<u32>;
@group(0) @binding(3) var<storage, read> c2: array<u32>;
@group(0) @binding(4) var<storage, read> c3: array<u32>;
@group(0) @binding(5) var<storage, read> c4: array<u32>;
@group(0) @binding(6) var<storage, read> evened: array<u32>;
// Gains of the four levels per `c_4 >> 8`.
@group(0) @binding(7) var<storage, read> gains: array<vec4<i32>>;
@group(0) @binding(8) var<storage, read_write> enhanced: array<u32>;

fn value(at: u32, k: u32) -> u32 {
    let base = pixel16(c4[at], k);
    let upper = vec4(pixel16(c0[at], k), pixel16(c1[at], k), pixel16(c2[at], k), pixel16(c3[at], k));
    let lower = vec4(upper.yzw, base);
    let detail = (gains[base >> 8u] * (vec4<i32>(upper) - vec4<i32>(lower)) + vec4(128)) >> vec4(8u);
    return u32(clamp(i32(pixel16(evened[at], k)) + detail.x + detail.y + detail.z + detail.w, 0, 65535));
}

@compute @workgroup_size(32, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = quads_per_row(params.width);
    if id.x >= quads || id.y >= params.height {
        return;
    }
    let at = (id.y * quads + id.x) * 2u;
    enhanced[at] = pack16(value(at, 0u), value(at, 1u));
    enhanced[at + 1u] = pack16(value(at + 1u, 2u), value(at + 1u, 3u));
}
