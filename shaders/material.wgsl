// Areal density, class and how sure both are, from both attenuations: box means of 5 × 5, one place among the cells of the
// nearest node, `λ` at the pixel's own `A_high`.
//
// One invocation per quad: sums of eight columns of five rows serve its four boxes. Steps 1 to 5 are those of the kernel.

struct Params {
    width: u32,
    height: u32,
    thin_q16: u32,
    is_dual: u32,
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
    lambda_q10: array<i32, 257>,
    air: array<u32, 32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> high: array<u32>;
@group(0) @binding(2) var<storage, read> low: array<u32>;
@group(0) @binding(3) var<storage, read> validity: array<u32>;
@group(0) @binding(4) var<storage, read> tables: Tables;
@group(0) @binding(5) var<storage, read_write> areal_density: array<f32>;
@group(0) @binding(6) var<storage, read_write> z_class: array<u32>;
@group(0) @binding(7) var<storage, read_write> areal_density_sigma: array<u32>;
@group(0) @binding(8) var<storage, read_write> class_confidence: array<u32>;

// Undecidable, no confidence, no bound on the error, the default curve.
const UNMEASURED = 0xff00b000u;

// Sums over the rows of the box: columns x - 2 to x + 5 around a quad; columns outside the plane are 0.
struct Columns {
    left: vec2<u32>,
    middle: vec4<u32>,
    right: vec2<u32>,
}

fn add_words(sums: Columns, before: u32, a: u32, b: u32, after: u32) -> Columns {
    return Columns(
        sums.left + vec2(pixel16(before, 0u), pixel16(before, 1u)),
        sums.middle + vec4(pixel16(a, 0u), pixel16(a, 1u), pixel16(b, 0u), pixel16(b, 1u)),
        sums.right + vec2(pixel16(after, 0u), pixel16(after, 1u)),
    );
}

// Zero for columns that are padding.
fn inside(sums: Columns, quad: u32) -> Columns {
    let x = vec4(quad * 4u);
    let width = vec4(params.width);
    let is_middle = x + vec4(0u, 1u, 2u, 3u) < width;
    let is_right = x.xy + vec2(4u, 5u) < width.xy;
    return Columns(
        sums.left,
        select(vec4(0u), sums.middle, is_middle),
        select(vec2(0u), sums.right, is_right),
    );
}

fn boxes(c: Columns) -> vec4<u32> {
    let core = c.middle.x + c.middle.y + c.middle.z + c.middle.w;
    let inner = c.left.y + core;
    return vec4(
        c.left.x + inner - c.middle.w,
        inner,
        core + c.right.x,
        core - c.middle.x + c.right.x + c.right.y,
    );
}

// λ in Q10 and the word of one pixel.
struct Found {
    lambda_q10: u32,
    word: u32,
}

fn find(h: u32, l: u32, valid: u32, a_high: u32) -> Found {
    let n = min((h + 2048u) >> 12u, 256u);
    let node = tables.nodes[n];
    let e = i32(h) - i32(n << 12u);
    let o = node.origin_q16 + ((node.slope_q16 * e) >> 12u);
    let d = u32(clamp(o - i32(l), 0, node.reach_q16));
    let k = (d * node.rate) >> 20u;
    let is_hidden = is_dead(valid) || (valid & (PENETRATION_LIMITED | BEAM_OFF_BIT)) != 0u;
    let cell = select(tables.cells[n][k], UNMEASURED, is_hidden);
    let word = select(cell, tables.air[min(h >> 6u, 31u)], h < params.thin_q16);
    let i = a_high >> 8u;
    let l0 = tables.lambda_q10[i];
    let along = u32(max(l0 + (((tables.lambda_q10[i + 1u] - l0) * i32(a_high & 255u)) >> 8u), 0));
    let ratio = word & 8191u;
    // In two halves, so that 32 bits hold the product: the floor is the same.
    return Found((along >> 12u) * ratio + (((along & 4095u) * ratio) >> 12u), word);
}

@compute @workgroup_size(32, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = quads_per_row(params.width);
    if id.x >= quads || id.y >= params.height {
        return;
    }
    let has_left = id.x > 0u;
    let has_right = id.x + 1u < quads;
    let first = id.y - min(id.y, 2u);
    let end = min(id.y + 3u, params.height);
    var high_sums = Columns();
    var low_sums = Columns();
    for (var y = first; y < end; y++) {
        let at = (y * quads + id.x) * 2u;
        let before = at - select(0u, 1u, has_left);
        let after = at + select(0u, 2u, has_right);
        let mask_left = select(0u, 0xffffffffu, has_left);
        let mask_right = select(0u, 0xffffffffu, has_right);
        high_sums = add_words(high_sums, high[before] & mask_left, high[at], high[at + 1u], high[after] & mask_right);
        if params.is_dual != 0u {
            low_sums = add_words(low_sums, low[before] & mask_left, low[at], low[at + 1u], low[after] & mask_right);
        }
    }
    let high_boxes = boxes(inside(high_sums, id.x));
    let low_boxes = boxes(inside(low_sums, id.x));
    let x = vec4(id.x * 4u) + vec4(0u, 1u, 2u, 3u);
    let columns = min(x + vec4(3u), vec4(params.width)) - (x - min(x, vec4(2u)));
    // Padding pixels divide by 1 and are dropped.
    let n = select(vec4(1u), columns * vec4(end - first), x < vec4(params.width));
    let h = (high_boxes * 16u + n / 2u) / n;
    let l = (low_boxes * 16u + n / 2u) / n;

    let at = id.y * quads + id.x;
    let valid = validity[at];
    let a = high[at * 2u];
    let b = high[at * 2u + 1u];
    let own = vec4(pixel16(a, 0u), pixel16(a, 1u), pixel16(b, 0u), pixel16(b, 1u));
    var words = vec4(0u);
    let line = id.y * params.width;
    for (var k = 0u; k < 4u; k++) {
        if x[k] < params.width {
            let found = find(h[k], l[k], pixel8(valid, k), own[k]);
            words[k] = found.word;
            areal_density[line + x[k]] = f32(found.lambda_q10) * (1.0 / 1024.0);
        }
    }
    z_class[at] = pack8((words >> vec4(13u)) & vec4(7u));
    areal_density_sigma[at] = pack8(words >> vec4(24u));
    class_confidence[at] = pack8((words >> vec4(16u)) & vec4(255u));
}
