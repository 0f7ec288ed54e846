//! CORS: the answers to preflights, and what every answer says to a page of another origin.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>

use gatehouse_api::Cors;
use gatehouse_http::{Headers, IllegalHeader, Request};

/// Who may call, and what he is told.
#[derive(Debug)]
pub(crate) struct CorsPolicy {
    /// In lower case, as browsers write them.
    allow_origins: Vec<String>,
    allow_methods: Vec<String>,
    /// In lower case.
    allow_headers: Vec<String>,
    /// What an allowed origin is told whatever it asks.
    always: Vec<(&'static str, String)>,
    /// What it is told besides, where it asks beforehand.
    preflight: Vec<(&'static str, String)>,
}

/// The origin that a request comes from, as far as it is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallingOrigin {
    /// What `access-control-allow-origin` says.
    allowed: Vec<u8>,
    /// Is it a browser that asks beforehand?
    is_preflight: bool,
}

impl CorsPolicy {
    pub(crate) fn compile(cors: &Cors) -> Self {
        let list = |name, values: &[String]| (!values.is_empty()).then(|| (name, values.join(",")));
        // Names of headers are told in lower case however they are written (Serverless Framework's integration tests of HTTP
        // APIs: `X-foo` comes as `x-foo`), methods as they are.
        let lower = |values: &[String]| values.iter().map(|value| value.to_ascii_lowercase()).collect::<Vec<_>>();
        let (allow_origins, allow_headers) = (lower(&cors.allow_origins), lower(&cors.allow_headers));
        let credentials = cors.allow_credentials.then(|| ("access-control-allow-credentials", "true".to_owned()));
        let max_age = cors.max_age.map(|seconds| ("access-control-max-age", seconds.to_string()));
        Self {
            always: credentials
                .into_iter()
                .chain(list("access-control-expose-headers", &lower(&cors.expose_headers)))
                .collect(),
            preflight: list("access-control-allow-methods", &cors.allow_methods)
                .into_iter()
                // Recorded: where no header is allowed, it is there and empty.
                .chain([("access-control-allow-headers", allow_headers.join(","))])
                .chain(max_age)
                .collect(),
            allow_origins,
            allow_methods: cors.allow_methods.clone(),
            allow_headers,
        }
    }

    /// The origin of a request, if it has one that is allowed, and what it asks for beforehand is. Who names two names none.
    pub(crate) fn origin(&self, request: &Request) -> Option<CallingOrigin> {
        let is_preflight = is_preflight(request);
        let allowed = self.allowed_origin(request).filter(|_| !is_preflight || self.allows(request))?;
        Some(CallingOrigin { allowed, is_preflight })
    }

    fn allowed_origin(&self, request: &Request) -> Option<Vec<u8>> {
        let sent = request.headers.single("origin").ok().flatten()?;
        let origin = sent.to_ascii_lowercase();
        let allows = |allowed: &String| match allowed.as_str() {
            "*" => true,
            "https://*" | "http://*" => {
                let scheme = allowed.trim_end_matches('*').as_bytes();
                origin.len() > scheme.len() && origin.starts_with(scheme)
            }
            allowed => allowed.as_bytes() == origin,
        };
        if self.allow_origins.iter().any(|allowed| allowed == "*") {
            return Some(b"*".to_vec());
        }
        self.allow_origins.iter().any(allows).then(|| sent.to_vec())
    }

    /// May what a browser asks for beforehand be asked? Recorded: who asks for another method or header is told nothing, and
    /// without allowed methods so is everybody.
    fn allows(&self, request: &Request) -> bool {
        let is_among = |allowed: &[String], asked: &[u8]| allowed.iter().any(|it| it == "*" || it.as_bytes() == asked);
        let mut methods = request.headers.all("access-control-request-method");
        let lists = request.headers.all("access-control-request-headers");
        let mut names = lists.flat_map(|list| list.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        methods.all(|method| is_among(&self.allow_methods, method))
            && names.all(|name| name.is_empty() || is_among(&self.allow_headers, &name.to_ascii_lowercase()))
    }

    /// Says it in an answer's headers. What a backend says of CORS is not the API's.
    ///
    /// # Errors
    /// Never: the configuration was checked, and an origin came as a header's value.
    pub(crate) fn apply(&self, origin: Option<&CallingOrigin>, headers: &mut Headers) -> Result<(), IllegalHeader> {
        let Some(CallingOrigin { allowed, is_preflight }) = origin else { return Ok(()) };
        headers.set("access-control-allow-origin", allowed)?;
        let preflight = self.preflight.iter().filter(|_| *is_preflight);
        preflight.chain(&self.always).try_for_each(|(name, value)| headers.set(name, value))
    }

    /// Removes what a backend says of CORS.
    pub(crate) fn clean(headers: &mut Headers) {
        for name in OF_BACKENDS {
            headers.remove(name);
        }
    }
}

/// Does a browser ask beforehand? An OPTIONS request without these headers is one like any other.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method() == b"OPTIONS"
        && request.headers.has("origin")
        && request.headers.has("access-control-request-method")
}

const OF_BACKENDS: [&str; 6] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "access-control-max-age",
];

#[cfg(test)]
mod tests {
    use gatehouse_http::Body;

