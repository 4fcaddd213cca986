// Counts of one band to attenuation and validity: `A = (LN[air − dark] + dose − LN[max(s, floor)] + 128) >> 8` for good
// rows, the rounded mean of the nearest good rows for bad ones.
//
// One invocation per quad. `s = max(n − dark, 0)`, `n` the counts or their negative in inverted vendor grey.

struct Params {
    width: u32,
    height: u32,
    max_value: u32,
    floor: u32,
    is_inverted: u32,
    keep_bits: u32,
    is_merged: u32,
    limit: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<Row>;
@group(0) @binding(3) var<storage, read> dose: array<i32>;
@group(0) @binding(4) var<storage, read> ln: array<u32>;
@group(0) @binding(5) var<storage, read_write> plane: array<u32>;
@group(0) @binding(6) var<storage, read_write> validity: array<u32>;

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

fn attenuation(quad: u32, y: u32, dose_q20: vec4<i32>) -> Quad {
    let at = (y * quads_per_row(params.width) + quad) * 2u;
    let a = counts[at];
    let b = counts[at + 1u];
    var n = vec4(pixel16(a, 0u), pixel16(a, 1u), pixel16(b, 0u), pixel16(b, 1u));
    let top = vec4(params.max_value);
    if params.is_inverted != 0u {
        n = top - min(n, top);
    }
    let dark = vec4(rows[y].dark);
    let s = max(n, dark) - dark;
    let lowest = vec4(params.floor);
    let t = max(s, lowest);
    let logs = vec4<i32>(vec4(ln[t.x], ln[t.y], ln[t.z], ln[t.w]));
    let q20 = vec4(i32(rows[y].gain_ln)) + dose_q20 - logs;
    let q12 = vec4<u32>(clamp((q20 + vec4(128)) >> vec4(8u), vec4(0), vec4(65535)));
    let saturated = select(vec4(0u), vec4(SATURATED), n >= top);
    let limited = select(vec4(0u), vec4(PENETRATION_LIMITED), s <= vec4(params.limit));
    let is_off = dose_q20 == vec4(BEAM_OFF);
    let bits = select(saturated | limited, vec4(BEAM_OFF_BIT), is_off) & vec4(params.keep_bits);
    return Quad(select(q12, vec4(0u), is_off), bits);
}

@compute @workgroup_size(32, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = quads_per_row(params.width);
    if id.x >= quads || id.y >= params.height {
        return;
    }
    let row = rows[id.y];
    var result = Quad(vec4(0u), vec4(DEAD));
    if row.state != DEAD_ROW {
        let dose_q20 = doses(id.x);
        result = attenuation(id.x, row.up, dose_q20);
        if row.state == INTERPOLATED_ROW {
            let below = attenuation(id.x, row.down, dose_q20);
            let sum = result.a * vec4(row.span - row.weight) + below.a * vec4(row.weight) + vec4(row.span / 2u);
            result = Quad(sum / vec4(row.span), result.validity | below.validity | vec4(DEAD | INTERPOLATED));
        }
    }
    let at = id.y * quads + id.x;
    plane[at * 2u] = pack16(result.a.x, result.a.y);
    plane[at * 2u + 1u] = pack16(result.a.z, result.a.w);
    let merged = select(0u, validity[at], params.is_merged != 0u);
    validity[at] = merged | pack8(result.validity);
}
