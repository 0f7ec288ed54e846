//! The phase of a request in which its signature says who calls, and policies say whether he may.

use std::fmt;
use std::rc::Rc;

use gatehouse_api::deployment::config::{self, MismatchDetail};
use gatehouse_api::{Place, Problem};
use gatehouse_authorization::{AccessDenied, Guard, Scene};
use gatehouse_context::Context;
use gatehouse_filter::{Callout, Hash, Host, Rejection, Reply, ResponseType, Timestamp, Waiter, Wanted};
use gatehouse_http::{Body, IllegalHeader, Request};
use gatehouse_sigv4::{
    Carrier, Claim, Credentials, Detail, Digest, Error as SignatureError, Key, P256, PureP256, Rules, SessionToken,
    Verified, sha256,
};

use crate::access_key::AccessKeys;
use crate::caller::Caller;
use crate::error::Error;
use crate::metrics::{Measure, Metrics};
use crate::provider::{Asked, Asking as AskingProvider, Found, Provider};
use crate::recent::{Known, Ready};
use crate::replay::Replay;

/// AWS_IAM, ready to decide.
pub struct IamPhase {
    rules: Rules,
    detail: Detail,
    keys: AccessKeys,
    provider: Option<Provider>,
    replay: Option<Replay>,
    metrics: Metrics,
}

/// Where AWS_IAM does its work.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// The region that requests must be signed for.
    pub region: &'a str,
    /// Where the configuration is.
    pub place: &'a Place,
    /// The cluster by which the credential provider is asked.
    pub cluster: String,
    /// Everything under which a provider's answers may not be mixed with others.
    pub scope: &'a [u8],
    /// How many slots of shared data are for answers; those of accepted signatures follow.
    pub slots: u32,
    /// Where its metrics begin.
    pub metrics: Metrics,
}

/// When and where a request is decided about.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// The time.
    pub now: Timestamp,
    /// Where the request can be woken up.
    pub here: Waiter,
    /// What answers at once.
    pub host: &'a dyn Host,
}

/// What happens next.
pub enum Progress {
    /// It is known who calls.
    Authenticated(Authenticated),
    /// The credential provider is asked.
    Await(Callout, Asking),
    /// Another request asks it; how long to wait, in milliseconds.
    Wait(u32, Asking),
}

/// The credential provider is being asked.
#[derive(Debug)]
pub struct Asking(Asked);

/// A request of which it is known who has signed it.
#[derive(Clone, Debug)]
pub struct Authenticated {
    caller: Rc<Caller>,
    verified: Verified,
}

/// Whose signature it is.
pub(crate) struct Signer {
    pub(crate) verified: Verified,
    pub(crate) caller: Rc<Caller>,
}

/// The host's P-256, or ours where it has none.
pub(crate) struct HostP256<'a>(pub(crate) &'a dyn Host);

impl P256 for HostP256<'_> {
    fn verifies(&self, public_key: &[u8], signature: &[u8], message: &[u8]) -> bool {
        let told = self.0.verifies(Hash::Sha256, public_key, signature, message);
        told.unwrap_or_else(|| PureP256.verifies(public_key, signature, message))
    }
}

