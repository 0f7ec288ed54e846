//! Signing: the same canonical request, written by the client's side.

use std::fmt;

use gatehouse_http::{Request, percent};
use gatehouse_sort::sort;

use crate::arrival::Arrival;
use crate::canonical::{self, Form, Left, Parts, PathForm};
use crate::date::basic_date;
use crate::few::Text;
use crate::hash::{hex, sha256};
use crate::key::{Scope, SecretKey};
use crate::payload::Chunked;
use crate::presented::Algorithm;
use crate::rules::PathRule;
use crate::signed_names::{Index, SignedNames};
use crate::verify::string_to_sign;

/// Who signs, and for where.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The access key's id.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret: &'a SecretKey,
    /// The token of temporary credentials.
    pub session_token: Option<&'a str>,
    /// Which signature. SigV4A needs the feature `p256`.
    pub algorithm: Algorithm,
    /// The region called; for SigV4A a set of them, as `us-*,eu-west-1`.
    pub region: &'a str,
    /// The service called.
    pub service: &'a str,
    /// What is signed of a path.
    pub path: PathRule,
    /// Is the path normalised before it is signed? A service that does so to what it gets accepts both.
    pub normalize: bool,
    /// Is the token signed? Otherwise it is added afterwards.
    pub sign_token: bool,
    /// Whether the body is signed, and whether it is said.
    pub payload: SignedPayload,
}

/// What a signer says of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignedPayload {
    /// Its digest is signed.
    #[default]
    Body,
    /// Its digest is signed, and in a header signature declared in `x-amz-content-sha256`.
    Declared,
    /// It is declared to be unsigned.
    Unsigned,
    /// It is declared to come in pieces. The pieces are the sender's.
    Chunked(Chunked),
}

/// What was signed, beside the request that now is.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// The canonical request.
    pub canonical_request: Vec<u8>,
    /// The string to sign.
    pub string_to_sign: Vec<u8>,
    /// The signature, in hexadecimal.
    pub signature: String,
}

/// A request that cannot be signed: something of it is no header value, or there is nothing to make a SigV4A signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsignable;

/// Headers that are changed on the way, or by whoever sends the request, and so are not signed.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
const NOT_SIGNED: [&[u8]; 18] = [
    b"authorization",
    b"cache-control",
    b"connection",
    b"expect",
    b"from",
    b"keep-alive",
    b"max-forwards",
    b"pragma",
    b"proxy-authorization",
    b"proxy-connection",
    b"referer",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"user-agent",
    b"x-amzn-trace-id",
    b"host",
];

impl<'a> Signer<'a> {
    /// A signer for API Gateway with a lasting key.
    #[must_use]
    pub fn execute_api(access_key_id: &'a str, secret: &'a SecretKey, region: &'a str) -> Self {
        Self {
            access_key_id,
            secret,
            session_token: None,
            algorithm: Algorithm::V4,
            region,
            service: "execute-api",
            path: PathRule::Encoded,
            normalize: true,
            sign_token: true,
            payload: SignedPayload::Body,
        }
    }

    /// Signs in a header. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`Unsignable`] if a name or token is no header value.
    pub fn sign(&self, request: &mut Request, now: u64) -> Result<Signed, Unsignable> {
        let date = basic_date(now);
        let payload = self.payload_line(request);
        request.headers.remove("authorization");
        request.headers.set("x-amz-date", &date)?;
        request.headers.remove("x-amz-security-token");
        if let Some(token) = self.session_token.filter(|_| self.sign_token) {
            request.headers.set("x-amz-security-token", token)?;
        }
        if self.payload != SignedPayload::Body {
            request.headers.set("x-amz-content-sha256", &payload)?;
        }
        if self.algorithm == Algorithm::V4a {
            request.headers.set("x-amz-region-set", self.region)?;
        }
        let names = signed_headers(request);
        let signed = self.signed(request, &names, &payload, &date, Left::None)?;
        let credential = format!("{}/{}", self.access_key_id, self.scope_text(&date));
        let names = String::from_utf8_lossy(&names);
        request.headers.set(
            "authorization",
            format!(
                "{} Credential={credential}, SignedHeaders={names}, Signature={}",
                self.algorithm, signed.signature
            ),
        )?;
        if let Some(token) = self.session_token.filter(|_| !self.sign_token) {
            request.headers.set("x-amz-security-token", token)?;
        }
        Ok(signed)
    }

