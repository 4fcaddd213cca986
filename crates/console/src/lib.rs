//! The officer's web console, built from `ui/` and embedded in the binary.
//!
//! The assets may be absent (a workspace that was only checked has none); [`asset`] then finds nothing and the server
//! says so.

use std::borrow::Cow;

/// Files of `dist/`, as `npm run build` in `ui/` leaves them.
#[derive(rust_embed::RustEmbed)]
#[folder = "dist/"]
#[allow_missing = true]
struct Assets;

/// One file of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub content_type: &'static str,
    /// Whether its name holds a hash of its content, so that a browser may keep it for ever.
    pub is_immutable: bool,
}

/// Whether the console was built into this binary.
pub fn is_built() -> bool {
    Assets::get("index.html").is_some()
}

/// The file at a path of the console (`""` and `/` are the page itself); `None` when there is no such file.
pub fn asset(path: &str) -> Option<Asset> {
    let path = path.trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let file = Assets::get(path)?;
    Some(Asset { bytes: file.data, content_type: content_type(path), is_immutable: path.starts_with("assets/") })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_file_that_the_build_emits_has_a_media_type() {
        for name in Assets::iter() {
            assert_ne!(content_type(&name), "application/octet-stream", "{name}");
        }
        assert_eq!(is_built(), asset("/").is_some());
        assert_eq!(asset("no-such-file"), None);
    }
}
