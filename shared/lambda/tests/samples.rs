//! Events that AWS has published or recorded, field by field: each is taken for what a request and its `$context` were, and
//! the event that is made of these must say the same.
//!
//! `rest`, `http_2_0_jwt` and `http_2_0_iam` are the samples of <https://github.com/aws/aws-lambda-go> (`events/testdata`); the
//! others were recorded from API Gateway for <https://github.com/aws/aws-lambda-dotnet> (`Tools/LambdaTestTool-v2`, snapshots).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gatehouse_context::{Context, Timestamp};
use gatehouse_http::{Body, Headers, Request};
use gatehouse_lambda::{EventBody, ProxyRequest, Route, Spellings, http_event, http_event_v1, proxy_event};
use gatehouse_mapping::{MethodRequest, PathParameters, StageVariables};
use serde_json::Value;

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Rest,
    Http1,
    Http2,
}

/// Fields of samples that are not compared: what no request could have led to.
const EXEMPT: [(&str, &str, &str); 6] = [
    ("rest", "/requestContext/domainName", "another region than that of its `Host`"),
    ("rest", "/requestContext/domainPrefix", "not that of its `domainName`"),
    ("rest", "/requestContext/authorizer/clientId", "a number; what API Gateway hands over is text"),
    ("http_2_0_jwt", "/requestContext/time", "without the space that every recording has"),
    ("http_2_0_iam", "/requestContext/time", "without the space that every recording has"),
    ("http_2_0_iam", "/requestContext/authorizer/iam/cognitoIdentity", "identity pools are not served"),
];

/// Samples that nobody recorded: names of headers are as somebody wrote them, a proxy has them in lower case.
const WRITTEN: [&str; 3] = ["rest", "http_2_0_iam", "http_2_0_jwt"];

