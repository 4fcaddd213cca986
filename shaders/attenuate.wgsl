// Counts of one band to attenuation and validity, in one sweep:
// `A = (LN[air − dark] + δ + dose − LN[max(s, floor)] + 128) >> 8` for good rows, the rounded mean of the nearest good
// rows for bad ones; registered to the high band's columns by four taps; then the median of 3 × 3, edges replicated.
//
// One invocation per quad. `s = max(n − dark, 0)`, `n` the counts or their negative in inverted vendor grey. A workgroup
// first attenuates its tile and a border of one quad to the sides and one row above and below, which stay in its own
// memory: attenuation before registration and filter never reaches a buffer. Columns and rows outside the view hold the
// nearest inside.

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

// Attenuation and validity of four columns `x` of row `y`, a good one.
fn attenuation(x: vec4<u32>, y: u32, dose_q20: vec4<i32>) -> Quad {
    let words = quads_per_row(params.width) * 2u;
    let at = vec4(y * words) + x / 2u;
    let pairs = vec4(counts[at.x], counts[at.y], counts[at.z], counts[at.w]);
    var n = (pairs >> ((x & vec4(1u)) * 16u)) & vec4(65535u);
    let top = vec4(params.max_value);
    if params.is_inverted != 0u {
        n = top - min(n, top);
    }
    let dark = vec4(rows[y].dark);
    let s = max(n, dark) - dark;
    let lowest = vec4(params.floor);
    let t = max(s, lowest);
    let logs = vec4<i32>(vec4(ln[t.x], ln[t.y], ln[t.z], ln[t.w]));
    var gain = vec4(i32(rows[y].gain_ln));
    let first = rows[y].drift;
    if first != NO_DRIFT {
        // The four columns never lie in two blocks: blocks are whole quads.
        let block = drifts[first + x.x / DRIFT_BLOCK];
        gain += select(vec4(block.after), vec4(block.before), x < vec4(block.step));
    }
    let q20 = gain + dose_q20 - logs;
    let q12 = vec4<u32>(clamp((q20 + vec4(128)) >> vec4(8u), vec4(0), vec4(65535)));
    let saturated = select(vec4(0u), vec4(SATURATED), n >= top);
    let limited = select(vec4(0u), vec4(PENETRATION_LIMITED), s <= vec4(params.limit));
    let is_off = dose_q20 == vec4(BEAM_OFF);
    let bits = select(saturated | limited, vec4(BEAM_OFF_BIT), is_off) & vec4(params.keep_bits);
    return Quad(select(q12, vec4(0u), is_off), bits);
}

fn attenuated(x: vec4<u32>, y: u32) -> Quad {
    let state = rows[y].state;
    if state == DEAD_ROW {
        return Quad(vec4(0u), vec4(DEAD));
    }
    let dose_q20 = vec4(dose[x.x], dose[x.y], dose[x.z], dose[x.w]);
    let result = attenuation(x, rows[y].up, dose_q20);
    if state != INTERPOLATED_ROW {
        return result;
    }
    let below = attenuation(x, rows[y].down, dose_q20);
    let weight = vec4(rows[y].weight);
    let span = vec4(rows[y].span);
    let sum = result.a * (span - weight) + below.a * weight + span / 2u;
    return Quad(sum / span, result.validity | below.validity | vec4(DEAD | INTERPOLATED));
}

// Nine neighbouring columns, from that of the first tap of column x - 1 of a quad at x to that of the last of x + 4.
struct Window {
    a: vec4<u32>,
    b: vec4<u32>,
    c: u32,
}

// The window in the quads to the left, at and to the right of x.
fn window(l: vec4<u32>, m: vec4<u32>, r: vec4<u32>) -> Window {
    if params.first_tap == -2 {
        return Window(vec4(l.yzw, m.x), vec4(m.yzw, r.x), r.y);
    }
    if params.first_tap == -1 {
        return Window(vec4(l.zw, m.xy), vec4(m.zw, r.xy), r.z);
    }
    return Window(vec4(l.w, m.xyz), vec4(m.w, r.xyz), r.w);
}

