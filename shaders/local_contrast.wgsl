// Local contrast: each pixel through the tone maps of its four nearest tiles, blended by distance:
// `A = (top (256 − w_y) + bottom w_y + 2¹⁵) >> 16`, `top = m_00 (256 − w_x) + m_01 w_x`, `bottom` likewise.
//
// One invocation per quad.

struct Params {
    width: u32,
    height: u32,
    tiles_x: u32,
    tiles_y: u32,
    low: u32,
    high: u32,
    scale: u32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> plane: array<u32>;
@group(0) @binding(2) var<storage, read> maps: array<u32>;
// First tile in the low half, weight of the next in the high half, per column and per row.
@group(0) @binding(3) var<storage, read> columns: array<u32>;
@group(0) @binding(4) var<storage, read> rows: array<u32>;
@group(0) @binding(5) var<storage, read_write> shown: array<u32>;

const BINS = 4096u;

fn mapped(tile_x: u32, tile_y: u32, bin: u32) -> u32 {
    let at = (tile_y * params.tiles_x + tile_x) * BINS + bin;
    return pixel16(maps[at / 2u], bin);
}

fn value(a: u32, column: u32, row: u32) -> u32 {
    let bin = ((clamp(a, params.low, params.high) - params.low) * params.scale) >> 20u;
    let left = column & 0xffffu;
    let right = min(left + 1u, params.tiles_x - 1u);
    let above = row & 0xffffu;
    let below = min(above + 1u, params.tiles_y - 1u);
    let wx = column >> 16u;
    let wy = row >> 16u;
    let top = mapped(left, above, bin) * (256u - wx) + mapped(right, above, bin) * wx;
    let bottom = mapped(left, below, bin) * (256u - wx) + mapped(right, below, bin) * wx;
    return (top * (256u - wy) + bottom * wy + 32768u) >> 16u;
}

@compute @workgroup_size(32, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = quads_per_row(params.width);
    if id.x >= quads || id.y >= params.height {
        return;
    }
    let at = (id.y * quads + id.x) * 2u;
    let row = rows[id.y];
    var p = vec4(0u);
    for (var k = 0u; k < 4u; k++) {
        let x = min(id.x * 4u + k, params.width - 1u);
        p[k] = value(pixel16(plane[at + k / 2u], k), columns[x], row);
    }
    shown[at] = pack16(p.x, p.y);
    shown[at + 1u] = pack16(p.z, p.w);
}