#[test]
fn events_say_what_the_samples_say() {
    let samples = [
        ("rest", Format::Rest, include_str!("samples/rest.json")),
        ("rest_query", Format::Rest, include_str!("samples/rest_query.json")),
        ("http_1_0_binary", Format::Http1, include_str!("samples/http_1_0_binary.json")),
        ("http_1_0_query", Format::Http1, include_str!("samples/http_1_0_query.json")),
        ("http_1_0_unicode", Format::Http1, include_str!("samples/http_1_0_unicode.json")),
        ("http_2_0_iam", Format::Http2, include_str!("samples/http_2_0_iam.json")),
        ("http_2_0_jwt", Format::Http2, include_str!("samples/http_2_0_jwt.json")),
        ("http_2_0_query", Format::Http2, include_str!("samples/http_2_0_query.json")),
        ("http_2_0_unicode", Format::Http2, include_str!("samples/http_2_0_unicode.json")),
    ];
    let mut wrong = Vec::new();
    for (name, format, text) in samples {
        let sample: Value = serde_json::from_str(text).unwrap();
        let event = event_of(&sample, format);
        compare(name, "", &sample, &event, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Notes every field of a sample that the event does not have, or has otherwise.
fn compare(name: &str, place: &str, sample: &Value, event: &Value, wrong: &mut Vec<String>) {
    if EXEMPT.iter().any(|(of, exempt, _)| *of == name && *exempt == place) {
        return;
    }
    match sample {
        Value::Object(fields) => {
            for (key, value) in fields {
                let found = match event.as_object() {
                    Some(event) if WRITTEN.contains(&name) && place.ends_with("eaders") => {
                        event.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
                    }
                    _ => event.get(key),
                };
                let place = format!("{place}/{key}");
                match found {
                    Some(found) => compare(name, &place, value, found, wrong),
                    None => compare(name, &place, value, &Value::String("(no such field)".into()), wrong),
                }
            }
        }
        value if value == event => {}
        value => wrong.push(format!("{name}{place}: {event}, where the sample has {value}")),
    }
}

/// The event of the request that a sample tells of.
fn event_of(sample: &Value, format: Format) -> Value {
    let told = &sample["requestContext"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let http = if format == Format::Http2 { &told["http"] } else { told };
    let mut context = Context {
        account_id: text(&told["accountId"]).map(Into::into),
        api_id: text(&told["apiId"]).map(Into::into),
        extended_request_id: text(&told["extendedRequestId"]).map(Into::into),
        http_method: text(&http["method"]).or(text(&told["httpMethod"])).map(Into::into),
        path: text(&http["path"]).map(|path| encoded(&path).into()),
        protocol: text(&http["protocol"]).map(Into::into),
        request_id: text(&told["requestId"]).map(Into::into),
        request_time: told["requestTimeEpoch"].as_u64().or(told["timeEpoch"].as_u64()).map(Timestamp::from_millis),
        resource_id: text(&told["resourceId"]).map(Into::into),
        resource_path: text(&told["resourcePath"]).map(Into::into),
        stage: text(&told["stage"]).map(Into::into),
        ..Context::default()
    };
    identify(&mut context, told);
    let pairs = |object: &Value| object.as_object().cloned().unwrap_or_default().into_iter().collect::<Vec<_>>();
    let path = text(&sample["path"]).or(text(&sample["rawPath"]).map(|path| encoded(&path))).unwrap();
    let mut headers = vec![(":path".to_owned(), format!("{path}?{}", query_of(sample)))];
    for (name, value) in pairs(&sample["headers"]) {
        let name = if name.eq_ignore_ascii_case("host") { ":authority".to_owned() } else { name };
        headers.push((name, text(&value).unwrap()));
    }
    if format == Format::Http2 && sample["headers"].get("host").is_none() {
        headers.push((":authority".to_owned(), text(&told["domainName"]).unwrap()));
        headers.extend(text(&http["userAgent"]).map(|agent| ("user-agent".to_owned(), agent)));
    }
    let cookies: Vec<&str> = sample["cookies"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !cookies.is_empty() {
        headers.push(("cookie".to_owned(), cookies.join("; ")));
    }
    let request = Request { headers: Headers::from_pairs(headers), body: Body::Empty };
    let parameters: Vec<(String, String)> = pairs(&sample["pathParameters"])
        .iter()
        .map(|(name, value)| (name.clone(), encoded(value.as_str().unwrap())))
        .collect();
    let parameters: Vec<(&str, &[u8])> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let variables: StageVariables =
        pairs(&sample["stageVariables"]).into_iter().map(|(name, value)| (name, text(&value).unwrap())).collect();
    let from = MethodRequest {
        request: &request,
        path_parameters: PathParameters(&parameters),
        context: &context,
        stage_variables: &variables,
    };
    let body = sample["body"].as_str().unwrap_or_default();
    let is_binary = sample["isBase64Encoded"] == true;
    let bytes = if is_binary { STANDARD.decode(body).unwrap() } else { body.as_bytes().to_vec() };
    let of = ProxyRequest {
        from: &from,
        path: &path,
        body: EventBody::of(&bytes, is_binary),
        spellings: Spellings::default(),
    };
    let route_key = told["routeKey"].as_str().unwrap_or_default();
    let event = match format {
        Format::Rest => proxy_event(&of),
        Format::Http1 => http_event_v1(&of),
        Format::Http2 => http_event(&of, Route { route_key }),
    };
    serde_json::from_slice(&event).unwrap()
}

/// Who called.
fn identify(context: &mut Context, told: &Value) {
    let text = |value: &Value| value.as_str().map(Into::into);
    let (from, iam) = (&told["identity"], &told["authorizer"]["iam"]);
    let identity = &mut context.identity;
    identity.source_ip = text(&from["sourceIp"]).or(text(&told["http"]["sourceIp"]));
    identity.access_key = text(&from["accessKey"]).or(text(&iam["accessKey"]));
    identity.account_id = text(&from["accountId"]).or(text(&iam["accountId"]));
    identity.caller = text(&from["caller"]).or(text(&iam["callerId"]));
    identity.user = text(&from["user"]).or(text(&iam["userId"]));
    identity.user_arn = text(&from["userArn"]).or(text(&iam["userArn"]));
    identity.principal_org_id = text(&iam["principalOrgId"]);
    identity.api_key = text(&from["apiKey"]);
    identity.api_key_id = text(&from["apiKeyId"]);
    identity.cognito_authentication_provider = text(&from["cognitoAuthenticationProvider"]);
    identity.cognito_authentication_type = text(&from["cognitoAuthenticationType"]);
    identity.cognito_identity_id = text(&from["cognitoIdentityId"]);
    identity.cognito_identity_pool_id = text(&from["cognitoIdentityPoolId"]);
    let cert = &told["authentication"]["clientCert"];
    identity.client_cert.client_cert_pem = text(&cert["clientCertPem"]);
    identity.client_cert.issuer_dn = text(&cert["issuerDN"]);
    identity.client_cert.serial_number = text(&cert["serialNumber"]);
    identity.client_cert.subject_dn = text(&cert["subjectDN"]);
    identity.client_cert.validity.not_after = text(&cert["validity"]["notAfter"]);
    identity.client_cert.validity.not_before = text(&cert["validity"]["notBefore"]);
    let authorizer = &mut context.authorizer;
    if let Some(jwt) = told["authorizer"].get("jwt") {
        for (name, value) in jwt["claims"].as_object().unwrap() {
            authorizer.set(format!("jwt.claims.{name}"), value.as_str().unwrap());
        }
        let scopes: Vec<&str> = jwt["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        authorizer.set("jwt.scopes", format!("[{}]", scopes.join(" ")));
    } else if iam.is_null() {
        for (name, value) in told["authorizer"].as_object().into_iter().flatten() {
            authorizer.set(name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
}

fn query_of(sample: &Value) -> String {
    if let Some(raw) = sample["rawQueryString"].as_str() {
        return raw.to_owned();
    }
    let mut pairs = Vec::new();
    for (name, values) in sample["multiValueQueryStringParameters"].as_object().into_iter().flatten() {
        for value in values.as_array().unwrap() {
            pairs.push(format!("{}={}", encoded(name), encoded(value.as_str().unwrap())));
        }
    }
    pairs.join("&")
}

/// As a client sends it; a slash and a `+` stay what they are.
fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/+{}".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
