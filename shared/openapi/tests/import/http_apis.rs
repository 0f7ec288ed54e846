//! HTTP APIs: told from REST APIs by what they hold, imported, and refused where something would be lost.

use gatehouse_api::{
    Authorization, AuthorizerType, Cors, HttpMethod, IntegrationSubtype, IntegrationType, Place, ProtocolType,
};

use crate::support::{MOCK, OK, api, document, problems, problems_as};

/// An integration that needs nothing else.
const PROXY: &str = "x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'https://pets.example.com', payloadFormatVersion: '1.0'}";
const HTTP: &str = "x-amazon-apigateway-importexport-version: '1.0'";

#[test]
fn what_only_http_apis_have_is_refused_in_a_rest_api() {
    let check = |root: &str, operation: &str, expected: &[&str]| {
        let suffix = "is a feature of HTTP APIs: with `protocolType: REST` it can't be served";
        let expected: Vec<_> = expected.iter().map(|start| format!("error: {start} {suffix}")).collect();
        let found = problems_as(&document(&[root], &[operation, OK]), Some(ProtocolType::Rest));
        assert_eq!(found, expected, "{root} {operation}");
    };
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
    let at = "/components/securitySchemes/a/x-amazon-apigateway-authorizer";
    check(&scheme(JWT), MOCK, &[&format!("{at}/type: a `jwt` authorizer")]);
    check(
        &scheme(
            "type: request, authorizerUri: 'arn:aws:x', identitySource: method.request.header.A, enableSimpleResponses: true, authorizerPayloadFormatVersion: '2.0'",
        ),
        MOCK,
        &[
            &format!("{at}/enableSimpleResponses: `enableSimpleResponses`"),
            &format!("{at}/authorizerPayloadFormatVersion: payload format version `2.0`"),
        ],
    );
}

const JWT: &str =
    "type: jwt, jwtConfiguration: {issuer: 'https://x', audience: [y]}, identitySource: $request.header.Authorization";

fn scheme(authorizer: &str) -> String {
    format!(
        "components: {{securitySchemes: {{a: {{type: oauth2, x-amazon-apigateway-authorizer: {{{authorizer}}}}}}}}}"
    )
}

#[test]
fn what_a_rest_api_has_no_use_for_at_its_root_is_ignored_as_api_gateway_does() {
    let check = |root: &str, name: &str, protocol| {
        let expected = format!("warning: /{name}: `{name}` means nothing in a REST API and is ignored");
        assert_eq!(problems_as(&document(&[root], &[MOCK, OK]), protocol), [expected], "{root}");
    };
    for protocol in [None, Some(ProtocolType::Rest)] {
        check(HTTP, "x-amazon-apigateway-importexport-version", protocol);
        check("x-amazon-apigateway-cors: {allowOrigins: '*'}", "x-amazon-apigateway-cors", protocol);
    }
}

#[test]
fn a_definition_is_told_by_what_it_holds() {
    let check = |root: &str, operation: &str, expected| {
        assert_eq!(api(&document(&[root], &[operation])).protocol_type, expected, "{root} {operation}");
    };
    check("tags: []", PROXY, ProtocolType::Rest);
    for kind in ["mock", "MOCK", "http", "aws"] {
        let uri = if kind == "aws" { "arn:aws:apigateway:x" } else { "https://pets.example.com" };
        let other = PROXY.replace("http_proxy", kind).replace("https://pets.example.com", uri);
        check(HTTP, &other, ProtocolType::Rest);
    }
    check(HTTP, PROXY, ProtocolType::Http);
    check("x-amazon-apigateway-cors: {allowOrigins: ['*']}", PROXY, ProtocolType::Http);
    check(&scheme(JWT), PROXY, ProtocolType::Http);
    check("tags: []", &PROXY.replace("1.0", "2.0"), ProtocolType::Http);
    check(
        "components: {x-amazon-apigateway-integrations: {f: {type: aws_proxy, uri: 'arn:aws:lambda:x', payloadFormatVersion: '2.0'}}}",
        "x-amazon-apigateway-integration: {$ref: '#/components/x-amazon-apigateway-integrations/f'}",
        ProtocolType::Http,
    );
    check("x-x: 1", &PROXY.replace("payloadFormatVersion: '1.0'", "responseParameters: {200: {}}"), ProtocolType::Http);
    for target in ["append:header.x", "overwrite:path", "remove:querystring.x"] {
        let mapped = format!("requestParameters: {{'{target}': $context.requestId}}");
        check("x-x: 1", &PROXY.replace("payloadFormatVersion: '1.0'", &mapped), ProtocolType::Http);
    }
    let mapped = "requestParameters: {integration.request.header.x: context.requestId}";
    check("x-x: 1", &PROXY.replace("payloadFormatVersion: '1.0'", mapped), ProtocolType::Rest);
}

