//! The issuers whose tokens are accepted, and the tokens that this worker has verified.

use std::rc::Rc;

use gatehouse_api::deployment::config::KeySource;
use gatehouse_api::{Place, Problem};
use gatehouse_filter::{Callout, Host, Reply, Timestamp, Waiter};
use gatehouse_jwt::{Compact, Error as TokenError, RegisteredClaims, Token};

use crate::error::Error;
use crate::issuer::{Asking, Fetch, Issuer, Lack};
use crate::keys::{Default as DefaultKeys, Keys, Origins};
use crate::metrics::{KeyMetrics, Measure, Metrics};
use crate::phase::Form;
use crate::signatures::HostSignatures;
use crate::user_pool::UserPool;
use crate::verified::{Tokens, Verified};

/// How often errands are asked for, in milliseconds.
const ERRANDS_EVERY: u32 = 1_000;

/// Issuers with their keys.
#[derive(Debug)]
pub struct Issuers {
    issuers: Vec<Issuer>,
    tokens: Tokens,
    form: Form,
    metrics: KeyMetrics,
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

/// What is known of a token.
pub(crate) enum Sight {
    /// It was verified before, with keys that are still used.
    Known(Rc<Verified>),
    Verified(Rc<Verified>),
    Await(Callout, Asking),
    Wait(u32, Asking),
}

impl Issuers {
    /// None yet, of the kind of API whose authorizers ask.
    #[must_use]
    pub fn new(form: Form, metrics: KeyMetrics) -> Self {
        Self { issuers: Vec::new(), tokens: Tokens::default(), form, metrics }
    }

    /// The number of a user pool, whose keys are where Cognito has them unless something else is written.
    pub fn add_user_pool(
        &mut self,
        pool: &UserPool,
        written: &KeySource,
        origins: &Origins,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) -> Option<usize> {
        let address = pool.jwks_uri();
        self.add_with(&pool.issuer, written, DefaultKeys::Address(&address), origins, place, problems)
    }

    /// The number of an issuer, whose keys are where its discovery document says unless something else is written.
    pub fn add(
        &mut self,
        issuer: &str,
        written: &KeySource,
        origins: &Origins,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) -> Option<usize> {
        self.add_with(issuer, written, DefaultKeys::Discovery, origins, place, problems)
    }

    fn add_with(
        &mut self,
        issuer: &str,
        written: &KeySource,
        default: DefaultKeys<'_>,
        origins: &Origins,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) -> Option<usize> {
        if let Some(known) = self.issuers.iter().position(|known| known.name == issuer) {
            return Some(known);
        }
        let keys = Keys::compile(issuer, written, default, origins, place, problems)?;
        self.issuers.push(Issuer::new(issuer, keys, self.metrics));
        Some(self.issuers.len() - 1)
    }

    /// Lets the keys lie in shared data from a slot on; how many slots they need.
    pub fn place(&mut self, first_slot: u32) -> u32 {
        self.issuers.iter_mut().fold(0, |taken, issuer| taken + issuer.place(first_slot + taken))
    }

    /// How often [`Issuers::errand`] is to be asked, in milliseconds.
    #[must_use]
    pub fn errands_every(&self) -> Option<u32> {
        let any = self.issuers.iter().any(|issuer| matches!(issuer.keys.got, crate::keys::Got::Fetched(_)));
        any.then_some(ERRANDS_EVERY)
    }

    /// Keys that should be fetched now, by whoever is first.
    #[must_use]
    pub fn errand(&self, moment: &Moment<'_>) -> Option<(Callout, Asking)> {
        self.issuers.iter().enumerate().find_map(|(number, issuer)| issuer.errand(number, moment))
    }

    /// The answer to an errand, or to the call of a request; the next call, where it leads to one.
    pub fn on_errand(&self, asking: &Asking, reply: &Reply, moment: &Moment<'_>) -> Option<(Callout, Asking)> {
        self.get(asking.issuer)?.on_reply(asking, reply, moment)
    }

    /// The client has left: another request takes over.
    pub fn on_abandoned(&self, asking: &Asking, moment: &Moment<'_>) {
        if let Some(issuer) = self.get(asking.issuer) {
            issuer.on_abandoned(asking, moment);
        }
    }

    pub(crate) fn get(&self, number: usize) -> Option<&Issuer> {
        self.issuers.get(number)
    }

    /// Finds out whether one of these issuers has signed a token.
    pub(crate) fn verify(
        &self,
        text: &[u8],
        accepted: &[usize],
        asked: Option<&Asking>,
        metrics: Metrics,
        moment: &Moment<'_>,
    ) -> Result<Sight, Error> {
        let place = self.tokens.place(text, moment.host);
        let uses = |of: &Verified| self.get(of.issuer).is_some_and(|issuer| issuer.uses(of.generation, moment.now));
        if let Some(known) = place.and_then(|place| self.tokens.get(place, text)).filter(|known| uses(known)) {
            return Ok(Sight::Known(known));
        }
        let malformed = TokenError::Malformed("it is no text");
        let compact = Compact::decode(std::str::from_utf8(text).map_err(|_| malformed)?)?;
        let token = Token::read(&compact)?;
        let said = token.claims().text("iss");
        let of_token = |number: &&usize| self.get(**number).is_some_and(|issuer| said == Some(&issuer.name));
        let number = *accepted.iter().find(of_token).ok_or(TokenError::Issuer)?;
        let issuer = self.get(number).ok_or(TokenError::Issuer)?;
        let ring = match issuer.ring_for(&token, moment) {
            Ok(ring) => ring,
            Err(Lack::Token(error)) => return Err(error.into()),
            Err(lack @ (Lack::Keys | Lack::Key)) => {
                return match issuer.fetch(number, &lack, asked, moment) {
                    Fetch::Ask(callout, asking) => Ok(Sight::Await(callout, asking)),
                    Fetch::Wait(millis, asking) => Ok(Sight::Wait(millis, asking)),
                    Fetch::Over if matches!(lack, Lack::Keys) => Err(issuer.out_of_reach()),
                    Fetch::Over => Err(TokenError::UnknownKey.into()),
                };
            }
        };
        metrics.count(Measure::Signature, moment.host);
        let signatures = HostSignatures::new(moment.host);
        if !ring.set.find(&token)?.is_signed(&token, &signatures) {
            return Err(if signatures.could_not_tell() { Error::Host } else { TokenError::Signature.into() });
        }
        let registered = RegisteredClaims::of(token.claims());
        let verified = Verified::new(number, ring.generation, registered, compact.into_claims(), self.form);
        let verified = Rc::new(verified);
        if let Some(place) = place {
            self.tokens.put(place, text, &verified, moment);
        }
        Ok(Sight::Verified(verified))
    }
}
