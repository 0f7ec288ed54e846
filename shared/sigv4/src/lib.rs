//! AWS Signature Version 4: requests are verified as API Gateway verifies them, and signed the same way.
//!
//! Nothing in here knows Envoy, and nothing asks for the time: a request and the time go in, a [`Verified`] comes out.
//!
//! ```text
//! Request, now ── Rules::read ──▶ Claim ── verify ──▶ Verified ── clean ──▶ the backend's request
//!                                   │        ▲
//!                     access key id │        │ SigningKey, session token, the body's digest
//!                                   ▼        │
//!                           whoever knows the secrets
//! ```
//!
//! [`Rules::read`] checks all that needs no secret: the form, the date, the scope. A [`Claim`] says whose key it needs
//! and whether it needs the body. Each step of the specification is a module: the canonical request, the string to
//! sign, the key. [`Error`] has AWS's words, and the order of its variants is the order of the checks.
//!
//! ```
//! use gatehouse_http::{Body, Headers, Request};
//! use gatehouse_sigv4::{Credentials, Key, Rules, SecretKey, Signer, sha256};
//!
//! let (secret, now) = (SecretKey::new("secret"), 1_440_938_160);
//! let headers = Headers::from_pairs([(":method", "GET"), (":path", "/pets//1"), (":authority", "api.example")]);
//! let mut request = Request { headers, body: Body::Empty };
//! Signer::execute_api("AKID", &secret, "us-east-1").sign(&mut request, now)?;
//!
//! let rules = Rules::execute_api("us-east-1");
//! let claim = rules.read(&request, now)?;
//! let key = secret.derive(claim.scope()); // of `claim.access_key_id()`; `SigningKeys` keeps them
//! let credentials = Credentials { access_key_id: "AKID", key: Key::V4(&key), session_token: None, expires_at: None };
//! let verified = claim.verify(&credentials, &sha256(request.body.bytes()))?;
//! verified.clean(&mut request)?;
//! assert_eq!(request.path(), b"/pets/1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arrival;
mod asymmetric;
mod authorization;
mod canonical;
mod chunked;
mod date;
mod error;
mod few;
mod hash;
mod key;
mod payload;
mod presented;
mod presigned;
mod rules;
mod scan;
mod scope;
mod sign;
mod signed_names;
mod verify;

#[cfg(feature = "p256")]
pub use asymmetric::PureP256;
pub use asymmetric::{P256, PublicKey};
pub use chunked::{ChunkError, ChunkedBody};
pub use date::{basic_date, parse_basic_date};
pub use error::{BrokenEscape, Detail, Error, Mismatch, Skew};
pub use hash::{BodyHasher, Digest, EMPTY_SHA256, sha256};
pub use key::{DerivedKey, Scope, SecretKey, SigningKey, SigningKeys};
pub use payload::{Chunked, Payload};
pub use presented::{Algorithm, Carrier};
pub use rules::{PathRule, Rules};
pub use sign::{Signed, SignedPayload, Signer, Unsignable};
pub use verify::{Claim, Credentials, Key, SessionToken, Verified};
