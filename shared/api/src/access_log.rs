//! A stage's access log format, taken apart: what Envoy itself knows at the end of a request, and what is rendered.
//!
//! ```text
//!  $context.identity.sourceIp [$context.requestTime] "$context.path" $context.status $context.requestId
//!  └──────────────── rendered 0 ───────────────────────────────────┘ └── native ───┘ └── rendered 1 ──┘
//! ```
//!
//! Envoy writes the line: native segments by an operator of its own, rendered ones from filter state that the filter sets
//! ([`AccessLogFormat::filter_state_key`]).
//!
//! Variables: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html>

use std::fmt;

/// An access log format, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLogFormat {
    /// What the line consists of, in order. A rendered segment is as long as can be, and begins and ends with a variable.
    pub segments: Vec<Segment>,
}

/// A part of an access log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The same in every line.
    Text(String),
    /// Known to Envoy only when the request is over.
    Native(Native),
    /// Known to the filter.
    Rendered(Vec<Part>),
}

/// What only Envoy knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Native {
    /// `$context.status`
    Status,
    /// `$context.responseLength`, in bytes.
    ResponseLength,
    /// `$context.responseLatency`, in milliseconds.
    ResponseLatency,
}

/// A part of a rendered segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The same in every line.
    Text(String),
    /// The name of a variable without `$context.`: `identity.sourceIp`. One that is absent is written as `-`.
    Variable(String),
}

/// A format that API Gateway does not take: it refers to something else than `$context`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAccessLogFormat {
    /// What it refers to.
    pub reference: String,
}

impl AccessLogFormat {
    /// Takes a format apart.
    ///
    /// # Errors
    /// [`InvalidAccessLogFormat`] for `$input`, `$stageVariables` and whatever else is not `$context`.
    pub fn parse(format: &str) -> Result<Self, InvalidAccessLogFormat> {
        let mut segments = Vec::new();
        let mut run = Run::default();
        for part in parts(format)? {
            match part {
                Part::Variable(name) => match Native::named(&name) {
                    Some(native) => {
                        run.end(&mut segments);
                        segments.push(Segment::Native(native));
                    }
                    None => run.variable(name),
                },
                Part::Text(text) => run.text.push_str(&text),
            }
        }
        run.end(&mut segments);
        Ok(Self { segments })
    }

    /// The rendered segments in their order: the filter sets the n-th one under [`Self::filter_state_key`] of n.
    pub fn rendered(&self) -> impl Iterator<Item = &[Part]> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Rendered(parts) => Some(parts.as_slice()),
            Segment::Text(_) | Segment::Native(_) => None,
        })
    }

    /// The name of the property under which the filter leaves the n-th rendered segment, counted from 0.
    #[must_use]
    pub fn filter_state_key(n: usize) -> String {
        format!("gatehouse_log_{n}")
    }

    /// The property under which the filter leaves which stage serves the request: [`Self::stage_value`].
    pub const STAGE_KEY: &'static str = "gatehouse_stage";

    /// What the filter leaves under [`Self::STAGE_KEY`], so that each stage writes its own lines only.
    #[must_use]
    pub fn stage_value(api_id: &str, stage_name: &str) -> String {
        format!("{api_id}/{stage_name}")
    }

    /// The variables that API Gateway does not have: it writes `-` for them.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.rendered().flatten().filter_map(|part| match part {
            Part::Variable(name) if !is_variable(name) => Some(name.as_str()),
            Part::Variable(_) | Part::Text(_) => None,
        })
    }
}

impl Native {
    fn named(name: &str) -> Option<Self> {
        match name {
            "status" => Some(Native::Status),
            "responseLength" => Some(Native::ResponseLength),
            "responseLatency" => Some(Native::ResponseLatency),
            _ => None,
        }
    }
}

/// What stands between two native variables.
#[derive(Default)]
struct Run {
    before: String,
    rendered: Vec<Part>,
    text: String,
}

