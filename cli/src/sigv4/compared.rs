//! Two canonical requests, line by line: AWS's, and what a client says it signed.

use std::fmt::Write as _;

use gatehouse_http::Request;

use super::deviation::{Canonical, Part, deviations};

/// Both texts; the first line that differs is marked, with the reason where it is a known one.
#[must_use]
pub(super) fn compared(request: &Request, ours: &[u8], theirs: &[u8], colour: bool) -> String {
    let (Some(ours), Some(theirs)) = (Canonical::parse(ours), Canonical::parse(theirs)) else {
        return "\nThe client's canonical request has too few lines to be one.\n".into();
    };
    if ours == theirs {
        return "\nThe client's canonical request is the same: what differs comes after it, the string to sign or the \
            key, so the secret, the date or the scope.\n"
            .into();
    }
    let mut text = "\nThe canonical requests, AWS's and the client's:\n".to_owned();
    let mut is_first = true;
    let (left, right) = (ours.lines(), theirs.lines());
    for at in 0..left.len().max(right.len()) {
        let (our, their) = (left.get(at).copied(), right.get(at).copied());
        if our == their {
            line(&mut text, "     ", "", our, None);
            continue;
        }
        let mark = if is_first { "-->" } else { "   " };
        line(&mut text, &format!("{mark} A"), "AWS", our, colour.then_some(32));
        line(&mut text, "    C", "client", their, colour.then_some(31));
        if std::mem::take(&mut is_first) {
            let _ = writeln!(text, "      = {}", reason(request, &ours, &theirs, our, their));
        }
    }
    text
}

fn line(text: &mut String, mark: &str, nobody: &str, line: Option<&[u8]>, colour: Option<u8>) {
    let shown =
        line.map_or_else(|| format!("({nobody} has no such line)"), |line| String::from_utf8_lossy(line).into_owned());
    let _ = match colour {
        Some(colour) => writeln!(text, "{mark} \u{1b}[{colour}m{shown}\u{1b}[0m"),
        None => writeln!(text, "{}", format!("{mark} {shown}").trim_end()),
    };
}

/// Why the first line that differs does.
fn reason(request: &Request, ours: &Canonical, theirs: &Canonical, our: Option<&[u8]>, their: Option<&[u8]>) -> String {
    for part in Part::ALL {
        if Some(ours.part(part)) == our && ours.part(part) != theirs.part(part) {
            let known = deviations(part, request, ours).into_iter().find(|known| known.text == theirs.part(part));
            return known.map_or_else(|| unknown(part), |known| format!("the client signed {}", known.what));
        }
    }
    match (our.map(header), their.map(header)) {
        (Some((name, our)), Some((other, their))) if name == other => {
            let name = String::from_utf8_lossy(name);
            let squeezed = |value: &[u8]| {
                value
                    .split(|byte| matches!(byte, b' ' | b'\t'))
                    .filter(|it| !it.is_empty())
                    .collect::<Vec<_>>()
                    .join(&b' ')
            };
            if squeezed(our) == squeezed(their) {
                format!("the client did not trim `{name}`, or kept its runs of spaces, or its tabs")
            } else {
                format!("`{name}` arrived with another value than was signed: something on the way changed it")
            }
        }
        (Some((name, _)), Some((other, _))) if !name.is_empty() && !other.is_empty() => format!(
            "other headers are signed, or in another order: `{}` here, `{}` there",
            String::from_utf8_lossy(name),
            String::from_utf8_lossy(other)
        ),
        _ => "the lists of signed headers differ".into(),
    }
}

fn unknown(part: Part) -> String {
    match part {
        Part::Method => "another method: a redirect, or a proxy, changed it",
        Part::Path => "another path: a proxy, a stage's name or a base path changed it, or an unknown encoding",
        Part::Query => "another query: it was changed after signing, or an unknown encoding",
        Part::Host => "another host: a proxy in between has a name of its own",
        Part::Payload => "the digest of another body than arrived: it was changed after signing, or serialized again",
    }
    .into()
}

fn header(line: &[u8]) -> (&[u8], &[u8]) {
    match line.iter().position(|&byte| byte == b':') {
        Some(at) => (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default()),
        None => (b"", line),
    }
}
