//! REST APIs of single resources.

use super::*;

/// As CDK's `RestApi` makes it.
const OF_RESOURCES: &str = "
Resources:
  A: {Type: AWS::ApiGateway::RestApi, Properties: {Name: orders, BinaryMediaTypes: [a/b]}}
  B: {Type: AWS::ApiGateway::RestApi, Properties: {Name: others}}
  Orders: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref A, ParentId: !GetAtt A.RootResourceId, PathPart: orders}}
  Order: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref A, ParentId: !Ref Orders, PathPart: '{id}'}}
  Auth: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref A, Name: n, Type: TOKEN, AuthorizerUri: u, IdentitySource: method.request.header.X}}
  Model: {Type: AWS::ApiGateway::Model, Properties: {RestApiId: !Ref A, ContentType: application/json, Schema: {type: object}}}
  Valid: {Type: AWS::ApiGateway::RequestValidator, Properties: {RestApiId: !Ref A, ValidateRequestBody: true}}
  Any:
    Type: AWS::ApiGateway::Method
    Properties:
      {RestApiId: !Ref A, ResourceId: !Ref Order, HttpMethod: ANY, AuthorizationType: AWS_IAM, Integration: {Type: MOCK, RequestTemplates: {a/b: '{}'}}}
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref A
      ResourceId: !Ref Order
      HttpMethod: POST
      AuthorizationType: CUSTOM
      AuthorizerId: !Ref Auth
      ApiKeyRequired: true
      RequestParameters: {method.request.path.id: true, method.request.querystring.q: false}
      RequestModels: {application/json: !Ref Model, text/plain: Empty}
      RequestValidatorId: !Ref Valid
      MethodResponses: [{StatusCode: '200', ResponseParameters: {method.response.header.H: true}}]
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: u
        CacheNamespace: !Ref Order
        IntegrationResponses: [{StatusCode: '200'}, {StatusCode: '400', SelectionPattern: '4.*', ResponseTemplates: {a/b: t}}]
  Root: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref A, ResourceId: !GetAtt A.RootResourceId, HttpMethod: GET, AuthorizationType: NONE}}
  Other: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref B, ResourceId: !Ref Order, HttpMethod: PUT}}
";

#[test]
fn an_api_of_single_resources_becomes_the_definition_that_its_export_would_be() {
    let made = found(OF_RESOURCES, Some("A"));
    let made: serde_json::Value = serde_json::from_str(made.strip_prefix("A: ").unwrap_or(&made)).unwrap();
    let paths = &made["paths"];
    assert_eq!(paths.as_object().unwrap().keys().collect::<Vec<_>>(), ["/", "/orders/{id}"]);
    let post = &paths["/orders/{id}"]["post"];
    assert_eq!(post["security"], serde_json::json!([{"Auth": []}, {"api_key": []}]));
    assert_eq!(post["parameters"][0]["required"], true);
    assert_eq!(
        post["parameters"][1],
        serde_json::json!({"name": "q", "in": "query", "required": false, "schema": {"type": "string"}})
    );
    assert_eq!(
        post["requestBody"],
        serde_json::json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Model"}},
            "text/plain": {"schema": {"$ref": "#/components/schemas/Empty"}}}})
    );
    assert_eq!(post["x-amazon-apigateway-request-validator"], "Valid");
    assert_eq!(post["responses"]["200"]["headers"]["H"]["schema"]["type"], "string");
    assert_eq!(
        post["x-amazon-apigateway-integration"],
        serde_json::json!({"type": "AWS_PROXY", "httpMethod": "POST", "uri": "u",
            "responses": {"default": {"statusCode": "200"}, "4.*": {"statusCode": "400", "responseTemplates": {"a/b": "t"}}}})
    );
    let any = &paths["/orders/{id}"]["x-amazon-apigateway-any-method"];
    assert_eq!(any["security"], serde_json::json!([{"AWS_IAM": []}]));
    assert_eq!(paths["/"]["get"]["security"], serde_json::json!([]));
    let scheme = &made["components"]["securitySchemes"]["Auth"]["x-amazon-apigateway-authorizer"];
    assert_eq!(
        *scheme,
        serde_json::json!({"type": "TOKEN", "authorizerUri": "u", "identitySource": "method.request.header.X"})
    );
    assert_eq!(made["info"]["title"], "orders");
}

