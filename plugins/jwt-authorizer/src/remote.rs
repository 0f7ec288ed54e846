//! How keys are fetched: which calls are made, and what their answers mean.

use std::fmt;

use gatehouse_api::deployment::Origin;
use gatehouse_filter::{Callout, Failure, Reply};
use gatehouse_http::{Headers, IllegalHeader};
use gatehouse_jwt::KeySet;
use serde::Deserialize;

use crate::keys::Origins;

/// How long an issuer may take for either document, in milliseconds; and how long each may be, in bytes.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
pub(crate) const TIMEOUT_MILLIS: u32 = 1_500;
const LONGEST: usize = 150_000;

/// An issuer that is asked for its keys.
pub(crate) struct Remote {
    issuer: String,
    origins: Origins,
    begins: Begins,
}

/// Which document is asked for first.
#[derive(Clone, Debug)]
enum Begins {
    KeySet(Address),
    Discovery(Address),
}

/// A document's address, and the cluster that leads to it.
#[derive(Clone, Debug)]
struct Address {
    cluster: String,
    headers: Headers,
}

/// The document that is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    Discovery,
    KeySet,
}

impl Document {
    /// As it is told to other workers.
    pub(crate) fn name(self) -> &'static [u8] {
        match self {
            Document::Discovery => b"discovery",
            Document::KeySet => b"keys",
        }
    }

    /// As another worker has told it.
    pub(crate) fn parse(name: &[u8]) -> Option<Self> {
        [Document::Discovery, Document::KeySet].into_iter().find(|document| document.name() == name)
    }
}

/// What an answer says.
pub(crate) enum Told {
    /// These are the keys, and this is their text.
    Keys(KeySet, Vec<u8>),
    /// They are there.
    At(Callout),
}

/// What is needed of a discovery document.
///
/// <https://openid.net/specs/openid-connect-discovery-1_0.html>
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Remote {
    pub(crate) fn of_key_set(issuer: &str, uri: &str, origins: &Origins) -> Result<Self, String> {
        let address = Address::of(uri, origins)?;
        Ok(Self { issuer: issuer.to_owned(), origins: origins.clone(), begins: Begins::KeySet(address) })
    }

    /// `{issuer}/.well-known/openid-configuration`
    pub(crate) fn of_discovery(issuer: &str, origins: &Origins) -> Result<Self, String> {
        let uri = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer));
        let address = Address::of(&uri, origins)?;
        Ok(Self { issuer: issuer.to_owned(), origins: origins.clone(), begins: Begins::Discovery(address) })
    }

    /// The first call, and what it asks for.
    pub(crate) fn begin(&self) -> (Callout, Document) {
        match &self.begins {
            Begins::KeySet(address) => (address.callout(), Document::KeySet),
            Begins::Discovery(address) => (address.callout(), Document::Discovery),
        }
    }

    /// What sets these keys apart from all others in shared data.
    pub(crate) fn scope(&self) -> Vec<u8> {
        let (Begins::KeySet(address) | Begins::Discovery(address)) = &self.begins;
        let path = address.headers.get(":path").unwrap_or_default();
        [self.issuer.as_bytes(), b"\n", address.cluster.as_bytes(), b"\n", path].concat()
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// Why it is of no use, for the log.
    pub(crate) fn read(&self, document: Document, reply: &Reply) -> Result<Told, String> {
        let body = body(reply)?;
        match document {
            Document::KeySet => {
                let keys = KeySet::parse(body).map_err(|error| error.to_string())?;
                Ok(Told::Keys(keys, body.to_vec()))
            }
            Document::Discovery => {
                let found: Discovery = serde_json::from_slice(body)
                    .map_err(|_| "the discovery document has no `issuer` and `jwks_uri`")?;
                if found.issuer != self.issuer {
                    return Err(format!("the discovery document is that of `{}`", printable(&found.issuer)));
                }
                Address::of(&found.jwks_uri, &self.origins).map(|address| Told::At(address.callout()))
            }
        }
    }
}

/// What an issuer says may be long, and is not ours.
fn printable(text: &str) -> String {
    text.chars().take(100).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn body(reply: &Reply) -> Result<&[u8], String> {
    let response = match reply {
        Reply::Answered(response) => response,
        Reply::Failed(failure) => {
            return Err(match failure {
                Failure::Timeout => "it took too long".to_owned(),
                Failure::Unreachable => "it cannot be reached".to_owned(),
                Failure::Reset => "the connection broke, or the answer was too large".to_owned(),
                Failure::NotSent => "the call could not be made: is there such a cluster?".to_owned(),
            });
        }
    };
    match (response.status(), response.body.bytes()) {
        (200, body) if body.len() <= LONGEST => Ok(body),
        (200, body) => Err(format!("the answer has {} bytes, of at most {LONGEST}", body.len())),
        (status, _) => Err(format!("it answered with status {status}")),
    }
}

impl Address {
    fn of(uri: &str, origins: &Origins) -> Result<Self, String> {
        let fits = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        let Some((origin, rest)) = Origin::split(uri).filter(|(_, rest)| fits(rest)) else {
            return Err(format!("`{}` is no URL: write it like `https://issuer.example.com/keys`", printable(uri)));
        };
        let way = origins
            .find(&origin)
            .ok_or_else(|| format!("no cluster leads to `{origin}`: there are clusters for {}", origins.names()))?;
        let path = match rest {
            "" => "/".to_owned(),
            rest if rest.starts_with('?') => format!("/{rest}"),
            rest => rest.to_owned(),
        };
        let headers = headers(&path, &way.authority, origin.scheme.name()).map_err(|illegal| illegal.to_string())?;
        Ok(Self { cluster: way.cluster.clone(), headers })
    }

    fn callout(&self) -> Callout {
        Callout {
            cluster: self.cluster.clone(),
            headers: self.headers.clone(),
            body: Vec::new(),
            timeout_millis: TIMEOUT_MILLIS,
        }
    }
}

fn headers(path: &str, authority: &str, scheme: &str) -> Result<Headers, IllegalHeader> {
    let mut headers = Headers::new();
    headers.set(":method", "GET")?;
    headers.set(":path", path)?;
    headers.set(":authority", authority)?;
    headers.set(":scheme", scheme)?;
    headers.set("accept", "application/json")?;
    Ok(headers)
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("issuer", &self.issuer).field("begins", &self.begins).finish_non_exhaustive()
    }
}
