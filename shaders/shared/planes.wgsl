// Planes on the device. Rows are padded to whole quads of four pixels, so that one invocation owns one quad: two words
// of 16-bit pixels, or one word of 8-bit pixels, and no two invocations write the same word. Padding is never read as
// a pixel.

fn quads_per_row(width: u32) -> u32 {
    return (width + 3u) / 4u;
}

// The 16-bit pixel of an odd or even column from the word that holds it.
fn pixel16(word: u32, x: u32) -> u32 {
    return extractBits(word, (x & 1u) * 16u, 16u);
}

// The 8-bit pixel of a column from the word that holds it.
fn pixel8(word: u32, x: u32) -> u32 {
    return extractBits(word, (x & 3u) * 8u, 8u);
}

fn pack16(low: u32, high: u32) -> u32 {
    return low | (high << 16u);
}

fn pack8(p: vec4<u32>) -> u32 {
    return p.x | (p.y << 8u) | (p.z << 16u) | (p.w << 24u);
}