impl IamPhase {
    /// Understands who may sign, and on what terms.
    pub fn compile(written: &config::Iam, setting: Setting<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let before = problems.len();
        let Setting { region, place, cluster, scope, slots, metrics } = setting;
        let keys = AccessKeys::compile(&written.access_keys, &place.then("accessKeys"), problems);
        let provider = written.credential_provider.as_ref().and_then(|provider| {
            let asking = AskingProvider { cluster, scope, slots, metrics };
            Provider::new(provider, &place.then("credentialProvider"), asking, problems)
        });
        if written.access_keys.is_empty() && written.credential_provider.is_none() {
            let message = "nobody could sign: add `accessKeys` or a `credentialProvider`";
            problems.push(Problem::error(place, message));
        }
        let skew = written.clock_skew_in_seconds.unwrap_or(300);
        if !(1..=900).contains(&skew) {
            let message = format!("`{skew}` is not allowed, use 1 to 900");
            problems.push(Problem::error(&place.then("clockSkewInSeconds"), message));
        }
        if let Some(replay) = written.replay_protection {
            let place = place.then("replayProtection");
            if !(1..=10_000_000).contains(&replay.max_signatures) {
                let message = format!("`{}` is not allowed, use 1 to 10000000", replay.max_signatures);
                problems.push(Problem::error(&place.then("maxSignatures"), message));
            }
            if written.sigv4a {
                let message = "a signature of SigV4A can be rewritten by whoever has seen it: leave out `sigv4a`";
                problems.push(Problem::error(&place, message));
            }
        }
        (problems.len() == before).then(|| Self {
            rules: rules(written, region, skew),
            detail: match written.mismatch_detail.unwrap_or_default() {
                MismatchDetail::Full => Detail::Full,
                MismatchDetail::Brief => Detail::Brief,
            },
            keys,
            provider,
            replay: written.replay_protection.map(|replay| Replay::new(slots, replay.max_signatures)),
            metrics,
        })
    }

    /// Reads the environment variables that secrets are in: whoever serves does, whoever only compiles does not.
    ///
    /// # Errors
    /// The name of one that is missing or empty.
    pub fn resolve(&mut self, environment: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
        self.keys.resolve(environment)
    }

    /// How many slots of shared data accepted signatures take.
    #[must_use]
    pub fn replay_slots(written: &config::Iam) -> u32 {
        written.replay_protection.map_or(0, |replay| Replay::slots(replay.max_signatures))
    }

    /// What of the body must have come before the signature can be checked; `None` of a request that is refused
    /// whatever its body is.
    #[must_use]
    pub fn wants_body(&self, request: &Request, moment: &Moment<'_>) -> Option<Wanted> {
        let claim = self.rules.read(request, seconds(moment)).ok()?;
        let wanted = if claim.payload().needs_body() { Wanted::Pieces } else { Wanted::Nothing };
        match (self.keys.get(claim.access_key_id()), &self.provider) {
            // With a digest in the headers, all but the body itself can be checked now.
            (Some(key), _) => match key.verify(&claim, None, moment.host) {
                Ok(_) | Err(Error::Unforeseen) => Some(wanted),
                Err(_) => None,
            },
            (None, Some(_)) => Some(wanted),
            (None, None) => None,
        }
    }

    /// Finds out who calls. `body` is the digest of a body that has come in pieces.
    ///
    /// # Errors
    /// Why nobody does.
    pub fn authenticate(
        &self,
        request: &Request,
        body: Option<&Digest>,
        moment: &Moment<'_>,
    ) -> Result<Progress, Rejection> {
        let outcome = self.read(request, moment).and_then(|claim| match self.keys.get(claim.access_key_id()) {
            Some(key) => {
                let body = digest(request, body);
                self.accept(key.verify(&claim, body.as_ref(), moment.host)?, &claim, moment)
            }
            None => {
                let unknown = Error::Signature(SignatureError::InvalidToken);
                let found = self.provider.as_ref().ok_or(unknown)?.find(&claim, moment)?;
                self.found(found, &claim, digest(request, body), moment)
            }
        });
        self.counted(outcome, moment)
    }

    /// Goes on when the credential provider has answered.
    ///
    /// # Errors
    /// Why nobody calls.
    pub fn on_reply(
        &self,
        asking: &Asking,
        reply: &Reply,
        request: &Request,
        body: Option<&Digest>,
        moment: &Moment<'_>,
    ) -> Result<Progress, Rejection> {
        let outcome = self.read(request, moment).and_then(|claim| {
            let known = self.provider()?.on_reply(&asking.0, reply, &claim, moment)?;
            self.found(Found::Known(known), &claim, digest(request, body), moment)
        });
        self.counted(outcome, moment)
    }