    use super::*;

    fn policy(origins: &[&str]) -> CorsPolicy {
        let texts = |texts: &[&str]| texts.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        CorsPolicy::compile(&Cors {
            allow_origins: texts(origins),
            allow_credentials: true,
            expose_headers: texts(&["X-A", "x-b"]),
            max_age: Some(300),
            allow_methods: texts(&["GET", "POST"]),
            allow_headers: texts(&["Authorization"]),
            ..Cors::default()
        })
    }

    #[test]
    fn an_origin_is_allowed_by_name_scheme_or_all_together() {
        let check = |origins: &[&str], sent: &[&str], expected: Option<&str>| {
            let headers = Headers::from_pairs(sent.iter().map(|value| ("origin", *value)));
            let found = policy(origins).origin(&Request { headers, body: Body::Empty });
            let expected = expected.map(|it| CallingOrigin { allowed: it.into(), is_preflight: false });
            assert_eq!(found, expected, "{origins:?} {sent:?}");
        };
        check(&["https://a.example"], &["https://a.example"], Some("https://a.example"));
        check(&["https://A.Example"], &["https://a.example"], Some("https://a.example"));
        check(&["https://a.example"], &["https://a.example.evil"], None);
        check(&["https://a.example"], &["http://a.example"], None);
        check(&["https://*"], &["https://b.example:8443"], Some("https://b.example:8443"));
        check(&["https://*"], &["https://"], None);
        check(&["https://*"], &["http://b.example"], None);
        check(&["http://x", "*"], &["null"], Some("*"));
        check(&["*"], &[], None);
        check(&["*"], &["https://a", "https://b"], None);
        check(&[], &["https://a"], None);
    }

    #[test]
    fn who_asks_for_another_method_or_header_is_told_nothing() {
        let check = |(methods, headers): (&[&str], &[&str]), asked: &[(&str, &str)], expected: bool| {
            let texts = |texts: &[&str]| texts.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
            let policy = CorsPolicy::compile(&Cors {
                allow_methods: texts(methods),
                allow_headers: texts(headers),
                ..Cors::default()
            });
            let request = Request { headers: Headers::from_pairs(asked.iter().copied()), body: Body::Empty };
            assert_eq!(policy.allows(&request), expected, "{methods:?} {headers:?} {asked:?}");
        };
        let (method, names) = ("access-control-request-method", "access-control-request-headers");
        check((&["GET"], &[]), &[(method, "GET")], true);
        check((&["*"], &[]), &[(method, "DELETE")], true);
        check((&["POST"], &["*"]), &[(method, "GET")], false);
        check((&["GET"], &[]), &[(method, "get")], false);
        check((&[], &["*"]), &[(method, "GET")], false);
        check((&["*"], &[]), &[(method, "GET"), (names, "test,test2")], false);
        check((&["*"], &["Test", "TEST2"]), &[(method, "GET"), (names, "test, test2")], true);
        check((&["*"], &["test"]), &[(method, "GET"), (names, "test,test2")], false);
        check((&["*"], &["*"]), &[(method, "GET"), (names, "test,test2")], true);
        check((&["*"], &[]), &[(method, "GET"), (names, "")], true);
    }

    #[test]
    fn who_asks_beforehand_is_told_more() {
        let told = |policy: &CorsPolicy, asked: &[(&str, &str)]| {
            let request = Request { headers: Headers::from_pairs(asked.iter().copied()), body: Body::Empty };
            let mut headers = Headers::for_answer();
            policy.apply(policy.origin(&request).as_ref(), &mut headers).unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            headers.iter().map(|(name, value)| format!("{}: {}", text(name), text(value))).collect::<Vec<_>>()
        };
        let always =
            ["access-control-allow-credentials: true", "access-control-expose-headers: x-a,x-b"].map(str::to_owned);
        let allowed = "access-control-allow-origin: https://a.example".to_owned();
        let ask = [(":method", "OPTIONS"), ("origin", "https://a.example"), ("access-control-request-method", "GET")];
        let policy = policy(&["https://a.example"]);
        assert_eq!(
            told(&policy, &ask),
            [
                vec![
                    allowed.clone(),
                    "access-control-allow-methods: GET,POST".to_owned(),
                    "access-control-allow-headers: authorization".to_owned(),
                    "access-control-max-age: 300".to_owned(),
                ],
                always.to_vec(),
            ]
            .concat()
        );
        assert_eq!(told(&policy, &ask[..2]), [vec![allowed], always.to_vec()].concat());
        assert_eq!(told(&policy, &[(":method", "GET"), ask[1], ask[2]]), told(&policy, &ask[..2]));
        assert_eq!(told(&policy, &[ask[0], ask[2]]), Vec::<String>::new());
        assert_eq!(told(&policy, &[ask[0], ask[1], (ask[2].0, "PUT")]), Vec::<String>::new());
        let anything = |texts: &[&str]| texts.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        let policy = CorsPolicy::compile(&Cors {
            allow_origins: anything(&["*"]),
            allow_methods: anything(&["*"]),
            ..Cors::default()
        });
        assert!(told(&policy, &ask).contains(&"access-control-allow-headers: ".to_owned()));
    }
}