#[test]
fn a_body_has_a_model_of_the_template_or_one_that_every_api_has() {
    let with = |model: &str| found(&OF_RESOURCES.replace("text/plain: Empty", model), Some("A"));
    let schema = |name: &str| format!(r##""text/plain":{{"schema":{{"$ref":"#/components/schemas/{name}"}}}}"##);
    for (model, name) in [("Empty", "Empty"), ("Error", "Error"), ("!Sub '${Model}'", "Model"), ("Model", "Model")] {
        assert!(with(&format!("text/plain: {model}")).contains(&schema(name)), "{model}");
    }
    assert!(with("text/plain: Empty").contains(r#""Empty":{"title":"Empty Schema","type":"object"}"#));
    let nothing = "`Post` refers to no `AWS::ApiGateway::Model` of this template";
    for model in ["Order", "!Ref Valid", "!Sub '${Model}s'"] {
        assert_eq!(with(&format!("text/plain: {model}")), nothing, "{model}");
    }
}

#[test]
fn a_gateway_response_that_is_not_understood_is_refused_of_single_resources_too() {
    let response =
        "  R: {Type: AWS::ApiGateway::GatewayResponse, Properties: {RestApiId: !Ref A, ResponseType: !Ref P}}\n";
    let refused = "`R` changes the API outside of its definition";
    assert_eq!(found(&format!("{OF_RESOURCES}{response}"), Some("A")), refused);
    assert!(found(&format!("{OF_RESOURCES}{}", response.replace("!Ref P", "THROTTLED")), Some("A")).starts_with("A: "));
}

#[test]
fn selection_patterns_are_written_as_numbers_too() {
    let with = |pattern: &str| found(&OF_RESOURCES.replace("SelectionPattern: '4.*'", pattern), Some("A"));
    for (pattern, key) in [("SelectionPattern: 400", "400"), ("SelectionPattern: '4.*'", "4.*")] {
        assert!(with(pattern).contains(&format!(r#""{key}":{{"statusCode":"400""#)), "{pattern}");
    }
    assert_eq!(with("SelectionPattern: ''"), "two integration responses of `Post` are for `default`");
    assert_eq!(with("SelectionPattern: !Ref P"), "a map where the `SelectionPattern` of `Post` is expected");
}

#[test]
fn who_has_two_integration_responses_for_one_pattern_is_told_how_to_tell_them_apart() {
    let template = OF_RESOURCES.replace(", SelectionPattern: '4.*'", "");
    let Err(findings) = find(&parse(&template), Some("A")) else { panic!("taken") };
    let help = findings.first().and_then(|it| it.help.as_deref()).unwrap_or_default();
    assert!(help.starts_with("say which answers each is for, with a `SelectionPattern` of its own"), "{help}");
}

#[test]
fn resources_that_do_not_say_who_may_call_are_refused() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(OF_RESOURCES.contains(from), "{from}");
        assert_eq!(found(&OF_RESOURCES.replace(from, to), Some("A")), expected, "{to}");
    };
    check(
        "AuthorizerId: !Ref Auth",
        "AuthorizerId: abc",
        "`Post` refers to no `AWS::ApiGateway::Authorizer` of this template",
    );
    check(
        "\n      AuthorizerId: !Ref Auth\n",
        "\n",
        "`Post` refers to no `AWS::ApiGateway::Authorizer` of this template",
    );
    check(
        "AuthorizerId: !Ref Auth",
        "AuthorizerId: !Ref Model",
        "`Post` refers to no `AWS::ApiGateway::Authorizer` of this template",
    );
    check(
        ", IdentitySource: method.request.header.X",
        "",
        "`Auth` is a `TOKEN` authorizer and has no `IdentitySource`",
    );
    check(
        "HttpMethod: POST\n      AuthorizationType",
        "HttpMethod: FOO\n      AuthorizationType",
        "the `HttpMethod` of `Post` is `FOO`: use one of GET, PUT, POST, DELETE, PATCH, OPTIONS, HEAD, ANY",
    );
    let kinds = "`NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`";
    check(
        "AuthorizationType: CUSTOM",
        "AuthorizationType: !Ref P",
        &format!("`AuthorizationType` is something else: {kinds}"),
    );
    check(
        "AuthorizationType: CUSTOM",
        "AuthorizationType: COGNITO_USER_POOLS",
        "the `AuthorizationType` of `Post` is for no authorizer of type `TOKEN`",
    );
    check(
        "AuthorizationType: CUSTOM",
        "AuthorizationType: NONE\n      AuthorizationScopes: [a]",
        "the `AuthorizationType` of `Post` is NONE, which reads no scopes",
    );
    check("AuthorizationType: CUSTOM", "AuthorizationType: JWT", &format!("`AuthorizationType` is JWT: {kinds}"));
    check("ApiKeyRequired: true", "ApiKeyRequired: !Ref P", "`ApiKeyRequired` is neither `true` nor `false`");
    check(
        "RequestValidatorId: !Ref Valid",
        "RequestValidatorId: x",
        "`Post` refers to no `AWS::ApiGateway::RequestValidator` of this template",
    );
    check(
        "ParentId: !Ref Orders",
        "ParentId: !Ref Order",
        "the `ResourceId` of `Any` is no resource of this template; the `ResourceId` of `Post` is no resource of this template",
    );
    check("        Uri: u", "        Url: u", "`Url` of the integration of `Post` is not known");
    check(", SelectionPattern: '4.*'", "", "two integration responses of `Post` are for `default`");
}

#[test]
fn what_would_guard_a_method_and_is_misspelt_is_refused() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(OF_RESOURCES.contains(from), "{from}");
        assert_eq!(found(&OF_RESOURCES.replacen(from, to, 1), Some("A")), expected, "{to}");
    };
    for (name, of) in [
        ("AuthorizationType", "Any"),
        ("ApiKeyRequired", "Post"),
        ("RequestValidatorId", "Post"),
        ("RequestParameters", "Post"),
        ("RequestModels", "Post"),
        ("IdentitySource", "Auth"),
        ("ValidateRequestBody", "Valid"),
        ("PathPart", "Orders"),
    ] {
        for wrong in [name.to_lowercase(), format!("{name}s"), format!("{name}\u{200b}")] {
            let told = found(&OF_RESOURCES.replacen(&format!("{name}:"), &format!("{wrong}:"), 1), Some("A"));
            assert!(told.starts_with(&format!("`{wrong}` of `{of}` is not known")), "{told}");
        }
    }
    check(
        "AuthorizationType: NONE",
        "AuthorizationType: null",
        "`AuthorizationType` of `Root` has no value; `AuthorizationType` is something else: `NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`",
    );
    check("ValidateRequestBody: true", "ValidateRequestBody: null", "`ValidateRequestBody` of `Valid` has no value");
    let missing = "`Post` has an `AuthorizerId` and no `AuthorizationType`";
    check("\n      AuthorizationType: CUSTOM\n", "\n", missing);
    let parameter = |name: &str| {
        format!(
            "`{name}` of `Post` is no parameter: `method.request.{{header|querystring|path}}.NAME`, `true` or `false`"
        )
    };
    check(
        "method.request.querystring.q: false",
        "method.request.header.q: null",
        &parameter("method.request.header.q"),
    );
    check("method.request.querystring.q", "method.request.query.q", &parameter("method.request.query.q"));
    check("method.request.querystring.q", "request.header.q", &parameter("request.header.q"));
    let parameters = "{method.request.path.id: true, method.request.querystring.q: false}";
    check(parameters, "[a]", "a list where the `RequestParameters` of `Post` are expected");
    check(
        "{application/json: !Ref Model, text/plain: Empty}",
        "a",
        "a string where the `RequestModels` of `Post` are expected",
    );
    let of_resource = |text: &str| format!("`{text}` of `Root` is no attribute of a resource");
    check(
        "Root: {Type: AWS::ApiGateway::Method, Properties:",
        "Root: {Type: AWS::ApiGateway::Method, properties:",
        &of_resource("properties"),
    );
    let api = "A: {Type: AWS::ApiGateway::RestApi, Properties: {Name: orders,";
    check(api, &api.replace("Name: orders", "Policy: null"), "`Policy` has no value");
    for (endpoint, wrong) in [
        ("{types: [PRIVATE]}", "`types` of `EndpointConfiguration` is not known"),
        ("{Types: null}", "`Types` of `EndpointConfiguration` has no value"),
    ] {
        check(api, &api.replace("Name: orders", &format!("EndpointConfiguration: {endpoint}")), wrong);
    }
    let without = "Resources:\n  A: {Type: AWS::ApiGateway::RestApi, Properties: [Policy]}\n";
    assert_eq!(found(without, None), "a list where the `Properties` of `A` are expected");
}

/// One that is left out could leave its requests to a method that guards nothing.
#[test]
fn a_method_is_of_an_api_however_that_is_said_and_told_where_nothing_says_it() {
    let paths = |api: &str| {
        let told = found(
            &OF_RESOURCES.replace(
                "RestApiId: !Ref A, ResourceId: !Ref Order",
                &format!("RestApiId: {api}, ResourceId: !Ref Order"),
            ),
            Some("A"),
        );
        (
            told.contains(r#""x-amazon-apigateway-any-method":"#),
            told.split_once("; ").map(|(_, warnings)| warnings.to_owned()),
        )
    };
    for api in ["!Ref A", "!Sub '${A}'", "!GetAtt A.RestApiId"] {
        assert_eq!(paths(api), (true, None), "{api}");
    }
    assert_eq!(paths("!Ref B"), (false, None));
    let unknown = Some("which API `Any` is of is not known: it is left out".to_owned());
    for api in ["!Ref P", "abc123", "!Join ['', [!Ref A]]"] {
        assert_eq!(paths(api), (false, unknown.clone()), "{api}");
    }
}
