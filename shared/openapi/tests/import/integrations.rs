//! `x-amazon-apigateway-integration`.

use gatehouse_api::{
    ConnectionType, ContentHandling, Integration, IntegrationType, PassthroughBehavior, ResponseTransferMode,
};

use crate::support::{document, method, problems};

fn integration(fields: &str) -> Integration {
    let integration = format!("x-amazon-apigateway-integration: {{{fields}}}");
    method(&[], &[&integration]).integration.unwrap()
}

/// Problems of an integration, their places relative to it.
fn check(fields: &str, expected: &[&str]) {
    let integration = format!("x-amazon-apigateway-integration: {{{fields}}}");
    let responses = "responses: {200: {headers: {A: {}}}}";
    let found: Vec<_> = problems(&document(&[], &[&integration, responses]))
        .iter()
        .map(|problem| problem.replace("/paths/~1pets/get/x-amazon-apigateway-integration", "."))
        .collect();
    assert_eq!(found, expected, "{fields}");
}

#[test]
fn every_field_is_imported() {
    let found = integration(
        "type: HTTP, httpMethod: post, uri: 'http://a.example/{id}', connectionType: vpc_link, connectionId: '${stageVariables.link}',
        credentials: 'arn:aws:iam::*:user/*', requestParameters: {integration.request.path.id: method.request.header.Id},
        requestTemplates: {application/json: '{}', text/xml: <a/>}, passthroughBehavior: when_no_templates,
        contentHandling: convert_to_text, timeoutInMillis: '5000', cacheKeyParameters: [method.request.header.Id],
        cacheNamespace: abc, tlsConfig: {insecureSkipVerification: true}, responseTransferMode: buffered, payloadFormatVersion: 1.0,
        responses: {'2\\d{2}': {statusCode: 200}}",
    );
    assert_eq!(found.kind, IntegrationType::Http);
    assert_eq!(found.http_method.as_deref(), Some("POST"));
    assert_eq!(found.uri.as_deref(), Some("http://a.example/{id}"));
    assert_eq!(found.connection_type, ConnectionType::VpcLink);
    assert_eq!(found.connection_id.as_deref(), Some("${stageVariables.link}"));
    assert_eq!(found.credentials.as_deref(), Some("arn:aws:iam::*:user/*"));
    assert_eq!(found.request_parameters[0].target, "integration.request.path.id");
    assert_eq!(found.request_parameters[0].source, "method.request.header.Id");
    assert!(found.request_parameters[0].place.as_str().ends_with("/requestParameters/integration.request.path.id"));
    assert_eq!(found.request_templates[1], ("text/xml".to_owned(), "<a/>".to_owned()));
    assert_eq!(found.passthrough_behavior, PassthroughBehavior::WhenNoTemplates);
    assert_eq!(found.content_handling, Some(ContentHandling::ConvertToText));
    assert_eq!(found.timeout_in_millis, Some(5000));
    assert_eq!(found.cache_key_parameters, ["method.request.header.Id"]);
    assert_eq!(found.cache_namespace.as_deref(), Some("abc"));
    assert!(found.tls_config.unwrap().insecure_skip_verification);
    assert_eq!(found.response_transfer_mode, ResponseTransferMode::Buffered);
    assert_eq!(found.responses[0].selection_pattern.as_deref(), Some("2\\d{2}"));
}

#[test]
fn names_are_taken_in_any_case() {
    for (name, kind) in [
        ("HTTP_PROXY", IntegrationType::HttpProxy),
        ("http_proxy", IntegrationType::HttpProxy),
        ("Http", IntegrationType::Http),
        ("mock", IntegrationType::Mock),
    ] {
        let found = integration(&format!("type: {name}, httpMethod: any, uri: 'https://a.example'"));
        assert_eq!((found.kind, found.http_method.as_deref()), (kind, Some("ANY")), "{name}");
    }
    for name in ["when_no_match", "WHEN_NO_MATCH", "When_No_Match"] {
        let found = integration(&format!("type: mock, passthroughBehavior: {name}, responses: {{}}"));
        assert_eq!(found.passthrough_behavior, PassthroughBehavior::WhenNoMatch, "{name}");
    }
}

#[test]
fn responses_are_selected_by_patterns_numbers_or_nothing() {
    let found = integration(
        "type: mock, responses: {default: {statusCode: 200}, 404: {statusCode: '404'}, '4\\d{2}': {statusCode: 400}, '.*Error.*': {statusCode: 500}}",
    );
    let responses: Vec<_> =
        found.responses.iter().map(|it| (it.selection_pattern.as_deref(), it.status_code)).collect();
    assert_eq!(responses, [(None, 200), (Some("404"), 404), (Some("4\\d{2}"), 400), (Some(".*Error.*"), 500)]);
    assert_eq!(integration("type: mock, responses: {'': {statusCode: 200}}").responses[0].selection_pattern, None);

    check("type: mock", &["warning: .: the integration has no responses: API Gateway answers 500 to every request"]);
    check(
        "type: mock, responses: {default: {statusCode: 200}, '': {statusCode: 200}}",
        &["error: ./responses/: there is another default response"],
    );
    check(
        "type: mock, responses: {default: {}}",
        &["error: ./responses/default: the response has no `statusCode` to answer with"],
    );
    check(
        "type: mock, responses: {default: }",
        &[
            "error: ./responses/default: null where a map is expected",
            "error: ./responses/default: the response has no `statusCode` to answer with",
        ],
    );
    check(
        "type: mock, responses: {default: {statusCode: 99}}",
        &["error: ./responses/default/statusCode: `99` where a whole number from 100 to 599 is expected"],
    );
    check(
        "type: mock, responses: {default: {statusCode: OK}}",
        &["error: ./responses/default/statusCode: `OK` where a whole number from 100 to 599 is expected"],
    );
    check("type: mock, responses: [200]", &["error: ./responses: a list where a map is expected"]);
}

