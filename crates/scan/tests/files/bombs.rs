//! Small files that ask for much: memory, time or recursion.

use std::io::Write;

use crate::jpeg_by_hand::PLAIN;
use crate::{Input, one, pictures, sidecar, sidecar_of};

/// `len` zeros, deflated with a zlib header: about 1,030 to 1.
fn zeros(len: usize) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; len], 9)
}

/// A PNG of 16-bit grey of this size around compressed data.
fn png_around(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([16, 0, 0, 0, 0]);
    for (kind, content) in [(b"IHDR", header.as_slice()), (b"IDAT", data), (b"IEND", &[])] {
        let chunk = [&kind[..], content].concat();
        file.extend((content.len() as u32).to_be_bytes());
        file.write_all(&chunk).unwrap();
        file.extend(crc32fast::hash(&chunk).to_be_bytes());
    }
    file
}

/// A little-endian TIFF of one strip around data, with these fields.
fn tiff_around(fields: &[(u16, u32)], data: &[u8]) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    let mut fields = fields.to_vec();
    fields.extend([(273, 8 + 2 + 12 * (fields.len() as u32 + 2) + 4), (279, data.len() as u32)]);
    fields.sort();
    file.extend((fields.len() as u16).to_le_bytes());
    for (tag, value) in fields {
        file.extend(tag.to_le_bytes());
        file.extend([4, 0, 1, 0, 0, 0]);
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend(data);
    file
}

/// A DICOM file whose elements are `body`, in explicit little-endian.
fn dicom_around(body: &[u8]) -> Vec<u8> {
    dicom_of("1.2.840.10008.1.2.1\0", body)
}

fn dicom_of(syntax: &str, body: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 128];
    file.extend(b"DICM\x02\0\x10\0UI");
    file.extend((syntax.len() as u16).to_le_bytes());
    file.extend(syntax.as_bytes());
    file.extend(body);
    file
}

/// The elements of a grey picture of 16 bits, up to its pixels.
fn dicom_header(frames: usize, rows: u16, columns: u16) -> Vec<u8> {
    let mut body = b"\x28\0\x02\0US\x02\0\x01\0\x28\0\x04\0CS\x0c\0MONOCHROME2 ".to_vec();
    body.extend(b"\x28\0\x08\0IS\x06\0");
    body.extend(format!("{frames:06}").as_bytes());
    for (element, value) in [(0x10_u16, rows), (0x11, columns), (0x100, 16)] {
        body.extend([0x28, 0]);
        body.extend(element.to_le_bytes());
        body.extend(b"US\x02\0");
        body.extend(value.to_le_bytes());
    }
    body
}

/// Pixels in fragments, one a frame, without a table of offsets.
fn fragments(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut body = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\0\0\0\0".to_vec();
    for frame in frames {
        body.extend(b"\xfe\xff\x00\xe0");
        body.extend((frame.len() as u32).to_le_bytes());
        body.extend(frame);
    }
    body.extend(b"\xfe\xff\xdd\xe0\0\0\0\0");
    body
}

pub(crate) fn dicom_frames(frames: &[Vec<u8>]) -> Vec<u8> {
    let body = [dicom_header(frames.len(), 30, 40), fragments(frames)].concat();
    dicom_of("1.2.840.10008.1.2.4.70", &body)
}

