//! The event that the function is given, to the letter.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>

use std::borrow::Cow;

use gatehouse_context::{Context, Identity};
use gatehouse_http::{Request, host_of};
use gatehouse_lambda::{
    Asked, Json, Pair, Route, Spellings, all, by_name, client_cert, custom_domain, event_path, headers,
    http_authorizer_event, http_headers, last, object, order, path, path_parameters as parameters, trace_header,
    user_agent,
};
use gatehouse_mapping::MethodRequest;

use crate::authorizer::{Authorizer, Form};

/// What the events of a request are made of.
#[derive(Clone, Copy, Debug)]
pub struct MethodEvent<'a> {
    /// The request, its path parameters, `$context` and stage variables.
    pub from: &'a MethodRequest<'a>,
    /// The method's ARN.
    pub method_arn: &'a str,
    /// The path within the stage, as the client sent it.
    pub path: &'a str,
    /// Does the client speak HTTP/2?
    pub http_2: bool,
}

/// The event of a TOKEN authorizer: exactly three keys.
#[must_use]
pub fn token_event(token: &str, method_arn: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(128 + token.len() + method_arn.len());
    object(&mut out, |event| {
        event.text("type", b"TOKEN");
        event.text("methodArn", method_arn.as_bytes());
        event.text("authorizationToken", token.as_bytes());
    });
    out
}

/// The event of a REQUEST authorizer, in its format.
#[must_use]
pub fn request_event(authorizer: &Authorizer, of: &MethodEvent<'_>) -> Vec<u8> {
    match authorizer.form {
        Form::Rest => event(authorizer, of, None),
        Form::HttpV1 => event(authorizer, of, Some(&authorizer.identities(of.from).join(&b","[..]))),
        Form::HttpV2 { .. } => {
            let route = Route { route_key: of.from.context.route_key.as_deref().unwrap_or_default() };
            let identity_source = &authorizer.identities(of.from);
            http_authorizer_event(of.from, route, Asked { route_arn: of.method_arn, identity_source })
        }
    }
}

/// Format 1.0, of an HTTP API with the values of its identity sources.
fn event(authorizer: &Authorizer, of: &MethodEvent<'_>, identity_source: Option<&[u8]>) -> Vec<u8> {
    let MethodRequest { request, path_parameters, context, stage_variables } = of.from;
    let own: Vec<&str> = authorizer.spellings().collect();
    let is_http = identity_source.is_some();
    let mut headers = match is_http {
        true => http_headers(&own, request, None),
        false => headers(Spellings { own: &own, http_2: of.http_2 }, request),
    };
    if !is_http {
        headers.extend(length_header(request));
    }
    headers.extend(trace_header(request, context));
    order(&mut headers, is_http);
    let query = request.query().pairs().collect::<Vec<_>>();
    let (headers, query) = (by_name(&headers), by_name(&query));
    let mut out = Vec::with_capacity(2_048);
    object(&mut out, |event| {
        if let Some(identity_source) = identity_source {
            event.text("version", b"1.0");
            event.text("identitySource", identity_source);
            event.text("authorizationToken", identity_source);
        }
        event.text("type", b"REQUEST");
        event.text("methodArn", of.method_arn.as_bytes());
        event.text_or_null("resource", context.resource_path.as_deref());
        event.text("path", event_path(of.path, context).as_bytes());
        event.text_or_null("httpMethod", context.http_method.as_deref());
        event.object("headers", |map| last(map, &headers));
        event.object("multiValueHeaders", |map| all(map, &headers));
        event.object("queryStringParameters", |map| last(map, &query));
        event.object("multiValueQueryStringParameters", |map| all(map, &query));
        event.object("pathParameters", |map| {
            parameters(map, path_parameters, is_http);
        });
        event.object("stageVariables", |map| {
            stage_variables.iter().for_each(|(name, value)| map.text(name, value.as_bytes()));
        });
        event.object("requestContext", |map| request_context(map, request, context, is_http));
    });
    out
}

/// The length of the body as the client said it: an authorizer is told (recorded), the function of an integration is not.
fn length_header(request: &Request) -> Option<Pair<'_>> {
    let length = request.headers.get("content-length")?;
    Some((Cow::Borrowed(b"Content-Length"), Cow::Borrowed(length)))
}

fn request_context(map: &mut Json<'_>, request: &Request, context: &Context, is_http: bool) {
    let domain = String::from_utf8_lossy(request.authority());
    let domain = host_of(&domain);
    map.text_or_null("resourceId", context.resource_id.as_deref());
    map.text_or_null("resourcePath", context.resource_path.as_deref());
    map.text_or_null("httpMethod", context.http_method.as_deref());
    map.text_or_null("extendedRequestId", context.extended_request_id.as_deref());
    if !is_http {
        custom_domain(map, context);
    }
    if let Some(time) = context.request_time {
        map.text("requestTime", time.common_log().as_bytes());
        map.number("requestTimeEpoch", time.millis());
    }
    path(map, "path", context.path.as_deref().map(str::as_bytes), is_http);
    map.text_or_null("accountId", context.account_id.as_deref());
    map.text_or_null("protocol", context.protocol.as_deref());
    map.text_or_null("stage", context.stage.as_deref());
    map.text("domainPrefix", domain.split('.').next().unwrap_or_default().as_bytes());
    map.text_or_null("requestId", context.request_id.as_deref());
    map.object("identity", |map| identity(map, request, &context.identity, is_http));
    map.text("domainName", domain.as_bytes());
    if let Some(deployment) = context.deployment_id.as_ref().filter(|_| !is_http) {
        map.text("deploymentId", deployment.as_bytes());
    }
    map.text_or_null("apiId", context.api_id.as_deref());
}

