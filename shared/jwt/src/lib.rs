//! JSON Web Tokens as API Gateway's Cognito and JWT authorizers read them.
//!
//! Nothing in here knows Envoy, asks for the time, or fetches a key: values in, values out.
//!
//! ```text
//! text ── Compact::decode, Token::read ─▶ Token ──┐
//! JWKS ── KeySet::parse ────────────────▶ KeySet ─┴─ find ──▶ Verification ── Signatures (the host, or Rust) ──▶ Claims
//!                                                                                       Expectations ── check ──┘
//! ```
//!
//! A token is three parts of base64url without padding, two of them JSON objects without duplicate names; anything else is
//! malformed. The key says which algorithm it is for, never the token: `none`, and HMAC with a public key for its secret, are
//! no algorithm here. Keys below 2,048 bits are ignored.
//!
//! ```
//! use gatehouse_jwt::{Compact, Expectations, KeySet, Signatures, Token, Use, Verification};
//!
//! struct Nobody;
//! impl Signatures for Nobody {
//!     fn verifies(&self, _: &Verification<'_>) -> bool { false }
//! }
//!
//! let keys = KeySet::parse(br#"{"keys": [{"kty": "EC", "crv": "P-256", "kid": "one",
//!     "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#)?;
//! // {"alg":"ES256","kid":"one"} . {"iss":"joe","exp":1300819380}
//! let compact = Compact::decode("eyJhbGciOiJFUzI1NiIsImtpZCI6Im9uZSJ9.eyJpc3MiOiJqb2UiLCJleHAiOjEzMDA4MTkzODB9.\
//!     AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
//! let token = Token::read(&compact)?;
//! assert!(!keys.find(&token)?.is_signed(&token, &Nobody));
//!
//! let expected = Expectations { issuer: "joe", audiences: &[], token_use: Use::Any, scopes: &[], skew: 0 };
//! assert!(expected.check(token.claims(), 1_300_819_379).is_ok());
//! # Ok::<(), gatehouse_jwt::Error>(())
//! ```
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>,
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>,
//! RFC 7515, 7517, 7518, 7519, 8725.

mod algorithm;
mod claims;
mod der;
mod error;
mod expectations;
mod json;
mod key;
#[cfg(feature = "pure")]
mod pure;
mod registered;
#[cfg(feature = "testing")]
pub mod testing;
mod token;

pub use algorithm::{Algorithm, Signatures, Verification};
pub use claims::Claims;
pub use error::Error;
pub use expectations::{Expectations, Use};
pub use key::{Key, KeySet};
#[cfg(feature = "pure")]
pub use pure::PureSignatures;
pub use registered::RegisteredClaims;
pub use token::{Compact, Token};
