// Areal density, class and how sure both are, from both attenuations: box means of 5 × 5, one place among the cells of the
// nearest node, `λ` at the pixel's own `A_high`.
//
// One invocation per quad: sums of eight columns of five rows serve its four boxes. Steps 1 to 6 are those of the kernel.

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
@group(0) @binding(3) var<storage, read> validity: array<u32>;
@group(0) @binding(4) var<storage, read> tables: Tables;
@group(0) @binding(5) var<storage, read_write> areal_density: array<f32>;
@group(0) @binding(6) var<storage, read_write> z_class: array<u32>;
@group(0) @binding(7) var<storage, read_write> areal_density_sigma: array<u32>;
@group(0) @binding(8) var<storage, read_write> class_confidence: array<u32>;

// Undecidable, no confidence, no bound on the error, the default curve.
const UNMEASURED = 0xff00b000u;

// Step 4: the largest span of a level corner, the class, and the class and ratio of what is undecidable.
const LEVEL = 205u;
const HEAVY = 4u;
const UNDECIDED = 0xb000u;

fn is_heavy(word: u32) -> bool {
    return ((word >> 13u) & 7u) == HEAVY;
}

fn look_up(h: u32, l: u32) -> u32 {
    let n = min((h + 2048u) >> 12u, 256u);
    let node = tables.nodes[n];
    let e = i32(h) - i32(n << 12u);
    let o = node.origin_q16 + ((node.slope_q16 * e) >> 12u);
    let d = u32(clamp(o - i32(l), 0, node.reach_q16));
    return tables.cells[n][(d * node.rate) >> 20u];
}

// The word at the levelest corner around a pixel whose box is heavy; `UNDECIDED` when none is level.
fn at_level_corner(x: u32, y: u32) -> u32 {
    let line = quads_per_row(params.width) * 2u;
    var best = LEVEL + 1u;
    var word = UNDECIDED;
    for (var corner = 0u; corner < 4u; corner++) {
        let end = vec2(x, y) + vec2((corner & 1u) * 2u, (corner >> 1u) * 2u) + vec2(1u);
        if any(end < vec2(3u)) || any(end > vec2(params.width, params.height)) {
            continue;
        }
        var least = 0xffffu;
        var most = 0u;
        var sums = vec2(0u);
        for (var row = end.y - 3u; row < end.y; row++) {
            for (var column = end.x - 3u; column < end.x; column++) {
                let at = row * line + column / 2u;
                let h = pixel16(high[at], column);
                least = min(least, h);
                most = max(most, h);
                sums += vec2(h, pixel16(low[at], column));
            }
        }
        if most - least < best {
            best = most - least;
            let means = (sums * 16u + 4u) / 9u;
            word = look_up(means.x, means.y);
        }
    }
    return word;
}

// λ in Q10 and the word of one pixel.
struct Found {
    lambda_q10: u32,
    word: u32,
}

fn find(h: u32, l: u32, valid: u32, a_high: u32, x: u32, y: u32) -> Found {
    let is_hidden = is_dead(valid) || (valid & (PENETRATION_LIMITED | BEAM_OFF_BIT)) != 0u;
    var cell = select(look_up(h, l), UNMEASURED, is_hidden);
    if h >= params.thin_q16 && is_heavy(cell) {
        let corner = at_level_corner(x, y);
        cell = select((cell & 0xff000000u) | UNDECIDED, corner, is_heavy(corner));
    }
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
    let x = vec4(id.x * 4u) + vec4(0u, 1u, 2u, 3u);
    let means = box_means(id.x, id.y, quads, vec2(params.width, params.height), params.is_dual != 0u);

    let at = id.y * quads + id.x;
    let valid = validity[at];
    let a = high[at * 2u];
    let b = high[at * 2u + 1u];
    let own = vec4(pixel16(a, 0u), pixel16(a, 1u), pixel16(b, 0u), pixel16(b, 1u));
    var words = vec4(0u);
    let line = id.y * params.width;
    for (var k = 0u; k < 4u; k++) {
        if x[k] < params.width {
            let found = find(means.high[k], means.low[k], pixel8(valid, k), own[k], x[k], id.y);
            words[k] = found.word;
            areal_density[line + x[k]] = f32(found.lambda_q10) * (1.0 / 1024.0);
        }
    }
    z_class[at] = pack8((words >> vec4(13u)) & vec4(7u));
    areal_density_sigma[at] = pack8(words >> vec4(24u));
    class_confidence[at] = pack8((words >> vec4(16u)) & vec4(255u));
}
