//! The canonical headers: each signed name with its values, white space reduced.

use super::{Form, Parts};
use crate::few::Text;
use crate::scan;
use crate::signed_names::Values;

pub(super) fn write(out: &mut Text, parts: &Parts<'_>, form: Form) {
    let start = out.as_slice().len();
    // Nearly every value is as it should be: all of them are looked at in one go.
    if !write_plain(out, parts, form) || has_odd_space(out.as_slice().get(start..).unwrap_or_default()) {
        out.truncate(start);
        write_reduced(out, parts, form);
    }
}

/// Writes values as they are, unless there is a name with several.
fn write_plain(out: &mut Text, parts: &Parts<'_>, form: Form) -> bool {
    for (name, values) in parts.names.iter() {
        let Some(text) = value(parts, form, name, values) else { return false };
        out.extend_from_slices([name, b":", trimmed(text), b"\n"]);
    }
    true
}

#[cold]
fn write_reduced(out: &mut Text, parts: &Parts<'_>, form: Form) {
    for (name, values) in parts.names.iter() {
        out.extend_from_slices([name, b":"]);
        match value(parts, form, name, values) {
            Some(text) => reduced(out, text, form.keep_tabs),
            None => joined(out, parts, form, name),
        }
        out.push(b'\n');
    }
}

/// The value of a name that has one.
#[inline(always)]
fn value<'a>(parts: &Parts<'a>, form: Form, name: &[u8], values: Values) -> Option<&'a [u8]> {
    match (name, values) {
        (b"host" | b":authority", _) => Some(host(parts.host, form.without_default_port)),
        (_, Values::One(at)) => Some(parts.sent.headers.at(usize::from(at)).map_or(b"", |(_, value)| value)),
        // Proxies answer this one themselves and take it away.
        (b"expect", Values::Nowhere) => Some(b"100-continue"),
        (_, Values::Nowhere) => Some(b""),
        (_, Values::Several) => None,
    }
}

fn host(host: &[u8], without_default_port: bool) -> &[u8] {
    let bare = host.strip_suffix(b":443").or_else(|| host.strip_suffix(b":80"));
    bare.filter(|_| without_default_port).unwrap_or(host)
}

fn joined(out: &mut Text, parts: &Parts<'_>, form: Form, name: &[u8]) {
    for (at, (_, text)) in parts.sent.headers.iter().filter(|(other, _)| *other == name).enumerate() {
        // curl sends a date twice that it has signed once; dates that differ have been refused before.
        if at > 0 && name == b"x-amz-date" {
            return;
        }
        out.extend_from_slice(if at > 0 { b"," } else { b"" });
        reduced(out, text, form.keep_tabs);
    }
}

fn has_odd_space(text: &[u8]) -> bool {
    scan::any_pair(text, |first, second| (first == b'\t') | ((first == b' ') & (second == b' ')))
}

/// A value without white space around it, and one space for every run inside.
fn reduced(out: &mut Text, text: &[u8], keep_tabs: bool) {
    let is_space = |byte: u8| byte == b' ' || (byte == b'\t' && !keep_tabs);
    let mut after_space = false;
    for &byte in trimmed(text) {
        let space = is_space(byte);
        if !(space && after_space) {
            out.push(if space { b' ' } else { byte });
        }
        after_space = space;
    }
}

/// Would keeping tabs make a difference?
pub(crate) fn has_inner_tab(text: &[u8]) -> bool {
    trimmed(text).contains(&b'\t')
}

fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrival::Arrival;
    use crate::canonical::{Left, PathForm};
    use crate::signed_names::{Index, SignedNames};
    use gatehouse_http::{Body, Headers, Request};

    fn check(signed: &str, keep_tabs: bool, without_default_port: bool, expected: &str) {
        let headers = Headers::from_pairs([
            ("x", "  a   b\t "),
            ("y", "2"),
            ("Y", "1 , 3"),
            ("q", "\"a  b\""),
            ("t", "a \t b"),
            ("e", ""),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-date", "20150830T123600Z"),
        ]);
        let host = b"Api.example:443".as_slice();
        let mut index = Index::new();
        let mut names = SignedNames::split(signed.as_bytes().into(), &mut index);
        names.find_values(&index, &headers, |_| false);
        let request = Request { headers, body: Body::Empty };
        let sent = Arrival::of(&request).sent;
        let parts = Parts { sent, names: &names, host, payload: b"" };
        let form = Form { path: PathForm::Normalized, keep_tabs, without_default_port, left: Left::None };
        let mut out = Text::new();
        write(&mut out, &parts, form);
        assert_eq!(String::from_utf8(out.into_vec()).unwrap(), expected);
    }

    #[test]
    fn values_are_trimmed_and_joined_in_the_order_of_their_arrival() {
        check("x;y", false, false, "x:a b\ny:2,1 , 3\n");
        check("q;e", false, false, "q:\"a b\"\ne:\n");
        check("expect;x-amz-date", false, false, "expect:100-continue\nx-amz-date:20150830T123600Z\n");
    }

    #[test]
    fn clients_disagree_about_tabs_and_default_ports() {
        check("t", false, false, "t:a b\n");
        check("t", true, false, "t:a \t b\n");
        check(":authority;host", false, false, ":authority:Api.example:443\nhost:Api.example:443\n");
        check("host", false, true, "host:Api.example\n");
    }
}