    /// Goes on when another request has woken this one up, or has not for a while.
    ///
    /// # Errors
    /// Why nobody calls.
    pub fn on_wake(
        &self,
        asking: &Asking,
        request: &Request,
        body: Option<&Digest>,
        moment: &Moment<'_>,
    ) -> Result<Progress, Rejection> {
        let outcome = self.read(request, moment).and_then(|claim| {
            let found = self.provider()?.on_wake(&asking.0, &claim, moment)?;
            self.found(found, &claim, digest(request, body), moment)
        });
        self.counted(outcome, moment)
    }

    /// The client has left: another request takes over.
    pub fn on_abandoned(&self, asking: &Asking, moment: &Moment<'_>) {
        if let Some(provider) = &self.provider {
            provider.on_abandoned(&asking.0, moment);
        }
    }

    /// Lets pass what policies allow.
    ///
    /// # Errors
    /// What the caller is told that he may not.
    pub fn authorize(
        &self,
        authenticated: &Authenticated,
        method_arn: &str,
        guard: &Guard<'_>,
        scene: &Scene<'_>,
    ) -> Result<(), Rejection> {
        let caller = &authenticated.caller;
        let decision = caller.decide(method_arn, guard, scene);
        AccessDenied::unless_allowed(decision, Some(caller.arn()), method_arn).map_err(|denied| {
            self.metrics.count(Measure::Denied, scene.host);
            denied.into()
        })
    }

    /// Signs a call to a service of AWS as the caller, whose signature has been verified: with his own key, if it is one of
    /// the configuration's.
    ///
    /// # Errors
    /// 500 for a key of the credential provider's, whose secret is not kept, and for a call that cannot be signed.
    pub fn sign_as(
        &self,
        access_key_id: &str,
        service: &str,
        region: &str,
        callout: &mut Callout,
        moment: &Moment<'_>,
    ) -> Result<(), Rejection> {
        let failed = |why: &'static str| {
            log::warn!("AWS_IAM: a call as `{access_key_id}` cannot be signed: {why}");
            Rejection::new(ResponseType::ApiConfigurationError)
        };
        let key = self.keys.get(access_key_id).ok_or_else(|| failed("the secret is the credential provider's"))?;
        let headers = std::mem::take(&mut callout.headers);
        let mut request = Request { headers, body: Body::Read(std::mem::take(&mut callout.body)) };
        let signed = key.sign(access_key_id, service, region, &mut request, seconds(moment), moment.host);
        callout.headers = request.headers;
        if let Body::Read(body) = request.body {
            callout.body = body;
        }
        signed.map_err(failed)
    }

    fn read<'r>(&'r self, request: &'r Request, moment: &Moment<'_>) -> Result<Claim<'r>, Error> {
        Ok(self.rules.read(request, seconds(moment))?)
    }

    fn provider(&self) -> Result<&Provider, Error> {
        self.provider.as_ref().ok_or(Error::Unforeseen)
    }

    fn found(
        &self,
        found: Found,
        claim: &Claim<'_>,
        body: Option<Digest>,
        moment: &Moment<'_>,
    ) -> Result<Progress, Error> {
        match found {
            Found::Known(known) => self.accept(known.verify(claim, body.as_ref(), moment.host)?, claim, moment),
            Found::Ask(callout, asked) => {
                self.metrics.count(Measure::ProviderCall, moment.host);
                Ok(Progress::Await(callout, Asking(asked)))
            }
            Found::Wait(millis, asked) => Ok(Progress::Wait(millis, Asking(asked))),
        }
    }

    fn accept(&self, signer: Signer, claim: &Claim<'_>, moment: &Moment<'_>) -> Result<Progress, Error> {
        if let Some(replay) = &self.replay {
            let of = [claim.access_key_id().as_bytes(), claim.signature()];
            replay.note(&of, claim.good_until(), moment.now, moment.host.store())?;
        }
        let Signer { verified, caller } = signer;
        Ok(Progress::Authenticated(Authenticated { caller, verified }))
    }

    fn counted(&self, outcome: Result<Progress, Error>, moment: &Moment<'_>) -> Result<Progress, Rejection> {
        let error = match outcome {
            Ok(progress) => {
                if matches!(progress, Progress::Authenticated(_)) {
                    self.metrics.count(Measure::Verified, moment.host);
                }
                return Ok(progress);
            }
            Err(error) => error,
        };
        let measure = match &error {
            Error::Signature(SignatureError::MissingAuthenticationToken) => Measure::Unsigned,
            Error::Signature(_) => Measure::Invalid,
            Error::Replayed => Measure::Replayed,
            Error::TooManySignatures | Error::Unforeseen => Measure::Failure,
            Error::Unavailable(why) => {
                log::warn!("AWS_IAM: {why}");
                Measure::Failure
            }
        };
        self.metrics.count(measure, moment.host);
        Err(error.rejection(self.detail))
    }
}

