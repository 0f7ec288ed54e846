//! The event of a Lambda proxy integration of an HTTP API, format 2.0.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use gatehouse_context::Context;
use gatehouse_http::{Request, host_of};
use gatehouse_mapping::MethodRequest;

use crate::event::{LATENCY, ProxyRequest, client_cert};
use crate::json::{Json, object};
use crate::pairs::{self, Named, Pair, by_name, http_headers, trace_header, user_agent};

/// What a route adds to a request.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// `GET /pets/{id}`, `$default`
    pub route_key: &'a str,
}

/// What the authorizer of an HTTP API is told besides the request.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The route's ARN for this request.
    pub route_arn: &'a str,
    /// The values of the identity sources, in their order.
    pub identity_source: &'a [Vec<u8>],
}

/// The event of a request. What there is none of is left out.
#[must_use]
pub fn http_event(of: &ProxyRequest<'_>, route: Route<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(3_072 + of.body.len());
    object(&mut out, |event| {
        event.text("version", b"2.0");
        let headers = http_headers(&[], of.from.request, Some(of.body.content_length()));
        request_parts(event, of.from, of.path.as_bytes(), route, headers);
        if of.body != crate::event::EventBody::None {
            of.body.write(event);
        } else {
            event.boolean("isBase64Encoded", false);
        }
    });
    out
}

/// The event of a REQUEST authorizer, format 2.0.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
#[must_use]
pub fn http_authorizer_event(from: &MethodRequest<'_>, route: Route<'_>, asked: Asked<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(3_072);
    object(&mut out, |event| {
        event.text("version", b"2.0");
        event.text("type", b"REQUEST");
        event.text("routeArn", asked.route_arn.as_bytes());
        event.texts(b"identitySource", asked.identity_source.iter().map(Vec::as_slice));
        let mut headers = http_headers(&[], from.request, None);
        headers.extend(trace_header(from.request, from.context));
        request_parts(event, from, from.request.path(), route, headers);
    });
    out
}

fn request_parts(
    event: &mut Json<'_>,
    from: &MethodRequest<'_>,
    path: &[u8],
    route: Route<'_>,
    mut named: Vec<Pair<'_>>,
) {
    let MethodRequest { request, path_parameters, context, stage_variables } = from;
    let query = request.query().pairs().collect::<Vec<_>>();
    for (name, _) in &mut named {
        name.to_mut().make_ascii_lowercase();
    }
    pairs::order(&mut named, true);
    let cookies: Vec<&[u8]> = request
        .headers
        .all("cookie")
        .flat_map(|value| value.split(|byte| *byte == b';'))
        .map(<[u8]>::trim_ascii)
        .filter(|cookie| !cookie.is_empty())
        .collect();
    let (headers, query) = (by_name(&named), by_name(&query));
    let path = context.raw_path.as_deref().map_or(path, str::as_bytes);
    event.text("routeKey", route.route_key.as_bytes());
    pairs::path(event, "rawPath", Some(path), true);
    event.text("rawQueryString", request.query().raw());
    if !cookies.is_empty() {
        event.texts(b"cookies", cookies.iter().copied());
    }
    event.object("headers", |map| joined(map, headers.iter().filter(|(name, _)| *name != b"cookie")));
    if !query.is_empty() {
        event.object("queryStringParameters", |map| joined(map, query.iter()));
    }
    event.object("requestContext", |map| request_context(map, request, context, path, route));
    if !path_parameters.0.is_empty() {
        event.object("pathParameters", |map| {
            pairs::path_parameters(map, path_parameters, true);
        });
    }
    if !stage_variables.is_empty() {
        event.object("stageVariables", |map| {
            stage_variables.iter().for_each(|(name, value)| map.text(name, value.as_bytes()));
        });
    }
}

/// All values of a name as one, divided by commas.
fn joined<'p>(map: &mut Json<'_>, named: impl Iterator<Item = &'p Named<'p>>) {
    for (name, values) in named {
        match values.as_slice() {
            [value] => map.entry(name, value),
            values => map.entry(name, &values.join(&b','.to_owned())),
        }
    }
}

