//! What keeps a deployment with HTTP APIs from being served, each with its place.

use gatehouse_api::Node;
use gatehouse_filter::Filter;

use crate::Gateway;

const API: &str = r#"{"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {
    "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:aws:lambda:us-east-1:123456789012:function:f"}}}}}"#;

fn check(api: &str, more: &str, definition: &str, expected: Result<(), &str>) {
    let deployment = format!(
        r#"{{"accountId": "123456789012", "region": "us-east-1", {more}
            "apis": [{{"apiId": "a1b2c3d4e5", {api} "definition": {definition}}}]}}"#
    );
    let node: Node = serde_json::from_str(&deployment).unwrap();
    let found = Gateway::configure(node).map(|_| ()).map_err(|invalid| invalid.reason);
    assert_eq!(found, expected.map_err(str::to_owned), "{deployment}");
}

#[test]
fn contradictions_are_faults() {
    const HTTP: &str = r#""protocolType": "HTTP", "stages": [{"stageName": "$default"}],"#;
    check(HTTP, "", API, Ok(()));
    check(r#""stages": [{"stageName": "prod"}],"#, "", API, Ok(()));
    check(
        r#""stages": [{"stageName": "$default"}],"#,
        "",
        API,
        Err(
            "/apis/0/stages/0/stageName: `$default` is the stage of an HTTP API, and this is a REST API: give it a name, or say `protocolType: HTTP`",
        ),
    );
    check(
        r#""protocolType": "HTTP", "stages": [{"stageName": "v1", "canarySettings": {"percentTraffic": 5}}],"#,
        "",
        API,
        Err("/apis/0/stages/0/canarySettings: stages of HTTP APIs have no canaries"),
    );
    check(
        HTTP,
        r#""usagePlans": [{"id": "basic", "apiStages": [{"apiId": "a1b2c3d4e5", "stage": "$default"}]}],"#,
        API,
        Err("/usagePlans/0/apiStages/0: HTTP APIs have no usage plans: throttle their stages instead"),
    );
    let at = "apis[0].definition, /paths/~1a/get/x-amazon-apigateway-integration";
    let with = |more: &str| API.replace(r#""type": "aws_proxy","#, &format!(r#""type": "aws_proxy", {more},"#));
    check(
        HTTP,
        "",
        &with(r#""payloadFormatVersion": "3.0""#),
        Err(&format!("{at}/payloadFormatVersion: `3.0` where `1.0` or `2.0` is expected")),
    );
    check(
        HTTP,
        "",
        &with(r#""requestParameters": {"overwrite:header.authorization": "x"}"#),
        Err(&format!(
            "{at}/requestParameters/overwrite:header.authorization: `authorization` is reserved: no mapping of an HTTP API can change it"
        )),
    );
    check(
        r#""protocolType": "REST", "stages": [{"stageName": "prod"}],"#,
        "",
        &with(r#""payloadFormatVersion": "2.0""#),
        Err(&format!(
            "{at}/payloadFormatVersion: payload format version `2.0` is a feature of HTTP APIs: with `protocolType: REST` it can't be served"
        )),
    );
}

#[test]
fn scopes_that_would_break_the_challenge_are_faults() {
    const JWT: &str = r#"{"type": "oauth2", "x-amazon-apigateway-authorizer": {"type": "jwt",
        "jwtConfiguration": {"issuer": "https://i.example", "audience": ["a"]}}}"#;
    const POOL: &str = r#"{"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authorizer": {
        "type": "cognito_user_pools", "providerARNs": ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"]}}"#;
    let of = |scheme: &str, scopes: &str| {
        format!(
            r#"{{"openapi": "3.0.1", "info": {{"title": "t", "version": "1"}},
                "components": {{"securitySchemes": {{"s": {scheme}}}}},
                "paths": {{"/a": {{"get": {{"security": [{{"s": [{scopes}]}}],
                  "x-amazon-apigateway-integration": {{"type": "http_proxy", "httpMethod": "GET", "uri": "http://a.example"}}}}}}}}}}"#
        )
    };
    for (protocol, scheme) in [("HTTP", JWT), ("REST", POOL)] {
        let api = format!(r#""protocolType": "{protocol}", "stages": [{{"stageName": "prod"}}],"#);
        check(&api, "", &of(scheme, r#""pets/read", "https://a.example/b""#), Ok(()));
        for (written, scope) in
            [(r#""a\"b""#, "a\"b"), (r#""a", "b c""#, "b c"), (r#""a\r\nb""#, r"a\r\nb"), (r#""""#, "")]
        {
            let at = "apis[0].definition, /paths/~1a/get";
            let message = "is no scope: use visible ASCII without quotes, backslashes and spaces";
            check(&api, "", &of(scheme, written), Err(&format!("{at}: `{scope}` {message}")));
        }
    }
}
