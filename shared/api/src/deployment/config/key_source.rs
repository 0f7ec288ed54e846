//! Where the keys of a token's issuer are, as written.

use serde::{Deserialize, Serialize};

use crate::Node;

/// The keys of whoever issues tokens: a user pool, or an OpenID provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct KeySource {
    /// The key set's address. Where it and `jwks` are absent, it is the user pool's own, or what the issuer's discovery
    /// document says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The key set itself: nobody is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Node>,
    /// After how long keys are fetched anew, in the background; 3600 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_in_seconds: Option<u32>,
    /// How long keys are used that cannot be fetched anew; 7200 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_in_seconds: Option<u32>,
    /// How far the issuer's clock may be wrong; 0 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew_in_seconds: Option<u32>,
}
