//! What clients see when the gateway answers itself.

use gatehouse_api::Place;
use gatehouse_http::Body;

use super::*;
use ResponseType as T;

fn define(
    response_type: T,
    status_code: Option<u16>,
    parameters: &[(&str, &str)],
    templates: &[(&str, &str)],
) -> GatewayResponse {
    let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    GatewayResponse {
        response_type,
        status_code,
        response_parameters: owned(parameters),
        response_templates: owned(templates),
        place: Place::root(),
    }
}

fn answer(defined: &[GatewayResponse], rejection: &Rejection, accept: &str) -> Answer {
    let request = Request {
        headers: Headers::from_pairs([(":path", "/pets/7?q=1"), ("accept", accept), ("origin", "https://a.example")]),
        body: Body::Empty,
    };
    let client = Client {
        request: &request,
        path_parameters: PathParameters(&[("petId", b"7")]),
        stage_variables: &StageVariables::new(),
    };
    let mut context = Context { request_id: Some("id".into()), stage: Some("dev".into()), ..Context::default() };
    GatewayResponses::compile(defined).unwrap().answer(rejection, &client, &mut context)
}

fn check(defined: &[GatewayResponse], rejection: &Rejection, status: u16, error_type: &str, body: &str) {
    let answer = answer(defined, rejection, "*/*");
    let what = format!("{rejection:?}");
    assert_eq!(answer.status, status, "{what}");
    assert_eq!(answer.headers.text("x-amzn-errortype"), Some(error_type), "{what}");
    assert_eq!(String::from_utf8_lossy(&answer.body), body, "{what}");
    assert_eq!(answer.headers.text("x-amzn-requestid"), Some("id"), "{what}");
}

