// Non-local means, patches of 7 × 7 searched over 21 × 21, edges replicated: `A = ⌊(Σ w a_q + ⌊Σ w / 2⌋) / Σ w⌋`, `w` Tukey's
// biweight of the sum of the patches' absolute differences.
//
// One workgroup per block of 32 × 8 pixels, whose surroundings it brings to its own memory first; one invocation per quad.

struct Params {
    width: u32,
    height: u32,
    padding_0: u32,
    padding_1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> plane: array<u32>;
// Inverse widths, two to a word.
@group(0) @binding(2) var<storage, read> widths: array<u32>;
@group(0) @binding(3) var<storage, read_write> denoised: array<u32>;

const LANES = 64u;
const MARGIN = 13;
const SEARCH = 10;
const PATCH = 3;
const WIDE = 58u;
const TALL = 34u;

var<workgroup> near: array<u32, 1972>;

fn at(x: i32, y: i32) -> u32 {
    return near[u32(y) * WIDE + u32(x)];
}

fn difference(a: u32, b: u32) -> u32 {
    return min((max(a, b) - min(a, b)) >> 2u, 1337u);
}

fn weight(d: vec4<u32>, inverse: vec4<u32>) -> vec4<u32> {
    let u = min((d * inverse) >> vec4(16u), vec4(255u));
    let q = (vec4(65025u) - u * u) >> vec4(8u);
    return (q * q) >> vec4(9u);
}

@compute @workgroup_size(8, 8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let quads = quads_per_row(params.width);
    let x0 = i32(group.x * 32u) - MARGIN;
    let y0 = i32(group.y * 8u) - MARGIN;
    for (var i = lane; i < WIDE * TALL; i += LANES) {
        let x = u32(clamp(x0 + i32(i % WIDE), 0, i32(params.width) - 1));
        let y = u32(clamp(y0 + i32(i / WIDE), 0, i32(params.height) - 1));
        near[i] = pixel16(plane[y * quads * 2u + x / 2u], x);
    }
    workgroupBarrier();

    let quad = group.x * 8u + local.x;
    let y = group.y * 8u + local.y;
    if quad >= quads || y >= params.height {
        return;
    }
    // The quad's first pixel in the block's memory.
    let cx = i32(local.x * 4u) + MARGIN;
    let cy = i32(local.y) + MARGIN;
    var inverse = vec4(0u);
    for (var k = 0; k < 4; k++) {
        let a = at(cx + k, cy);
        inverse[k] = pixel16(widths[a >> 9u], a >> 8u);
    }
    var sums = vec4(0u);
    var weights = vec4(0u);
    for (var dy = -SEARCH; dy <= SEARCH; dy++) {
        for (var dx = -SEARCH; dx <= SEARCH; dx++) {
            // Sums of seven rows for the ten columns that four patches touch.
            var columns: array<u32, 10>;
            for (var i = 0; i < 10; i++) {
                var sum = 0u;
                for (var j = -PATCH; j <= PATCH; j++) {
                    let x = cx + i - PATCH;
                    sum += difference(at(x, cy + j), at(x + dx, cy + j + dy));
                }
                columns[i] = sum;
            }
            var d = vec4(0u);
            d.x = columns[0] + columns[1] + columns[2] + columns[3] + columns[4] + columns[5] + columns[6];
            d.y = d.x - columns[0] + columns[7];
            d.z = d.y - columns[1] + columns[8];
            d.w = d.z - columns[2] + columns[9];
            let w = weight(d, inverse);
            let x = cx + dx;
            let there = vec4(at(x, cy + dy), at(x + 1, cy + dy), at(x + 2, cy + dy), at(x + 3, cy + dy));
            weights += w;
            sums += w * there;
        }
    }
    let p = (sums + weights / vec4(2u)) / weights;
    let to = (y * quads + quad) * 2u;
    denoised[to] = pack16(p.x, p.y);
    denoised[to + 1u] = pack16(p.z, p.w);
}
