//! The texts that clients sign for a request.

use super::{Claim, Verified};
use crate::canonical::{self, Form, Left, Parts, PathForm};
use crate::error::{Error, Mismatch};
use crate::few::{Few, Text};
use crate::hash::{Digest, hex, sha256};
use crate::presented::{Algorithm, Carrier};
use crate::rules::PathRule;

impl Claim<'_> {
    /// Tries the texts that clients sign for this request, the documented one first.
    pub(super) fn matching(&self, body: &Digest, is_signed: impl Fn(&[u8]) -> bool) -> Result<Verified, Error> {
        let body = hex(body);
        let payload = self.payload.line(&body, self.algorithm);
        let first = self.first_form();
        let mut canonical_request = Text::new();
        if is_signed(self.text(&mut canonical_request, self.sent.host, payload, first).as_slice()) {
            return self.verified(first);
        }
        self.matching_otherwise(payload, first, is_signed)
    }

    /// Tries the other texts, where the first one is not what was signed.
    #[cold]
    fn matching_otherwise(
        &self,
        payload: &[u8],
        first: Form,
        is_signed: impl Fn(&[u8]) -> bool,
    ) -> Result<Verified, Error> {
        let mut canonical_request = Text::new();
        for host in self.hosts() {
            for form in self.forms(host).filter(|form| *form != first || host != self.sent.host) {
                if is_signed(self.text(&mut canonical_request, host, payload, form).as_slice()) {
                    return self.verified(form);
                }
            }
        }
        let string_to_sign = self.text(&mut canonical_request, self.sent.host, payload, first).into_vec();
        let canonical_request = canonical_request.into_vec();
        Err(Error::SignatureMismatch(Box::new(Mismatch { canonical_request, string_to_sign })))
    }

    /// Writes the canonical request, and gives the string to sign.
    pub(super) fn text(&self, canonical_request: &mut Text, host: &[u8], payload: &[u8], form: Form) -> StringToSign {
        let parts = Parts { sent: self.sent, names: &self.names, host, payload };
        canonical_request.truncate(0);
        canonical::write(canonical_request, parts, form);
        string_to_sign(self.algorithm(), &self.date, self.credential.scope(), canonical_request.as_slice())
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = &[u8]> {
        let aliases = self.rules.host_aliases.iter().map(String::as_bytes);
        std::iter::once(self.sent.host).chain(aliases)
    }

    /// What the documentation says.
    pub(super) fn first_form(&self) -> Form {
        Form {
            path: match self.rules.path {
                PathRule::S3 => PathForm::Decoded,
                PathRule::Encoded if self.odd_path => PathForm::Normalized,
                // It is normalised.
                PathRule::Encoded => PathForm::AsSent,
            },
            keep_tabs: false,
            without_default_port: false,
            left: if self.carrier == Carrier::Header { Left::None } else { Left::Signature },
        }
    }

    /// Where clients disagree and this request shows it.
    fn forms(&self, host: &[u8]) -> impl Iterator<Item = Form> + use<> {
        let paths: &'static [PathForm] = match self.rules.path {
            PathRule::S3 => &[PathForm::Decoded],
            PathRule::Encoded if canonical::ends_in_dots(self.sent.path) => {
                &[PathForm::Normalized, PathForm::Closed, PathForm::AsSent]
            }
            PathRule::Encoded if self.odd_path => &[PathForm::Normalized, PathForm::AsSent],
            PathRule::Encoded => &[PathForm::AsSent],
        };
        let tabs = either(self.has_tabs());
        let ports = either(host.ends_with(b":80") || host.ends_with(b":443"));
        let lefts: &'static [Left] = match (self.carrier(), self.rules.unsigned_token && self.session_token().is_some())
        {
            (Carrier::Header, _) => &[Left::None],
            (Carrier::Query, false) => &[Left::Signature],
            (Carrier::Query, true) => &[Left::Signature, Left::SignatureAndToken],
        };
        paths.iter().flat_map(move |&path| {
            tabs.iter().flat_map(move |&keep_tabs| {
                ports.iter().flat_map(move |&without_default_port| {
                    lefts.iter().map(move |&left| Form { path, keep_tabs, without_default_port, left })
                })
            })
        })
    }

    fn has_tabs(&self) -> bool {
        let mut headers = self.sent.headers.iter();
        headers.any(|(name, value)| canonical::has_inner_tab(value) && self.names.has(name))
    }

    /// What goes on is the path that this form has signed.
    fn verified(&self, form: Form) -> Result<Verified, Error> {
        let path = self.sent.path;
        let normalized = match (self.rules.path, form.path) {
            (PathRule::Encoded, PathForm::Closed) => Some(canonical::closed(path)),
            (PathRule::Encoded, _) if self.odd_path || path.is_empty() => Some(canonical::normalized(path)),
            (PathRule::Encoded | PathRule::S3, _) => None,
        };
        let normalized = normalized.transpose().map_err(|canonical::Climbs| Error::MalformedPath)?;
        Ok(Verified { access_key_id: self.access_key_id().to_owned(), carrier: self.carrier(), normalized })
    }
}

/// Room for the string to sign of nearly everyone.
pub(crate) type StringToSign = Few<u8, 192>;

/// The algorithm, the date, the scope, and the digest of the canonical request.
pub(crate) fn string_to_sign(algorithm: Algorithm, date: &[u8], scope: &str, canonical_request: &[u8]) -> StringToSign {
    let mut text = StringToSign::new();
    text.extend_from_slices([algorithm.name().as_bytes(), b"\n", date, b"\n", scope.as_bytes(), b"\n"]);
    text.extend_from_slice(&hex(&sha256(canonical_request)));
    text
}

fn either(both: bool) -> &'static [bool] {
    if both { &[false, true] } else { &[false] }
}
