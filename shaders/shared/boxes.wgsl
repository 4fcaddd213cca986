// Means of both attenuations over boxes of 5 × 5 pixels, for the passes that find a place among the nodes.

@group(0) @binding(1) var<storage, read> high: array<u32>;
@group(0) @binding(2) var<storage, read> low: array<u32>;

// Sums over the rows of a box: columns x - 2 to x + 5 around a quad; columns outside the plane are 0.
struct Columns {
    left: vec2<u32>,
    middle: vec4<u32>,
    right: vec2<u32>,
}

// Words of a row of 16-bit pixels that a quad's boxes need: its own two, and those beside them with masks that are 0 where
// there is none.
struct Around {
    before: u32,
    here: u32,
    after: u32,
    left: u32,
    right: u32,
}

fn around(y: u32, quad: u32, quads: u32) -> Around {
    let has_left = quad > 0u;
    let has_right = quad + 1u < quads;
    let at = (y * quads + quad) * 2u;
    return Around(
        at - select(0u, 1u, has_left),
        at,
        at + select(0u, 2u, has_right),
        select(0u, 0xffffffffu, has_left),
        select(0u, 0xffffffffu, has_right),
    );
}

fn add_words(sums: Columns, before: u32, a: u32, b: u32, after: u32) -> Columns {
    return Columns(
        sums.left + vec2(before & 0xffffu, before >> 16u),
        sums.middle + vec4(a & 0xffffu, a >> 16u, b & 0xffffu, b >> 16u),
        sums.right + vec2(after & 0xffffu, after >> 16u),
    );
}

// Zero for columns that are padding.
fn inside(sums: Columns, quad: u32, width: u32) -> Columns {
    let x = vec4(quad * 4u);
    let is_middle = x + vec4(0u, 1u, 2u, 3u) < vec4(width);
    let is_right = x.xy + vec2(4u, 5u) < vec2(width);
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

// Pixels of the plane in the boxes of a quad; padding pixels divide by 1 and are dropped.
fn pixels_in_boxes(quad: u32, rows: u32, width: u32) -> vec4<u32> {
    let x = vec4(quad * 4u) + vec4(0u, 1u, 2u, 3u);
    let columns = min(x + vec4(3u), vec4(width)) - (x - min(x, vec4(2u)));
    return select(vec4(1u), columns * vec4(rows), x < vec4(width));
}

// In sixteenths, rounded.
struct BoxMeans {
    high: vec4<u32>,
    low: vec4<u32>,
}

// The means around the four pixels of a quad of row `y` in a plane of `size`; those of a low band that is not there are 0.
fn box_means(quad: u32, y: u32, quads: u32, size: vec2<u32>, is_dual: bool) -> BoxMeans {
    let first = y - min(y, 2u);
    let end = min(y + 3u, size.y);
    var high_sums = Columns();
    var low_sums = Columns();
    for (var row = first; row < end; row++) {
        let at = around(row, quad, quads);
        high_sums = add_words(high_sums, high[at.before] & at.left, high[at.here], high[at.here + 1u],
            high[at.after] & at.right);
        if is_dual {
            low_sums = add_words(low_sums, low[at.before] & at.left, low[at.here], low[at.here + 1u],
                low[at.after] & at.right);
        }
    }
    let n = pixels_in_boxes(quad, end - first, size.x);
    return BoxMeans(
        (boxes(inside(high_sums, quad, size.x)) * 16u + n / 2u) / n,
        (boxes(inside(low_sums, quad, size.x)) * 16u + n / 2u) / n,
    );
}