    /// Signs in the query, for `expires` seconds.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn presign(&self, request: &mut Request, now: u64, expires: u64) -> Result<Signed, Unsignable> {
        let date = basic_date(now);
        let payload = self.payload_line(request);
        let names = signed_headers(request);
        let credential = format!("{}/{}", self.access_key_id, self.scope_text(&date));
        let expires = expires.to_string();
        let token = self.session_token.unwrap_or_default().as_bytes();
        let parameters: [(&str, &[u8], bool); 8] = [
            ("X-Amz-Algorithm", self.algorithm.name().as_bytes(), true),
            ("X-Amz-Region-Set", self.region.as_bytes(), self.algorithm == Algorithm::V4a),
            ("X-Amz-Credential", credential.as_bytes(), true),
            ("X-Amz-Date", date.as_bytes(), true),
            ("X-Amz-Expires", expires.as_bytes(), true),
            ("X-Amz-SignedHeaders", &names, true),
            ("X-Amz-Security-Token", token, self.session_token.is_some()),
            ("X-Amz-Content-Sha256", &payload, self.payload == SignedPayload::Unsigned),
        ];
        let mut target = request.target().to_vec();
        for (name, value, _) in parameters.iter().filter(|(.., present)| *present) {
            append(&mut target, name, value);
        }
        request.set_target(&target)?;
        let left = if self.sign_token { Left::Signature } else { Left::SignatureAndToken };
        let signed = self.signed(request, &names, &payload, &date, left)?;
        append(&mut target, "X-Amz-Signature", signed.signature.as_bytes());
        request.set_target(&target)?;
        Ok(signed)
    }

    fn signed(
        &self,
        request: &Request,
        names: &[u8],
        payload: &[u8],
        date: &str,
        left: Left,
    ) -> Result<Signed, Unsignable> {
        let path = match (self.path, self.normalize) {
            (PathRule::S3, _) => PathForm::Decoded,
            (PathRule::Encoded, true) => PathForm::Normalized,
            (PathRule::Encoded, false) => PathForm::AsSent,
        };
        let mut index = Index::new();
        let mut names = SignedNames::split(names.into(), &mut index);
        names.find_values(&index, &request.headers, |_| false);
        let sent = Arrival::of(request).sent;
        let parts = Parts { sent, names: &names, host: sent.host, payload };
        let mut canonical_request = Text::new();
        let form = Form { path, keep_tabs: false, without_default_port: false, left };
        canonical::write(&mut canonical_request, parts, form);
        let string_to_sign =
            string_to_sign(self.algorithm, date.as_bytes(), &self.scope_text(date), canonical_request.as_slice())
                .into_vec();
        let signature = match self.algorithm {
            Algorithm::V4 => hex(&self.secret.derive(self.scope(date)).sign(&string_to_sign)).to_vec(),
            Algorithm::V4a => self.ecdsa(&string_to_sign).ok_or(Unsignable)?,
        };
        let signature = String::from_utf8_lossy(&signature).into_owned();
        Ok(Signed { canonical_request: canonical_request.into_vec(), string_to_sign, signature })
    }

    fn payload_line(&self, request: &Request) -> Vec<u8> {
        let mut line = Vec::with_capacity(64);
        match self.payload {
            SignedPayload::Body | SignedPayload::Declared => {
                line.extend_from_slice(&hex(&sha256(request.body.bytes())))
            }
            SignedPayload::Unsigned => line.extend_from_slice(b"UNSIGNED-PAYLOAD"),
            SignedPayload::Chunked(chunked) => line.extend_from_slice(chunked.name(self.algorithm)),
        }
        line
    }

    /// In hexadecimal. `None` without the feature `p256`, and practically never with it.
    #[cfg(feature = "p256")]
    fn ecdsa(&self, text: &[u8]) -> Option<Vec<u8>> {
        self.secret.sign_v4a(self.access_key_id, text)
    }

    #[cfg(not(feature = "p256"))]
    fn ecdsa(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// As in the credential: SigV4A's has no region.
    fn scope_text(&self, date: &str) -> String {
        let scope = self.scope(date);
        match self.algorithm {
            Algorithm::V4 => scope.to_string(),
            Algorithm::V4a => format!("{}/{}/aws4_request", scope.date, scope.service),
        }
    }

    fn scope<'s>(&'s self, date: &'s str) -> Scope<'s> {
        Scope { date: date.get(..8).unwrap_or_default(), region: self.region, service: self.service }
    }
}

/// Every header that nobody changes on the way, and `host`; sorted, each once.
fn signed_headers(request: &Request) -> Vec<u8> {
    let names = request.headers.iter().map(|(name, _)| name);
    let mut names: Vec<&[u8]> = names.filter(|name| !name.starts_with(b":") && !NOT_SIGNED.contains(name)).collect();
    names.push(b"host");
    sort(&mut names);
    names.dedup();
    names.join(&b';')
}

fn append(target: &mut Vec<u8>, name: &str, value: &[u8]) {
    target.push(if target.contains(&b'?') { b'&' } else { b'?' });
    target.extend_from_slice(name.as_bytes());
    target.push(b'=');
    percent::encode_into(target, value);
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signed([redacted])")
    }
}

impl From<gatehouse_http::IllegalHeader> for Unsignable {
    fn from(_: gatehouse_http::IllegalHeader) -> Self {
        Self
    }
}

impl fmt::Display for Unsignable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request has a name or value that no header may have, or there is nothing to sign with SigV4A")
    }
}

impl std::error::Error for Unsignable {}
