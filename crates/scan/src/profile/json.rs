use crate::{Limits, PROFILE, ScanError};

/// Refuses JSON that is too long, not text or nested too deep, before it is parsed.
pub(super) fn check_json<'a>(text: &'a [u8], limits: &Limits) -> Result<&'a str, ScanError> {
    Limits::check("description: bytes", text.len() as u64, limits.max_description_bytes)?;
    let text = std::str::from_utf8(text).map_err(|e| ScanError::malformed("description", e.to_string()))?;
    Limits::check("description: nesting", depth(text), limits.max_description_depth)?;
    Ok(text)
}

/// The deepest nesting of arrays and objects in a JSON text, valid or not.
fn depth(text: &str) -> u64 {
    let (mut depth, mut deepest, mut is_text, mut is_escaped) = (0_u64, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Whether a description claims to be of our profile, in whatever version and however broken.
pub(super) fn is_ours(text: &[u8]) -> bool {
    let name = PROFILE.split('/').next().unwrap_or(PROFILE).as_bytes();
    text.windows(name.len()).any(|window| window == name)
}

/// Writes characters beyond ASCII, which only occur inside JSON strings, as `\u` escapes: TIFF text is ASCII.
pub(super) fn to_ascii(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && character != '\u{7f}' {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_ignores_brackets_in_strings() {
        let check = |text, expected| assert_eq!(depth(text), expected, "{text}");
        check("", 0);
        check(r#"{"a":[1,[2]],"b":{}}"#, 3);
        check(r#"{"a":"[[[[\"[[["}"#, 1);
        check("]]]][[", 2);
    }

    #[test]
    fn too_deep_or_too_long_json_is_refused() {
        let limits = Limits { max_description_bytes: 200, ..Limits::default() };
        assert!(check_json("[".repeat(64).as_bytes(), &limits).is_ok());
        assert!(matches!(
            check_json("[".repeat(65).as_bytes(), &limits),
            Err(ScanError::TooLarge { value: 65, limit: 64, .. })
        ));
        assert!(matches!(check_json(&[b' '; 201], &limits), Err(ScanError::TooLarge { value: 201, .. })));
        assert!(matches!(check_json(&[0xFF], &limits), Err(ScanError::Malformed { .. })));
    }

    #[test]
    fn text_beyond_ascii_survives_as_escapes() {
        let json = serde_json::to_string("洋山港 🚢 \u{7f}").unwrap();
        let ascii = to_ascii(&json);
        assert!(ascii.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&ascii).unwrap(), "洋山港 🚢 \u{7f}");
    }
}