#[test]
fn the_built_in_bodies_are_spelled_as_on_the_wire() {
    let plain =
        |response_type, status, error_type, body| check(&[], &Rejection::new(response_type), status, error_type, body);
    plain(
        T::MissingAuthenticationToken,
        403,
        "MissingAuthenticationTokenException",
        r#"{"message":"Missing Authentication Token"}"#,
    );
    plain(T::InvalidApiKey, 403, "ForbiddenException", r#"{"message":"Forbidden"}"#);
    plain(T::Throttled, 429, "TooManyRequestsException", r#"{"message":"Too Many Requests"}"#);
    plain(T::QuotaExceeded, 429, "LimitExceededException", r#"{"message":"Limit Exceeded"}"#);
    plain(T::Unauthorized, 401, "UnauthorizedException", r#"{"message":"Unauthorized"}"#);
    plain(T::ApiConfigurationError, 500, "InternalServerErrorException", r#"{"message": "Internal server error"}"#);
    plain(T::IntegrationTimeout, 504, "InternalServerErrorException", r#"{"message": "Endpoint request timed out"}"#);
    plain(T::BadRequestBody, 400, "BadRequestException", r#"{"message": "Invalid request body"}"#);
    plain(T::UnsupportedMediaType, 415, "BadRequestException", r#"{"message": "Unsupported Media Type"}"#);
    plain(T::AuthorizerConfigurationError, 500, "AuthorizerConfigurationException", r#"{"message":null}"#);
    plain(
        T::AccessDenied,
        403,
        "AccessDeniedException",
        r#"{"Message":"User is not authorized to access this resource"}"#,
    );
    plain(T::RequestTooLarge, 413, "RequestTooLargeException", r#"{"message":"Request Too Long"}"#);
}

#[test]
fn a_case_may_have_its_own_text_status_and_error_type() {
    let rejection = Rejection::new(T::IntegrationFailure).message("Network \"error\"").status(502).error_type("Other");
    check(&[], &rejection, 502, "Other", r#"{"message": "Network \"error\""}"#);
}

#[test]
fn an_entry_falls_back_to_the_built_in_values_and_not_to_the_default() {
    // Recorded: AUTHORIZER_FAILURE defined with a header only kept 500 and the built-in template beside DEFAULT_5XX.
    let defined = [
        define(T::Default5xx, Some(599), &[], &[("application/json", "default")]),
        define(T::AuthorizerFailure, None, &[("gatewayresponse.header.X-A", "'1'")], &[]),
    ];
    check(
        &defined,
        &Rejection::new(T::AuthorizerFailure),
        500,
        "AuthorizerFailureException",
        r#"{"message":"Internal server error"}"#,
    );
    check(&defined, &Rejection::new(T::IntegrationTimeout), 599, "InternalServerErrorException", "default");
    check(
        &defined,
        &Rejection::new(T::Throttled),
        429,
        "TooManyRequestsException",
        r#"{"message":"Too Many Requests"}"#,
    );
    assert_eq!(answer(&defined, &Rejection::new(T::AuthorizerFailure), "").headers.text("x-a"), Some("1"));
}

#[test]
fn a_default_gives_status_headers_and_templates_to_its_whole_class() {
    let defined = [define(T::Default4xx, None, &[("gatewayresponse.header.Access-Control-Allow-Origin", "'*'")], &[])];
    for response_type in [T::MissingAuthenticationToken, T::Unauthorized, T::Throttled] {
        let answer = answer(&defined, &Rejection::new(response_type), "");
        assert_eq!(answer.headers.text("access-control-allow-origin"), Some("*"));
        assert_eq!(Some(answer.status), response_type.default_status_code());
    }
    assert!(!answer(&defined, &Rejection::new(T::IntegrationTimeout), "").headers.has("access-control-allow-origin"));
}

#[test]
fn the_example_of_the_documentation() {
    let template =
        r#"{"message":$context.error.messageString,"type":"$context.error.responseType","stage":"$context.stage"}"#;
    let parameters = [
        ("gatewayresponse.header.x-request-path", "method.request.path.petId"),
        ("gatewayresponse.header.Access-Control-Allow-Origin", "method.request.header.Origin"),
        ("gatewayresponse.header.x-absent", "method.request.querystring.none"),
    ];
    let defined = [define(T::MissingAuthenticationToken, Some(404), &parameters, &[("application/json", template)])];
    let answer = answer(&defined, &Rejection::new(T::MissingAuthenticationToken), "");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.headers.text("x-request-path"), Some("7"));
    assert_eq!(answer.headers.text("access-control-allow-origin"), Some("https://a.example"));
    assert!(!answer.headers.has("x-absent"));
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(
        body,
        r#"{"message":"Missing Authentication Token","type":"MISSING_AUTHENTICATION_TOKEN","stage":"dev"}"#
    );
}

// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-gateway-responses-in-swagger.html>
#[test]
fn an_input_parameter_is_looked_for_in_the_path_the_query_string_and_the_headers() {
    let check = |expression: &str, expected: Option<&str>| {
        let defined = define(T::Unauthorized, None, &[("gatewayresponse.header.x-found", expression)], &[]);
        let answer = answer(&[defined], &Rejection::new(T::Unauthorized), "text/html");
        assert_eq!(answer.headers.text("x-found"), expected, "{expression}");
    };
    check("method.input.params.petId", Some("7"));
    check("method.input.params.q", Some("1"));
    check("method.input.params.Accept", Some("text/html"));
    check("method.input.params.none", None);
}

#[test]
fn the_accepted_content_type_chooses_the_template() {
    let templates = [("application/xml", "<x/>"), ("application/json", "{}")];
    let defined = [define(T::Throttled, None, &[], &templates)];
    let check = |accept: &str, content_type: &str| {
        let answer = answer(&defined, &Rejection::new(T::Throttled), accept);
        assert_eq!(answer.headers.text("content-type"), Some(content_type), "{accept}");
    };
    check("", "application/json");
    check("*/*", "application/json");
    check("application/xml", "application/xml");
    check("text/html, application/xml;q=0.9", "application/xml");
    check("text/html", "application/json");
}

#[test]
fn what_cannot_be_used_is_named_with_its_place() {
    let check = |target: &str, expression: &str, message: &str| {
        let problems =
            GatewayResponses::compile(&[define(T::Throttled, None, &[(target, expression)], &[])]).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].to_string().contains(message), "{}", problems[0]);
    };
    check("gatewayresponse.body.x", "'1'", "use `gatewayresponse.header.NAME`");
    check("gatewayresponse.header.a b", "'1'", "is no header name");
    check("gatewayresponse.header.Content-Length", "'1'", "cannot set header");
    check("gatewayresponse.header.x", "1", "is no mapping expression");
    check("gatewayresponse.header.x", "method.input.params.", "is no mapping expression");
    check("gatewayresponse.header.x", "method.request.body.a", "reads a body, which cannot be read here");
}

#[test]
fn a_header_that_would_break_out_of_its_line_is_left_out() {
    let defined = [define(T::Throttled, None, &[("gatewayresponse.header.x-a", "'a\r\nb: c'")], &[])];
    assert!(!answer(&defined, &Rejection::new(T::Throttled), "").headers.has("x-a"));
}
