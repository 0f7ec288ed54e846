//! The canonical request: what is signed of a request, in the one spelling that both sides can find.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

mod encode;
mod headers;
mod path;
mod query;

use crate::arrival::Sent;
use crate::few::Text;
use crate::signed_names::SignedNames;

pub(crate) use headers::has_inner_tab;
pub(crate) use path::{Climbs, closed, ends_in_dots, is_odd, is_well_formed, normalized};
pub(crate) use query::Left;

/// The choices where real clients sign different texts for the same request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) path: PathForm,
    /// Tabs inside a value: a space like any other white space, or kept.
    pub(crate) keep_tabs: bool,
    /// `host` without its `:80` or `:443`.
    pub(crate) without_default_port: bool,
    /// The parameters that are not in the canonical query.
    pub(crate) left: Left,
}

/// What becomes of a path before it is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathForm {
    /// Empty and dot segments are removed.
    Normalized,
    /// And the slash that RFC 3986 leaves of a dot segment at the end: `/a/b/..` is `/a`. So sign botocore, the Common
    /// Runtime, and the SDK for JavaScript; that for Rust signs `/a/`.
    Closed,
    /// As it was sent.
    AsSent,
    /// Decoded once, as S3 does: encoding restores the spelling.
    Decoded,
}

/// What is canonicalised.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) sent: Sent<'a>,
    /// What of the headers is signed.
    pub(crate) names: &'a SignedNames<'a>,
    /// What `host` is: another one for a client that calls it by another name.
    pub(crate) host: &'a [u8],
    /// The last line.
    pub(crate) payload: &'a [u8],
}

/// Writes the canonical request.
pub(crate) fn write(out: &mut Text, parts: Parts<'_>, form: Form) {
    out.extend_from_slices([parts.sent.method, b"\n"]);
    path::write(out, parts.sent.path, form.path);
    out.push(b'\n');
    query::write(out, parts.sent.query, form.left);
    out.push(b'\n');
    headers::write(out, &parts, form);
    out.extend_from_slices([b"\n", parts.names.text(), b"\n", parts.payload]);
}
