//! The credential provider: who is asked about access keys that the configuration does not know.
//!
//! What is kept of an answer is a key for one day, region and service, never the secret; and what the principal may do.

use std::rc::Rc;

use gatehouse_api::deployment::{Origin, config};
use gatehouse_api::{Place, Problem};
use gatehouse_filter::{Callout, Lease, Reply, Timestamp, Turn, Turns};
use gatehouse_http::{Headers, IllegalHeader};
use gatehouse_sigv4::{
    Algorithm, Claim, DerivedKey, Digest, Error as SignatureError, PublicKey, SecretKey, SigningKey, sha256,
};

use crate::access_key::instant;
use crate::answer::{Answer, Told, question};
use crate::caller::Caller;
use crate::error::Error;
use crate::metrics::{Measure, Metrics};
use crate::phase::Moment;
use crate::recent::{Known, Ready, Recent};

/// How long a provider may take that the configuration does not limit, in milliseconds.
const DEFAULT_TIMEOUT_MILLIS: u32 = 2_000;
/// How long an answer holds, in seconds.
const DEFAULT_TTL: u32 = 300;
/// What is longer is not kept: together with the number of slots this bounds the memory.
const LONGEST_KEPT: usize = 16 * 1024;
/// Who waits for somebody else's question looks for himself this often, in milliseconds.
const LOOK_MILLIS: u32 = 500;
/// A turn lasts longer than its call, so that the call's own end is what ends it.
const GRACE_MILLIS: u32 = 2_000;
/// Why a turn failed, as those who waited are told.
const UNKNOWN: &[u8] = b"unknown";
const FAILED: &[u8] = b"failed";
/// The form of what is kept.
const VERSION: u8 = 1;

/// A provider, ready to be asked.
#[derive(Debug)]
pub(crate) struct Provider {
    headers: Headers,
    cluster: String,
    timeout_millis: u32,
    ttl_seconds: u32,
    /// What sets its answers apart from all others in shared data.
    scope: Digest,
    /// How many slots of shared data are for answers.
    slots: u32,
    recent: Recent,
    metrics: Metrics,
}

/// What became of a question.
pub(crate) enum Found {
    Known(Rc<Known>),
    Ask(Callout, Asked),
    Wait(u32, Asked),
}

/// A question that is being asked, by this request or by another.
#[derive(Debug)]
pub(crate) struct Asked {
    key: Digest,
    began: Timestamp,
    turn: Option<Lease>,
    waits: bool,
}

/// What a provider said, ready and in the form in which it is kept.
struct Understood {
    known: Rc<Known>,
    kept: Vec<u8>,
}

/// Where a provider is asked.
pub(crate) struct Asking<'a> {
    pub(crate) cluster: String,
    pub(crate) scope: &'a [u8],
    pub(crate) slots: u32,
    pub(crate) metrics: Metrics,
}

/// Where a provider is.
///
/// # Errors
/// What is wrong with its address.
pub fn provider_origin(written: &config::CredentialProvider, place: &Place) -> Result<Origin, Problem> {
    address(written, place).map(|(origin, _)| origin)
}

fn address(written: &config::CredentialProvider, place: &Place) -> Result<(Origin, String), Problem> {
    let url = &written.url;
    let split = Origin::split(url).filter(|(_, rest)| !rest.contains(['#', ' ']) && !rest.starts_with('?'));
    let (origin, rest) = split.ok_or_else(|| {
        let message = format!("`{url}` is no URL: write it like `http://127.0.0.1:9002/credentials`");
        Problem::error(&place.then("url"), message)
    })?;
    Ok((origin, if rest.is_empty() { "/" } else { rest }.to_owned()))
}

