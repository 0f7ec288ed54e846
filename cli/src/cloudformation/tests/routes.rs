//! HTTP APIs of single resources.

use super::*;

#[test]
fn what_would_guard_a_route_and_is_misspelt_is_refused() {
    for (name, of) in [
        ("AuthorizationType", "`Get`"),
        ("AuthorizationScopes", "`Get`"),
        ("EnableSimpleResponses", "`Fn`"),
        ("Audience", "the `JwtConfiguration` of `Jwt`"),
    ] {
        for wrong in [name.to_lowercase(), format!("{name}s")] {
            let told = found(&OF_ROUTES.replacen(&format!("{name}:"), &format!("{wrong}:"), 1), None);
            assert!(told.contains(&format!("`{wrong}` of {of} is not known")), "{told}");
        }
    }
    let told = found(&OF_ROUTES.replace("AuthorizationScopes: [s]", "AuthorizationScopes: null"), None);
    assert_eq!(told, "`AuthorizationScopes` of `Get` has no value");
    let told = found(&OF_ROUTES.replace("AuthorizationType: CUSTOM, ", ""), None);
    assert_eq!(told, "`Any` has an `AuthorizerId` and no `AuthorizationType`");
}

#[test]
fn an_http_api_of_single_resources_becomes_the_definition_that_its_export_would_be() {
    let made = found(OF_ROUTES, None);
    let made: serde_json::Value = serde_json::from_str(made.strip_prefix("H: ").unwrap_or(&made)).unwrap();
    let integration = serde_json::json!({"type": "HTTP_PROXY", "httpMethod": "ANY", "uri": "u", "payloadFormatVersion": "1.0",
        "requestParameters": {"append:header.x": "y"}, "responseParameters": {"200": {"remove:header.z": ""}}});
    let expected = serde_json::json!({
        "/a": {
            "get": {"security": [{"Jwt": ["s"]}], "x-amazon-apigateway-integration": integration},
            "x-amazon-apigateway-any-method": {"security": [{"Fn": []}], "x-amazon-apigateway-integration": integration},
            "put": {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}, "x-amazon-apigateway-integration": integration},
        },
        "/$default": {"x-amazon-apigateway-any-method":
            {"isDefaultRoute": true, "security": [], "x-amazon-apigateway-integration": integration}},
    });
    assert_eq!(made["paths"], expected);
    let schemes = &made["components"]["securitySchemes"];
    assert_eq!(
        schemes["Jwt"]["x-amazon-apigateway-authorizer"],
        serde_json::json!({"type": "jwt", "identitySource": "$request.header.A", "jwtConfiguration": {"audience": ["a"], "issuer": "i"}})
    );
    assert_eq!(
        schemes["Fn"]["x-amazon-apigateway-authorizer"],
        serde_json::json!({"type": "request", "authorizerUri": "f", "enableSimpleResponses": true,
            "identitySource": "$request.header.A, $context.stage"})
    );
    assert_eq!(made["info"]["title"], "orders");
}

#[test]
fn an_integration_with_an_aws_service_is_named_by_its_subtype() {
    let template = "\
Resources:
  H: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: orders, ProtocolType: HTTP}}
  Q: {Type: AWS::SQS::Queue}
  I:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref H
      IntegrationType: AWS_PROXY
      IntegrationSubtype: SQS-SendMessage
      ConnectionType: INTERNET
      CredentialsArn: r
      PayloadFormatVersion: '1.0'
      RequestParameters: {QueueUrl: u, MessageBody: $request.body}
  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: POST /a, Target: !Sub 'integrations/${I}'}}
";
    let made = found(template, None);
    let made: serde_json::Value = serde_json::from_str(made.strip_prefix("H: ").unwrap_or(&made)).unwrap();
    let expected = serde_json::json!({"type": "AWS_PROXY", "integrationSubtype": "SQS-SendMessage", "credentials": "r",
        "payloadFormatVersion": "1.0", "requestParameters": {"QueueUrl": "u", "MessageBody": "$request.body"}, "connectionType": "INTERNET"});
    assert_eq!(made["paths"]["/a"]["post"]["x-amazon-apigateway-integration"], expected);
}

#[test]
fn an_http_api_that_is_created_with_its_target_has_one_route() {
    let check = |properties: &str, expected: serde_json::Value| {
        let properties = format!("Name: q, ProtocolType: HTTP, {properties}");
        let template = format!("Resources:\n  Q: {{Type: AWS::ApiGatewayV2::Api, Properties: {{{properties}}}}}\n");
        let made = found(&template, None);
        let made: serde_json::Value = serde_json::from_str(made.strip_prefix("Q: ").unwrap_or(&made)).expect(&made);
        assert_eq!(made["paths"], expected, "{properties}");
    };
    let integration = |kind: &str, method: &str, version: &str, uri: &str| serde_json::json!({"type": kind, "httpMethod": method, "payloadFormatVersion": version, "uri": uri});
    check(
        "Target: 'https://a.example'",
        serde_json::json!({"/$default": {"x-amazon-apigateway-any-method":
            {"isDefaultRoute": true, "x-amazon-apigateway-integration": integration("HTTP_PROXY", "ANY", "1.0", "https://a.example")}}}),
    );
    check(
        "Target: 'arn:aws:lambda:x', RouteKey: GET /a, CredentialsArn: r",
        serde_json::json!({"/a": {"get": {"x-amazon-apigateway-integration": {"type": "AWS_PROXY", "httpMethod": "POST",
            "payloadFormatVersion": "2.0", "uri": "arn:aws:lambda:x", "credentials": "r"}}}}),
    );
    let wrong = "Resources:\n  Q: {Type: AWS::ApiGatewayV2::Api, Properties: {Target: x, RouteKey: GET}}\n";
    assert_eq!(found(wrong, None), "the `RouteKey` of `Q` is neither `$default` nor a method and a path");
}

