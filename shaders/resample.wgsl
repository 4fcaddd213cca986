// Model planes of one window: area-weighted means of `A_high / 8`, `A_low / 8`, `T_high`, and whether there is a low
// band.
//
// One invocation per cell of the result: `col(x) = (Σ_y w_y · v(x, y) + w_outside · outside + 128) >> 8`,
// `out = (Σ_x w_x · col(x) + w_outside · (outside << 4) + 128) >> 8`, times 2⁻²³.

struct Params {
    view_width: u32,
    view_height: u32,
    out_width: u32,
    out_height: u32,
    is_dual: u32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

struct Cell {
    first: u32,
    count: u32,
    offset: u32,
    outside: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> high: array<u32>;
@group(0) @binding(2) var<storage, read> low: array<u32>;
@group(0) @binding(3) var<storage, read> transmission: array<u32>;
// Cells of the columns, then of the rows; `offset` counts from the start of `weights` for both.
@group(0) @binding(4) var<storage, read> cells: array<Cell>;
@group(0) @binding(5) var<storage, read> weights: array<u32>;
@group(0) @binding(6) var<storage, read_write> planes: array<f32>;

const ONE_Q15 = 32768u;
const SCALE = 1.0 / 8388608.0;

@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.out_width || id.y >= params.out_height {
        return;
    }
    let column = cells[id.x];
    let row = cells[params.out_width + id.y];
    let words = quads_per_row(params.view_width) * 2u;
    // Attenuation of both bands and transmission.
    var sums = vec3(0u);
    for (var i = 0u; i < column.count; i++) {
        let x = column.first + i;
        var inner = vec3(0u);
        for (var k = 0u; k < row.count; k++) {
            let at = (row.first + k) * words + x / 2u;
            let a = pixel16(high[at], x);
            let b = select(0u, pixel16(low[at], x), params.is_dual != 0u);
            inner += vec3(a, b, pixel16(transmission[a / 2u], a)) * weights[row.offset + k];
        }
        inner += vec3(128u, 128u, row.outside * ONE_Q15 + 128u);
        sums += (inner >> vec3(8u)) * weights[column.offset + i];
    }
    sums += vec3(128u, 128u, column.outside * (ONE_Q15 << 4u) + 128u);
    let means = vec3<f32>(sums >> vec3(8u)) * SCALE;
    let n = params.out_width * params.out_height;
    let at = id.y * params.out_width + id.x;
    planes[at] = means.x;
    planes[n + at] = select(0.0, means.y, params.is_dual != 0u);
    planes[2u * n + at] = means.z;
    planes[3u * n + at] = select(0.0, 1.0, params.is_dual != 0u);
}