impl Provider {
    pub(crate) fn new(
        written: &config::CredentialProvider,
        place: &Place,
        asking: Asking<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let (origin, path) = address(written, place).map_err(|problem| problems.push(problem)).ok()?;
        let timeout_millis = written.timeout_in_millis.unwrap_or(DEFAULT_TIMEOUT_MILLIS);
        if !(50..=29_000).contains(&timeout_millis) {
            let message = format!("`{timeout_millis}` is not allowed, use 50 to 29000");
            problems.push(Problem::error(&place.then("timeoutInMillis"), message));
        }
        let ttl_seconds = written.ttl_in_seconds.unwrap_or(DEFAULT_TTL);
        if ttl_seconds > 3_600 {
            let message = format!("`{ttl_seconds}` is not allowed, use 0 to 3600");
            problems.push(Problem::error(&place.then("ttlInSeconds"), message));
        }
        let authority = written.host_header.clone().unwrap_or_else(|| origin.authority());
        let headers = headers(&path, &authority, origin.scheme.name());
        let headers = headers.map_err(|illegal| problems.push(Problem::error(place, illegal.to_string()))).ok()?;
        let Asking { cluster, scope, slots, metrics } = asking;
        let scope = sha256(scope);
        Some(Self { headers, cluster, timeout_millis, ttl_seconds, scope, slots, recent: Recent::default(), metrics })
    }

    /// Looks for what is known of the key that a claim is of.
    pub(crate) fn find(&self, claim: &Claim<'_>, moment: &Moment<'_>) -> Result<Found, Error> {
        let key = self.key(claim);
        if self.ttl_seconds == 0 {
            return Ok(self.ask(claim, Asked { key, began: moment.now, turn: None, waits: false }));
        }
        if let Some(known) = self.recent.get(&key, moment.now) {
            self.metrics.count(Measure::ProviderHit, moment.host);
            return Ok(Found::Known(known));
        }
        let turn = self.turns(moment).take(&key, moment.here, self.lease_millis());
        let measure = if matches!(turn, Turn::Held(_)) { Measure::ProviderHit } else { Measure::ProviderMiss };
        self.metrics.count(measure, moment.host);
        self.take(turn, claim, key, moment.now)
    }

    pub(crate) fn on_wake(&self, asked: &Asked, claim: &Claim<'_>, moment: &Moment<'_>) -> Result<Found, Error> {
        if moment.now.since(asked.began) > u64::from(self.timeout_millis) {
            return Err(Error::Unavailable("the credential provider took too long for somebody else".into()));
        }
        let turns = self.turns(moment);
        let turn = match asked.turn {
            Some(lease) => turns.take_again(&asked.key, moment.here, self.lease_millis(), lease),
            None => turns.take(&asked.key, moment.here, self.lease_millis()),
        };
        self.take(turn, claim, asked.key, asked.began)
    }