fn registered(a0: vec4<u32>, a1: vec4<u32>, a2: vec4<u32>, a3: vec4<u32>) -> vec4<u32> {
    let w = params.weights;
    let left = vec4<i32>(a1);
    let right = vec4<i32>(a2);
    let value = (vec4<i32>(a0) * w.x + left * w.y + right * w.z + vec4<i32>(a3) * w.w + vec4(128)) >> vec4(8u);
    return vec4<u32>(min(max(value, min(left, right)), max(left, right)));
}

fn unpacked(words: vec2<u32>) -> vec4<u32> {
    return vec4(pixel16(words.x, 0u), pixel16(words.x, 1u), pixel16(words.y, 0u), pixel16(words.y, 1u));
}

// Six columns of one row in place, x - 1 to x + 4.
struct Strip {
    middle: vec4<u32>,
    edges: vec4<u32>,
}

// The strip around the quad at column `x`, which is `at` in the tile; columns outside the view hold the nearest inside.
fn strip(x: u32, at: u32) -> Strip {
    let w = window(unpacked(tile[at - 1u]), unpacked(tile[at]), unpacked(tile[at + 1u]));
    let first = registered(w.a, vec4(w.a.yzw, w.b.x), vec4(w.a.zw, w.b.xy), vec4(w.a.w, w.b.xyz));
    let second = registered(w.b, vec4(w.b.yzw, w.c), vec4(w.b.zw, w.c, w.c), vec4(w.b.w, w.c, w.c, w.c));
    let middle = vec4(first.yzw, second.x);
    let to_edge = params.width - 1u - x;
    let last = select(select(select(middle.w, middle.z, to_edge == 2u), middle.y, to_edge == 1u), middle.x, to_edge == 0u);
    let right = select(second.y, last, to_edge < 4u);
    let left = select(first.x, middle.x, x == 0u);
    return Strip(select(middle, vec4(last), vec4(0u, 1u, 2u, 3u) > vec4(to_edge)), vec4(left, right, 0u, 0u));
}

fn unpacked_bits(word: u32) -> vec4<u32> {
    return vec4(pixel8(word, 0u), pixel8(word, 1u), pixel8(word, 2u), pixel8(word, 3u));
}

// Validity in place of the quad that is `at` in the tile.
fn bits_in_place(at: u32) -> vec4<u32> {
    let w = window(
        unpacked_bits(tile_bits[at - 1u]),
        unpacked_bits(tile_bits[at]),
        unpacked_bits(tile_bits[at + 1u]),
    );
    let used = select(vec4(0u), vec4(255u), params.weights != vec4(0));
    return (vec4(w.a.yzw, w.b.x) & vec4(used.x)) | (vec4(w.a.zw, w.b.xy) & vec4(used.y))
        | (vec4(w.a.w, w.b.xyz) & vec4(used.z)) | (w.b & vec4(used.w));
}

fn middle_of(a: vec4<u32>, b: vec4<u32>, c: vec4<u32>) -> vec4<u32> {
    return max(min(a, b), min(max(a, b), c));
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
    for (var i = index; i < TILE; i += 256u) {
        let x = i32(group.x * 128u + i % TILE_QUADS * 4u) - 4;
        let columns = clamp(vec4(x) + vec4(0, 1, 2, 3), vec4(0), vec4(i32(params.width) - 1));
        let y = clamp(i32(group.y * 8u + i / TILE_QUADS) - 1, 0, i32(params.height) - 1);
        let own = attenuated(vec4<u32>(columns), u32(y));
        tile[i] = vec2(pack16(own.a.x, own.a.y), pack16(own.a.z, own.a.w));
        tile_bits[i] = pack8(own.validity);
    }
    workgroupBarrier();
    if id.x >= quads || id.y >= params.height {
        return;
    }
    let x = id.x * 4u;
    let here_at = (local.y + 1u) * TILE_QUADS + local.x + 1u;
    let here = strip(x, here_at);
    var value = here.middle;
    if params.is_filtered != 0u {
        value = median(strip(x, here_at - TILE_QUADS), here, strip(x, here_at + TILE_QUADS));
    }
    let at = id.y * quads + id.x;
    plane[at * 2u] = pack16(value.x, value.y);
    plane[at * 2u + 1u] = pack16(value.z, value.w);
    let merged = select(0u, validity[at], params.is_merged != 0u);
    validity[at] = merged | pack8(bits_in_place(here_at));
}