#[test]
fn a_route_has_a_key_and_the_default_route_no_path() {
    let text = format!(
        "openapi: 3.0.1\ninfo: {{title: t}}\npaths:\n  /pets/{{id}}:\n    get: {{{PROXY}}}\n  /$default:\n    x-amazon-apigateway-any-method: {{isDefaultRoute: true, {PROXY}}}\n  /all:\n    x-amazon-apigateway-any-method: {{{PROXY}}}"
    );
    let found = api(&text);
    let keys: Vec<String> = found.methods.iter().map(|method| method.route_key()).collect();
    assert_eq!(keys, ["GET /pets/{id}", "$default", "ANY /all"]);
    assert_eq!(found.methods[1].http_method, HttpMethod::Any);
    assert_eq!(problems(&text), Vec::<String>::new());
    assert_eq!(
        problems(&text.replace("x-amazon-apigateway-any-method: {isDefaultRoute: true", "get: {isDefaultRoute: true")),
        [
            "error: /paths/~1$default/get: the route `$default` is for all methods: it has one `x-amazon-apigateway-any-method`"
        ]
    );
    assert_eq!(
        problems(&text.replace(
            "/all:\n    x-amazon-apigateway-any-method: {",
            "/all:\n    x-amazon-apigateway-any-method: {isDefaultRoute: true, "
        )),
        ["error: /paths/~1all/x-amazon-apigateway-any-method: there is another `$default` route"]
    );
}

#[test]
fn a_jwt_authorizer_has_an_issuer_audiences_and_scopes_for_each_route() {
    let found = api(&document(&[&scheme(JWT)], &[PROXY, "security: [{a: [x, y]}]"]));
    let authorizer = &found.authorizers[0];
    assert_eq!(
        (authorizer.kind, authorizer.identity_source.as_slice()),
        (AuthorizerType::Jwt, ["$request.header.Authorization".to_owned()].as_slice())
    );
    let configuration = authorizer.jwt_configuration.as_ref().unwrap();
    assert_eq!(
        (configuration.issuer.as_str(), configuration.audience.as_slice()),
        ("https://x", ["y".to_owned()].as_slice())
    );
    let expected = Authorization::Jwt { authorizer: "a".into(), scopes: vec!["x".into(), "y".into()] };
    assert_eq!(found.methods[0].authorization, expected);
    let at = "error: /components/securitySchemes/a/x-amazon-apigateway-authorizer";
    let check = |authorizer: &str, expected: &str| {
        assert_eq!(
            problems(&document(&[&scheme(authorizer), HTTP], &[PROXY])),
            [format!("{at}{expected}")],
            "{authorizer}"
        );
    };
    check("type: jwt", ": a `JWT` authorizer needs a `jwtConfiguration` with `issuer` and `audience`");
    check(
        "type: jwt, jwtConfiguration: {audience: [y]}",
        "/jwtConfiguration: a `JWT` authorizer needs an `issuer`, or an `openIdConnectUrl` that ends in \
         `/.well-known/openid-configuration`",
    );
    check("type: jwt, jwtConfiguration: {issuer: x}", "/jwtConfiguration: a `JWT` authorizer needs an `audience`");
    check(
        "type: jwt, jwtConfiguration: {issuer: x, audience: [y]}, identitySource: '$request.header.A, $request.header.B'",
        "/identitySource: a `JWT` authorizer has one identity source: `$request.header.Authorization`",
    );
    check("type: cognito_user_pools", "/type: `cognito_user_pools` where one of `JWT`, `REQUEST` is expected");
}