fn identity(map: &mut Json<'_>, request: &Request, identity: &Identity, is_http: bool) {
    if is_http {
        map.text_or_null("cognitoAmr", None);
    }
    map.text_or_null("cognitoIdentityPoolId", None);
    map.text_or_null("accountId", None);
    map.text_or_null("cognitoIdentityId", None);
    map.text_or_null("caller", None);
    map.text_or_null("sourceIp", identity.source_ip.as_deref());
    map.text_or_null("principalOrgId", None);
    map.text_or_null("accessKey", None);
    map.text_or_null("cognitoAuthenticationType", None);
    map.text_or_null("cognitoAuthenticationProvider", None);
    map.text_or_null("userArn", None);
    user_agent(map, request, is_http);
    map.text_or_null("user", None);
    client_cert(map, identity);
    if let Some(key) = request.headers.text("x-api-key") {
        map.text("apiKey", key.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_api::AuthorizerType;
    use gatehouse_context::Timestamp;
    use gatehouse_http::{Body, Headers};
    use gatehouse_mapping::{PathParameters, StageVariables};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::authorizer::tests::written;

    const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/test/GET/pets/a%2Fb";

    #[test]
    fn a_token_event_has_three_keys() {
        let event: Value = serde_json::from_slice(&token_event("Bearer \"x\"\u{1}", ARN)).unwrap();
        let expected = json!({"type": "TOKEN", "methodArn": ARN, "authorizationToken": "Bearer \"x\"\u{1}"});
        assert_eq!(event, expected);
    }

    fn event(headers: &[(&str, &str)], context: &Context, parameters: &[(&str, &[u8])]) -> Value {
        let authorizer = written(AuthorizerType::Request, &["method.request.header.HeaderAuth1"], 300);
        let authorizer = Authorizer::compile(&authorizer, &mut Vec::new()).unwrap();
        let request = Request { headers: Headers::from_pairs(headers.iter().copied()), body: Body::Empty };
        let stage_variables = StageVariables::from([("v".into(), "1".into())]);
        let path_parameters = PathParameters(parameters);
        let from = MethodRequest { request: &request, path_parameters, context, stage_variables: &stage_variables };
        let of = MethodEvent { from: &from, method_arn: ARN, path: "/pets/a%2Fb", http_2: false };
        serde_json::from_slice(&request_event(&authorizer, &of)).unwrap()
    }

    #[test]
    fn a_request_event_has_the_certificate_that_the_client_showed() {
        let mut context = Context::default();
        let told = |context: &Context| event(&[(":path", "/")], context, &[])["requestContext"]["identity"].clone();
        assert_eq!(told(&context).get("clientCert"), None);
        context.identity.client_cert.client_cert_pem = Some("pem".into());
        context.identity.client_cert.subject_dn = Some("CN=a".into());
        let expected = json!({
            "clientCertPem": "pem", "subjectDN": "CN=a", "issuerDN": null, "serialNumber": null,
            "validity": {"notBefore": null, "notAfter": null},
        });
        assert_eq!(told(&context)["clientCert"], expected);
    }

    #[test]
    fn a_request_event_has_what_the_client_sent_and_what_the_gateway_knows() {
        let context = Context {
            account_id: Some("123456789012".into()),
            api_id: Some("a1b2c3d4e5".into()),
            stage: Some("test".into()),
            path: Some("/test/pets/a%2Fb".into()),
            http_method: Some("GET".into()),
            resource_path: Some("/pets/{petId}".into()),
            resource_id: Some("05c7jb".into()),
            protocol: Some("HTTP/1.1".into()),
            request_id: Some("6b4c".into()),
            extended_request_id: Some("ZZZ=".into()),
            request_time: Some(Timestamp::from_millis(1_700_000_000_000)),
            identity: Identity { source_ip: Some("192.0.2.1".into()), ..Identity::default() },
            xray_trace_id: Some("Root=1-a-b".into()),
            ..Context::default()
        };
        let headers = [
            (":method", "GET"),
            (":authority", "a1.example.com:8443"),
            (":path", "/test/pets/a%2Fb?q=1&q=a+b%20c&empty"),
            ("headerauth1", "v"),
            ("user-agent", "curl"),
            ("x-many", "1"),
            ("x-many", "2"),
            ("te", "trailers"),
            ("content-length", "0"),
            ("x-envoy-internal", "true"),
            ("x-forwarded-proto", "https"),
        ];
        let expected = json!({
            "type": "REQUEST",
            "methodArn": ARN,
            "resource": "/pets/{petId}",
            "path": "/pets/a%2Fb",
            "httpMethod": "GET",
            "headers": {"Host": "a1.example.com:8443", "HeaderAuth1": "v", "User-Agent": "curl", "x-many": "2",
                        "Content-Length": "0", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443", "X-Amzn-Trace-Id": "Root=1-a-b"},
            "multiValueHeaders": {"Host": ["a1.example.com:8443"], "HeaderAuth1": ["v"], "User-Agent": ["curl"],
                        "x-many": ["1", "2"], "Content-Length": ["0"], "X-Forwarded-Proto": ["https"], "X-Forwarded-Port": ["443"],
                        "X-Amzn-Trace-Id": ["Root=1-a-b"]},
            "queryStringParameters": {"q": "a b c", "empty": ""},
            "multiValueQueryStringParameters": {"q": ["1", "a b c"], "empty": [""]},
            "pathParameters": {"petId": "a%2Fb"},
            "stageVariables": {"v": "1"},
            "requestContext": {
                "resourceId": "05c7jb", "resourcePath": "/pets/{petId}", "httpMethod": "GET",
                "extendedRequestId": "ZZZ=", "requestTime": "14/Nov/2023:22:13:20 +0000",
                "requestTimeEpoch": 1_700_000_000_000_u64, "path": "/test/pets/a%2Fb", "accountId": "123456789012",
                "protocol": "HTTP/1.1", "stage": "test", "domainPrefix": "a1", "requestId": "6b4c",
                "identity": {
                    "cognitoIdentityPoolId": null, "accountId": null, "cognitoIdentityId": null, "caller": null,
                    "sourceIp": "192.0.2.1", "principalOrgId": null, "accessKey": null,
                    "cognitoAuthenticationType": null, "cognitoAuthenticationProvider": null, "userArn": null,
                    "userAgent": "curl", "user": null,
                },
                "domainName": "a1.example.com", "apiId": "a1b2c3d4e5",
            },
        });
        assert_eq!(event(&headers, &context, &[("petId", b"a%2Fb")]), expected);
    }

    proptest! {
        #[test]
        fn names_are_grouped_in_the_order_of_their_first_value(sent: Vec<(u8, u8)>) {
            let pairs: Vec<Pair<'_>> =
                sent.iter().map(|&(name, value)| (vec![name % 8].into(), vec![value].into())).collect();
            let mut expected: Vec<(Vec<u8>, Vec<Vec<u8>>)> = Vec::new();
            for (name, value) in &pairs {
                match expected.iter_mut().find(|(other, _)| other == name.as_ref()) {
                    Some((_, values)) => values.push(value.to_vec()),
                    None => expected.push((name.to_vec(), vec![value.to_vec()])),
                }
            }
            let found: Vec<_> = by_name(&pairs)
                .into_iter()
                .map(|(name, values)| (name.to_vec(), values.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>()))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    proptest! {
        #[test]
        fn an_event_is_json_whatever_the_client_sends(
            query in "[ -~]{0,60}",
            values in proptest::collection::vec("[ -~é\u{2028}]{0,20}", 0..4),
            parameter: Vec<u8>,
        ) {
            let path = format!("/{}", query.replacen('?', "", 1));
            let path = path.replacen('&', "?", 1);
            let mut headers = vec![(":path", path.as_str()), (":authority", "a\"b\\c")];
            headers.extend(values.iter().map(|value| ("x-v", value.as_str())));
            let event = event(&headers, &Context::default(), &[("p", &parameter)]);
            let all = &event["multiValueHeaders"]["x-v"];
            if let Some(last_value) = values.last() {
                prop_assert_eq!(all, &json!(values));
                prop_assert_eq!(&event["headers"]["x-v"], &json!(last_value));
            } else {
                prop_assert!(all.is_null());
            }
            let request = Request { headers: Headers::from_pairs(headers.iter().copied()), body: Body::Empty };
            let mut expected = serde_json::Map::new();
            for (name, value) in request.query().pairs() {
                expected.insert(shown(&name), shown(&value).into());
            }
            prop_assert_eq!(&event["queryStringParameters"], &Value::Object(expected));
            prop_assert_eq!(&event["pathParameters"]["p"], &Value::from(shown(&parameter)));
        }

        #[test]
        fn a_token_event_is_json_for_every_token(token: String) {
            let event: Value = serde_json::from_slice(&token_event(&token, ARN)).unwrap();
            prop_assert_eq!(event, json!({"type": "TOKEN", "methodArn": ARN, "authorizationToken": token}));
        }
    }

    /// UTF-8 as it is, other bytes as Latin-1.
    fn shown(bytes: &[u8]) -> String {
        let latin = || bytes.iter().map(|&byte| char::from(byte)).collect();
        std::str::from_utf8(bytes).map_or_else(|_| latin(), str::to_owned)
    }

    #[test]
    fn what_is_absent_is_an_empty_map() {
        let event = event(&[(":path", "/")], &Context::default(), &[]);
        for name in ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters"] {
            assert_eq!(event[name], json!({}), "{name}");
        }
    }
}