#[test]
fn an_integration_says_what_and_where_it_is() {
    const RESPONSES: &str = "responses: {default: {statusCode: 200}}";
    let check = |fields: &str, expected: &[&str]| check(&format!("{fields}{RESPONSES}"), expected);
    check(
        "",
        &["error: .: the integration has no `type`: use one of `MOCK`, `HTTP`, `HTTP_PROXY`, `AWS`, `AWS_PROXY`"],
    );
    check(
        "timeoutInMillis: soon, ",
        &[
            "error: .: the integration has no `type`: use one of `MOCK`, `HTTP`, `HTTP_PROXY`, `AWS`, `AWS_PROXY`",
            "error: ./timeoutInMillis: `soon` where a whole number from 50 to 300000 is expected",
        ],
    );
    check(
        "type: htp, ",
        &["error: ./type: `htp` where one of `MOCK`, `HTTP`, `HTTP_PROXY`, `AWS`, `AWS_PROXY` is expected"],
    );
    check(
        "type: http, ",
        &[
            "error: .: a `HTTP` integration needs an `httpMethod` to call the backend with",
            "error: .: a `HTTP` integration needs a `uri`",
        ],
    );
    check(
        "type: http, httpMethod: FETCH, uri: 'a.example', ",
        &[
            "error: ./httpMethod: `FETCH` where one of `DELETE`, `GET`, `HEAD`, `OPTIONS`, `PATCH`, `POST`, `PUT`, `ANY` is expected",
            "error: ./uri: `a.example` where an `http://` or `https://` URI is expected",
        ],
    );
    check(
        "type: aws_proxy, httpMethod: POST, uri: 'https://a.example', ",
        &["error: ./uri: `https://a.example` where an ARN is expected"],
    );
    check(
        "type: mock, timeoutInMillis: 20, ",
        &["error: ./timeoutInMillis: `20` where a whole number from 50 to 300000 is expected"],
    );
    check(
        "type: http_proxy, httpMethod: GET, uri: 'http://a', connectionType: VPC_LINK, ",
        &["error: .: a `VPC_LINK` connection needs a `connectionId`"],
    );
    check(
        "type: http_proxy, httpMethod: GET, uri: 'http://a', integrationTarget: 'arn:aws:x', ",
        &[
            "error: ./integrationTarget: an `integrationTarget` is behind a VPC link, and the `connectionType` is not `VPC_LINK`",
        ],
    );
    check(
        "type: mock, responseTransferMode: STREAM, ",
        &["error: ./responseTransferMode: `STREAM` is for `HTTP_PROXY` and `AWS_PROXY` integrations only"],
    );
    check(
        "type: mock, requestTemplates: {application/json: {statusCode: 200}}, ",
        &["error: ./requestTemplates/application~1json: a map where a text is expected"],
    );
}

#[test]
fn a_field_that_is_not_known_is_reported() {
    const OK: &str = "type: mock, responses: {default: {statusCode: 200}}";
    check(
        &format!("{OK}, requestTemplate: {{}}"),
        &["error: ./requestTemplate: `requestTemplate` is not known: did you mean `requestTemplates`?"],
    );
    check(
        &format!("{OK}, description: Hello"),
        &["warning: ./description: `description` is not known here and is ignored"],
    );
    check(&format!("{OK}, x-note: Hello"), &[]);
}

/// As recorded of `PutRestApi`.
#[test]
fn a_mapping_that_is_no_text_is_left_out() {
    let parameters = "{integration.request.header.A: true, integration.request.header.B: \"'True'\"}";
    let fields = format!("type: mock, responses: {{default: {{statusCode: 200}}}}, requestParameters: {parameters}");
    check(
        &fields,
        &[
            "warning: ./requestParameters/integration.request.header.A: a text is expected: API Gateway would not import this mapping",
        ],
    );
    let found = integration(&fields).request_parameters;
    assert_eq!(found.iter().map(|it| it.target.as_str()).collect::<Vec<_>>(), ["integration.request.header.B"]);
}

#[test]
fn what_is_mapped_without_being_declared_is_reported() {
    check(
        "type: mock, requestParameters: {integration.request.header.A: method.request.querystring.a}, responses: {default: {statusCode: 200, responseParameters: {method.response.header.a: \"'x'\", method.response.header.B: \"'y'\"}}, 4.*: {statusCode: 400}}",
        &[
            "warning: ./requestParameters/integration.request.header.A: the method has no parameter for `method.request.querystring.a`: API Gateway would not import it",
            "warning: ./responses/default/responseParameters/method.response.header.B: response `200` of the method has no `method.response.header.B`: API Gateway would not import it",
            "warning: ./responses/4.*: the method has no response `400`: API Gateway would not import it",
        ],
    );
    let item = "'/a/{id}': {get: {x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: 'http://a.example/{i}', requestParameters: {integration.request.path.i: method.request.path.id}, responses: {default: {statusCode: 200}}}, responses: {200: {}}}}";
    assert_eq!(problems(&format!("openapi: 3.0.1\ninfo: {{title: a, version: 1}}\npaths: {{{item}}}")), [""; 0]);
}
