//! CORS: the answers to preflights, and what every answer says to a page of another origin.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>

use gatehouse_api::Cors;
use gatehouse_http::{Answer, Headers, IllegalHeader, Request};

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

/// The origin that a request comes from, as far as it is allowed: what `access-control-allow-origin` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallingOrigin(Vec<u8>);

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

    /// The origin of a request, if it has one that is allowed. Who names two names none.
    pub(crate) fn origin(&self, request: &Request) -> Option<CallingOrigin> {
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
            return Some(CallingOrigin(b"*".to_vec()));
        }
        self.allow_origins.iter().any(allows).then(|| CallingOrigin(sent.to_vec()))
    }

    /// May what a browser asks for beforehand be asked? Recorded: who asks for another method or header is told nothing, and
    /// without allowed methods so is everybody.
    pub(crate) fn allows(&self, request: &Request) -> bool {
        let is_among = |allowed: &[String], asked: &[u8]| allowed.iter().any(|it| it == "*" || it.as_bytes() == asked);
        let mut methods = request.headers.all("access-control-request-method");
        let lists = request.headers.all("access-control-request-headers");
        let mut names = lists.flat_map(|list| list.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        methods.all(|method| is_among(&self.allow_methods, method))
            && names.all(|name| name.is_empty() || is_among(&self.allow_headers, &name.to_ascii_lowercase()))
    }

    /// Does a browser ask beforehand? An OPTIONS request without these headers is one like any other.
    pub(crate) fn is_preflight(request: &Request) -> bool {
        request.method() == b"OPTIONS"
            && request.headers.has("origin")
            && request.headers.has("access-control-request-method")
    }

    /// The answer to who asks beforehand; the rest of it is what every answer says.
    ///
    /// # Errors
    /// Never: the configuration was checked.
    pub(crate) fn answer(&self, origin: Option<&CallingOrigin>) -> Result<Answer, IllegalHeader> {
        let mut headers = Headers::for_answer();
        if origin.is_some() {
            for (name, value) in &self.preflight {
                headers.set(name, value)?;
            }
        }
        Ok(Answer { status: 204, headers, body: Vec::new() })
    }

    /// Says it in an answer's headers. What a backend says of CORS is not the API's.
    ///
    /// # Errors
    /// Never: the configuration was checked, and an origin came as a header's value.
    pub(crate) fn apply(&self, origin: Option<&CallingOrigin>, headers: &mut Headers) -> Result<(), IllegalHeader> {
        let Some(CallingOrigin(origin)) = origin else { return Ok(()) };
        headers.set("access-control-allow-origin", origin)?;
        self.always.iter().try_for_each(|(name, value)| headers.set(name, value))
    }

    /// Removes what a backend says of CORS.
    pub(crate) fn clean(headers: &mut Headers) {
        for name in OF_BACKENDS {
            headers.remove(name);
        }
    }
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
            assert_eq!(found, expected.map(|it| CallingOrigin(it.into())), "{origins:?} {sent:?}");
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
        let policy = policy(&["https://a.example"]);
        let told = |origin: Option<&CallingOrigin>| {
            let mut answer = policy.answer(origin).unwrap();
            policy.apply(origin, &mut answer.headers).unwrap();
            answer
                .headers
                .iter()
                .map(|(name, value)| format!("{}: {}", String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(None), Vec::<String>::new());
        assert_eq!(
            told(Some(&CallingOrigin(b"https://a.example".to_vec()))),
            [
                "access-control-allow-methods: GET,POST",
                "access-control-allow-headers: authorization",
                "access-control-max-age: 300",
                "access-control-allow-origin: https://a.example",
                "access-control-allow-credentials: true",
                "access-control-expose-headers: x-a,x-b",
            ]
        );
        let policy = CorsPolicy::compile(&Cors { allow_methods: vec!["*".to_owned()], ..Cors::default() });
        let answer = policy.answer(Some(&CallingOrigin(b"https://a.example".to_vec()))).unwrap();
        assert_eq!(answer.headers.text("access-control-allow-headers"), Some(""));
    }
}
