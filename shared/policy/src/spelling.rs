//! One path, however it is spelled.
//!
//! API Gateway names a method by the path that the client wrote, and hands that on: `/admin/`, `//admin`, `/%61dmin`,
//! `/a/../admin` are four resources to a policy, and all of them `/admin` to the routing or to many a backend. So a path
//! that can be spelled more plainly is decided about in both ways. A Deny of either denies; what is written with dot
//! segments must be allowed in both, for no client but one that tries writes them; any other Allow is of the path as it is
//! written, as on AWS.

use gatehouse_http::percent;

use crate::arn::cut;

/// The ARN of a method, its path without escapes, empty segments, dot segments and parameters of segments (`;v=1`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) arn: String,
    /// It was written with dot segments.
    pub(crate) had_dots: bool,
}

impl Plain {
    /// The plain spelling of an ARN `…:api/stage/VERB/path`; `None` if that is how it is spelled, or if it is no such ARN.
    pub(crate) fn of(arn: &str) -> Option<Self> {
        let (_, method) = cut(arn, b'/')?;
        let (_, path) = cut(cut(method, b'/')?.1, b'/')?;
        let head = arn.get(..arn.len() - path.len())?;
        if !is_odd(path) {
            return None;
        }
        let decoded = percent::decode(path.as_bytes());
        let (segments, had_dots) = resolve(&String::from_utf8_lossy(&decoded));
        (segments != path).then(|| Self { arn: [head, &segments].concat(), had_dots })
    }
}

/// Most paths are plain: they are told in one pass. A segment that begins with a dot may be.
fn is_odd(path: &str) -> bool {
    let mut before = b'/';
    for byte in path.bytes() {
        if matches!(byte, b'%' | b';' | b'\\') || (before == b'/' && matches!(byte, b'/' | b'.')) {
            return true;
        }
        before = byte;
    }
    before == b'/'
}

/// Without empty and dot segments; and whether there were any of the latter. Some backends read `\` as `/`.
fn resolve(path: &str) -> (String, bool) {
    let (mut segments, mut had_dots) = (Vec::new(), false);
    for segment in path.split(['/', '\\']) {
        match segment.split(';').next().unwrap_or_default() {
            "" => {}
            "." => had_dots = true,
            ".." => {
                had_dots = true;
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    (segments.join("/"), had_dots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_spelled_plainly() {
        let check = |path: &str, expected: Option<(&str, bool)>| {
            let head = "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/";
            let expected = expected.map(|(path, had_dots)| Plain { arn: format!("{head}{path}"), had_dots });
            assert_eq!(Plain::of(&format!("{head}{path}")), expected, "{path}");
        };
        for plain in ["", "pets", "pets/1", "pets/a.b/..c/...", "pets/é", "pets/a:b@c+d"] {
            check(plain, None);
        }
        for slashes in ["pets/", "/pets", "pets//", "//pets/", "pets/;", "pets;a=b/;c", "%70ets", "p%65ts%2F", "pets\\"]
        {
            check(slashes, Some(("pets", false)));
        }
        for dots in
            ["./pets", "x/../pets", "x/%2e%2E/pets", "x%2f..%2Fpets", "../../pets/.", "x/..;/pets", "x\\..\\pets"]
        {
            check(dots, Some(("pets", true)));
        }
        check("/", Some(("", false)));
        check("..", Some(("", true)));
        check("a%25", Some(("a%", false)));
        check("a%FF", Some(("a\u{fffd}", false)));
        check("a%zz", None);
    }

    #[test]
    fn what_is_no_methods_arn_is_left_alone() {
        for other in ["arn:aws:s3:::b/../x", "arn:aws:execute-api:r:1:abc/prod/$connect", "*", "", "/a/../b/"] {
            let plain = Plain::of(other).map(|plain| plain.arn);
            assert!(plain.is_none_or(|plain| plain == "/a/../b"), "{other}");
        }
    }
}