#[test]
fn a_method_or_a_route_is_one_resource() {
    let methods = "
Resources:
  A: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  One: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref A, ResourceId: !GetAtt A.RootResourceId, HttpMethod: GET, AuthorizationType: AWS_IAM, Integration: {Type: MOCK}}}
  Two: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref A, ResourceId: !GetAtt A.RootResourceId, HttpMethod: GET, AuthorizationType: NONE, Integration: {Type: MOCK}}}
";
    assert_eq!(found(methods, Some("A")), "this is the same method of `/` as another resource");
    let routes = "
Resources:
  A: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: HTTP}}
  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref A, IntegrationType: HTTP_PROXY, IntegrationMethod: GET, IntegrationUri: 'https://a.example', PayloadFormatVersion: '1.0'}}
  One: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref A, RouteKey: GET /pets, AuthorizationType: AWS_IAM, Target: !Sub 'integrations/${I}'}}
  Two: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref A, RouteKey: GET /pets, Target: !Sub 'integrations/${I}'}}
";
    assert_eq!(found(routes, Some("A")), "this is the same method of `/pets` as another resource");
}

#[test]
fn a_function_that_is_asked_anew_each_time_needs_no_identity_source() {
    let of_nothing = OF_ROUTES.replace("IdentitySource: [$request.header.A, $context.stage]", "IdentitySource: []");
    let made = found(&of_nothing, None);
    assert!(made.contains(r#""identitySource":"""#), "{made}");
    let of_text = OF_ROUTES.replace("IdentitySource: [$request.header.A, $context.stage]", "IdentitySource: a");
    assert_eq!(found(&of_text, None), "the `IdentitySource` of `Fn` is no list of texts");
}

#[test]
fn routes_that_do_not_say_who_may_call_or_what_is_called_are_refused() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(OF_ROUTES.contains(from), "{from}");
        assert_eq!(found(&OF_ROUTES.replace(from, to), None), expected, "{to}");
    };
    let nobody = "the `AuthorizerId` of `Get` is no authorizer of this template";
    check("AuthorizerId: !Ref Jwt", "AuthorizerId: abc", nobody);
    check(", AuthorizerId: !Ref Jwt", "", nobody);
    check("AuthorizerId: !Ref Jwt", "AuthorizerId: !Ref I", nobody);
    let of = |kind: &str| format!("the `AuthorizationType` of `Get` is for no authorizer of type `{kind}`");
    check("AuthorizerId: !Ref Jwt", "AuthorizerId: !Ref Fn", &of("REQUEST"));
    let unread = |by: &str| format!("the `AuthorizationType` of `Get` is {by}, which reads no scopes");
    check("AuthorizationType: JWT", "AuthorizationType: CUSTOM", &format!("{}; {}", unread("CUSTOM"), of("JWT")));
    check("AuthorizationType: JWT", "AuthorizationType: AWS_IAM", &unread("AWS_IAM"));
    check("AuthorizationType: JWT, AuthorizerId: !Ref Jwt, ", "", &unread("NONE"));
    let methods = "GET, PUT, POST, DELETE, PATCH, OPTIONS, HEAD, ANY";
    check(
        "RouteKey: GET /a",
        "RouteKey: TRACE /a",
        &format!("the `RouteKey` of `Get` has `TRACE`, which is no method: use one of {methods}"),
    );
    let kinds = "`NONE`, `AWS_IAM`, `JWT` or `CUSTOM`";
    check("AuthorizationType: JWT", "AuthorizationType: jwt", &format!("`AuthorizationType` is jwt: {kinds}"));
    check(
        "AuthorizationType: JWT",
        "AuthorizationType: !Ref P",
        &format!("`AuthorizationType` is something else: {kinds}"),
    );
    check("AuthorizationType: NONE", "ApiKeyRequired: true", "`ApiKeyRequired` of `Rest`: HTTP APIs have no API keys");
    check(
        "AuthorizerType: JWT",
        "AuthorizerType: TOKEN",
        "the `AuthorizerType` of `Jwt` is neither `JWT` nor `REQUEST`",
    );
    check(
        "IdentitySource: [$request.header.A]",
        "IdentitySource: [!Ref P]",
        "the `IdentitySource` of `Jwt` is no list of texts",
    );
    let target = "the `Target` of `Get` is no `AWS::ApiGatewayV2::Integration` of this template";
    check("!Join [/, [integrations, !Ref I]]", "!Join [/, [integrations, !Ref Fn]]", target);
    check("!Join [/, [integrations, !Ref I]]", "integrations/abc", target);
    check("RouteKey: PUT /a", "RouteKey: PUT", "the `RouteKey` of `Iam` is neither `$default` nor a method and a path");
    let once = OF_ROUTES.replace("IntegrationUri: u", "IntegrationUrl: u");
    assert!(found(&once, None).starts_with("`IntegrationUrl` of the integration `I` is not known"));
    let once = OF_ROUTES.replace("Source: ''", "Value: ''");
    assert!(found(&once, None).starts_with("`200` has no list of `Destination` and `Source`"));
    assert_eq!(found(&OF_ROUTES.replace("!Ref H", "!Ref X"), None), "`H` has no definition and no routes");
}
