//! Access keys that the configuration knows.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gatehouse_api::deployment::config::{self, AccessKeyStatus};
use gatehouse_api::{Place, Problem};
use gatehouse_filter::Host;
use gatehouse_http::Request;
use gatehouse_sigv4::{
    Algorithm, Claim, Credentials, Digest, Key, PathRule, PublicKey, SecretKey, SessionToken, SignedPayload,
    SigningKeys,
};

use crate::caller::Caller;
use crate::error::Error;
use crate::phase::{Signer, check};
use crate::secret::Source;

/// The access keys of a configuration, by id.
#[derive(Debug, Default)]
pub(crate) struct AccessKeys(BTreeMap<String, AccessKey>);

/// An access key with its owner.
#[derive(Debug)]
pub(crate) struct AccessKey {
    secret: Source,
    token: Option<Source>,
    expires_at: Option<u64>,
    active: bool,
    caller: Rc<Caller>,
    /// What was derived of the secret as it was last.
    derived: RefCell<Option<Derived>>,
}

/// What is derived of a secret. Erased when dropped.
struct Derived {
    secret: SecretKey,
    keys: SigningKeys,
    public_key: Option<PublicKey>,
}

impl AccessKeys {
    pub(crate) fn compile(written: &[config::AccessKey], place: &Place, problems: &mut Vec<Problem>) -> Self {
        let mut keys = BTreeMap::new();
        for (at, written) in written.iter().enumerate() {
            let place = place.then(at);
            let id = &written.access_key_id;
            if !is_access_key_id(id) {
                let message = format!("`{id}` is no access key id: use 16 to 128 letters, digits and underscores");
                problems.push(Problem::error(&place.then("accessKeyId"), message));
            }
            let Some(key) = AccessKey::compile(written, &place, problems) else { continue };
            if keys.insert(id.clone(), key).is_some() {
                problems.push(Problem::error(&place.then("accessKeyId"), format!("`{id}` is another key's id too")));
            }
        }
        Self(keys)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&AccessKey> {
        self.0.get(id)
    }

    /// Reads the environment variables that secrets are in.
    pub(crate) fn resolve(&mut self, environment: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
        let sources = self.0.values_mut().flat_map(|key| std::iter::once(&mut key.secret).chain(&mut key.token));
        sources.into_iter().try_for_each(|source| source.resolve(environment))
    }
}

impl AccessKey {
    fn compile(written: &config::AccessKey, place: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        let expires_at = match &written.expiration {
            None => None,
            Some(text) => match instant(text) {
                Some(seconds) => Some(seconds),
                None => {
                    let message = format!("`{text}` is no time: write it like `2030-01-01T00:00:00Z`");
                    problems.push(Problem::error(&place.then("expiration"), message));
                    return None;
                }
            },
        };
        Some(Self {
            secret: Source::new(&written.secret_access_key),
            token: written.session_token.as_ref().map(Source::new),
            expires_at,
            active: written.status == AccessKeyStatus::Active,
            caller: Rc::new(Caller::compile(&written.principal, &place.then("principal"), problems)?),
            derived: RefCell::default(),
        })
    }

    /// Whose request it is, if it is the owner's.
    pub(crate) fn verify(&self, claim: &Claim<'_>, body: Option<&Digest>, host: &dyn Host) -> Result<Signer, Error> {
        if !self.active {
            return Err(Error::Signature(gatehouse_sigv4::Error::InvalidToken));
        }
        let id = claim.access_key_id();
        let absent = |_| Error::Unavailable(format!("the secret of access key `{id}` is not there"));
        let token = self.token.as_ref().map(|token| token.current(host)).transpose().map_err(absent)?;
        let token = token.map(|token| SessionToken::new(token.as_str()));
        let mut derived = self.derived.try_borrow_mut().map_err(|_| Error::Unforeseen)?;
        let derived = self.derive(&mut derived, host).map_err(absent)?;
        let signing_key;
        let key = match claim.algorithm() {
            Algorithm::V4 => {
                signing_key = derived.keys.get(&derived.secret, claim.scope());
                Key::V4(&signing_key)
            }
            Algorithm::V4a => {
                if derived.public_key.is_none() {
                    derived.public_key = derived.secret.public_key(id);
                }
                Key::V4a(derived.public_key.as_ref().ok_or(Error::Unforeseen)?, &crate::phase::HostP256(host))
            }
        };
        let credentials =
            Credentials { access_key_id: id, key, session_token: token.as_ref(), expires_at: self.expires_at };
        Ok(Signer { verified: check(claim, &credentials, body)?, caller: Rc::clone(&self.caller) })
    }

