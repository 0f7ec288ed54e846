//! The API's own extensions, and extensions that are somewhere else or something else.

use gatehouse_api::{EndpointType, ResponseType};

use crate::support::{MOCK, OK, api, document, problems};

#[test]
fn the_settings_of_an_api_are_imported() {
    let api = api(r"
openapi: 3.0.1
info: {title: t}
servers: [{url: 'https://x', x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true, vpcEndpointIds: [vpce-1]}}]
tags: [{name: owner, x-amazon-apigateway-tag-value: me}]
x-amazon-apigateway-endpoint-configuration: {types: [private], ipAddressType: ipv4}
x-amazon-apigateway-binary-media-types: ['image/*', '*/*']
x-amazon-apigateway-minimum-compression-size: '0'
x-amazon-apigateway-security-policy: TLS_1_2
x-amazon-apigateway-endpoint-access-mode: STRICT
x-amazon-apigateway-documentation: {version: '1', documentationParts: []}
x-amazon-apigateway-policy: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}]}
x-logo: {url: x}
");
    assert!(api.disable_execute_api_endpoint);
    assert_eq!(api.endpoint_configuration.types, [EndpointType::Private]);
    assert_eq!(api.endpoint_configuration.vpc_endpoint_ids, ["vpce-1"]);
    assert_eq!(api.endpoint_configuration.ip_address_type.as_deref(), Some("ipv4"));
    assert_eq!(api.binary_media_types, ["image/*", "*/*"]);
    assert_eq!(api.minimum_compression_size, Some(0));
    assert_eq!(api.security_policy.as_deref(), Some("TLS_1_2"));
    assert_eq!(api.endpoint_access_mode.as_deref(), Some("STRICT"));
    let policy = api.policy.unwrap();
    assert_eq!(policy.place.as_str(), "/x-amazon-apigateway-policy");
    assert!(serde_json::to_string(&policy.document).unwrap().starts_with(r#"{"Version":"2012-10-17","Statement":[{"#));
}

#[test]
fn gateway_responses_are_imported() {
    let api = api(&document(
        &[
            "x-amazon-apigateway-gateway-responses: {MISSING_AUTHENTICATION_TOKEN: {statusCode: 404, responseTemplates: {application/json: '{}'}, responseParameters: {gatewayresponse.header.X: \"'y'\"}}, DEFAULT_5XX: {}}",
        ],
        &[MOCK, OK],
    ));
    let [missing, default] = &api.gateway_responses[..] else { panic!("{:?}", api.gateway_responses) };
    assert_eq!((missing.response_type, missing.status_code), (ResponseType::MissingAuthenticationToken, Some(404)));
    assert_eq!(missing.response_templates, [("application/json".to_owned(), "{}".to_owned())]);
    assert_eq!(missing.response_parameters, [("gatewayresponse.header.X".to_owned(), "'y'".to_owned())]);
    assert_eq!((default.response_type, default.status_code), (ResponseType::Default5xx, None));
}

#[test]
fn a_wrong_setting_is_named_with_what_is_allowed() {
    let check = |root: &str, expected: &[&str]| {
        assert_eq!(problems(&document(&[root], &[MOCK, OK])), expected, "{root}");
    };
    check(
        "x-amazon-apigateway-api-key-source: COOKIE",
        &["error: /x-amazon-apigateway-api-key-source: `COOKIE` where one of `HEADER`, `AUTHORIZER` is expected"],
    );
    check(
        "x-amazon-apigateway-minimum-compression-size: -1",
        &[
            "error: /x-amazon-apigateway-minimum-compression-size: `-1` where a whole number from 0 to 10485760 is expected",
        ],
    );
    check(
        "x-amazon-apigateway-binary-media-types: image/png",
        &["error: /x-amazon-apigateway-binary-media-types: `image/png` where a list is expected"],
    );
    check("x-amazon-apigateway-policy: '{}'", &["error: /x-amazon-apigateway-policy: `{}` where a map is expected"]);
    check(
        "x-amazon-apigateway-endpoint-configuration: {types: [GLOBAL]}",
        &[
            "error: /x-amazon-apigateway-endpoint-configuration/types/0: `GLOBAL` where one of `EDGE`, `REGIONAL`, `PRIVATE` is expected",
        ],
    );
    check(
        "x-amazon-apigateway-gateway-responses: {NOT_FOUND: {}}",
        &[
            "error: /x-amazon-apigateway-gateway-responses/NOT_FOUND: `NOT_FOUND` is no gateway response: use one of `ACCESS_DENIED`, `API_CONFIGURATION_ERROR`, `AUTHORIZER_CONFIGURATION_ERROR`, `AUTHORIZER_FAILURE`, `BAD_REQUEST_BODY`, `BAD_REQUEST_PARAMETERS`, `DEFAULT_4XX`, `DEFAULT_5XX`, `EXPIRED_TOKEN`, `INTEGRATION_FAILURE`, `INTEGRATION_TIMEOUT`, `INVALID_API_KEY`, `INVALID_SIGNATURE`, `MISSING_AUTHENTICATION_TOKEN`, `QUOTA_EXCEEDED`, `REQUEST_TOO_LARGE`, `RESOURCE_NOT_FOUND`, `THROTTLED`, `UNAUTHORIZED`, `UNSUPPORTED_MEDIA_TYPE`, `WAF_FILTERED`",
        ],
    );
    check(
        "x-amazon-apigateway-gateway-responses: {THROTTLED: {statusCode: 42, responseParameters: {X: \"'y'\"}}}",
        &[
            "error: /x-amazon-apigateway-gateway-responses/THROTTLED/statusCode: `42` where a whole number from 100 to 599 is expected",
            "error: /x-amazon-apigateway-gateway-responses/THROTTLED/responseParameters/X: `X` is no header: write `gatewayresponse.header.Name`",
        ],
    );
    let ignored = |name: &str| {
        let place = format!("/x-amazon-apigateway-gateway-responses/THROTTLED/responseParameters/{name}");
        format!("warning: {place}: `{name}` is ignored: a response has headers only")
    };
    check(
        "x-amazon-apigateway-gateway-responses: {THROTTLED: {responseParameters: {gatewayresponse.path.a: \"'b'\", gatewayresponse.querystring.a: \"'b'\"}}}",
        &[&ignored("gatewayresponse.path.a"), &ignored("gatewayresponse.querystring.a")],
    );
}

#[test]
fn an_extension_that_is_misspelt_or_elsewhere_is_reported() {
    let check = |root: &[&str], operation: &[&str], expected: &[&str]| {
        assert_eq!(problems(&document(root, operation)), expected, "{root:?} {operation:?}");
    };
    check(
        &[],
        &[OK, MOCK, "x-amazon-apigateway-integraton: {}"],
        &[
            "error: /paths/~1pets/get/x-amazon-apigateway-integraton: `x-amazon-apigateway-integraton` is no extension: did you mean `x-amazon-apigateway-integration`?",
        ],
    );
    check(
        &["x-amazon-apigateway-polcy: {}"],
        &[OK, MOCK],
        &[
            "error: /x-amazon-apigateway-polcy: `x-amazon-apigateway-polcy` is no extension: did you mean `x-amazon-apigateway-policy`?",
        ],
    );
    check(
        &["x-amazon-apigateway-frobnication: {}"],
        &[OK, MOCK],
        &[
            "error: /x-amazon-apigateway-frobnication: `x-amazon-apigateway-frobnication` is no extension that is known here",
        ],
    );
    check(
        &["x-amazon-apigateway-auth: {type: AWS_IAM}"],
        &[OK, MOCK],
        &[
            "error: /x-amazon-apigateway-auth: `x-amazon-apigateway-auth` means nothing here: it belongs in an operation",
        ],
    );
    check(
        &["components: {x-amazon-apigateway-binary-media-types: []}"],
        &[OK, MOCK],
        &[
            "warning: /components/x-amazon-apigateway-binary-media-types: `x-amazon-apigateway-binary-media-types` means nothing here: it belongs at the root of the document",
        ],
    );
    check(
        &["components: {schemas: {A: {x-amazon-apigateway-request-validator: all}}}"],
        &[OK, MOCK],
        &[
            "error: /components/schemas/A/x-amazon-apigateway-request-validator: `x-amazon-apigateway-request-validator` means nothing here: it belongs at the root of the document or in an operation",
        ],
    );
    check(&["x-amazon-cognito: {}", "x-ratelimit: 5"], &[OK, MOCK], &[]);
}

#[test]
fn a_path_is_no_place_for_an_integration() {
    let document = "openapi: 3.0.1\ninfo: {title: t}\npaths: {/a: {x-amazon-apigateway-integration: {type: mock}, get: {x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}}}}";
    assert_eq!(
        problems(document),
        [
            "warning: /paths/~1a/x-amazon-apigateway-integration: `x-amazon-apigateway-integration` means nothing here: it belongs in an operation",
        ]
    );
}
