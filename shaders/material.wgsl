// Areal density and class from both attenuations: box means of 5 × 5, position between forward curves, `λ` at the
// pixel's own `A_high`.
//
// One invocation per quad: sums of eight columns of five rows serve its four boxes. Steps 1 to 5 are those of the kernel.

struct Params {
    width: u32,
    height: u32,
    curves: u32,
    default_curve: u32,
    decisive_first: u32,
    decisive_last: u32,
    thin_q16: u32,
    low_limit_q16: u32,
    is_dual: u32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

struct Tables {
    // Eight curves a node; those not in use repeat the last.
    a_low_q16: array<array<vec4<i32>, 2>, 257>,
    lambda_q10: array<array<i32, 8>, 257>,
    noise_q16: array<i32, 257>,
    class_of: array<u32, 8>,
    boundary_q12: array<u32, 8>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> high: array<u32>;
@group(0) @binding(2) var<storage, read> low: array<u32>;
@group(0) @binding(3) var<storage, read> validity: array<u32>;
@group(0) @binding(4) var<storage, read> tables: Tables;
@group(0) @binding(5) var<storage, read_write> areal_density: array<f32>;
@group(0) @binding(6) var<storage, read_write> z_class: array<u32>;

const AIR = 0u;
const UNDECIDABLE = 5u;

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

fn between(low_value: i32, high_value: i32, fraction: i32, bits: u32) -> i32 {
    return low_value + (((high_value - low_value) * fraction) >> bits);
}

fn curve(m: u32, i: u32, f: i32) -> i32 {
    return between(tables.a_low_q16[i][m / 4u][m % 4u], tables.a_low_q16[i + 1u][m / 4u][m % 4u], f, 12u);
}

fn four_curves(half: u32, i: u32, f: i32) -> vec4<i32> {
    let here = tables.a_low_q16[i][half];
    return here + (((tables.a_low_q16[i + 1u][half] - here) * f) >> vec4(12u));
}

fn lambda(m: u32, i: u32, f: i32) -> i32 {
    return between(tables.lambda_q10[i][m], tables.lambda_q10[i + 1u][m], f, 8u);
}

// Class number and λ in Q10 of one pixel.
struct Answer {
    z_class: u32,
    lambda_q10: i32,
}

fn answer(h: u32, l_mean: u32, valid: u32, a_high: u32) -> Answer {
    let own = a_high >> 8u;
    let own_f = i32(a_high & 255u);
    let by_default = max(lambda(params.default_curve, own, own_f), 0);
    if h < params.thin_q16 {
        return Answer(AIR, by_default);
    }
    let is_hidden = is_dead(valid) || (valid & (PENETRATION_LIMITED | BEAM_OFF_BIT)) != 0u;
    if params.is_dual == 0u || is_hidden || l_mean >= params.low_limit_q16 {
        return Answer(UNDECIDABLE, by_default);
    }
    let i = min(h >> 12u, 255u);
    let f = i32(h - (i << 12u));
    let gap = curve(params.decisive_first, i, f) - curve(params.decisive_last, i, f);
    if gap < between(tables.noise_q16[i], tables.noise_q16[i + 1u], f, 12u) {
        return Answer(UNDECIDABLE, by_default);
    }
    let l = i32(l_mean);
    // Curves never rise from one to the next, so those above `l` come first: the lowest of them is curve j, the highest
    // of the others is curve j + 1.
    let c0 = four_curves(0u, i, f);
    let c1 = four_curves(1u, i, f);
    let inner = vec4(max(params.curves, 2u) - 2u);
    let is_inner0 = vec4(false, true, true, true) & (vec4(0u, 1u, 2u, 3u) <= inner);
    let is_inner1 = vec4(4u, 5u, 6u, 7u) <= inner;
    let is_above0 = is_inner0 & (vec4(l) < c0);
    let is_above1 = is_inner1 & (vec4(l) < c1);
    let ones = select(vec4(0u), vec4(1u), is_above0) + select(vec4(0u), vec4(1u), is_above1);
    let j = ones.x + ones.y + ones.z + ones.w;
    let above = min(select(vec4(c0.x), c0, is_above0), select(vec4(c0.x), c1, is_above1));
    let below = max(select(vec4(c1.w), c0, is_inner0 & !is_above0), select(vec4(c1.w), c1, is_inner1 & !is_above1));
    let upper = min(min(above.x, above.y), min(above.z, above.w));
    let separation = upper - max(max(below.x, below.y), max(below.z, below.w));
    var t = 0;
    if separation > 0 {
        t = i32(u32(clamp(upper - l, 0, separation)) * 4096u / u32(separation));
    }
    let class_number = select(tables.class_of[j + 1u], tables.class_of[j], u32(t) < tables.boundary_q12[j]);
    if class_number == AIR || class_number >= UNDECIDABLE {
        return Answer(min(class_number, UNDECIDABLE), by_default);
    }
    let q10 = between(lambda(j, own, own_f), lambda(j + 1u, own, own_f), t, 12u);
    return Answer(class_number, max(q10, 0));
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
    var classes = vec4(0u);
    let line = id.y * params.width;
    for (var k = 0u; k < 4u; k++) {
        if x[k] < params.width {
            let found = answer(h[k], l[k], pixel8(valid, k), own[k]);
            classes[k] = found.z_class;
            areal_density[line + x[k]] = f32(found.lambda_q10) * (1.0 / 1024.0);
        }
    }
    z_class[at] = pack8(classes);
}
