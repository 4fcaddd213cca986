// Edges over a faint picture: `A = min((a · base + max(g − floor(a), 0) · gain + 128) >> 8, 65535)`, `g` the slope of
// attenuation by Scharr's operator, edges replicated.
//
// One invocation per quad: `g = ⌊√(g_x² + g_y²)⌋`, `g_x` and `g_y` the sums over 3 × 3 pixels with weights 3, 10, 3, by 32.

struct Params {
    width: u32,
    height: u32,
    base_q8: u32,
    gain_q8: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> plane: array<u32>;
// Slopes of noise per `a >> 8`.
@group(0) @binding(2) var<storage, read> floors: array<u32>;
@group(0) @binding(3) var<storage, read_write> drawn: array<u32>;

fn pixel(x: i32, y: i32) -> i32 {
    let xx = u32(clamp(x, 0, i32(params.width) - 1));
    let yy = u32(clamp(y, 0, i32(params.height) - 1));
    return i32(pixel16(plane[yy * quads_per_row(params.width) * 2u + xx / 2u], xx));
}

// ⌊√v⌋ for v < 2³¹: the device's root may be off by one.
fn root(v: u32) -> u32 {
    var r = u32(sqrt(f32(v)));
    if r * r > v {
        r--;
    }
    if (r + 1u) * (r + 1u) <= v {
        r++;
    }
    return r;
}

fn value(x: i32, y: i32) -> u32 {
    let up = vec3(pixel(x - 1, y - 1), pixel(x, y - 1), pixel(x + 1, y - 1));
    let here = vec3(pixel(x - 1, y), pixel(x, y), pixel(x + 1, y));
    let down = vec3(pixel(x - 1, y + 1), pixel(x, y + 1), pixel(x + 1, y + 1));
    let across = up * 3 + here * 10 + down * 3;
    let gx = u32(abs(across.z - across.x)) >> 5u;
    let between = down - up;
    let gy = u32(abs(between.x * 3 + between.y * 10 + between.z * 3)) >> 5u;
    let slope = root(gx * gx + gy * gy);
    let a = u32(here.y);
    let least = floors[a >> 8u];
    let edge = (max(slope, least) - least) * params.gain_q8;
    return min((a * params.base_q8 + edge + 128u) >> 8u, 65535u);
}

@compute @workgroup_size(32, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = quads_per_row(params.width);
    if id.x >= quads || id.y >= params.height {
        return;
    }
    var p = vec4(0u);
    for (var k = 0u; k < 4u; k++) {
        p[k] = value(i32(min(id.x * 4u + k, params.width - 1u)), i32(id.y));
    }
    let at = (id.y * quads + id.x) * 2u;
    drawn[at] = pack16(p.x, p.y);
    drawn[at + 1u] = pack16(p.z, p.w);
}
