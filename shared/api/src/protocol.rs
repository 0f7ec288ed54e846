//! The protocol that an API speaks.

use crate::Place;
use crate::named::named;

named! {
    /// The protocol that an API speaks, which says what its definition may hold and how it is served.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html>
    #[derive(Default)]
    ProtocolType {
        /// A REST API.
        #[default]
        Rest = "REST",
        /// An HTTP API: API Gateway v2.
        Http = "HTTP",
    }
}

/// Who may call an HTTP API from another origin's pages: `x-amazon-apigateway-cors`.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Origins as browsers write them; `*`, `https://*` and `http://*` are for all of theirs.
    pub allow_origins: Vec<String>,
    /// Whether a browser may send what it knows of its user.
    pub allow_credentials: bool,
    /// The headers that a page may read.
    pub expose_headers: Vec<String>,
    /// How long a browser may remember the answer to a preflight, in seconds.
    pub max_age: Option<i32>,
    /// The methods that a page may call.
    pub allow_methods: Vec<String>,
    /// The headers that a page may send.
    pub allow_headers: Vec<String>,
    /// Where it is defined.
    pub place: Place,
}