    pub(crate) fn on_reply(
        &self,
        asked: &Asked,
        reply: &Reply,
        claim: &Claim<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rc<Known>, Error> {
        self.metrics.record(Measure::ProviderLatency, moment.now.since(asked.began), moment.host);
        let outcome = match Told::read(reply) {
            Told::Known(answer) => self.understand(&answer, claim),
            Told::Unknown => Err(Error::Signature(SignatureError::InvalidToken)),
            Told::Failed(why) => Err(Error::Unavailable(format!("the credential provider {why}"))),
        };
        self.tell(asked, &outcome, moment);
        outcome.map(|understood| understood.known)
    }

    pub(crate) fn on_abandoned(&self, asked: &Asked, moment: &Moment<'_>) {
        if let (Some(lease), false) = (asked.turn, asked.waits) {
            self.turns(moment).abandon(&asked.key, lease);
        }
    }

    fn take(&self, turn: Turn, claim: &Claim<'_>, key: Digest, began: Timestamp) -> Result<Found, Error> {
        match turn {
            Turn::Held(bytes) => match decode(&bytes) {
                Some((known, until)) => {
                    let known = Rc::new(known);
                    self.recent.put(key, Rc::clone(&known), until);
                    Ok(Found::Known(known))
                }
                None => Ok(self.ask(claim, Asked { key, began, turn: None, waits: false })),
            },
            Turn::Mine(lease) => Ok(self.ask(claim, Asked { key, began, turn: Some(lease), waits: false })),
            Turn::Theirs(lease) => Ok(Found::Wait(LOOK_MILLIS, Asked { key, began, turn: Some(lease), waits: true })),
            Turn::Failed(why) if why == UNKNOWN => Err(Error::Signature(SignatureError::InvalidToken)),
            Turn::Failed(_) => Err(Error::Unavailable("the credential provider failed somebody else".into())),
        }
    }

    fn ask(&self, claim: &Claim<'_>, asked: Asked) -> Found {
        let callout = Callout {
            cluster: self.cluster.clone(),
            headers: self.headers.clone(),
            body: question(claim.access_key_id(), claim.session_token()),
            timeout_millis: self.timeout_millis,
        };
        Found::Ask(callout, asked)
    }

    /// Makes ready what the provider said.
    fn understand(&self, answer: &Answer, claim: &Claim<'_>) -> Result<Understood, Error> {
        let wrong = |what: String| Error::Unavailable(format!("the credential provider answered {what}"));
        // An empty token is how some programs write that there is none.
        let own = answer.session_token.as_ref().filter(|token| !token.is_empty());
        let same_token = match (own, claim.session_token()) {
            (None, None) => true,
            (Some(own), Some(presented)) => SecretKey::new(own.as_str()).is(presented),
            _ => false,
        };
        if !same_token {
            return Err(Error::Signature(SignatureError::InvalidToken));
        }
        let expires_at = match &answer.expiration {
            Some(text) => Some(instant(text).ok_or_else(|| wrong(format!("`expiration` with `{text}`")))?),
            None => None,
        };
        let mut problems = Vec::new();
        let caller = Caller::compile(&answer.principal, &Place::root().then("principal"), &mut problems);
        let caller = caller.ok_or_else(|| {
            wrong(problems.first().map_or_else(String::new, |it| format!("{}: {}", it.place, it.message)))
        })?;
        let secret = SecretKey::new(answer.secret_access_key.as_str());
        let (key, bytes) = match claim.algorithm() {
            Algorithm::V4 => {
                let derived = secret.derived(claim.scope());
                (Ready::V4(SigningKey::of(&derived)), derived.as_bytes().to_vec())
            }
            Algorithm::V4a => {
                let key = secret.public_key(claim.access_key_id()).ok_or(Error::Unforeseen)?;
                let der = key.as_der().to_vec();
                (Ready::V4a(key), der)
            }
        };
        let principal = serde_json::to_vec(&answer.principal).map_err(|_| Error::Unforeseen)?;
        let kept = encode(&bytes, expires_at, &principal);
        Ok(Understood { known: Rc::new(Known { key, expires_at, caller: Rc::new(caller) }), kept })
    }

    /// Keeps what can be kept, and wakes up who waits for it.
    fn tell(&self, asked: &Asked, outcome: &Result<Understood, Error>, moment: &Moment<'_>) {
        if self.ttl_seconds == 0 {
            return;
        }
        let turns = self.turns(moment);
        match (outcome, asked.turn) {
            (Ok(Understood { known, kept }), turn) => {
                let held = moment.now.plus_millis(u64::from(self.ttl_seconds) * 1_000);
                let expires = known.expires_at.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1_000)));
                let until = expires.map_or(held, |expires| held.min(expires));
                self.recent.put(asked.key, Rc::clone(known), until);
                if kept.len() <= LONGEST_KEPT {
                    let value = [until.millis().to_le_bytes().as_slice(), kept].concat();
                    turns.settle(&asked.key, &value, until);
                } else if let Some(lease) = turn {
                    turns.abandon(&asked.key, lease);
                }
            }
            (Err(Error::Signature(_)), Some(lease)) => turns.fail(&asked.key, lease, UNKNOWN),
            (Err(_), Some(lease)) => turns.fail(&asked.key, lease, FAILED),
            (Err(_), None) => {}
        }
    }

    /// Neither key nor token is kept: what stands for them is a digest. A day has a key of its own.
    fn key(&self, claim: &Claim<'_>) -> Digest {
        let scope = claim.scope();
        let mut text = self.scope.to_vec();
        let token = claim.session_token().unwrap_or_default();
        let algorithm = claim.algorithm().name().as_bytes();
        for part in [claim.access_key_id().as_bytes(), token, algorithm, scope.date.as_bytes(), scope.region.as_bytes()]
        {
            text.extend_from_slice(&part.len().to_le_bytes());
            text.extend_from_slice(part);
        }
        sha256(&text)
    }

    fn turns<'m>(&self, moment: &Moment<'m>) -> Turns<'m> {
        Turns::of_first(self.slots, moment.host, moment.now)
    }

    fn lease_millis(&self) -> u32 {
        self.timeout_millis.saturating_add(GRACE_MILLIS)
    }
}

