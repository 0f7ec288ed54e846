//! The event of a Lambda proxy integration of a REST API, format 1.0, to the letter.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format>

use gatehouse_context::{Context, Identity, NULL};
use gatehouse_http::{Request, host_of};
use gatehouse_mapping::MethodRequest;

use crate::json::{Json, object};
use crate::pairs::{self, Spellings, all, by_name, headers, http_headers, last, user_agent};

/// What an event is made of.
#[derive(Clone, Copy, Debug)]
pub struct ProxyRequest<'a> {
    /// The request, its path parameters, `$context` and stage variables.
    pub from: &'a MethodRequest<'a>,
    /// The path within the stage, as the client sent it.
    pub path: &'a str,
    /// The body.
    pub body: EventBody<'a>,
    /// How names of headers are spelled.
    pub spellings: Spellings<'a>,
}

/// A body, as an event holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventBody<'a> {
    /// `null`
    None,
    /// Its media type is none of the API's binary ones: what is not UTF-8 becomes U+FFFD.
    Text(&'a [u8]),
    /// `isBase64Encoded`
    Binary(&'a [u8]),
}

impl<'a> EventBody<'a> {
    /// A body whose media type is binary, or is not.
    #[must_use]
    pub fn of(bytes: &'a [u8], binary: bool) -> Self {
        match (bytes, binary) {
            ([], _) => EventBody::None,
            (bytes, true) => EventBody::Binary(bytes),
            (bytes, false) => EventBody::Text(bytes),
        }
    }

    /// `"body":…,"isBase64Encoded":…`
    pub(crate) fn write(self, event: &mut Json<'_>) {
        match self {
            EventBody::None => event.text_or_null("body", None),
            EventBody::Text(bytes) => event.lossy("body", bytes),
            EventBody::Binary(bytes) => event.base64("body", bytes),
        }
        event.boolean("isBase64Encoded", matches!(self, EventBody::Binary(_)));
    }

    /// How long it will be in an event, about.
    pub(crate) fn len(self) -> usize {
        match self {
            EventBody::None => 0,
            EventBody::Text(bytes) => bytes.len() + bytes.len() / 8,
            EventBody::Binary(bytes) => bytes.len() / 3 * 4 + 4,
        }
    }

    /// How long it is.
    pub(crate) fn content_length(self) -> usize {
        match self {
            EventBody::None => 0,
            EventBody::Text(bytes) | EventBody::Binary(bytes) => bytes.len(),
        }
    }
}

/// The event of a request.
#[must_use]
pub fn proxy_event(of: &ProxyRequest<'_>) -> Vec<u8> {
    event(of, false)
}

/// The event of an HTTP API's request in format 1.0, which says so, and of a token has claims and scopes. What else is not
/// as in a REST API's is as in public recordings, such as those in tests of spring-cloud-function.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
#[must_use]
pub fn http_event_v1(of: &ProxyRequest<'_>) -> Vec<u8> {
    event(of, true)
}

fn event(of: &ProxyRequest<'_>, is_http: bool) -> Vec<u8> {
    let MethodRequest { request, path_parameters, context, stage_variables } = of.from;
    let mut headers = match is_http {
        true => http_headers(of.spellings.own, request, Some(of.body.content_length())),
        false => headers(of.spellings, request),
    };
    pairs::order(&mut headers, is_http);
    let query = request.query().pairs().collect::<Vec<_>>();
    let (headers, query) = (by_name(&headers), by_name(&query));
    let mut out = Vec::with_capacity(3_072 + of.body.len());
    object(&mut out, |event| {
        if is_http {
            event.text("version", b"1.0");
        }
        event.text_or_null("resource", context.resource_path.as_deref());
        event.text("path", of.path.as_bytes());
        event.text_or_null("httpMethod", context.http_method.as_deref());
        event.object("headers", |map| last(map, &headers));
        event.object("multiValueHeaders", |map| all(map, &headers));
        event.object_unless(query.is_empty(), "queryStringParameters", |map| last(map, &query));
        event.object_unless(query.is_empty(), "multiValueQueryStringParameters", |map| all(map, &query));
        event.object_unless(path_parameters.0.is_empty(), "pathParameters", |map| {
            pairs::path_parameters(map, path_parameters, is_http);
        });
        event.object_unless(stage_variables.is_empty(), "stageVariables", |map| {
            stage_variables.iter().for_each(|(name, value)| map.text(name, value.as_bytes()));
        });
        event.object("requestContext", |map| request_context(map, request, context, is_http));
        of.body.write(event);
    });
    out
}

fn request_context(map: &mut Json<'_>, request: &Request, context: &Context, is_http: bool) {
    let domain = String::from_utf8_lossy(request.authority());
    let domain = host_of(&domain);
    map.text_or_null("accountId", context.account_id.as_deref());
    map.text_or_null("apiId", context.api_id.as_deref());
    authorizer(map, context, is_http);
    if !is_http {
        custom_domain(map, context);
        map.text_or_null("deploymentId", context.deployment_id.as_deref());
    }
    map.text("domainName", domain.as_bytes());
    map.text("domainPrefix", domain.split('.').next().unwrap_or_default().as_bytes());
    map.text_or_null("extendedRequestId", context.extended_request_id.as_deref());
    map.text_or_null("httpMethod", context.http_method.as_deref());
    map.object("identity", |map| identity(map, request, &context.identity, is_http));
    // Undocumented: absent where the method has none. Told by https://github.com/aws/aws-lambda-go/pull/224 and others.
    if let Some(name) = &context.operation_name {
        map.text("operationName", name.as_bytes());
    }
    pairs::path(map, "path", context.path.as_deref().map(str::as_bytes), is_http);
    map.text_or_null("protocol", context.protocol.as_deref());
    map.text_or_null("requestId", context.request_id.as_deref());
    if let Some(time) = context.request_time {
        map.text("requestTime", time.common_log().as_bytes());
        map.number("requestTimeEpoch", time.millis());
    }
    map.text_or_null("resourceId", context.resource_id.as_deref());
    map.text_or_null("resourcePath", context.resource_path.as_deref());
    map.text_or_null("stage", context.stage.as_deref());
}

/// Undocumented: which base path of a custom domain was called. Recorded as `(none)` where it has none, in a test of
/// <https://github.com/PlanScore/PlanScore> (`upload_fields_new`), and left out for execute-api's own hosts.
pub fn custom_domain(map: &mut Json<'_>, context: &Context) {
    if let Some(path) = &context.custom_domain.base_path_matched {
        map.object("customDomain", |map| map.text("basePathMatched", path.as_bytes()));
    }
}

/// The path that events of format 1.0 have: within the stage, and with what the mapping of a custom domain took. Recorded in
/// <https://github.com/aws-powertools/powertools-lambda-python/pull/579>.
#[must_use]
pub fn event_path<'a>(inside: &'a str, context: &'a Context) -> &'a str {
    match (&context.custom_domain.base_path_matched, &context.path) {
        (Some(_), Some(path)) => path,
        _ => inside,
    }
}

/// How long a Lambda authorizer was waited for, in milliseconds.
pub(crate) const LATENCY: &str = "integrationLatency";

/// What the authorizer said; the claims of a token are a map of their own.
fn authorizer(map: &mut Json<'_>, context: &Context, is_http: bool) {
    if context.authorizer.iter().next().is_none() {
        return;
    }
    map.object("authorizer", |map| {
        let claims =
            || context.authorizer.iter().filter_map(|(name, value)| Some((name.strip_prefix("claims.")?, value)));
        let is_http_apis = |name: &str| is_http && (name.starts_with("jwt.") || name == "lambda" || name == LATENCY);
        let is_own = |name: &str| !name.starts_with("claims.") && !is_http_apis(name);
        for (name, value) in context.authorizer.iter().filter(|(name, _)| is_own(name)) {
            if let Some(name) = name.strip_prefix(NULL) {
                map.text_or_null(name, None);
                continue;
            }
            match value.parse() {
                // What API Gateway itself adds is a number; what a function said is text.
                Ok(millis) if name == LATENCY => map.number(name, millis),
                _ => map.text(name, value.as_bytes()),
            }
        }
        if claims().next().is_some() {
            map.object("claims", |map| claims().for_each(|(name, value)| map.text(name, value.as_bytes())));
        } else if is_http {
            map.text_or_null("claims", None);
        }
        match context.authorizer.get("jwt.scopes").filter(|_| is_http) {
            Some(scopes) => map.texts(b"scopes", scopes.trim_matches(['[', ']']).split(' ').map(str::as_bytes)),
            None if is_http => map.text_or_null("scopes", None),
            None => {}
        }
    });
}

fn identity(map: &mut Json<'_>, request: &Request, identity: &Identity, is_http: bool) {
    for (name, value) in [("accessKey", &identity.access_key), ("accountId", &identity.account_id)] {
        map.text_or_null(name, value.as_deref());
    }
    if let Some(key) = &identity.api_key {
        map.text("apiKey", key.as_bytes());
        map.text_or_null("apiKeyId", identity.api_key_id.as_deref());
    }
    map.text_or_null("caller", identity.caller.as_deref());
    client_cert(map, identity);
    if is_http {
        map.text_or_null("cognitoAmr", None);
    }
    for (name, value) in [
        ("cognitoAuthenticationProvider", &identity.cognito_authentication_provider),
        ("cognitoAuthenticationType", &identity.cognito_authentication_type),
        ("cognitoIdentityId", &identity.cognito_identity_id),
        ("cognitoIdentityPoolId", &identity.cognito_identity_pool_id),
        ("principalOrgId", &identity.principal_org_id),
        ("sourceIp", &identity.source_ip),
        ("user", &identity.user),
    ] {
        map.text_or_null(name, value.as_deref());
    }
    user_agent(map, request, is_http);
    map.text_or_null("userArn", identity.user_arn.as_deref());
}

/// `clientCert`, of a client that showed one.
pub fn client_cert(map: &mut Json<'_>, identity: &Identity) {
    if identity.client_cert.client_cert_pem.is_none() {
        return;
    }
    map.object("clientCert", |map| {
        for name in ["clientCertPem", "issuerDN", "serialNumber", "subjectDN"] {
            map.text_or_null(name, identity.client_cert.get(name));
        }
        map.object("validity", |map| {
            map.text_or_null("notAfter", identity.client_cert.validity.not_after.as_deref());
            map.text_or_null("notBefore", identity.client_cert.validity.not_before.as_deref());
        });
    });
}

#[cfg(test)]
mod tests {
    use gatehouse_context::Timestamp;
    use gatehouse_http::{Body, Headers};
    use gatehouse_mapping::{PathParameters, StageVariables};
    use serde_json::{Value, json};

    use super::*;

    fn event(headers: &[(&str, &str)], context: &Context, body: EventBody<'_>) -> Value {
        let request = Request { headers: Headers::from_pairs(headers.iter().copied()), body: Body::Empty };
        let (path_parameters, stage_variables) = (PathParameters::default(), StageVariables::new());
        let from = MethodRequest { request: &request, path_parameters, context, stage_variables: &stage_variables };
        let spellings = Spellings { own: &["X-MyHeader"], http_2: false };
        let of = ProxyRequest { from: &from, path: "/proxy-value", body, spellings };
        serde_json::from_slice(&proxy_event(&of)).unwrap()
    }

    #[test]
    fn an_event_is_as_recorded() {
        let request = [
            (":method", "GET"),
            (":path", "/stage/proxy-value"),
            (":authority", "a1.execute-api.us-east-1.amazonaws.com"),
            ("accept", "*/*"),
            ("user-agent", "me"),
            ("x-forwarded-proto", "https"),
        ];
        let mut context = Context {
            account_id: Some("123456789012".into()),
            api_id: Some("a1".into()),
            deployment_id: Some("d1".into()),
            extended_request_id: Some("x=".into()),
            http_method: Some("GET".into()),
            path: Some("/stage/proxy-value".into()),
            protocol: Some("HTTP/1.1".into()),
            request_id: Some("uuid".into()),
            request_time: Some(Timestamp::from_millis(0)),
            resource_id: Some("r1".into()),
            resource_path: Some("/{proxy+}".into()),
            stage: Some("stage".into()),
            ..Context::default()
        };
        context.identity.source_ip = Some("192.0.2.1".into());
        let host = "a1.execute-api.us-east-1.amazonaws.com";
        let headers = json!({"Host": host, "Accept": "*/*", "User-Agent": "me", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"});
        let multi: serde_json::Map<String, Value> =
            headers.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
        let expected = json!({
            "resource": "/{proxy+}", "path": "/proxy-value", "httpMethod": "GET",
            "headers": headers, "multiValueHeaders": multi,
            "queryStringParameters": null, "multiValueQueryStringParameters": null,
            "pathParameters": null, "stageVariables": null,
            "requestContext": {
                "accountId": "123456789012", "apiId": "a1", "deploymentId": "d1", "domainName": host, "domainPrefix": "a1",
                "extendedRequestId": "x=", "httpMethod": "GET",
                "identity": {"accessKey": null, "accountId": null, "caller": null, "cognitoAuthenticationProvider": null,
                    "cognitoAuthenticationType": null, "cognitoIdentityId": null, "cognitoIdentityPoolId": null,
                    "principalOrgId": null, "sourceIp": "192.0.2.1", "user": null, "userAgent": "me", "userArn": null},
                "path": "/stage/proxy-value", "protocol": "HTTP/1.1", "requestId": "uuid",
                "requestTime": "01/Jan/1970:00:00:00 +0000", "requestTimeEpoch": 0,
                "resourceId": "r1", "resourcePath": "/{proxy+}", "stage": "stage",
            },
            "body": null, "isBase64Encoded": false,
        });
        assert_eq!(event(&request, &context, EventBody::of(b"", false)), expected);
    }

    #[test]
    fn values_repeat_and_are_decoded() {
        let request = [(":path", "/?a=1&a=2+3&b=%2B&c"), ("x-myheader", "1"), ("x-myheader", "2"), ("te", "trailers")];
        let event = event(&request, &Context::default(), EventBody::None);
        assert_eq!(event["queryStringParameters"], json!({"a": "2 3", "b": "+", "c": ""}));
        assert_eq!(event["multiValueQueryStringParameters"], json!({"a": ["1", "2 3"], "b": ["+"], "c": [""]}));
        assert_eq!(event["headers"], json!({"X-MyHeader": "2", "X-Forwarded-Port": "80"}));
        assert_eq!(event["multiValueHeaders"]["X-MyHeader"], json!(["1", "2"]));
    }

    #[test]
    fn an_authorizer_and_a_key_are_told() {
        let mut context = Context::default();
        context.authorizer.set("principalId", "me");
        context.authorizer.set("claims.sub", "1");
        context.authorizer.set("claims.custom:a.b", "2");
        context.authorizer.set("number", "7");
        context.authorizer.set(format!("{NULL}nothing"), "");
        context.authorizer.set("integrationLatency", "12");
        context.identity.api_key = Some("key".into());
        context.identity.api_key_id = Some("id".into());
        let event = event(&[(":path", "/")], &context, EventBody::None);
        let told = &event["requestContext"];
        let claims = json!({"sub": "1", "custom:a.b": "2"});
        let expected =
            json!({"principalId": "me", "number": "7", "nothing": null, "integrationLatency": 12, "claims": claims});
        assert_eq!(told["authorizer"], expected);
        assert_eq!((&told["identity"]["apiKey"], &told["identity"]["apiKeyId"]), (&json!("key"), &json!("id")));
    }

    #[test]
    fn the_name_of_the_operation_is_told_if_it_has_one() {
        let mut context = Context::default();
        let told = |context: &Context| event(&[(":path", "/")], context, EventBody::None)["requestContext"].clone();
        assert_eq!(told(&context).get("operationName"), None);
        context.operation_name = Some("HelloWorld".into());
        assert_eq!(told(&context)["operationName"], json!("HelloWorld"));
    }

    #[test]
    fn a_custom_domain_is_told() {
        let mut context = Context::default();
        let told = |context: &Context| event(&[(":path", "/")], context, EventBody::None)["requestContext"].clone();
        assert_eq!(told(&context).get("customDomain"), None);
        context.custom_domain.base_path_matched = Some("(none)".into());
        assert_eq!(told(&context)["customDomain"], json!({"basePathMatched": "(none)"}));
    }

    /// As in a test of spring-cloud-function (`CustomRuntimeEventLoopTest`) and other public recordings.
    #[test]
    fn an_http_api_tells_more_and_less() {
        let headers =
            [(":authority", "a1.example.com"), ("accept", "*/*"), ("authorization", "t"), ("x-myheader", "1")];
        let request = Request { headers: Headers::from_pairs(headers), body: Body::Empty };
        let mut context = Context {
            deployment_id: Some("d1".into()),
            resource_id: Some("$default".into()),
            resource_path: Some("$default".into()),
            ..Context::default()
        };
        context.authorizer.set("name", "ann");
        context.authorizer.set("integrationLatency", "12");
        let (path_parameters, stage_variables) = (PathParameters::default(), StageVariables::new());
        let from =
            MethodRequest { request: &request, path_parameters, context: &context, stage_variables: &stage_variables };
        let body = EventBody::Text(b"hello");
        let spellings = Spellings { own: &["X-MyHeader", "Accept"], http_2: false };
        let of = ProxyRequest { from: &from, path: "/", body, spellings };
        let event: Value = serde_json::from_slice(&http_event_v1(&of)).unwrap();
        let expected = json!({"Content-Length": "5", "Host": "a1.example.com", "X-Forwarded-Port": "80", "X-MyHeader": "1",
            "accept": "*/*", "authorization": "t"});
        assert_eq!(event["headers"], expected);
        assert_eq!((&event["version"], &event["resource"]), (&json!("1.0"), &json!("$default")));
        let told = &event["requestContext"];
        assert_eq!((&told["resourceId"], told.get("deploymentId")), (&json!("$default"), None));
        assert_eq!(told["authorizer"], json!({"name": "ann", "claims": null, "scopes": null}));
        assert_eq!(told["identity"].get("cognitoAmr"), Some(&Value::Null));
    }

    #[test]
    fn a_body_is_text_or_base64() {
        let check = |bytes: &[u8], binary: bool, body: Value| {
            let event = event(&[(":path", "/")], &Context::default(), EventBody::of(bytes, binary));
            assert_eq!((&event["body"], &event["isBase64Encoded"]), (&body, &json!(binary && !bytes.is_empty())));
        };
        check(b"", true, Value::Null);
        check("{\"a\": \"\u{1f600}\\\"\n\"}".as_bytes(), false, json!("{\"a\": \"\u{1f600}\\\"\n\"}"));
        check(b"a\xffb", false, json!("a\u{fffd}b"));
        check(b"\x89PNG", true, json!("iVBORw=="));
    }
}