/// As <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html> has it.
#[test]
fn an_open_id_scheme_says_who_issues_its_tokens() {
    let scheme = |address: &str, configuration: &str| {
        let authorizer = format!("type: jwt, jwtConfiguration: {{{configuration}}}");
        format!(
            "components: {{securitySchemes: {{a: {{type: openIdConnect, openIdConnectUrl: '{address}', \
             x-amazon-apigateway-authorizer: {{{authorizer}}}}}}}}}"
        )
    };
    let check = |address: &str, configuration: &str, expected: &str| {
        let found = api(&document(&[&scheme(address, configuration)], &[PROXY, "security: [{a: []}]"]));
        assert_eq!(found.authorizers[0].jwt_configuration.as_ref().unwrap().issuer, expected);
    };
    check("https://i.example/pool/.well-known/openid-configuration", "audience: [y]", "https://i.example/pool");
    check("https://i.example/.well-known/openid-configuration", "issuer: 'https://x', audience: [y]", "https://x");
    for wrong in ["https://i.example", "/.well-known/openid-configuration"] {
        let told = problems(&document(&[&scheme(wrong, "audience: [y]"), HTTP], &[PROXY]));
        assert!(told.len() == 1 && told[0].contains("needs an `issuer`, or an `openIdConnectUrl`"), "{told:?}");
    }
}

#[test]
fn a_lambda_authorizer_has_a_format_and_sources_of_its_own() {
    let written = "type: request, authorizerUri: 'arn:aws:x', authorizerPayloadFormatVersion: '2.0', enableSimpleResponses: true, identitySource: '$request.header.A, $context.routeKey', authorizerResultTtlInSeconds: 60";
    let found = api(&document(&[&scheme(written)], &[PROXY, "security: [{a: []}]"]));
    let authorizer = &found.authorizers[0];
    assert_eq!((authorizer.payload_format_version.as_deref(), authorizer.enable_simple_responses), (Some("2.0"), true));
    assert_eq!(authorizer.identity_source, ["$request.header.A", "$context.routeKey"]);
    assert_eq!(authorizer.authorizer_result_ttl_in_seconds, 60);
    assert_eq!(found.methods[0].authorization, Authorization::Custom { authorizer: "a".into() });
    assert_eq!(
        problems(&document(&[&scheme(written)], &[PROXY, "security: [{a: [read]}]"])),
        ["error: /paths/~1pets/get/security/0/a: `a` is no JWT authorizer: API Gateway can't check scopes with it"]
    );
    let at = "error: /components/securitySchemes/a/x-amazon-apigateway-authorizer";
    let check = |from: &str, to: &str, expected: &str| {
        let text = document(&[&scheme(&written.replace(from, to)), HTTP], &[PROXY]);
        assert_eq!(problems(&text), [format!("{at}{expected}")], "{to}");
    };
    check("'2.0'", "'1.0'", "/enableSimpleResponses: `enableSimpleResponses` is for payload format version `2.0` only");
    check("authorizerUri: 'arn:aws:x', ", "", ": a `REQUEST` authorizer needs an `authorizerUri`");
    check(
        "authorizerPayloadFormatVersion: '2.0', ",
        "",
        ": a `REQUEST` authorizer needs an `authorizerPayloadFormatVersion`: `1.0` or `2.0`",
    );
    check(
        "$request.header.A",
        "method.request.header.A",
        "/identitySource: `method.request.header.A` is no identity source: use `$request.header.…`, `$request.querystring.…`, `$context.…`, `$stageVariables.…`",
    );
}

