//! Where an issuer's keys are: in the configuration, at an address, or where the issuer's discovery document says.

use std::collections::BTreeMap;

use gatehouse_api::deployment::Origin;
use gatehouse_api::deployment::config::KeySource;
use gatehouse_api::{Place, Problem};
use gatehouse_jwt::KeySet;

use crate::remote::Remote;

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>: keys are used for two hours.
const DEFAULT_MAX_AGE: u32 = 7_200;
/// Fetched anew in half of that, so that an hour without the issuer is not noticed.
const DEFAULT_REFRESH: u32 = 3_600;

/// The origins that may be asked, each by a cluster.
#[derive(Clone, Debug, Default)]
pub struct Origins(BTreeMap<Origin, Way>);

/// How an origin is reached.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) cluster: String,
    pub(crate) authority: String,
}

/// Where keys are that the configuration does not place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Default<'a> {
    /// At this address.
    Address(&'a str),
    /// Where the issuer's discovery document says.
    Discovery,
}

/// An issuer's keys, as they are got.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) got: Got,
    /// Milliseconds.
    pub(crate) refresh: u64,
    /// Milliseconds.
    pub(crate) max_age: u64,
    /// Seconds.
    pub(crate) skew: u32,
}

/// How keys are got.
#[derive(Debug)]
pub(crate) enum Got {
    Inline(KeySet),
    Fetched(Remote),
}

impl Origins {
    /// An origin is reached by this cluster, under this name.
    pub fn insert(&mut self, origin: Origin, cluster: String, authority: String) {
        self.0.insert(origin, Way { cluster, authority });
    }

    pub(crate) fn find(&self, origin: &Origin) -> Option<&Way> {
        self.0.get(origin)
    }

    /// The origins, for a message.
    pub(crate) fn names(&self) -> String {
        let names: Vec<String> = self.0.keys().map(|origin| format!("`{origin}`")).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

impl Keys {
    /// Understands where the keys of an issuer are.
    pub(crate) fn compile(
        issuer: &str,
        written: &KeySource,
        default: Default<'_>,
        origins: &Origins,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let before = problems.len();
        let refresh =
            seconds(written.refresh_in_seconds, DEFAULT_REFRESH, 1..=86_400, &place.then("refreshInSeconds"), problems);
        let least = written.refresh_in_seconds.map_or(DEFAULT_MAX_AGE, |refresh| DEFAULT_MAX_AGE.max(refresh));
        let max_age =
            seconds(written.max_age_in_seconds, least, refresh..=604_800, &place.then("maxAgeInSeconds"), problems);
        let skew = seconds(written.clock_skew_in_seconds, 0, 0..=300, &place.then("clockSkewInSeconds"), problems);
        let got = match (&written.jwks, &written.jwks_uri, default) {
            (Some(_), Some(_), _) => {
                Err(Problem::error(place, "there are `jwks` and `jwksUri`: leave out one of them"))
            }
            (Some(jwks), None, _) => inline(jwks, &place.then("jwks")),
            (None, Some(uri), _) => Remote::of_key_set(issuer, uri, origins)
                .map(Got::Fetched)
                .map_err(|message| Problem::error(&place.then("jwksUri"), message)),
            (None, None, Default::Address(uri)) => Remote::of_key_set(issuer, uri, origins)
                .map(Got::Fetched)
                .map_err(|message| Problem::error(place, message)),
            (None, None, Default::Discovery) => Remote::of_discovery(issuer, origins)
                .map(Got::Fetched)
                .map_err(|message| Problem::error(place, message)),
        };
        let got = got.map_err(|problem| problems.push(problem)).ok();
        (problems.len() == before).then_some(())?;
        Some(Self { got: got?, refresh: u64::from(refresh) * 1_000, max_age: u64::from(max_age) * 1_000, skew })
    }
}

fn inline(jwks: &gatehouse_api::Node, place: &Place) -> Result<Got, Problem> {
    let wrong = |message: String| Problem::error(place, message);
    let text = serde_json::to_vec(jwks).map_err(|error| wrong(error.to_string()))?;
    KeySet::parse(&text).map(Got::Inline).map_err(|error| wrong(error.to_string()))
}

fn seconds(
    written: Option<u32>,
    default: u32,
    allowed: std::ops::RangeInclusive<u32>,
    place: &Place,
    problems: &mut Vec<Problem>,
) -> u32 {
    let seconds = written.unwrap_or(default);
    if !allowed.contains(&seconds) {
        let message = format!("`{seconds}` is not allowed, use {} to {}", allowed.start(), allowed.end());
        problems.push(Problem::error(place, message));
    }
    seconds
}
