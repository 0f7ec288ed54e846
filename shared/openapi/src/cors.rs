//! `x-amazon-apigateway-cors`: who may call an HTTP API from another origin's pages.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>

use gatehouse_api::{Cors, HttpMethod, Node, Problem};

use crate::at::At;
use crate::importer::Importer;

const FIELDS: &[&str] =
    &["allowOrigins", "allowCredentials", "exposeHeaders", "maxAge", "allowMethods", "allowHeaders"];

/// How long browsers may be told to remember: -1 is not at all.
const MAX_AGE: std::ops::RangeInclusive<i64> = -1..=86_400;

/// Origins that stand for others.
const PATTERNS: [&str; 3] = ["*", "https://*", "http://*"];

impl<'a> Importer<'a> {
    /// The CORS configuration of an HTTP API, if it has one.
    pub(crate) fn cors(&mut self, root: &At<'a>) -> Option<Cors> {
        let at = root.get("x-amazon-apigateway-cors").filter(|_| self.is_http())?;
        self.map(&at);
        self.known_fields(&at, FIELDS);
        let cors = Cors {
            allow_origins: self.texts_of(&at, "allowOrigins"),
            allow_credentials: self.boolean_of(&at, "allowCredentials").unwrap_or(false),
            expose_headers: self.header_names(&at, "exposeHeaders"),
            max_age: self.max_age(&at),
            allow_methods: self.allow_methods(&at),
            allow_headers: self.header_names(&at, "allowHeaders"),
            place: at.place.clone(),
        };
        self.check_origins(&cors, &at);
        Some(cors)
    }

    fn check_origins(&mut self, cors: &Cors, at: &At<'a>) {
        let place = at.place.then("allowOrigins");
        for (index, origin) in cors.allow_origins.iter().enumerate() {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            let visible = origin.bytes().all(|byte| byte.is_ascii_graphic());
            if !visible || (origin != "*" && host.is_none_or(|host| host.is_empty() || host.contains('/'))) {
                let message = format!("`{origin}` is no origin: write scheme and host, such as `https://example.com`");
                self.problems.push(Problem::error(&place.then(index), message));
            }
        }
        for (index, origin) in cors.allow_origins.iter().enumerate() {
            if origin.contains('*') && !PATTERNS.contains(&origin.as_str()) {
                let message = format!(
                    "`{origin}` is nobody's origin: of patterns there are `*`, `https://*` and `http://*` alone"
                );
                self.problems.push(Problem::warning(&place.then(index), message));
            }
        }
        if cors.allow_credentials && cors.allow_origins.iter().any(|origin| origin == "*") {
            let message = "`allowCredentials` is not supported if `allowOrigins` has `*`";
            self.problems.push(Problem::error(&at.place.then("allowCredentials"), message));
        }
    }

    fn max_age(&mut self, at: &At<'a>) -> Option<i32> {
        let at = at.get("maxAge")?;
        let number = match at.node {
            Node::Number(number) => number.as_i64(),
            Node::String(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| MAX_AGE.contains(number)).and_then(|number| i32::try_from(number).ok());
        if number.is_none() {
            self.wrong_type(&at, "a whole number from -1 to 86400");
        }
        number
    }

    fn allow_methods(&mut self, at: &At<'a>) -> Vec<String> {
        let written = self.texts_of(at, "allowMethods");
        for (index, method) in written.iter().enumerate() {
            if method != "*" && HttpMethod::of_request(method).is_none() {
                let message = format!("`{method}` is no method: use `*` or methods such as `GET`");
                self.problems.push(Problem::error(&at.place.then("allowMethods").then(index), message));
            }
        }
        written
    }

    fn header_names(&mut self, at: &At<'a>, field: &str) -> Vec<String> {
        let written = self.texts_of(at, field);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        for (index, name) in written.iter().enumerate() {
            if name.is_empty() || !name.bytes().all(allowed) {
                let message = format!("`{name}` is no header's name");
                self.problems.push(Problem::error(&at.place.then(field).then(index), message));
            }
        }
        written
    }
}
