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
mod authorization;
mod canonical;
mod chunked;
mod date;
mod error;
mod hash;
mod key;
mod payload;
mod presented;
mod presigned;
mod rules;
mod scope;
mod sign;
mod verify;

pub use chunked::{ChunkError, ChunkedBody};
pub use date::{basic_date, parse_basic_date};
pub use error::{BrokenEscape, Detail, Error, Mismatch, Skew};
pub use hash::{BodyHasher, Digest, EMPTY_SHA256, sha256};
pub use key::{Scope, SecretKey, SigningKey, SigningKeys};
pub use payload::{Chunked, Payload};
pub use presented::{Algorithm, Carrier};
pub use rules::{PathRule, Rules};
pub use sign::{Signed, SignedPayload, Signer, Unsignable};
pub use verify::{Claim, Credentials, SessionToken, Verified};
