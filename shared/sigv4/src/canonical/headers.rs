//! The canonical headers: each signed name with its values, white space reduced.

use super::{Form, Parts};

pub(super) fn write(out: &mut Vec<u8>, parts: &Parts<'_>, form: Form) {
    for name in parts.signed_headers.split(|&byte| byte == b';') {
        out.extend_from_slice(name);
        out.push(b':');
        match name {
            b"host" | b":authority" => host(out, parts.host, form.without_default_port),
            _ => values(out, parts, name, form.keep_tabs),
        }
        out.push(b'\n');
    }
}

fn host(out: &mut Vec<u8>, host: &[u8], without_default_port: bool) {
    let bare = host.strip_suffix(b":443").or_else(|| host.strip_suffix(b":80"));
    value(out, bare.filter(|_| without_default_port).unwrap_or(host), false);
}

fn values(out: &mut Vec<u8>, parts: &Parts<'_>, name: &[u8], keep_tabs: bool) {
    let mut count = 0;
    for (_, text) in parts.request.headers.iter().filter(|(other, _)| *other == name) {
        // curl sends a date twice that it has signed once; dates that differ have been refused before.
        if count > 0 && name == b"x-amz-date" {
            return;
        }
        if count > 0 {
            out.push(b',');
        }
        value(out, text, keep_tabs);
        count += 1;
    }
    if count == 0 && name == b"expect" {
        // Proxies answer this one themselves and take it away.
        out.extend_from_slice(b"100-continue");
    }
}

/// A value without white space around it, and one space for every run inside.
fn value(out: &mut Vec<u8>, text: &[u8], keep_tabs: bool) {
    let text = trimmed(text);
    // Nearly every value is as it should be.
    if !text.contains(&b'\t') && !text.windows(2).any(|pair| pair == b"  ") {
        out.extend_from_slice(text);
        return;
    }
    let is_space = |byte: u8| byte == b' ' || (byte == b'\t' && !keep_tabs);
    let mut after_space = false;
    for &byte in text {
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
    use crate::canonical::{Left, PathForm};
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
        let request = Request { headers, body: Body::Empty };
        let host = b"Api.example:443".as_slice();
        let parts = Parts { request: &request, signed_headers: signed.as_bytes(), host, payload: b"" };
        let form = Form { path: PathForm::Normalized, keep_tabs, without_default_port, left: Left::None };
        let mut out = Vec::new();
        write(&mut out, &parts, form);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
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