fn headers(path: &str, authority: &str, scheme: &str) -> Result<Headers, IllegalHeader> {
    let mut headers = Headers::new();
    headers.set(":method", "POST")?;
    headers.set(":path", path)?;
    headers.set(":authority", authority)?;
    headers.set(":scheme", scheme)?;
    headers.set("content-type", "application/json")?;
    headers.set("accept", "application/json")?;
    Ok(headers)
}

/// A version, when the credentials expire (0 for never), the key after its length, the principal.
fn encode(key: &[u8], expires_at: Option<u64>, principal: &[u8]) -> Vec<u8> {
    let mut out = vec![VERSION];
    out.extend_from_slice(&expires_at.unwrap_or_default().to_le_bytes());
    out.push(u8::try_from(key.len()).unwrap_or_default());
    out.extend_from_slice(key);
    out.extend_from_slice(principal);
    out
}

/// What was kept, and until when it holds; `None` for anything else.
fn decode(bytes: &[u8]) -> Option<(Known, Timestamp)> {
    let (until, rest) = bytes.split_first_chunk::<8>()?;
    let (version, rest) = rest.split_first()?;
    let (expires_at, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first()?;
    let (key, principal) = rest.split_at_checked(usize::from(*length))?;
    if *version != VERSION {
        return None;
    }
    let key = match <[u8; 32]>::try_from(key) {
        Ok(bytes) => Ready::V4(SigningKey::of(&DerivedKey::new(bytes))),
        Err(_) => Ready::V4a(PublicKey::from_der(key)?),
    };
    let principal: config::Principal = serde_json::from_slice(principal).ok()?;
    let caller = Rc::new(Caller::compile(&principal, &Place::root(), &mut Vec::new())?);
    let expires_at = Some(u64::from_le_bytes(*expires_at)).filter(|seconds| *seconds != 0);
    Some((Known { key, expires_at, caller }, Timestamp::from_millis(u64::from_le_bytes(*until))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back_and_anything_else_is_not() {
        let principal = br#"{"arn":"arn:aws:iam::123456789012:user/a"}"#;
        for key in [vec![7; 32], SecretKey::new("s").public_key("a").unwrap().as_der().to_vec()] {
            let mut whole = 5_000_u64.to_le_bytes().to_vec();
            whole.extend(encode(&key, Some(9), principal));
            let (known, until) = decode(&whole).unwrap();
            assert_eq!(
                (known.expires_at, until.millis(), known.caller.arn()),
                (Some(9), 5_000, "arn:aws:iam::123456789012:user/a")
            );
            for length in 0..whole.len() {
                assert!(decode(&whole[..length]).is_none(), "{length}");
            }
            whole[8] = 2;
            assert!(decode(&whole).is_none(), "another version");
        }
    }
}
