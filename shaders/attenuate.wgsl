// Counts of one band to attenuation and validity, in one sweep:
// `A = (LN[air − dark] + δ + dose − LN[max(s, floor)] + 128) >> 8` for good rows, the rounded mean of the nearest good
// rows for bad ones; registered to the high band's columns by four taps; then the median of 3 × 3, edges replicated.
//
// One invocation per quad. `s = max(n − dark, 0)`, `n` the counts or their negative in inverted vendor grey. A workgroup
// first attenuates its tile and a border of one quad to the sides and one row above and below, which stay in its own
// memory: attenuation before registration and filter never reaches a buffer.

struct Params {
    width: u32,
    height: u32,
    max_value: u32,
    floor: u32,
    is_inverted: u32,
    keep_bits: u32,
    is_merged: u32,
    limit: u32,
    is_filtered: u32,
    first_tap: i32,
    padding_0: u32,
    padding_1: u32,
    weights: vec4<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<Row>;
@group(0) @binding(3) var<storage, read> dose: array<i32>;
@group(0) @binding(4) var<storage, read> ln: array<u32>;
@group(0) @binding(5) var<storage, read> drifts: array<DriftBlock>;
@group(0) @binding(6) var<storage, read_write> plane: array<u32>;
@group(0) @binding(7) var<storage, read_write> validity: array<u32>;

// The tile of a workgroup of 32 x 8 quads with its border.
const TILE_QUADS = 34u;
const TILE_ROWS = 10u;
const TILE = 340u;

var<workgroup> tile: array<vec2<u32>, TILE>;
var<workgroup> tile_bits: array<u32, TILE>;

struct Quad {
    a: vec4<u32>,
    validity: vec4<u32>,
}

fn doses(quad: u32) -> vec4<i32> {
    // Padding columns repeat the last dose: they are computed and never read.
    let last = params.width - 1u;
    let x = min(vec4(quad * 4u) + vec4(0u, 1u, 2u, 3u), vec4(last));
    return vec4(dose[x.x], dose[x.y], dose[x.z], dose[x.w]);
}

fn drift(row: Row, quad: u32) -> vec4<i32> {
    if row.drift == NO_DRIFT {
        return vec4(0);
    }
    // A quad never crosses a block's end: blocks are whole quads.
    let block = drifts[row.drift + quad * 4u / DRIFT_BLOCK];
    let x = vec4(quad * 4u) + vec4(0u, 1u, 2u, 3u);
    return select(vec4(block.after), vec4(block.before), x < vec4(block.step));
}

fn attenuation(quad: u32, y: u32, dose_q20: vec4<i32>) -> Quad {
    let at = (y * quads_per_row(params.width) + quad) * 2u;
    let a = counts[at];
    let b = counts[at + 1u];
    var n = vec4(pixel16(a, 0u), pixel16(a, 1u), pixel16(b, 0u), pixel16(b, 1u));
    let top = vec4(params.max_value);
    if params.is_inverted != 0u {
        n = top - min(n, top);
    }
    let row = rows[y];
    let dark = vec4(row.dark);
    let s = max(n, dark) - dark;
    let lowest = vec4(params.floor);
    let t = max(s, lowest);
    let logs = vec4<i32>(vec4(ln[t.x], ln[t.y], ln[t.z], ln[t.w]));
    let q20 = vec4(i32(row.gain_ln)) + drift(row, quad) + dose_q20 - logs;
    let q12 = vec4<u32>(clamp((q20 + vec4(128)) >> vec4(8u), vec4(0), vec4(65535)));
    let saturated = select(vec4(0u), vec4(SATURATED), n >= top);
    let limited = select(vec4(0u), vec4(PENETRATION_LIMITED), s <= vec4(params.limit));
    let is_off = dose_q20 == vec4(BEAM_OFF);
    let bits = select(saturated | limited, vec4(BEAM_OFF_BIT), is_off) & vec4(params.keep_bits);
    return Quad(select(q12, vec4(0u), is_off), bits);
}

fn attenuated(quad: u32, y: u32) -> Quad {
    let row = rows[y];
    if row.state == DEAD_ROW {
        return Quad(vec4(0u), vec4(DEAD));
    }
    let dose_q20 = doses(quad);
    let result = attenuation(quad, row.up, dose_q20);
    if row.state != INTERPOLATED_ROW {
        return result;
    }
    let below = attenuation(quad, row.down, dose_q20);
    let sum = result.a * vec4(row.span - row.weight) + below.a * vec4(row.weight) + vec4(row.span / 2u);
    return Quad(sum / vec4(row.span), result.validity | below.validity | vec4(DEAD | INTERPOLATED));
}

// Column of the view at the left edge of the tile; the border of the first tiles lies outside.
fn left_of(group_x: u32) -> i32 {
    return i32(group_x * 128u) - 4;
}

fn clamped(x: i32) -> i32 {
    return clamp(x, 0, i32(params.width) - 1);
}

// Attenuation of column `x` of the view, inside it, in a row of the tile.
fn plain(x: i32, tile_row: u32, left: i32) -> u32 {
    let i = u32(x - left);
    let words = tile[tile_row * TILE_QUADS + i / 4u];
    return pixel16(select(words.x, words.y, (i & 2u) != 0u), i);
}

fn is_registered() -> bool {
    return params.first_tap != -1 || params.weights.y != 256;
}

// Columns of the four taps of column `x`.
fn taps(x: i32) -> vec4<i32> {
    let first = x + params.first_tap;
    return vec4(clamped(first), clamped(first + 1), clamped(first + 2), clamped(first + 3));
}

// Registered attenuation of column `x`, edges replicated.
fn in_place(x: i32, tile_row: u32, left: i32) -> u32 {
    let here = clamped(x);
    if !is_registered() {
        return plain(here, tile_row, left);
    }
    let c = taps(here);
    let a = vec4<i32>(vec4(
        plain(c.x, tile_row, left),
        plain(c.y, tile_row, left),
        plain(c.z, tile_row, left),
        plain(c.w, tile_row, left),
    ));
    let products = a * params.weights;
    let value = (products.x + products.y + products.z + products.w + 128) >> 8u;
    return u32(min(max(value, min(a.y, a.z)), max(a.y, a.z)));
}

// Validity of column `x` as it was taken.
fn plain_bits(x: i32, tile_row: u32, left: i32) -> u32 {
    let i = u32(x - left);
    return pixel8(tile_bits[tile_row * TILE_QUADS + i / 4u], i);
}

// Registered validity of column `x`, which may lie in the padding.
fn bits_in_place(x: i32, tile_row: u32, left: i32) -> u32 {
    let c = taps(clamped(x));
    let bits = vec4(
        plain_bits(c.x, tile_row, left),
        plain_bits(c.y, tile_row, left),
        plain_bits(c.z, tile_row, left),
        plain_bits(c.w, tile_row, left),
    );
    let used = select(vec4(0u), bits, params.weights != vec4(0));
    return used.x | used.y | used.z | used.w;
}

fn middle_of(a: vec4<u32>, b: vec4<u32>, c: vec4<u32>) -> vec4<u32> {
    return max(min(a, b), min(max(a, b), c));
}

// Six columns of one row, x - 1 to x + 4.
struct Strip {
    middle: vec4<u32>,
    edges: vec4<u32>,
}

fn strip(x: i32, tile_row: u32, left: i32) -> Strip {
    // Most quads are whole and in place: their words and their neighbours' are enough.
    if x > 0 && x + 4 < i32(params.width) && !is_registered() {
        let at = tile_row * TILE_QUADS + u32(x - left) / 4u;
        let words = tile[at];
        let middle = vec4(pixel16(words.x, 0u), pixel16(words.x, 1u), pixel16(words.y, 0u), pixel16(words.y, 1u));
        return Strip(middle, vec4(pixel16(tile[at - 1u].y, 1u), pixel16(tile[at + 1u].x, 0u), 0u, 0u));
    }
    let middle = vec4(
        in_place(x, tile_row, left),
        in_place(x + 1, tile_row, left),
        in_place(x + 2, tile_row, left),
        in_place(x + 3, tile_row, left),
    );
    return Strip(middle, vec4(in_place(x - 1, tile_row, left), in_place(x + 4, tile_row, left), 0u, 0u));
}

// Each column of three sorted; then the median of nine is the middle of the greatest low, the middle middle and the
// least high. The same value as the network of the definition.
fn median(p: Strip, q: Strip, r: Strip) -> vec4<u32> {
    let low_m = min(min(p.middle, q.middle), r.middle);
    let mid_m = middle_of(p.middle, q.middle, r.middle);
    let high_m = max(max(p.middle, q.middle), r.middle);
    let low_e = min(min(p.edges, q.edges), r.edges);
    let mid_e = middle_of(p.edges, q.edges, r.edges);
    let high_e = max(max(p.edges, q.edges), r.edges);
    let lows = max(max(vec4(low_e.x, low_m.xyz), low_m), vec4(low_m.yzw, low_e.y));
    let mids = middle_of(vec4(mid_e.x, mid_m.xyz), mid_m, vec4(mid_m.yzw, mid_e.y));
    let highs = min(min(vec4(high_e.x, high_m.xyz), high_m), vec4(high_m.yzw, high_e.y));
    return middle_of(lows, mids, highs);
}

@compute @workgroup_size(32, 8)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let quads = quads_per_row(params.width);
    // Quads outside the view are never read: their columns and rows are replaced by the nearest inside.
    for (var i = index; i < TILE; i += 256u) {
        let quad = clamp(i32(group.x * 32u + i % TILE_QUADS) - 1, 0, i32(quads) - 1);
        let y = clamp(i32(group.y * 8u + i / TILE_QUADS) - 1, 0, i32(params.height) - 1);
        let own = attenuated(u32(quad), u32(y));
        tile[i] = vec2(pack16(own.a.x, own.a.y), pack16(own.a.z, own.a.w));
        tile_bits[i] = pack8(own.validity);
    }
    workgroupBarrier();
    if id.x >= quads || id.y >= params.height {
        return;
    }
    let left = left_of(group.x);
    let x = i32(id.x * 4u);
    let row = local.y + 1u;
    let here = strip(x, row, left);
    var value = here.middle;
    if params.is_filtered != 0u {
        value = median(strip(x, row - 1u, left), here, strip(x, row + 1u, left));
    }
    var bits = tile_bits[row * TILE_QUADS + local.x + 1u];
    if is_registered() {
        bits = pack8(vec4(
            bits_in_place(x, row, left),
            bits_in_place(x + 1, row, left),
            bits_in_place(x + 2, row, left),
            bits_in_place(x + 3, row, left),
        ));
    }
    let at = id.y * quads + id.x;
    plane[at * 2u] = pack16(value.x, value.y);
    plane[at * 2u + 1u] = pack16(value.z, value.w);
    let merged = select(0u, validity[at], params.is_merged != 0u);
    validity[at] = merged | bits;
}