#[test]
fn integrations_proxy_and_map_parameters() {
    let integration = "x-amazon-apigateway-integration: {type: aws_proxy, uri: 'arn:aws:lambda:x', payloadFormatVersion: '2.0', requestParameters: {'append:header.a': $context.stage}, responseParameters: {'500': {'overwrite:statuscode': '503'}}, timeoutInMillis: 30000}";
    let found = api(&document(&[HTTP], &[integration])).methods.remove(0).integration.unwrap();
    assert_eq!((found.kind, found.http_method.as_deref()), (IntegrationType::AwsProxy, Some("POST")));
    assert_eq!((found.payload_format_version.as_deref(), found.timeout_in_millis), (Some("2.0"), Some(30_000)));
    assert_eq!((found.request_parameters[0].target.as_str(), found.response_parameters[0].0), ("append:header.a", 500));
    let at = "error: /paths/~1pets/get/x-amazon-apigateway-integration";
    let check = |from: &str, to: &str, expected: &str| {
        let text = document(&[HTTP], &[&integration.replace(from, to)]);
        assert_eq!(problems(&text), [format!("{at}{expected}")], "{to}");
    };
    check("aws_proxy", "lambda", "/type: `lambda` where one of `HTTP_PROXY`, `AWS_PROXY` is expected");
    check(
        "aws_proxy",
        "mock",
        "/type: this type of integration is a REST API's, and the definition an HTTP API's: use `HTTP_PROXY` or `AWS_PROXY`, or say `protocolType: REST` in the deployment document",
    );
    check("30000", "30001", "/timeoutInMillis: `30001` where a whole number from 50 to 30000 is expected");
    check("'500'", "'100'", "/responseParameters/100: `100` is no status code: use 200 to 599");
}

#[test]
fn actions_of_aws_services() {
    let role = "credentials: 'arn:aws:iam::123456789012:role/sends'";
    let message = "{QueueUrl: 'https://sqs.us-east-1.amazonaws.com/1/q', MessageBody: $request.body, DelaySeconds: 5}";
    let integration = format!(
        "x-amazon-apigateway-integration: {{type: aws_proxy, integrationSubtype: SQS-SendMessage, {role}, requestParameters: {message}, payloadFormatVersion: '1.0'}}"
    );
    // The subtype alone says that it is an HTTP API's.
    let found = api(&document(&["tags: []"], &[&integration]));
    assert_eq!(found.protocol_type, ProtocolType::Http);
    let found = found.methods.into_iter().next().unwrap().integration.unwrap();
    assert_eq!((found.kind, found.uri), (IntegrationType::AwsProxy, None));
    assert_eq!(found.integration_subtype, Some(IntegrationSubtype::SqsSendMessage));
    let parameters = found.request_parameters.iter().map(|it| (it.target.as_str(), it.source.as_str()));
    let expected = [
        ("QueueUrl", "https://sqs.us-east-1.amazonaws.com/1/q"),
        ("MessageBody", "$request.body"),
        ("DelaySeconds", "5"),
    ];
    assert_eq!(parameters.collect::<Vec<_>>(), expected);
    let at = "/paths/~1pets/get/x-amazon-apigateway-integration";
    let check = |from: &str, to: &str, expected: &str| {
        let text = document(&[HTTP], &[&integration.replace(from, to)]);
        assert_eq!(problems(&text), [expected.replace("AT", at)], "{to}");
    };
    // Recorded: each of these is refused when the integration is created.
    check(
        &format!("{role}, "),
        "",
        "error: AT: an integration with an AWS service needs `credentials`: the role that calls it",
    );
    check(
        "aws_proxy",
        "http_proxy",
        "error: AT/integrationSubtype: an `integrationSubtype` is for `AWS_PROXY` integrations only",
    );
    check(
        "MessageBody: $request.body, ",
        "",
        "error: AT/requestParameters: `SQS-SendMessage` needs `MessageBody` in its `requestParameters`",
    );
    check("$request.body,", "'',", "error: AT/requestParameters/MessageBody: `MessageBody` is empty");
    check(
        "DelaySeconds",
        "delaySeconds",
        "error: AT/requestParameters/delaySeconds: `delaySeconds` is not known: did you mean `DelaySeconds`?",
    );
    check(
        &format!("requestParameters: {message}, "),
        "",
        "error: AT: `SQS-SendMessage` needs `QueueUrl`, `MessageBody` in its `requestParameters`",
    );
    check(
        "'1.0'",
        "'2.0'",
        "warning: AT/payloadFormatVersion: integrations with AWS services have one payload format, `1.0`",
    );
    check(
        "aws_proxy,",
        "aws_proxy, uri: 'arn:aws:sqs',",
        "warning: AT/uri: `uri` means nothing beside an `integrationSubtype` and is ignored",
    );
    check(
        "aws_proxy,",
        "aws_proxy, connectionType: VPC_LINK,",
        "error: AT/connectionType: an AWS service is not behind a VPC link",
    );
    // What Terraform and CDK write of every integration.
    let written = integration.replace("aws_proxy,", "aws_proxy, connectionType: INTERNET, httpMethod: POST,");
    assert_eq!(problems(&document(&[HTTP], &[&written])), [""; 0]);
    let text = document(&[HTTP], &[&integration.replace("SQS-SendMessage", "SNS-Publish")]);
    assert!(problems(&text)[0].contains("`SNS-Publish` where one of `EventBridge-PutEvents`, `SQS-SendMessage`"));
    let text = document(&[HTTP], &[&integration.replace("DelaySeconds", "Anything")]);
    assert!(problems(&text)[0].contains("`Anything` is no parameter of `SQS-SendMessage`, which has `QueueUrl`"));
}