impl Authenticated {
    /// Makes the caller known as `$context.identity.*`.
    pub fn apply(&self, context: &mut Context) {
        self.caller.apply(&self.verified.access_key_id, context);
    }

    /// The path that was signed: the one to route by, to authorize, and to forward.
    #[must_use]
    pub fn path<'a>(&'a self, request: &'a Request) -> &'a [u8] {
        self.verified.path(request)
    }

    /// Takes signature, token and their parameters away, and leaves the path that was signed.
    ///
    /// # Errors
    /// [`IllegalHeader`] if the target could not be written.
    pub fn clean(&self, request: &mut Request) -> Result<(), IllegalHeader> {
        self.verified.clean(request)
    }

    /// Where the signature was.
    #[must_use]
    pub fn carrier(&self) -> Carrier {
        self.verified.carrier
    }
}

impl Known {
    fn verify(&self, claim: &Claim<'_>, body: Option<&Digest>, host: &dyn Host) -> Result<Signer, Error> {
        let p256 = HostP256(host);
        let key = match &self.key {
            Ready::V4(key) => Key::V4(key),
            Ready::V4a(key) => Key::V4a(key, &p256),
        };
        // The provider's token is the one that was presented, or nothing would be known.
        let token = claim.session_token().and_then(|token| std::str::from_utf8(token).ok()).map(SessionToken::new);
        let credentials = Credentials {
            access_key_id: claim.access_key_id(),
            key,
            session_token: token.as_ref(),
            expires_at: self.expires_at,
        };
        Ok(Signer { verified: check(claim, &credentials, body)?, caller: Rc::clone(&self.caller) })
    }
}

/// Checks a signature as far as the body is known. [`Error::Unforeseen`] if nothing else is against it than that its
/// body has not been seen.
pub(crate) fn check(
    claim: &Claim<'_>,
    credentials: &Credentials<'_>,
    body: Option<&Digest>,
) -> Result<Verified, Error> {
    match body {
        Some(digest) => Ok(claim.verify(credentials, digest)?),
        None if !claim.payload().needs_body() => Ok(claim.verify(credentials, &Digest::default())?),
        None => {
            claim.verify_early(credentials)?;
            Err(Error::Unforeseen)
        }
    }
}

/// The digest of a body that has come; `None` for one that streams by.
fn digest(request: &Request, pieces: Option<&Digest>) -> Option<Digest> {
    match (&request.body, pieces) {
        (_, Some(digest)) => Some(*digest),
        (Body::Unread, None) => None,
        (body, None) => Some(sha256(body.bytes())),
    }
}

fn seconds(moment: &Moment<'_>) -> u64 {
    moment.now.millis() / 1_000
}

/// A header that changes the method for which a request is decided must be signed like the method itself.
const METHOD_OVERRIDE: &str = "x-http-method-override";

fn rules(written: &config::Iam, region: &str, skew: u32) -> Rules {
    let mut signed_headers = written.signed_headers.clone();
    signed_headers.push(METHOD_OVERRIDE.to_owned());
    Rules {
        skew: u64::from(skew),
        unsigned_payload: written.unsigned_payload,
        v4a: written.sigv4a,
        unsigned_headers: written.unsigned_headers.clone(),
        signed_headers,
        host_aliases: written.host_aliases.clone(),
        ..Rules::execute_api(region)
    }
}

impl fmt::Debug for IamPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IamPhase").field("keys", &self.keys).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
