//! The canonical URI: the path as sent, dots and double slashes removed, every byte of it encoded once more.

use super::PathForm;
use super::encode::{Stay, encode_into, recode_into};
use crate::few::Text;
use crate::scan;

/// A path that leads above its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Climbs;

pub(super) fn write(out: &mut Text, path: &[u8], form: PathForm) {
    match form {
        PathForm::Normalized if is_odd(path) => {
            encode_into(out, &normalized(path).unwrap_or_else(|Climbs| path.to_vec()), Stay::WithSlash);
        }
        PathForm::Closed => {
            encode_into(out, &closed(path).unwrap_or_else(|Climbs| path.to_vec()), Stay::WithSlash);
        }
        PathForm::Normalized | PathForm::AsSent => encode_into(out, rooted(path), Stay::WithSlash),
        PathForm::Decoded => recode_into(out, rooted(path), Stay::WithSlash),
    }
}

fn rooted(path: &[u8]) -> &[u8] {
    if path.is_empty() { b"/" } else { path }
}

/// Has it segments that are removed?
pub(crate) fn is_odd(path: &[u8]) -> bool {
    scan::any_pair(path, |first, second| (first == b'/') & ((second == b'/') | (second == b'.')))
}

/// Without empty and dot segments (RFC 3986, 5.2.4); a slash at the end stays.
///
/// # Errors
/// [`Climbs`] if it leads above the root.
pub(crate) fn normalized(path: &[u8]) -> Result<Vec<u8>, Climbs> {
    let mut kept = Vec::with_capacity(path.len() + 1);
    let mut ends_open = true;
    for segment in path.split(|&byte| byte == b'/') {
        ends_open = matches!(segment, b"" | b"." | b"..");
        match segment {
            b"" | b"." => {}
            b".." => {
                let parent = kept.iter().rposition(|&byte| byte == b'/').ok_or(Climbs)?;
                kept.truncate(parent);
            }
            _ => {
                kept.push(b'/');
                kept.extend_from_slice(segment);
            }
        }
    }
    if ends_open {
        kept.push(b'/');
    }
    Ok(kept)
}

/// The same without the slash that a dot segment at the end leaves.
///
/// # Errors
/// [`Climbs`], as [`normalized`].
pub(crate) fn closed(path: &[u8]) -> Result<Vec<u8>, Climbs> {
    let mut kept = normalized(path)?;
    if ends_in_dots(path) && kept.len() > 1 {
        kept.pop();
    }
    Ok(kept)
}

/// Is the last segment `.` or `..`?
pub(crate) fn ends_in_dots(path: &[u8]) -> bool {
    path.ends_with(b"/.") || path.ends_with(b"/..")
}

/// Do two hexadecimal digits follow each `%`?
pub(crate) fn is_well_formed(path: &[u8]) -> bool {
    if !scan::any(path, |byte| byte == b'%') {
        return true;
    }
    let mut escapes = path.split(|&byte| byte == b'%');
    escapes.next();
    escapes.all(|escape| matches!(escape, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sent_path_is_normalized_and_encoded_again() {
        let check = |path: &str, form, expected: &str| {
            let mut out = Text::new();
            write(&mut out, path.as_bytes(), form);
            assert_eq!(String::from_utf8(out.into_vec()).unwrap(), expected, "{path} {form:?}");
        };
        use PathForm::{AsSent, Closed, Decoded, Normalized};
        check("", Normalized, "/");
        check("/", Normalized, "/");
        check("/a//b", Normalized, "/a/b");
        check("/a//b", AsSent, "/a//b");
        check("//", Normalized, "/");
        check("/a/./b/../c", Normalized, "/a/c");
        check("/a/..", Normalized, "/");
        check("/a/b/..", Normalized, "/a/");
        check("/a/.", Normalized, "/a/");
        check("/a/", Normalized, "/a/");
        check("/a/b/..", Closed, "/a");
        check("/a//b/.", Closed, "/a/b");
        check("/a/..", Closed, "/");
        check("/a/b..", Closed, "/a/b..");
        check("/a/./", Closed, "/a/");
        check("/.a/b..", Normalized, "/.a/b..");
        check("/a%2Fb", Normalized, "/a%252Fb");
        check("/a%2fb", AsSent, "/a%252fb");
        check("/a/%2e%2e/b", Normalized, "/a/%252e%252e/b");
        check("/a+b", Normalized, "/a%2Bb");
        check("/(a)!'*;=:@,$&~", Normalized, "/%28a%29%21%27%2A%3B%3D%3A%40%2C%24%26~");
        check("/\u{1234}", Normalized, "/%E1%88%B4");
        // .NET's issue 3132, recorded on AWS.
        check(
            "/$default/%40connections/P-S_9e-7liACH9A%3D",
            Normalized,
            "/%24default/%2540connections/P-S_9e-7liACH9A%253D",
        );
        check("/a%20b+c//%2e", Decoded, "/a%20b%20c//.");
    }

    #[test]
    fn a_path_does_not_lead_above_its_root() {
        for path in ["/..", "/a/../..", "/a/../../b"] {
            assert_eq!(normalized(path.as_bytes()), Err(Climbs), "{path}");
        }
    }

    #[test]
    fn escapes_are_two_digits() {
        assert!(is_well_formed(b"/a%20%zz".split_at(5).0) && is_well_formed(b"/") && is_well_formed(b""));
        for path in ["/%", "/%2", "/%zz", "/a%2%20", "/%%20"] {
            assert!(!is_well_formed(path.as_bytes()), "{path}");
        }
    }
}