fn request_context(map: &mut Json<'_>, request: &Request, context: &Context, path: &[u8], route: Route<'_>) {
    let domain = String::from_utf8_lossy(request.authority());
    let domain = host_of(&domain);
    map.text_or_null("accountId", context.account_id.as_deref());
    map.text_or_null("apiId", context.api_id.as_deref());
    // Documented for a client's certificate; without one, public recordings do not have it.
    if context.identity.client_cert.client_cert_pem.is_some() {
        map.object("authentication", |map| client_cert(map, &context.identity));
    }
    authorizer(map, context);
    map.text("domainName", domain.as_bytes());
    map.text("domainPrefix", domain.split('.').next().unwrap_or_default().as_bytes());
    map.object("http", |map| {
        map.text_or_null("method", context.http_method.as_deref());
        pairs::path(map, "path", Some(path), true);
        map.text_or_null("protocol", context.protocol.as_deref());
        map.text_or_null("sourceIp", context.identity.source_ip.as_deref());
        user_agent(map, request, true);
    });
    map.text_or_null("requestId", context.request_id.as_deref());
    map.text("routeKey", route.route_key.as_bytes());
    map.text_or_null("stage", context.stage.as_deref());
    if let Some(time) = context.request_time {
        map.text("time", time.common_log().as_bytes());
        map.number("timeEpoch", time.millis());
    }
}

/// Who calls: by a token, by a signature, or in an authorizer's words.
fn authorizer(map: &mut Json<'_>, context: &Context) {
    let said = &context.authorizer;
    let claims = || said.iter().filter_map(|(name, value)| Some((name.strip_prefix("jwt.claims.")?, value)));
    if claims().next().is_some() {
        map.object("authorizer", |map| {
            map.object("jwt", |map| {
                map.object("claims", |map| claims().for_each(|(name, value)| map.text(name, value.as_bytes())));
                match said.get("jwt.scopes").and_then(|scopes| scopes.strip_prefix('[')?.strip_suffix(']')) {
                    Some(scopes) => map.texts(b"scopes", scopes.split(' ').map(str::as_bytes)),
                    None => map.text_or_null("scopes", None),
                }
            });
        });
    } else if let Some(json) = said.get("lambda").filter(|text| is_object(text) || *text == "null") {
        // The function's own words, of whatever types they are; `null` where it said no more than yes (recorded).
        map.object("authorizer", |map| map.raw("lambda", json));
    } else if said.iter().next().is_some() {
        map.object("authorizer", |map| {
            map.object("lambda", |map| {
                // What a REST API adds, an HTTP API does not.
                let own = said.iter().filter(|(name, _)| *name != LATENCY);
                own.for_each(|(name, value)| map.text(name, value.as_bytes()));
            });
        });
    } else if context.identity.access_key.is_some() {
        let identity = &context.identity;
        map.object("authorizer", |map| {
            map.object("iam", |map| {
                map.text_or_null("accessKey", identity.access_key.as_deref());
                map.text_or_null("accountId", identity.account_id.as_deref());
                map.text_or_null("callerId", identity.caller.as_deref());
                map.text_or_null("cognitoIdentity", None);
                map.text_or_null("principalOrgId", identity.principal_org_id.as_deref());
                map.text_or_null("userArn", identity.user_arn.as_deref());
                map.text_or_null("userId", identity.user.as_deref());
            });
        });
    }
}