#[test]
fn private_integrations() {
    let at = "error: /paths/~1pets/get/x-amazon-apigateway-integration";
    const LISTENER: &str =
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/pets/50dc6c495c0c9188/f2f7dc8efc522ab2";
    let check = |fields: &str, expected: &[&str]| {
        let text = document(
            &[HTTP],
            &[&format!("x-amazon-apigateway-integration: {{{fields}, payloadFormatVersion: '1.0'}}")],
        );
        let expected: Vec<String> = expected.iter().map(|it| format!("{at}{it}")).collect();
        assert_eq!(problems(&text), expected, "{fields}");
    };
    let link = "connectionType: VPC_LINK, connectionId: abc123";
    check(
        &format!(
            "type: http_proxy, httpMethod: ANY, {link}, tlsConfig: {{serverNameToVerify: a.example}}, uri: '{LISTENER}'"
        ),
        &[],
    );
    let service = "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-id?stage=prod&deployment=green";
    check(&format!("type: http_proxy, httpMethod: GET, {link}, uri: '{service}'"), &[]);
    let expected = "/uri: for a VPC link, the `uri` is the ARN of a load balancer's listener or of a Cloud Map service";
    for uri in [
        "http://a.example",
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/pets/50dc6c495c0c9188",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
    ] {
        check(&format!("type: http_proxy, httpMethod: GET, {link}, uri: '{uri}'"), &[expected]);
    }
    check(
        &format!("type: http_proxy, httpMethod: GET, connectionType: VPC_LINK, uri: '{LISTENER}'"),
        &[": a `VPC_LINK` connection needs a `connectionId`"],
    );
    check(
        &format!("type: aws_proxy, {link}, uri: '{LISTENER}'"),
        &["/connectionType: a `VPC_LINK` connection is for `HTTP_PROXY` integrations only"],
    );
}