/// Small files that ask for much: memory, time or recursion.
pub(crate) fn bombs() -> Vec<(String, Input)> {
    let mut bombs: Vec<(String, Input)> = Vec::new();
    let mut add = |name: String, input: Input| bombs.push((name, input));
    // Claimed sizes, up to 700,000 times the bytes that are there.
    for (width, height) in
        [(20_000, 20_000), (131_072, 3_000), (131_072, 131_072), (u32::MAX, u32::MAX), (40_000, 9_000)]
    {
        for data in [zeros(1_000), zeros(10_000_000)] {
            let size = format!("{width} x {height} in {} bytes", data.len());
            add(format!("PNG of {size}"), one(png_around(width, height, &data)));
            for compression in [1, 5, 8, 32_773, 65_020, 65_021] {
                let fields = [(256, width), (257, height), (258, 16), (259, compression), (262, 1), (278, height)];
                add(format!("TIFF {compression} of {size}"), one(tiff_around(&fields, &data)));
            }
        }
    }
    for (rows, columns) in [(65_535_u16, 65_535_u16), (65_535, 1), (6_000, 65_000)] {
        let mut body = dicom_header(1, rows, columns);
        body.extend(b"\xe0\x7f\x10\0OW\0\0\xfe\xff\xff\xff");
        add(format!("DICOM of {rows} x {columns}"), one(dicom_around(&body)));
    }
    // Lossless JPEG and runs that claim more than they hold; frames without number; fragments of nothing.
    let huge = |code: &[u8]| {
        let mut file = PLAIN.encode(4, 3, &[9; 12]);
        let at = file.windows(2).position(|pair| pair == [0xFF, 0xC3]).unwrap() + 5;
        file[at..at + 4].copy_from_slice(code);
        file
    };
    for sides in [[0xFF; 4], [0x40, 0, 0x50, 0], [0x10, 0, 0x10, 0]] {
        add(format!("lossless JPEG of {sides:?}"), one(huge(&sides)));
        add(format!("lossless JPEG of {sides:?} in zeros"), one([huge(&sides), vec![0; 10_000]].concat()));
    }
    for syntax in ["1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.5\0", "1.2.840.10008.1.2.4.90"] {
        let (header, frame) = (dicom_header(1, 20_000, 20_000), huge(&[0x4E, 0x20, 0x4E, 0x20]));
        add(format!("DICOM {syntax}, huge"), one(dicom_of(syntax, &[header, fragments(&[frame])].concat())));
        let header = dicom_header(1_000, 30, 40);
        let empty = vec![Vec::new(); 200_000];
        add(format!("DICOM {syntax}, empty"), one(dicom_of(syntax, &[header, fragments(&empty)].concat())));
    }
    // A million tables of codes, of which one would be used.
    let table = [&[0][..], &[1], &[0; 15], &[0]].concat().repeat(3_600);
    let tables = [&b"\xff\xc4"[..], &(table.len() as u16 + 2).to_be_bytes(), &table].concat().repeat(300);
    let frame = b"\xff\xd8\xff\xc3\0\x0b\x10\0\x01\0\x01\x01\x01\x11\0";
    add("lossless JPEG of a million tables".to_owned(), one([&frame[..], &tables].concat()));
    let table =
        [&b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\0\0\x40\0"[..], &vec![0xFF; 4 << 20]].concat();
    let items = [&b"\xfe\xff\x00\xe0\0\0\0\0".repeat(1 << 19)[..], b"\xfe\xff\xdd\xe0\0\0\0\0"].concat();
    let body = [dicom_header(1_000, 30, 40), table, items].concat();
    add("DICOM of a million offsets".to_owned(), one(dicom_of("1.2.840.10008.1.2.4.70", &body)));
    add("DICOM of many frames".to_owned(), one(dicom_around(&dicom_header(999_999, 1, 1))));
    // Sequences without an end, deep and wide.
    let open = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff";
    for (name, item, count) in [
        ("deep", &b"\xfe\xff\x00\xe0\xff\xff\xff\xff"[..], 1 << 20),
        ("wide", &b"\xfe\xff\x00\xe0\0\0\0\0"[..], 4 << 20),
    ] {
        add(
            format!("DICOM with a {name} sequence"),
            one(dicom_around(&[open, item.repeat(count).as_slice()].concat())),
        );
    }
    add("DICOM of empty elements".to_owned(), one(dicom_around(&b"\x08\0\x60\0CS\0\0".repeat(4 << 20))));
    // XML: nesting, entities, many elements, one huge value.
    let nested = format!("<inspection>{}", "<a>".repeat(300_000));
    let entities = (1..12).fold(r#"<!ENTITY e0 "aaaaaaaaaaaaaaaa">"#.to_owned(), |text, n| {
        text + &format!(r#"<!ENTITY e{n} "{}">"#, format!("&e{};", n - 1).repeat(16))
    });
    add("XML, deep".to_owned(), sidecar_of(nested));
    add(
        "XML, billion laughs".to_owned(),
        sidecar_of(format!("<!DOCTYPE a [{entities}]><inspection>&e11;</inspection>")),
    );
    add("XML, many elements".to_owned(), sidecar_of(format!("<inspection>{}</inspection>", "<a/>".repeat(250_000))));
    add(
        "XML, many attributes".to_owned(),
        sidecar_of(format!("<inspection {}/>", (0..90_000).map(|n| format!("a{n}=\"\" ")).collect::<String>())),
    );
    add("XML, opened tags".to_owned(), sidecar_of("<a ".repeat(340_000)));
    add("XML, 20 MB".to_owned(), sidecar_of(format!("<inspection a=\"{}\"/>", "x".repeat(20_000_000))));
    add(
        "XML, counts".to_owned(),
        sidecar_of(String::from_utf8(sidecar().pop().unwrap().1).unwrap().replace("9 9 9", &"9 ".repeat(400_000))),
    );
    // JSON: nesting, many views, many files.
    let described_as = |json: String| {
        let mut files = pictures();
        files.push(("scan.json".to_owned(), json.into_bytes()));
        files
    };
    add("JSON, deep".to_owned(), described_as("[".repeat(900_000)));
    add("JSON, 20 MB".to_owned(), described_as(format!("\"{}\"", "x".repeat(20_000_000))));
    let views = r#"{"bands":[{"name":"high","page":0}]},"#.repeat(20_000);
    add(
        "JSON, many views".to_owned(),
        described_as(format!(
            r#"{{"profile":"pellucid-scan/1","grade":"single_energy_raw","files":[],"views":[{}]}}"#,
            views.trim_end_matches(',')
        )),
    );
    let names = r#""high.png","#.repeat(90_000);
    add(
        "JSON, many files".to_owned(),
        described_as(format!(
            r#"{{"profile":"pellucid-scan/1","grade":"processed","files":[{}],"views":[]}}"#,
            names.trim_end_matches(',')
        )),
    );
    // One small picture behind 8 MB that say nothing, as a thousand pages.
    let mut behind = png_around(1, 1, &zeros(3));
    let text = [&b"zzZz"[..], &vec![0; 8 << 20]].concat();
    let text = [&(8_u32 << 20).to_be_bytes()[..], &text, &crc32fast::hash(&text).to_be_bytes()].concat();
    behind.splice(33..33, text);
    let names = vec![r#""high.png""#; 1_000].join(",");
    let views: Vec<_> = (0..1_000).map(|page| format!(r#"{{"bands":[{{"name":"grey","page":{page}}}]}}"#)).collect();
    let views = views.join(",");
    let mut files = described_as(format!(
        r#"{{"profile":"pellucid-scan/1","grade":"processed","files":[{names}],"views":[{views}]}}"#
    ));
    files[0].1 = behind;
    add("JSON, the same PNG 1,000 times".to_owned(), files);
    // Folders.
    add("folder of 100,000 entries".to_owned(), (0..100_000).map(|n| (n.to_string(), Vec::new())).collect());
    add("folder that leads out".to_owned(), vec![("../../etc/scan.json".to_owned(), b"{}".to_vec())]);
    // A TIFF of 999 pages of 4,000 fields that lie on each other, once and for every name in a list.
    let (first, pages, fields) = (5_000, 999, 4_000);
    let mut shared = b"II*\0\x88\x13\0\0".to_vec();
    shared.resize(first + 12 * (pages + fields) + 16, 0);
    for page in 0..pages {
        let at = first + 12 * page;
        shared[at..at + 2].copy_from_slice(&(fields as u16).to_le_bytes());
        let (link, next) = (at + 2 + 12 * fields, if page + 1 < pages { at + 12 } else { 0 });
        shared[link..link + 4].copy_from_slice(&(next as u32).to_le_bytes());
    }
    add("TIFF of overlapping fields".to_owned(), one(shared.clone()));
    let names = r#""many.tif","#.repeat(900);
    let json = format!(
        r#"{{"profile":"pellucid-scan/1","grade":"processed","files":[{}],"views":[]}}"#,
        names.trim_end_matches(',')
    );
    let mut files = described_as(json);
    files.push(("many.tif".to_owned(), shared.clone()));
    add("JSON, the same TIFF 900 times".to_owned(), files);
    let bands = r#"<view><band energy="grey" file="many.tif" picture="0"/></view>"#.repeat(3_000);
    let mut files = sidecar_of(format!("<inspection>{bands}</inspection>"));
    files.push(("many.tif".to_owned(), shared));
    add("XML, the same TIFF 3,000 times".to_owned(), files);
    // Half a million strips of one pixel, all in the same place.
    let (height, pixel) = (131_072_u32, zeros(1));
    let list: Vec<u32> = vec![8; 4 * height as usize];
    let mut strips = b"II*\0".to_vec();
    strips.extend((8 + pixel.len() as u32 + 8 * list.len() as u32).to_le_bytes());
    strips.extend(&pixel);
    let (offsets, lengths) = (strips.len() as u32, strips.len() as u32 + 4 * list.len() as u32);
    strips.extend(list.iter().flat_map(|at| at.to_le_bytes()));
    strips.extend(list.iter().flat_map(|_| (pixel.len() as u32).to_le_bytes()));
    let one_value = [(256_u16, 1), (257, height), (258, 8), (259, 8), (262, 2)].map(|(tag, value)| (tag, 1, value));
    let lists = [(273, list.len() as u32, offsets), (277, 1, 4), (278, 1, 1), (279, list.len() as u32, lengths)];
    let fields = [&one_value[..], &lists, &[(284, 1, 2)]].concat();
    strips.extend((fields.len() as u16).to_le_bytes());
    for (tag, count, value) in fields {
        strips.extend([&tag.to_le_bytes()[..], &[4, 0], &u32::to_le_bytes(count), &value.to_le_bytes()].concat());
    }
    strips.extend([0; 4]);
    add("TIFF of half a million strips".to_owned(), one(strips));
    // TIFF directories: a long chain of pages, many fields.
    let mut chain = b"II*\0\x08\0\0\0".to_vec();
    for page in 0..200_000_u32 {
        chain.extend([0, 0]);
        chain.extend((8 + 6 * (page + 1)).to_le_bytes());
    }
    add("TIFF of 200,000 pages".to_owned(), one(chain));
    let mut chain = b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec();
    for page in 0..200_000_u64 {
        chain.extend([0; 8]);
        chain.extend((16 + 16 * (page + 1)).to_le_bytes());
    }
    add("BigTIFF of 200,000 pages".to_owned(), one(chain));
    let mut fields = b"II*\0\x08\0\0\0\xff\xff".to_vec();
    fields.extend([0x00, 0x01, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0].repeat(65_535));
    add("TIFF of 65,535 fields".to_owned(), one(fields));
    bombs
}
