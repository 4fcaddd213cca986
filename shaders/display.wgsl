// Picture for people: `palette[slot(class, validity) · 256 + tone[A_high]]`.
//
// One invocation per quad. Colours are packed `red | green << 8 | blue << 16 | alpha << 24`.

struct Params {
    width: u32,
    height: u32,
    has_class: u32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> high: array<u32>;
@group(0) @binding(2) var<storage, read> z_class: array<u32>;
@group(0) @binding(3) var<storage, read> validity: array<u32>;
// Brightness per attenuation, four to a word.
@group(0) @binding(4) var<storage, read> tone: array<u32>;
@group(0) @binding(5) var<storage, read> palette: array<u32>;
@group(0) @binding(6) var<storage, read_write> rgba: array<u32>;

const NO_CLASS = 5u;
const UNMEASURED = 6u;

fn slot(class_number: u32, valid: u32) -> u32 {
    if (valid & BEAM_OFF_BIT) != 0u || is_dead(valid) {
        return UNMEASURED;
    }
    return min(class_number, NO_CLASS);
}

@compute @workgroup_size(32, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = quads_per_row(params.width);
    if id.x >= quads || id.y >= params.height {
        return;
    }
    let at = id.y * quads + id.x;
    let classes = z_class[at];
    let valid = validity[at];
    let line = id.y * params.width;
    for (var k = 0u; k < 4u; k++) {
        let x = id.x * 4u + k;
        if x < params.width {
            let a = pixel16(high[at * 2u + k / 2u], k);
            let brightness = pixel8(tone[a / 4u], a);
            let class_number = select(NO_CLASS, pixel8(classes, k), params.has_class != 0u);
            rgba[line + x] = palette[slot(class_number, pixel8(valid, k)) * 256u + brightness];
        }
    }
}