fn is_object(text: &str) -> bool {
    text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use gatehouse_http::{Body, Headers};
    use gatehouse_mapping::{PathParameters, StageVariables};
    use serde_json::{Value, json};

    use super::*;
    use crate::event::EventBody;
    use crate::pairs::Spellings;

    #[test]
    fn an_event_is_as_documented() {
        let headers = [
            (":path", "/my/path?parameter1=value1&parameter1=value2&parameter2=value"),
            (":authority", "id.execute-api.us-east-1.amazonaws.com"),
            ("cookie", "cookie1; cookie2=a"),
            ("header1", "value1"),
            ("header2", "value1"),
            ("header2", "value2"),
        ];
        let request = Request { headers: Headers::from_pairs(headers), body: Body::Empty };
        let context = Context { http_method: Some("POST".into()), path: Some("/my/path".into()), ..Context::default() };
        let variables = StageVariables::from([("v".to_owned(), "1".to_owned())]);
        let from = MethodRequest {
            request: &request,
            path_parameters: PathParameters(&[("p", b"a%20b")]),
            context: &context,
            stage_variables: &variables,
        };
        let of = ProxyRequest {
            from: &from,
            path: "/my/path",
            body: EventBody::Text(b"Hello"),
            spellings: Spellings::default(),
        };
        let event: Value = serde_json::from_slice(&http_event(&of, Route { route_key: "$default" })).unwrap();
        assert_eq!(event["version"], "2.0");
        assert_eq!(event["rawQueryString"], "parameter1=value1&parameter1=value2&parameter2=value");
        assert_eq!(event["cookies"], json!(["cookie1", "cookie2=a"]));
        assert_eq!(event["headers"]["header2"], "value1,value2");
        assert_eq!(event["headers"]["host"], "id.execute-api.us-east-1.amazonaws.com");
        assert_eq!(event["headers"].get("cookie"), None);
        assert_eq!(event["queryStringParameters"], json!({"parameter1": "value1,value2", "parameter2": "value"}));
        assert_eq!(event["requestContext"]["http"]["method"], "POST");
        assert_eq!(event["requestContext"]["routeKey"], "$default");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("Hello"), &json!(false)));
        assert_eq!(event["headers"]["content-length"], "5");
        assert_eq!(event["requestContext"].get("authentication"), None);
        assert_eq!(event["requestContext"].get("authorizer"), None);
        assert_eq!((&event["pathParameters"], &event["stageVariables"]), (&json!({"p": "a b"}), &json!({"v": "1"})));
    }

    #[test]
    fn an_authorizer_is_told_the_trace_and_the_length() {
        let event = |headers: &[(&str, &str)], context: &Context| -> Value {
            let request = Request { headers: Headers::from_pairs(headers.iter().copied()), body: Body::Empty };
            let (path_parameters, variables) = (PathParameters::default(), StageVariables::new());
            let from = MethodRequest { request: &request, path_parameters, context, stage_variables: &variables };
            let asked = Asked { route_arn: "arn", identity_source: &[] };
            serde_json::from_slice(&http_authorizer_event(&from, Route { route_key: "GET /a" }, asked)).unwrap()
        };
        let mut context = Context { xray_trace_id: Some("Root=1-a-b".into()), ..Context::default() };
        context.identity.client_cert.client_cert_pem = Some("pem".into());
        let told = event(&[(":path", "/a")], &context);
        let expected = json!({"content-length": "0", "x-amzn-trace-id": "Root=1-a-b", "x-forwarded-port": "80"});
        assert_eq!(told["headers"], expected);
        assert_eq!(told["requestContext"]["authentication"]["clientCert"]["clientCertPem"], "pem");
        let told = event(&[(":path", "/a"), ("content-length", "7"), ("x-amzn-trace-id", "mine")], &context);
        assert_eq!(
            (&told["headers"]["content-length"], &told["headers"]["x-amzn-trace-id"]),
            (&json!("7"), &json!("mine"))
        );
    }

    #[test]
    fn who_calls_is_told_by_how_it_is_known() {
        let told = |context: &Context| {
            let mut out = Vec::new();
            object(&mut out, |map| authorizer(map, context));
            serde_json::from_slice::<Value>(&out).unwrap()
        };
        let mut context = Context::default();
        assert_eq!(told(&context), json!({}));
        context.identity.access_key = Some("AKID".into());
        context.identity.user_arn = Some("arn:u".into());
        assert_eq!(told(&context)["authorizer"]["iam"]["userArn"], "arn:u");
        for (name, value) in [("claims.sub", "me"), ("jwt.claims.sub", "me"), ("jwt.claims.aud", "[a b]")] {
            context.authorizer.set(name, value);
        }
        let mut by_function = Context::default();
        by_function.authorizer.set("list", "[1]");
        by_function.authorizer.set("lambda", r#"{"list":[1]}"#);
        assert_eq!(told(&by_function), json!({"authorizer": {"lambda": {"list": [1]}}}));
        by_function.authorizer.set("lambda", "null");
        assert_eq!(told(&by_function), json!({"authorizer": {"lambda": null}}));
        by_function.authorizer.set("lambda", "{broken");
        assert_eq!(told(&by_function)["authorizer"]["lambda"]["lambda"], "{broken");
        let claims = json!({"sub": "me", "aud": "[a b]"});
        assert_eq!(told(&context), json!({"authorizer": {"jwt": {"claims": claims, "scopes": null}}}));
        context.authorizer.set("jwt.scopes", "[pets/read pets/write]");
        assert_eq!(told(&context)["authorizer"]["jwt"]["scopes"], json!(["pets/read", "pets/write"]));
    }
}