impl Run {
    fn variable(&mut self, name: String) {
        let text = std::mem::take(&mut self.text);
        match self.rendered.is_empty() {
            true => self.before = text,
            false if text.is_empty() => {}
            false => self.rendered.push(Part::Text(text)),
        }
        self.rendered.push(Part::Variable(name));
    }

    fn end(&mut self, segments: &mut Vec<Segment>) {
        let Run { before, rendered, text } = std::mem::take(self);
        let texts = |text: String| (!text.is_empty()).then_some(Segment::Text(text));
        segments.extend(texts(before));
        if !rendered.is_empty() {
            segments.push(Segment::Rendered(rendered));
        }
        segments.extend(texts(text));
    }
}

/// Texts and variables, taking turns.
fn parts(format: &str) -> Result<Vec<Part>, InvalidAccessLogFormat> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        rest = after;
        let word: String = after.chars().take_while(|c| is_name_character(*c)).collect();
        match word.strip_prefix("context.").map(variable) {
            Some(name) if !name.is_empty() => {
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(Part::Variable(name.to_owned()));
                rest = after.get("context.".len() + name.len()..).unwrap_or_default();
            }
            _ if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                return Err(InvalidAccessLogFormat { reference: format!("${word}") });
            }
            _ => text.push('$'),
        }
    }
    text.push_str(rest);
    parts.push(Part::Text(text));
    Ok(parts)
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')
}

/// The longest beginning of a word that is a variable: in `requestId-x` and `status.` the rest is text. A word that has
/// none goes up to its last letter or digit.
fn variable(word: &str) -> &str {
    let word = word.trim_end_matches(['.', '-', ':']);
    let mut name = word;
    loop {
        if is_variable(name) {
            return name;
        }
        match name.rfind(['.', '-', ':']).and_then(|end| name.get(..end)) {
            Some(shorter) => name = shorter,
            None => return word.split(['-', ':']).next().unwrap_or_default().trim_end_matches('.'),
        }
    }
}

/// Whether API Gateway has this variable in access logs.
fn is_variable(name: &str) -> bool {
    const OPEN: [&str; 3] = ["authorizer.", "requestOverride.", "responseOverride."];
    VARIABLES.contains(&name) || OPEN.iter().any(|group| name.strip_prefix(group).is_some_and(|rest| !rest.is_empty()))
}

const VARIABLES: &[&str] = &[
    "accountId",
    "apiId",
    "authenticate.error",
    "authenticate.latency",
    "authenticate.status",
    "authorize.error",
    "authorize.latency",
    "authorize.status",
    "awsEndpointRequestId",
    "awsEndpointRequestId2",
    "customDomain.basePathMatched",
    "dataProcessed",
    "deploymentId",
    "domainName",
    "domainPrefix",
    "endpointType",
    "error.message",
    "error.messageString",
    "error.responseType",
    "error.validationErrorString",
    "extendedRequestId",
    "httpMethod",
    "identity.accountId",
    "identity.apiKey",
    "identity.apiKeyId",
    "identity.caller",
    "identity.clientCert.clientCertPem",
    "identity.clientCert.issuerDN",
    "identity.clientCert.serialNumber",
    "identity.clientCert.subjectDN",
    "identity.clientCert.validity.notAfter",
    "identity.clientCert.validity.notBefore",
    "identity.cognitoAuthenticationProvider",
    "identity.cognitoAuthenticationType",
    "identity.cognitoIdentityId",
    "identity.cognitoIdentityPoolId",
    "identity.principalOrgId",
    "identity.sourceIp",
    "identity.user",
    "identity.userAgent",
    "identity.userArn",
    "identity.vpcId",
    "identity.vpceId",
    "integration.error",
    "integration.integrationStatus",
    "integration.latency",
    "integration.requestId",
    "integration.status",
    "integrationErrorMessage",
    "integrationLatency",
    "integrationStatus",
    "isCanaryRequest",
    "path",
    "protocol",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "resourceId",
    "resourcePath",
    "responseLatency",
    "responseLength",
    "routeKey",
    "stage",
    "status",
    "waf.error",
    "waf.latency",
    "waf.status",
    "wafResponseCode",
    "webaclArn",
    "xrayTraceId",
];

