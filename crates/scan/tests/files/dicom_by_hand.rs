//! DICOM files by hand, as no writer at hand writes them: short, compressed, and wrong.

/// Tag, type and value of each element.
pub(crate) type Elements = Vec<(u32, &'static [u8; 2], Vec<u8>)>;

/// A file by hand: group 2 without its length, then elements of two-byte lengths.
pub(crate) fn by_hand(syntax: &str, change: impl Fn(&mut Elements)) -> Vec<u8> {
    let word = |value: u16| value.to_le_bytes().to_vec();
    let mut elements = vec![
        (0x0008_0022, b"DA", b"20260203".to_vec()),
        (0x0008_002A, b"DT", b"20260203040506.5+0800 ".to_vec()),
        (0x0008_0070, b"LO", b"maker ".to_vec()),
        (0x0008_0080, b"LO", b"site".to_vec()),
        (0x0010_0020, b"LO", b"CSQU3054383 ".to_vec()),
        (0x0018_0060, b"DS", b"6000".to_vec()),
        (0x0018_1200, b"DA", b"20260105".to_vec()),
        (0x0028_0002, b"US", word(1)),
        (0x0028_0004, b"CS", b"MONOCHROME2 ".to_vec()),
        (0x0028_0010, b"US", word(2)),
        (0x0028_0011, b"US", word(3)),
        (0x0028_0100, b"US", word(16)),
        (0x0028_0101, b"US", word(12)),
        (0x0028_0102, b"US", word(11)),
        (0x0028_0103, b"US", word(0)),
        (0x4010_103A, b"CS", b"V03 ".to_vec()),
        (0x7FE0_0010, b"US", [0, 1, 4_095, 7, 8, 9].iter().flat_map(|v: &u16| v.to_le_bytes()).collect()),
    ];
    change(&mut elements);
    let mut file = vec![0; 128];
    file.extend(b"DICM");
    let mut uid = syntax.as_bytes().to_vec();
    uid.resize(uid.len().next_multiple_of(2), 0);
    let mut put = |tag: u32, kind: &[u8; 2], value: &[u8], is_implicit: bool| {
        file.extend(((tag >> 16) as u16).to_le_bytes());
        file.extend((tag as u16).to_le_bytes());
        if is_implicit {
            file.extend((value.len() as u32).to_le_bytes());
        } else {
            file.extend(kind);
            file.extend((value.len() as u16).to_le_bytes());
        }
        file.extend(value);
    };
    put(0x0002_0010, b"UI", &uid, false);
    let is_implicit = syntax.ends_with("1.2");
    elements.iter().for_each(|(tag, kind, value)| put(*tag, kind, value, is_implicit));
    file
}

/// Fragments of pixels: the table of offsets, if any, and the pieces of each frame.
pub(crate) fn fragments(frames: &[Vec<Vec<u8>>], has_table: bool) -> Vec<u8> {
    let (mut table, mut items) = (Vec::new(), Vec::new());
    let item = |content: &[u8]| {
        let mut content = content.to_vec();
        content.resize(content.len().next_multiple_of(2), 0);
        [b"\xfe\xff\x00\xe0", &(content.len() as u32).to_le_bytes()[..], &content].concat()
    };
    for frame in frames {
        table.extend((items.len() as u32).to_le_bytes());
        frame.iter().for_each(|piece| items.extend(item(piece)));
    }
    [item(if has_table { &table } else { &[] }), items].concat()
}

/// A file of several frames of 12 bits, compressed.
pub(crate) fn compressed(syntax: &str, frames: usize, columns: u16, rows: u16, fragments: &[u8]) -> Vec<u8> {
    let mut file = by_hand(syntax, |elements| {
        elements[9].2 = rows.to_le_bytes().to_vec();
        elements[10].2 = columns.to_le_bytes().to_vec();
        elements.insert(9, (0x0028_0008, b"IS", format!("{frames:02}").into_bytes()));
        elements.pop();
    });
    file.extend(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff");
    file.extend(fragments);
    file.extend(b"\xfe\xff\xdd\xe0\0\0\0\0");
    file
}

/// Samples in runs (PS3.5 annex G): their high bytes, then their low ones, all as literals of one byte.
pub(crate) fn runs(samples: &[u16]) -> Vec<u8> {
    let plane = |shift: u32| samples.iter().flat_map(move |v| [0, (v >> shift) as u8]).collect::<Vec<u8>>();
    let mut header = [0_u32; 16];
    header[..3].copy_from_slice(&[2, 64, 64 + 2 * samples.len() as u32]);
    [header.iter().flat_map(|n| n.to_le_bytes()).collect(), plane(8), plane(0)].concat()
}
