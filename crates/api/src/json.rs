use serde::de::DeserializeOwned;

/// Bytes accepted in a JSON document.
pub const JSON_BYTES_LIMIT: usize = 1 << 20;
/// Nesting accepted in a JSON document.
pub const JSON_DEPTH_LIMIT: usize = 64;

/// Why a JSON document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// More than [`JSON_BYTES_LIMIT`].
    #[error("at most {JSON_BYTES_LIMIT} bytes of JSON are accepted, got {0}")]
    TooLarge(usize),
    /// Deeper than [`JSON_DEPTH_LIMIT`].
    #[error("JSON nested deeper than {JSON_DEPTH_LIMIT} is not accepted")]
    TooDeep,
    /// Not JSON at all.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// JSON of another shape.
    #[error("{path}: {message}")]
    Shape {
        /// Path of the field.
        path: String,
        /// What is wrong with it.
        message: String,
    },
}

/// Reads a document within the limits of size and depth.
///
/// # Errors
/// What is wrong, with the path of the field for documents of another shape.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonFault> {
    if bytes.len() > JSON_BYTES_LIMIT {
        return Err(JsonFault::TooLarge(bytes.len()));
    }
    if depth(bytes) > JSON_DEPTH_LIMIT {
        return Err(JsonFault::TooDeep);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() { JsonFault::Shape { path, message: inner.to_string() } } else { syntax(&inner) }
    })?;
    reader.end().map_err(|error| syntax(&error))?;
    Ok(value)
}

fn syntax(error: &serde_json::Error) -> JsonFault {
    JsonFault::Syntax(error.to_string())
}

/// Deepest nesting of brackets outside strings: known before anything is built from the document.
fn depth(bytes: &[u8]) -> usize {
    let (mut now, mut deepest, mut is_string, mut is_escaped) = (0_usize, 0_usize, false, false);
    for byte in bytes {
        if is_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => is_string = true,
            b'[' | b'{' => {
                now += 1;
                deepest = deepest.max(now);
            }
            b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use pellucid_core::Declaration;

    use super::*;

    fn check(json: &str, expected: &str) {
        let error = parse_json::<Declaration>(json.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error} lacks {expected}");
    }

    #[test]
    fn faults_name_the_path() {
        check(r#"{"stage":"full","number":"1","items":[{"line":1,"colour":"red"}]}"#, "items[0]");
        check(r#"{"stage":"full","number":"1","items":[{"line":1,"hs":"12345"}]}"#, "items[0].hs");
        check(r#"{"stage":"done"}"#, "stage");
        check("{", "not JSON");
        check(r#"{"stage":"full"} x"#, "not JSON");
    }

    #[test]
    fn depth_and_size_are_limited_before_parsing() {
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        assert_eq!(parse_json::<serde_json::Value>(deep.as_bytes()), Err(JsonFault::TooDeep));
        let flat = format!("[{}]", "\"[[[{{{\\\"[\",".repeat(100) + "1");
        assert!(parse_json::<serde_json::Value>(flat.as_bytes()).is_ok());
        let large = vec![b' '; JSON_BYTES_LIMIT + 1];
        assert_eq!(parse_json::<serde_json::Value>(&large), Err(JsonFault::TooLarge(JSON_BYTES_LIMIT + 1)));
    }
}