impl fmt::Display for InvalidAccessLogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not known in an access log format: only `$context.…` is", self.reference)
    }
}

impl std::error::Error for InvalidAccessLogFormat {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Segments as text: `'literal'`, `Status`, `<{a} {b}>`.
    fn shown(format: &str) -> Result<String, String> {
        let format = AccessLogFormat::parse(format).map_err(|error| error.to_string())?;
        let shown = format.segments.iter().map(|segment| match segment {
            Segment::Text(text) => format!("'{text}'"),
            Segment::Native(native) => format!("{native:?}"),
            Segment::Rendered(parts) => {
                let parts = parts.iter().map(|part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Variable(name) => format!("{{{name}}}"),
                });
                format!("<{}>", parts.collect::<String>())
            }
        });
        Ok(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_format_is_split_where_only_envoy_knows() {
        let check = |format: &str, expected: &str| assert_eq!(shown(format).as_deref(), Ok(expected), "{format}");
        check("", "");
        check("plain 5$ $ $5", "'plain 5$ $ $5'");
        check("$context.status", "Status");
        check("$context.status$context.responseLength", "Status ResponseLength");
        check(
            "$context.identity.sourceIp [$context.requestTime] $context.status $context.responseLength $context.requestId",
            "<{identity.sourceIp} [{requestTime}> '] ' Status ' ' ResponseLength ' ' <{requestId}>",
        );
        check(
            r#"{"id":"$context.requestId","ms":$context.responseLatency,"to":"$context.path"}"#,
            r#"'{"id":"' <{requestId}> '","ms":' ResponseLatency ',"to":"' <{path}> '"}'"#,
        );
        check("$context.requestId$context.path", "<{requestId}{path}>");
    }

    #[test]
    fn a_variable_ends_where_its_name_ends() {
        let check = |format: &str, expected: &str| assert_eq!(shown(format).as_deref(), Ok(expected), "{format}");
        check("$context.requestId-$context.stage", "<{requestId}-{stage}>");
        check("$context.requestId.", "<{requestId}> '.'");
        check("$context.requestId.foo", "<{requestId}> '.foo'");
        check("$context.stage:$context.path", "<{stage}:{path}>");
        check("$context.authorizer.claims.cognito:username", "<{authorizer.claims.cognito:username}>");
        check("$context.authorizer.x-y!", "<{authorizer.x-y}> '!'");
        check("$context.nothing.here-x", "<{nothing.here}> '-x'");
        check("$context.error.messageString$context.error.message", "<{error.messageString}{error.message}>");
    }

    #[test]
    fn only_context_is_known() {
        let check = |format: &str, reference: &str| {
            let expected = format!("`{reference}` is not known in an access log format: only `$context.…` is");
            assert_eq!(shown(format), Err(expected));
        };
        check("$context.requestId $input.path('$')", "$input.path");
        check("$stageVariables.x", "$stageVariables.x");
        check("$context", "$context");
        check("$context.", "$context.");
        check("$contextual", "$contextual");
    }

    #[test]
    fn what_api_gateway_does_not_have_is_listed() {
        let format = AccessLogFormat::parse("$context.foo $context.status $context.identity.sourceIP").unwrap();
        assert_eq!(format.unknown().collect::<Vec<_>>(), ["foo", "identity.sourceIP"]);
        assert_eq!(format.rendered().count(), 2);
        assert_eq!(AccessLogFormat::filter_state_key(1), "gatehouse_log_1");
    }

    #[test]
    fn the_variables_are_sorted() {
        assert!(VARIABLES.is_sorted());
    }
}
