// Median of 3 × 3 attenuations, edges replicated.
//
// One invocation per quad, six columns of three rows: each column is sorted once for the three pixels that need it.

struct Params {
    width: u32,
    height: u32,
    padding_0: u32,
    padding_1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> plane: array<u32>;
@group(0) @binding(2) var<storage, read_write> filtered: array<u32>;

// Six columns of one row, x - 1 to x + 4, edges replicated.
struct Strip {
    left: u32,
    middle: vec4<u32>,
    right: u32,
}

fn pixel(x: i32, row: u32) -> u32 {
    let xx = u32(clamp(x, 0, i32(params.width) - 1));
    return pixel16(plane[row + xx / 2u], xx);
}

fn strip(quad: u32, y: i32) -> Strip {
    let quads = quads_per_row(params.width);
    let row = u32(clamp(y, 0, i32(params.height) - 1)) * quads * 2u;
    let x = i32(quad * 4u);
    if quad > 0u && quad * 4u + 4u < params.width {
        let at = row + quad * 2u;
        let a = plane[at];
        let b = plane[at + 1u];
        let middle = vec4(pixel16(a, 0u), pixel16(a, 1u), pixel16(b, 0u), pixel16(b, 1u));
        return Strip(pixel16(plane[at - 1u], 1u), middle, pixel16(plane[at + 2u], 0u));
    }
    let middle = vec4(pixel(x, row), pixel(x + 1, row), pixel(x + 2, row), pixel(x + 3, row));
    return Strip(pixel(x - 1, row), middle, pixel(x + 4, row));
}

fn middle_of(a: vec4<u32>, b: vec4<u32>, c: vec4<u32>) -> vec4<u32> {
    return max(min(a, b), min(max(a, b), c));
}

@compute @workgroup_size(32, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = quads_per_row(params.width);
    if id.x >= quads || id.y >= params.height {
        return;
    }
    let y = i32(id.y);
    let p = strip(id.x, y - 1);
    let q = strip(id.x, y);
    let r = strip(id.x, y + 1);
    // Each column of three sorted; then the median of nine is the middle of the greatest low, the middle middle and the
    // least high. The same value as the network of the definition.
    let low_m = min(min(p.middle, q.middle), r.middle);
    let mid_m = middle_of(p.middle, q.middle, r.middle);
    let high_m = max(max(p.middle, q.middle), r.middle);
    let pe = vec4(p.left, p.right, 0u, 0u);
    let qe = vec4(q.left, q.right, 0u, 0u);
    let re = vec4(r.left, r.right, 0u, 0u);
    let low_e = min(min(pe, qe), re);
    let mid_e = middle_of(pe, qe, re);
    let high_e = max(max(pe, qe), re);

    let low_l = vec4(low_e.x, low_m.xyz);
    let low_r = vec4(low_m.yzw, low_e.y);
    let mid_l = vec4(mid_e.x, mid_m.xyz);
    let mid_r = vec4(mid_m.yzw, mid_e.y);
    let high_l = vec4(high_e.x, high_m.xyz);
    let high_r = vec4(high_m.yzw, high_e.y);
    let lows = max(max(low_l, low_m), low_r);
    let mids = middle_of(mid_l, mid_m, mid_r);
    let highs = min(min(high_l, high_m), high_r);
    let value = middle_of(lows, mids, highs);

    let at = (id.y * quads + id.x) * 2u;
    filtered[at] = pack16(value.x, value.y);
    filtered[at + 1u] = pack16(value.z, value.w);
}