#[test]
fn what_guards_a_rest_api_is_an_error_and_what_is_ignored_a_warning() {
    let check = |root: &str, operation: &str, expected: &[&str]| {
        assert_eq!(problems(&document(&[HTTP, root], &[operation, PROXY])), expected, "{root} {operation}");
    };
    let ignored = |name: &str| format!("warning: /{name}: `{name}` means nothing in an HTTP API and is ignored");
    check("x-amazon-apigateway-gateway-responses: {}", "x-x: 1", &[&ignored("x-amazon-apigateway-gateway-responses")]);
    check(
        "x-amazon-apigateway-request-validators: {}",
        "x-x: 1",
        &[&ignored("x-amazon-apigateway-request-validators")],
    );
    check(
        "x-amazon-apigateway-policy: {}",
        "x-x: 1",
        &["error: /x-amazon-apigateway-policy: HTTP APIs have no resource policies: nothing would come of it"],
    );
    check(
        "x-x: 1",
        "x-amazon-apigateway-request-validator: all",
        &[
            "error: /paths/~1pets/get/x-amazon-apigateway-request-validator: HTTP APIs have no request validation: nothing would come of it",
        ],
    );
    check(
        "components: {securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}}}",
        "security: [{key: []}]",
        &["error: /paths/~1pets/get/security/0/key: HTTP APIs have no API keys: nothing would come of it"],
    );
    check(
        "x-amazon-apigateway-endpoint-configuration: {types: [PRIVATE]}",
        "x-x: 1",
        &[
            "warning: /x-amazon-apigateway-endpoint-configuration/types: `types` means nothing in an HTTP API and is ignored",
            "error: /x-amazon-apigateway-endpoint-configuration/types: HTTP APIs have no private endpoints: nothing would come of it",
        ],
    );
}

#[test]
fn cors_is_taken_as_it_is_written() {
    let cors = "x-amazon-apigateway-cors: {allowOrigins: ['https://a.example', 'http://*'], allowCredentials: true, exposeHeaders: [x-a], maxAge: 300, allowMethods: [GET, '*'], allowHeaders: [x-b]}";
    let expected = Cors {
        allow_origins: vec!["https://a.example".into(), "http://*".into()],
        allow_credentials: true,
        expose_headers: vec!["x-a".into()],
        max_age: Some(300),
        allow_methods: vec!["GET".into(), "*".into()],
        allow_headers: vec!["x-b".into()],
        place: Place::at("/x-amazon-apigateway-cors"),
    };
    assert_eq!(api(&document(&[cors], &[PROXY])).cors, Some(expected));
    let check = |from: &str, to: &str, expected: &str| {
        let text = document(&[&cors.replace(from, to)], &[PROXY]);
        assert_eq!(problems(&text), [format!("error: /x-amazon-apigateway-cors{expected}")], "{to}");
    };
    check("http://*", "*", "/allowCredentials: `allowCredentials` is not supported if `allowOrigins` has `*`");
    check(
        "https://a.example",
        "a.example",
        "/allowOrigins/0: `a.example` is no origin: write scheme and host, such as `https://example.com`",
    );
    check("300", "86401", "/maxAge: `86401` where a whole number from -1 to 86400 is expected");
    check("[GET", "[TRACE", "/allowMethods/0: `TRACE` is no method: use `*` or methods such as `GET`");
    check("x-b", "'x b'", "/allowHeaders/0: `x b` is no header's name");
    let text = document(&[&cors.replace("a.example", "*.a.example")], &[PROXY]);
    let unheard =
        "`https://*.a.example` is nobody's origin: of patterns there are `*`, `https://*` and `http://*` alone";
    assert_eq!(problems(&text), [format!("warning: /x-amazon-apigateway-cors/allowOrigins/0: {unheard}")]);
}

#[test]
fn a_proxy_has_one_payload_format() {
    let text = document(&["x-amazon-apigateway-cors: {}"], &[&PROXY.replace("'1.0'", "'2.0'")]);
    let found = problems(&text);
    assert!(
        matches!(found.as_slice(), [one] if one.starts_with("warning: ") && one.ends_with("one payload format, `1.0`")),
        "{found:?}"
    );
}
