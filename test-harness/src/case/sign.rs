//! Requests that the case has signed when they are sent, as a client would.

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{SecretKey, SignedPayload, Signer};

use super::text::bytes;
use crate::message::{ClientRequest, Pairs};

/// How a request is signed: `signed AKID secret token=… region=… ago=400s presigned=60 payload=unsigned as-sent`.
#[derive(Clone, Debug, Default)]
pub struct Signing {
    /// The last request that was signed is sent again: `signed again`.
    pub again: bool,
    access_key_id: String,
    secret: String,
    token: Option<String>,
    region: Option<String>,
    service: Option<String>,
    /// Seconds that the client's clock is behind.
    ago: i64,
    /// For how many seconds it is presigned; signed in a header where absent.
    presigned: Option<u64>,
    payload: SignedPayload,
    /// The path is signed as it is sent.
    as_sent: bool,
    /// What is put in after signing.
    pub(super) later: Pairs,
    /// What is sent instead of the target that was signed.
    pub(super) later_target: Option<Vec<u8>>,
}

impl Signing {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text == "again" {
            return Ok(Self { again: true, ..Self::default() });
        }
        let mut words = text.split(' ');
        let (Some(id), Some(secret)) = (words.next(), words.next()) else {
            return Err("write `signed AKID secret`".into());
        };
        let mut signing = Self { access_key_id: id.into(), secret: secret.into(), ..Self::default() };
        for word in words {
            let number = |text: &str| text.trim_end_matches('s').parse().map_err(|_| format!("`{text}` is no number"));
            match word.split_once('=').unwrap_or((word, "")) {
                ("token", value) => signing.token = Some(value.into()),
                ("region", value) => signing.region = Some(value.into()),
                ("service", value) => signing.service = Some(value.into()),
                ("ago", value) => signing.ago = number(value)?,
                ("presigned", value) => signing.presigned = Some(number(value)?.unsigned_abs()),
                ("payload", "unsigned") => signing.payload = SignedPayload::Unsigned,
                ("payload", "declared") => signing.payload = SignedPayload::Declared,
                ("as-sent", "") => signing.as_sent = true,
                _ => return Err(format!("`{word}` says nothing of how to sign")),
            }
        }
        Ok(signing)
    }

    pub(super) fn later(&mut self, text: &str) -> Result<(), String> {
        let (name, value) = text.split_once(": ").ok_or("write `later name: value`")?;
        self.later.push((name.to_ascii_lowercase(), bytes(value)?));
        Ok(())
    }

    /// Signs a request at a time, in seconds since 1970.
    pub fn sign(&self, request: &mut ClientRequest, now: u64) {
        let text = |name: &str| crate::message::text(&request.headers, name).unwrap_or_default().to_owned();
        let mut headers = Headers::from_pairs([(":method", request.method.as_bytes()), (":path", &request.target)]);
        let authority = text("host");
        headers.set(":authority", &authority).expect("a host");
        for (name, value) in request.headers.iter().filter(|(name, _)| name != "host") {
            headers.add(name, value).expect("a header");
        }
        let body = request.body.pieces().concat();
        let mut signed = Request { headers, body: if body.is_empty() { Body::Empty } else { Body::Read(body) } };
        let secret = SecretKey::new(self.secret.as_str());
        let signer = Signer {
            session_token: self.token.as_deref(),
            service: self.service.as_deref().unwrap_or("execute-api"),
            normalize: !self.as_sent,
            payload: self.payload,
            ..Signer::execute_api(&self.access_key_id, &secret, self.region.as_deref().unwrap_or("us-east-1"))
        };
        let then = now.saturating_add_signed(-self.ago);
        match self.presigned {
            Some(seconds) => signer.presign(&mut signed, then, seconds),
            None => signer.sign(&mut signed, then),
        }
        .expect("a request that can be signed");
        request.target = self.later_target.clone().unwrap_or_else(|| signed.target().to_vec());
        let kept = signed.headers.iter().filter(|(name, _)| !name.starts_with(b":"));
        request.headers = vec![("host".to_owned(), authority.into_bytes())];
        request.headers.extend(kept.map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value.to_vec())));
        for (name, value) in &self.later {
            request.headers.retain(|(other, _)| other != name);
            request.headers.push((name.clone(), value.clone()));
        }
    }
}
