// Statistics per tile: count, extremes, sum and a histogram of 4,096 bins of the measured pixels;
// `bin(a) = ((clamp(a, low, high) − low) · scale) >> 20`.
//
// One workgroup per slice of rows of a tile. A slice holds at most 32,768 pixels or one row, so two of its bins share a
// word; what it counted is added to the tile's own numbers, which start as 0.

struct Params {
    width: u32,
    height: u32,
    tiles_x: u32,
    tiles_y: u32,
    low: u32,
    high: u32,
    scale: u32,
    rows_per_slice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> plane: array<u32>;
@group(0) @binding(2) var<storage, read> validity: array<u32>;
@group(0) @binding(3) var<storage, read_write> histograms: array<atomic<u32>>;
// Per tile: count, 65,535 less the smallest, the largest, and the sum's low and high 16 bits, each summed up.
@group(0) @binding(4) var<storage, read_write> extents: array<atomic<u32>>;

const BINS = 4096u;
const LANES = 256u;
const EXTENT_WORDS = 5u;

var<workgroup> bins: array<atomic<u32>, 2048>;
var<workgroup> numbers: array<atomic<u32>, 4>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let tile_x = group.x % params.tiles_x;
    let tile_y = group.x / params.tiles_x;
    let x0 = tile_x * params.width / params.tiles_x;
    let x1 = (tile_x + 1u) * params.width / params.tiles_x;
    let y_end = (tile_y + 1u) * params.height / params.tiles_y;
    let y0 = min(tile_y * params.height / params.tiles_y + group.y * params.rows_per_slice, y_end);
    let y1 = min(y0 + params.rows_per_slice, y_end);
    let columns = x1 - x0;
    let quads = quads_per_row(params.width);

    var count = 0u;
    var smallest = 0u;
    var largest = 0u;
    var sum = 0u;
    for (var i = lane; i < columns * (y1 - y0); i += LANES) {
        let x = x0 + i % columns;
        let y = y0 + i / columns;
        let valid = pixel8(validity[y * quads + x / 4u], x);
        if (valid & BEAM_OFF_BIT) == 0u && !is_dead(valid) {
            let a = pixel16(plane[y * quads * 2u + x / 2u], x);
            let bin = ((clamp(a, params.low, params.high) - params.low) * params.scale) >> 20u;
            atomicAdd(&bins[bin / 2u], 1u << ((bin & 1u) * 16u));
            count++;
            smallest = max(smallest, 65535u - a);
            largest = max(largest, a);
            sum += a;
        }
    }
    atomicAdd(&numbers[0], count);
    atomicMax(&numbers[1], smallest);
    atomicMax(&numbers[2], largest);
    atomicAdd(&numbers[3], sum);
    workgroupBarrier();

    for (var i = lane; i < BINS / 2u; i += LANES) {
        let pair = atomicLoad(&bins[i]);
        let at = group.x * BINS + i * 2u;
        if (pair & 0xffffu) != 0u {
            atomicAdd(&histograms[at], pair & 0xffffu);
        }
        if (pair >> 16u) != 0u {
            atomicAdd(&histograms[at + 1u], pair >> 16u);
        }
    }
    if lane == 0u {
        let at = group.x * EXTENT_WORDS;
        let total = atomicLoad(&numbers[3]);
        atomicAdd(&extents[at], atomicLoad(&numbers[0]));
        atomicMax(&extents[at + 1u], atomicLoad(&numbers[1]));
        atomicMax(&extents[at + 2u], atomicLoad(&numbers[2]));
        atomicAdd(&extents[at + 3u], total & 0xffffu);
        atomicAdd(&extents[at + 4u], total >> 16u);
    }
}