    /// Signs a call to a service as the owner. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// Why it cannot be signed.
    pub(crate) fn sign(
        &self,
        access_key_id: &str,
        service: &str,
        region: &str,
        request: &mut Request,
        now: u64,
        host: &dyn Host,
    ) -> Result<(), &'static str> {
        let absent = |crate::secret::Absent| "its secret is not there";
        let token = self.token.as_ref().map(|token| token.current(host)).transpose().map_err(absent)?;
        let mut derived = self.derived.try_borrow_mut().map_err(|_| "it is being used")?;
        let derived = self.derive(&mut derived, host).map_err(absent)?;
        // S3 signs its paths as they are, and wants to be told the body's digest.
        let of_s3 = service == "s3";
        let signer = gatehouse_sigv4::Signer {
            session_token: token.as_deref().map(String::as_str),
            service,
            path: if of_s3 { PathRule::S3 } else { PathRule::Encoded },
            normalize: !of_s3,
            payload: if of_s3 { SignedPayload::Declared } else { SignedPayload::Body },
            ..gatehouse_sigv4::Signer::execute_api(access_key_id, &derived.secret, region)
        };
        signer.sign(request, now).map(|_| ()).map_err(|_| "something of it is no header value")
    }

    /// What is derived of the secret as it is now.
    fn derive<'d>(
        &self,
        derived: &'d mut Option<Derived>,
        host: &dyn Host,
    ) -> Result<&'d mut Derived, crate::secret::Absent> {
        let known = derived.is_some() && self.secret.is_fixed();
        if !known {
            let now = self.secret.current(host)?;
            if !derived.as_ref().is_some_and(|derived| derived.secret.is(now.as_bytes())) {
                let secret = SecretKey::new(now.as_str());
                *derived = Some(Derived { secret, keys: SigningKeys::new(), public_key: None });
            }
        }
        derived.as_mut().ok_or(crate::secret::Absent)
    }
}

impl std::fmt::Debug for Derived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Derived([redacted])")
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html>
fn is_access_key_id(id: &str) -> bool {
    (16..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Seconds since 1970 of a time in ISO 8601, in UTC.
pub(crate) fn instant(text: &str) -> Option<u64> {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !shape.take(19).eq(b"0000-00-00T00:00:00".iter().copied()) {
        return None;
    }
    // Fractions of a second do not matter.
    let rest = text.get(19..)?;
    let fraction = rest.strip_suffix('Z')?;
    let digits = fraction.strip_prefix('.').unwrap_or(fraction);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || (!fraction.is_empty() && digits.is_empty()) {
        return None;
    }
    let basic: String = text.get(..19)?.chars().filter(|c| !matches!(c, '-' | ':')).chain(['Z']).collect();
    gatehouse_sigv4::parse_basic_date(basic.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_iso_8601_in_utc() {
        for (text, expected) in [
            ("2015-08-30T12:36:00Z", Some(1_440_938_160)),
            ("2015-08-30T12:36:00.123Z", Some(1_440_938_160)),
            ("2015-08-30T12:36:00", None),
            ("2015-08-30T12:36:00.Z", None),
            ("2015-08-30T12:36:00+02:00", None),
            ("2015-13-30T12:36:00Z", None),
            ("20150830T123600Z", None),
            ("", None),
        ] {
            assert_eq!(instant(text), expected, "{text}");
        }
    }
}
