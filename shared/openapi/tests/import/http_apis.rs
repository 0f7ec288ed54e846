//! HTTP APIs look like REST APIs; what only they have is reported where it stands.

use crate::support::{MOCK, OK, document, problems};

#[test]
fn what_only_http_apis_have_is_refused() {
    let check = |root: &str, operation: &str, expected: &[&str]| {
        let suffix = "is a feature of HTTP APIs: HTTP APIs are not served yet";
        let expected: Vec<_> = expected.iter().map(|start| format!("error: {start} {suffix}")).collect();
        assert_eq!(problems(&document(&[root], &[operation, OK])), expected, "{root} {operation}");
    };
    check(
        "x-amazon-apigateway-importexport-version: '1.0'",
        MOCK,
        &["/x-amazon-apigateway-importexport-version: `x-amazon-apigateway-importexport-version`"],
    );
    check(
        "x-amazon-apigateway-cors: {allowOrigins: ['*']}",
        MOCK,
        &["/x-amazon-apigateway-cors: `x-amazon-apigateway-cors`"],
    );
    let integration = "/paths/~1pets/get/x-amazon-apigateway-integration";
    check(
        "tags: []",
        "x-amazon-apigateway-integration: {payloadFormatVersion: 2.0, type: aws_proxy, httpMethod: POST, uri: 'arn:aws:lambda:x', integrationSubtype: SQS-SendMessage, responseParameters: {200: {}}}",
        &[
            &format!("{integration}/integrationSubtype: `integrationSubtype`"),
            &format!("{integration}/responseParameters: `responseParameters` of an integration"),
            &format!("{integration}/payloadFormatVersion: payload format version `2.0`"),
        ],
    );
    let schemes = |authorizer: &str| {
        format!(
            "components: {{securitySchemes: {{a: {{type: oauth2, x-amazon-apigateway-authorizer: {{{authorizer}}}}}}}}}"
        )
    };
    let at = "/components/securitySchemes/a/x-amazon-apigateway-authorizer";
    check(
        &schemes(
            "type: jwt, jwtConfiguration: {issuer: x, audience: [y]}, identitySource: $request.header.Authorization",
        ),
        MOCK,
        &[&format!("{at}/type: a `jwt` authorizer")],
    );
    check(
        &schemes(
            "type: request, authorizerUri: 'arn:aws:x', identitySource: method.request.header.A, enableSimpleResponses: true, authorizerPayloadFormatVersion: '2.0'",
        ),
        MOCK,
        &[
            &format!("{at}/enableSimpleResponses: `enableSimpleResponses`"),
            &format!("{at}/authorizerPayloadFormatVersion: payload format version `2.0`"),
        ],
    );
}

#[test]
fn the_default_route_is_refused() {
    let document = format!(
        "openapi: 3.0.1\ninfo: {{title: t}}\npaths: {{/$default: {{x-amazon-apigateway-any-method: {{isDefaultRoute: true, {MOCK}}}}}}}"
    );
    assert_eq!(
        problems(&document),
        ["error: /paths/~1$default: the route `$default` is a feature of HTTP APIs: HTTP APIs are not served yet",]
    );
    assert_eq!(
        problems(&document.replace("/$default", "/a")),
        [
            "error: /paths/~1a/x-amazon-apigateway-any-method/isDefaultRoute: `isDefaultRoute` is a feature of HTTP APIs: HTTP APIs are not served yet",
        ]
    );
}
