//! Decodes on command and says how long it took, so that `benches/compare/decode.py` can take turns with other decoders.
//!
//! Arguments: scans. For each scan and codec it first writes one line `name codec bytes pixels width`, then an empty line.
//! Then it answers each line `scan codec` of its input (both as indices) with the nanoseconds that one decode took, and the
//! nanoseconds that all threads together were running (Linux; else 0). The answer to `scan counts PATH` is `ok`, after the
//! counts of all bands were written to `PATH` as little-endian 16 bits.

use std::io::{BufRead, Write};
use std::time::Instant;

use anyhow::{Context, bail};
use pellucid_scan::{Codec, Limits, decode, encode_tiff_with, png_gray16};

/// What is timed: codecs of the profile, and PNG of one band after another by the decoder for processed pictures.
const NAMES: [&str; 5] = ["packed", "rice", "stored", "deflate", "png"];
const CODECS: [Codec; 4] = [Codec::Packed, Codec::Rice, Codec::Stored, Codec::Deflate];

fn main() -> anyhow::Result<()> {
    let limits = Limits::default();
    let mut scans = Vec::new();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).with_context(|| format!("reading {path}"))?;
        let scan = decode(&bytes, &limits)?.scan;
        let mut files: Vec<Vec<Vec<u8>>> = Vec::new();
        for codec in CODECS {
            files.push(vec![encode_tiff_with(&scan, codec)?]);
        }
        let bands: Vec<_> = scan.views.iter().flat_map(|view| &view.bands).map(|band| &band.counts).collect();
        let png = bands.iter().map(|band| png_gray16(band.width() as u32, band.height() as u32, band.pixels()));
        files.push(png.collect::<Result<_, _>>()?);
        let pixels: usize = bands.iter().map(|band| band.len()).sum();
        for (name, files) in NAMES.iter().zip(&files) {
            let bytes = files.iter().map(Vec::len).sum::<usize>();
            println!("{path} {name} {bytes} {pixels} {}", scan.views[0].size().0);
        }
        scans.push((scan, files));
    }
    println!();
    std::io::stdout().flush()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<_> = line.split_whitespace().collect();
        let [scan, what, rest @ ..] = words.as_slice() else { bail!("a line needs a scan and a codec") };
        let (scan, files) = scans.get(scan.parse::<usize>()?).context("no such scan")?;
        if let ["counts", path] = [&[*what], rest].concat().as_slice() {
            let bands = scan.views.iter().flat_map(|view| &view.bands);
            let bytes: Vec<u8> = bands.flat_map(|band| band.counts.pixels()).flat_map(|v| v.to_le_bytes()).collect();
            std::fs::write(path, bytes)?;
            println!("ok");
        } else {
            let files = files.get(what.parse::<usize>()?).context("no such codec")?;
            let (start, start_running) = (Instant::now(), running_ns());
            let decoded: Vec<_> = files.iter().map(|file| decode(file, &limits)).collect::<Result<_, _>>()?;
            let (took, running) = (start.elapsed(), running_ns() - start_running);
            drop(decoded);
            println!("{} {running}", took.as_nanos());
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Nanoseconds for which the threads of this process were running so far.
fn running_ns() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let figures = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok());
    figures.filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok()).sum()
}
