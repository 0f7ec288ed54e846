use std::path::Path;

use gatehouse_api::deployment::Deployment;

use super::*;
use crate::source::{Files, Tree};

const TEMPLATE: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Host: {Type: String}
  Subnets: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Secret: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /path}
Mappings:
  Hosts: {dev: {name: d.example}, prod: {name: p.example}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsNotProd: !Not [!Condition IsProd]
  Either: !Or [!Condition IsProd, !Condition IsNotProd]
  Loop: !Not [!Condition Loop]
Resources:
  Api: {Type: AWS::Serverless::Api}
  Function: {Type: AWS::Serverless::Function}
  Named: {Type: AWS::Lambda::Function, Properties: {FunctionName: orders}}
  NamedLive: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Named, Name: live}}
  FunctionLive: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Function, Name: live}}
";

fn parse(text: &str) -> Tree {
    Files::default().parse(Path::new("t.yaml"), format!("---\n{text}")).unwrap()
}

/// The document resolved, as JSON; or the findings, each with its help.
fn resolved(text: &str, given: &str) -> String {
    let deployment = "accountId: '012345678901'\nregion: eu-west-1\napis: [{apiId: a1, stages: [{stageName: s}]}]";
    let deployment = Deployment::read(&parse(deployment).node()).unwrap();
    let (template, given) = (parse(TEMPLATE), parse(given));
    let environment = Environment {
        given: Some(&given),
        template: Some(&template),
        api: Some(("Api", "a1")),
        deployment: &deployment,
    };
    match resolve(&parse(text), environment) {
        Ok(tree) => serde_json::to_string(&tree.node()).unwrap(),
        Err(findings) => {
            let shown = findings.iter().map(|it| format!("{} ({})", it.message, it.help.as_deref().unwrap_or("-")));
            shown.collect::<Vec<_>>().join("; ")
        }
    }
}

fn check(text: &str, expected: &str) {
    let given = "{Host: h.example, Function: fn, Function.Arn: 'arn:aws:lambda:x', N: 5, Given: true}";
    assert_eq!(resolved(text, given), expected, "{text}");
}

#[test]
fn functions_are_replaced_by_their_values() {
    check("a: !Ref Env", r#"{"a":"dev"}"#);
    check("a: {Ref: AWS::Region}", r#"{"a":"eu-west-1"}"#);
    check("[!Ref Api, !Ref N, !Ref Subnets]", r#"["a1",5,["a","b","c"]]"#);
    check("!GetAtt Function.Arn", r#""arn:aws:lambda:x""#);
    check(
        "!Sub 'arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/${Function.Arn}/${stageVariables.f}${!x}'",
        r#""arn:aws:apigateway:eu-west-1:lambda:path/arn:aws:lambda:x/${stageVariables.f}${x}""#,
    );
    check("!Sub ['${A}-${Env}-${AWS::AccountId}', {A: !Ref Env}]", r#""dev-dev-012345678901""#);
    check("!Join ['/', [a, !Ref Env, 3]]", r#""a/dev/3""#);
    check("!Select [1, !Split ['.', !Ref Host]]", r#""example""#);
    check("!FindInMap [Hosts, !Ref Env, name]", r#""d.example""#);
    check("Fn::FindInMap: [Hosts, test, name, {DefaultValue: x}]", r#""x""#);
    check("Fn::ToJsonString: {a: !Ref Env}", r#""{\"a\":\"dev\"}""#);
}

#[test]
fn functions_that_the_template_names_are_known() {
    check("!Ref Named", r#""orders""#);
    check("!GetAtt Named.Arn", r#""arn:aws:lambda:eu-west-1:012345678901:function:orders""#);
    check("!Ref NamedLive", r#""arn:aws:lambda:eu-west-1:012345678901:function:orders:live""#);
    check("!Ref FunctionLive", r#""arn:aws:lambda:x:live""#);
    assert_eq!(
        resolved("!Ref FunctionLive", "{}"),
        "what the template's resource `FunctionLive` will be is not known (give it in the deployment document: `parameters: { FunctionLive: … }`)"
    );
}

#[test]
fn a_title_that_nothing_says_is_no_fault_and_anything_else_is() {
    let title = "{title: !Ref AWS::StackName, version: 1.0}";
    check(&format!("info: {title}"), r#"{"info":{"title":"Api","version":"1.0"}}"#);
    check("info: {title: !Ref Env}", r#"{"info":{"title":"dev"}}"#);
    let unknown =
        "`AWS::StackName` has no value (give it in the deployment document: `parameters: { 'AWS::StackName': … }`)";
    check(&format!("paths: {{info: {title}}}"), unknown);
    check(&format!("{{info: {title}, x: !Ref AWS::StackName}}"), unknown);
}

#[test]
fn conditions_choose_and_remove() {
    check("!If [IsProd, 1, 2]", "2");
    check("!If [IsNotProd, {a: !Ref Env}, !Ref Unknown]", r#"{"a":"dev"}"#);
    check("!If [Either, 1, 2]", "1");
    check("!If [Given, 1, 2]", "1");
    check("{a: !If [IsProd, 1, !Ref AWS::NoValue], b: [!Ref AWS::NoValue, 2]}", r#"{"b":[2]}"#);
    check("!If [Loop, 1, 2]", "the condition leads back to itself (-)");
    check(
        "!If [Nope, 1, 2]",
        "the condition `Nope` is not defined (say in the deployment document whether it holds: `parameters: { Nope: true }`)",
    );
}

#[test]
fn what_only_looks_like_a_function_stays() {
    check(
        "properties: {Ref: {type: string}, Condition: {type: string}}",
        r#"{"properties":{"Ref":{"type":"string"},"Condition":{"type":"string"}}}"#,
    );
    check("{Condition: {StringEquals: {a: b}}}", r#"{"Condition":{"StringEquals":{"a":"b"}}}"#);
    check("{Condition: x}", r#"{"Condition":"x"}"#);
}

#[test]
fn placeholders_are_filled_where_a_value_is_given() {
    check(
        "uri: 'https://${Host}/${AWS::Region}/${Env}/${stageVariables.x}'",
        r#"{"uri":"https://h.example/eu-west-1/${Env}/${stageVariables.x}"}"#,
    );
    check("uri: 'https://$${Host}/'", r#"{"uri":"https://$${Host}/"}"#);
    check(
        "requestTemplates: {a: '#set($Host = 1)${Host}'}",
        r##"{"requestTemplates":{"a":"#set($Host = 1)${Host}"}}"##,
    );
    check("requestTemplates: {a: !Sub '${Host}$input.body'}", r#"{"requestTemplates":{"a":"h.example$input.body"}}"#);
}

#[test]
fn what_nothing_says_is_refused_with_what_to_give() {
    check("!Ref Missing", "`Missing` has no value (give it in the deployment document: `parameters: { Missing: … }`)");
    check(
        "!Ref Secret",
        "the parameter `Secret` has no value (give it in the deployment document: `parameters: { Secret: … }`)",
    );
    check(
        "[!GetAtt Function.Version, !Ref AWS::StackName]",
        "what the template's resource `Function.Version` will be is not known (give it in the deployment document: `parameters: { Function.Version: … }`); `AWS::StackName` has no value (give it in the deployment document: `parameters: { 'AWS::StackName': … }`)",
    );
    check(
        "!Sub '${Nope}'",
        "`Nope` has no value (give it in the deployment document: `parameters: { Nope: … }`\nwrite `${!Nope}` if it is not CloudFormation's)",
    );
    check("Fn::Cidr: [a, 1]", "`Fn::Cidr` is not resolved: write the value itself (-)");
    check(
        "a: '{{resolve:ssm:x}}'",
        "dynamic references (`{{resolve:…}}`) are not resolved: write the value itself (-)",
    );
    check("!Join [a]", "`Fn::Join` takes a delimiter and a list (-)");
    check("!Select [7, [a]]", "`7` is no index of this list: 0 to 0 are (-)");
    assert_eq!(resolved("!Ref Env", "{Env: test}"), "`test` is no value for `Env`: use `dev`, `prod` (-)");
}

fn found(template: &str, named: Option<&str>) -> String {
    match find(&parse(template), named) {
        Ok(Found { resource, definition, additions, warnings, .. }) => {
            let definition = match definition {
                Definition::Inline(body) => {
                    let mut body = body.clone();
                    if let Err(findings) = add(&mut body, &additions) {
                        return findings.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; ");
                    }
                    serde_json::to_string(&body.node()).unwrap()
                }
                Definition::Made(body) => serde_json::to_string(&body.node()).unwrap(),
                Definition::File(path) => format!("file {}", path.text().unwrap()),
            };
            let warnings = warnings.iter().map(|it| format!("; {}", it.message));
            format!("{resource}: {definition}{}", warnings.collect::<String>())
        }
        Err(findings) => findings.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; "),
    }
}

#[test]
fn the_api_of_a_template_is_found() {
    let check = |text: &str, named, expected: &str| assert_eq!(found(text, named), expected, "{text}");
    let api =
        |name: &str, property: &str| format!("  {name}: {{Type: AWS::Serverless::Api, Properties: {{{property}}}}}\n");
    let one = format!("Resources:\n{}", api("A", "DefinitionBody: {openapi: 3.0.1}"));
    check(&one, None, r#"A: {"openapi":"3.0.1"}"#);
    let two = format!("{one}{}", api("B", "DefinitionUri: b.yaml"));
    check(&two, None, "the template has several APIs: `A`, `B`");
    check(&two, Some("B"), "B: file b.yaml");
    check(&two, Some("C"), "`C` is no API of this template: `A`, `B` are");
    check("Resources: {}", None, "the template has no `AWS::Serverless::Api` and no `AWS::ApiGateway::RestApi`");
    let empty = "Resources:\n  A: {Type: AWS::ApiGateway::RestApi, Properties: {Name: x}}";
    check(empty, None, "`A` has no definition and no methods");
    let events = r#"A: {"swagger":"2.0","info":{"title":"A","version":"1.0"},"paths":{}}"#;
    check(&format!("Resources:\n{}", api("A", "StageName: x")), None, events);
    check(&format!("Resources:\n{}", api("A", "DefinitionUri: s3://b/k")), None, "the definition of `A` is in S3");
    // What SAM's transform cannot put into a definition that it does not see.
    for property in ["Auth", "Cors", "GatewayResponses", "Models", "MergeDefinitions"] {
        let refused = format!("`{property}` changes the API outside of its definition");
        let of = |definition: &str| format!("Resources:\n{}", api("A", &format!("{definition}, {property}: {{}}")));
        check(&of("DefinitionUri: b.yaml"), None, &refused);
        check(&of("DefinitionBody: {openapi: 3.0.1}"), None, r#"A: {"openapi":"3.0.1"}"#);
        check(&of("Body: {}").replace("Serverless::Api", "ApiGateway::RestApi"), None, &refused);
    }
    for (properties, guards) in [
        ("!Sub 'arn:aws:apigateway:eu-west-1::/restapis/${A}/stages/dev'", true),
        ("!Join ['', ['arn:aws:apigateway:eu-west-1::/restapis/', !Ref A, /stages/dev]]", true),
        ("!Ref LoadBalancer", false),
    ] {
        let firewall =
            format!("{one}  W: {{Type: AWS::WAFv2::WebACLAssociation, Properties: {{ResourceArn: {properties}}}}}\n");
        let warning = if guards { "; `W` guards the API, and is not read" } else { "" };
        check(&firewall, None, &format!(r#"A: {{"openapi":"3.0.1"}}{warning}"#));
    }
    for kind in ["CloudFormation::Stack", "Serverless::Application"] {
        let stack = format!("{one}  N: {{Type: AWS::{kind}, Properties: {{Parameters: {{Api: !Ref A}}}}}}\n");
        let told = r#"A: {"openapi":"3.0.1"}; `N` gets the API, and is not read: what it adds to it is left out"#;
        check(&stack, None, told);
        check(&stack.replace("!Ref A", "!Ref B"), None, r#"A: {"openapi":"3.0.1"}"#);
    }
    let deployed =
        format!("{one}  D: {{Type: AWS::ApiGateway::Deployment, Properties: {{RestApiId: !Ref A, StageName: dev}}}}\n");
    check(&deployed, None, r#"A: {"openapi":"3.0.1"}"#);
    let authorizer = "  Z: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref A}}\n";
    check(&format!("{one}{authorizer}"), None, "`Z` changes the API outside of its definition");
}

#[test]
fn what_a_template_says_beside_a_definition_is_put_into_it() {
    let check = |properties: &str, others: &str, expected: &str| {
        let template =
            format!("Resources:\n  A: {{Type: AWS::ApiGateway::RestApi, Properties: {{{properties}}}}}\n{others}");
        assert_eq!(found(&template, None), format!("A: {expected}").replace("A: !", ""), "{template}");
    };
    check(
        "Body: {openapi: 3.0.1}, BinaryMediaTypes: [image~1png], MinimumCompressionSize: 5, ApiKeySourceType: AUTHORIZER",
        "",
        r#"{"openapi":"3.0.1","x-amazon-apigateway-binary-media-types":["image/png"],"x-amazon-apigateway-minimum-compression-size":5,"x-amazon-apigateway-api-key-source":"AUTHORIZER"}"#,
    );
    check(
        "Body: {x-amazon-apigateway-binary-media-types: [a/b, image/png]}, BinaryMediaTypes: [image~1png, c/d]",
        "",
        r#"{"x-amazon-apigateway-binary-media-types":["a/b","image/png","c/d"]}"#,
    );
    check(
        "Body: {x-amazon-apigateway-endpoint-configuration: {vpcEndpointIds: [v]}}, DisableExecuteApiEndpoint: true",
        "",
        r#"{"x-amazon-apigateway-endpoint-configuration":{"vpcEndpointIds":["v"],"disableExecuteApiEndpoint":true}}"#,
    );
    let private = r#"{"x-amazon-apigateway-endpoint-configuration":{"types":["PRIVATE"],"vpcEndpointIds":["v"]}}"#;
    check("Body: {}, EndpointConfiguration: {Types: [PRIVATE], VpcEndpointIds: [v]}", "", private);
    let private = r#"{"x-amazon-apigateway-endpoint-configuration":{"vpcEndpointIds":["v"],"types":["PRIVATE"]}}"#;
    check("Body: {}, EndpointConfiguration: {Type: PRIVATE, VPCEndpointIds: [v]}", "", private);
    let private = r#"{"x-amazon-apigateway-endpoint-configuration":{"types":["PRIVATE"]}}"#;
    check("Body: {}, EndpointConfiguration: PRIVATE", "", private);
    let named = r#"{"x-amazon-apigateway-endpoint-configuration":{"types":[{"Ref":"Kind"}]}}"#;
    check("Body: {}, EndpointConfiguration: !Ref Kind", "", named);
    let differ = |name: &str| format!("!the definition and its template say different things about `{name}`");
    check("Body: {}, Policy: {Statement: []}", "", r#"{"x-amazon-apigateway-policy":{"Statement":[]}}"#);
    check("Body: {}, Policy: ''", "", "{}");
    check(
        "Body: {x-amazon-apigateway-policy: {a: 1}}, Policy: {a: 1}",
        "",
        r#"{"x-amazon-apigateway-policy":{"a":1}}"#,
    );
    let policy = "Body: {x-amazon-apigateway-policy: {a: 1}}, Policy: {b: 1}";
    check(policy, "", &differ("x-amazon-apigateway-policy"));
    let response = "  R: {Type: AWS::ApiGateway::GatewayResponse, Properties: {RestApiId: !Ref A, ResponseType: THROTTLED, StatusCode: '503'}}\n";
    check("Body: {}", response, r#"{"x-amazon-apigateway-gateway-responses":{"THROTTLED":{"statusCode":"503"}}}"#);
    let body = "Body: {x-amazon-apigateway-gateway-responses: {THROTTLED: {statusCode: '429'}}}";
    check(body, response, &differ("statusCode"));
    let elsewhere = response.replace("!Ref A", "!Ref B");
    check("Body: {}", &elsewhere, "{}");
    check("Body: {}, Parameters: {endpointConfigurationTypes: REGIONAL, basepath: ignore}, Mode: merge", "", "{}");
    let import = "!the import parameter `basepath` changes the API outside of its definition";
    check("Body: {}, Parameters: {basepath: append}", "", import);
    check("Body: {}, Parameters: {basepath: prepend}", "", "{}");
    check("Body: {}, SecurityPolicy: TLS_1_2, EndpointAccessMode: BASIC", "", "{}");
    let strict = "!`EndpointAccessMode` changes the API outside of its definition";
    check("Body: {}, EndpointAccessMode: STRICT", "", strict);
}

#[test]
fn an_http_api_of_a_template_is_known_as_one() {
    let api =
        |properties: &str| format!("Resources:\n  A: {{Type: AWS::ApiGatewayV2::Api, Properties: {{{properties}}}}}\n");
    let version = r#""x-amazon-apigateway-importexport-version":"1.0""#;
    assert_eq!(found(&api("Body: {a: 1}, FailOnWarnings: true"), None), format!(r#"A: {{"a":1,{version}}}"#));
    assert_eq!(
        found(&api("Body: {a: 1}, CorsConfiguration: {AllowOrigins: ['*'], MaxAge: 5}"), None),
        format!(r#"A: {{"a":1,"x-amazon-apigateway-cors":{{"allowOrigins":["*"],"maxAge":5}},{version}}}"#)
    );
    let cors = "Body: {x-amazon-apigateway-cors: {allowOrigins: ['https://a.example']}}, CorsConfiguration: {AllowOrigins: ['*']}";
    let differ = "the definition and its template say different things about `allowOrigins`";
    assert_eq!(found(&api(cors), None), differ);
    let route = "  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref A}}\n";
    assert_eq!(found(&format!("{}{route}", api("Body: {}")), None), "`R` changes the API outside of its definition");
    let managed = "  O: {Type: AWS::ApiGatewayV2::ApiGatewayManagedOverrides, Properties: {ApiId: !Ref A, Route: {AuthorizationType: AWS_IAM}}}\n";
    let changes = "`O` changes the API outside of its definition";
    assert_eq!(found(&format!("{}{managed}", api("ProtocolType: HTTP, Target: 'https://a.example'")), None), changes);
    for kind in ["IntegrationResponse", "RouteResponse"] {
        let answers = format!("{OF_ROUTES}  O: {{Type: AWS::ApiGatewayV2::{kind}, Properties: {{ApiId: !Ref H}}}}\n");
        assert_eq!(found(&answers, None), changes, "{kind}");
    }
    assert_eq!(found(&api("Body: {}, Target: x"), None), "`Target` changes the API outside of its definition");
    let rest = "  B: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {a: 1}}}\n";
    let written = api("Body: {a: 1}, BasePath: prepend");
    assert_eq!(found(&written, None), found(&api("Body: {a: 1}"), None));
    let odd = "`BasePath` changes the API outside of its definition";
    assert_eq!(found(&api("Body: {a: 1}, BasePath: append"), None), odd);
    for expression in ["$request.method $request.path", "${request.method} ${request.path}"] {
        let written = api(&format!("Body: {{a: 1}}, RouteSelectionExpression: '{expression}'"));
        assert_eq!(found(&written, None), found(&api("Body: {a: 1}"), None), "{expression}");
    }
    let websocket = api("ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action");
    let refused = "`A` is a WebSocket API: only REST APIs and HTTP APIs are served";
    assert_eq!(found(&websocket, None), refused);
    assert_eq!(found(&websocket.replace("ProtocolType", "Body: {}, ProtocolType"), None), refused);
    assert_eq!(found(&format!("{websocket}{rest}"), Some("A")), refused);
    assert_eq!(found(&format!("{websocket}{rest}"), None), format!(r#"B: {{"a":1}}; {refused}"#));
    assert_eq!(found(&api("ProtocolType: HTTP"), None), "`A` has no definition and no routes");
}

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
fn json_may_be_a_text() {
    let check = |text: &str, expected: &str| {
        let found = read(parse(text)).map(|tree| serde_json::to_string(&tree.node()).unwrap());
        assert_eq!(found.unwrap_or_else(|finding| finding.message), expected, "{text}");
    };
    check("{a: 1}", r#"{"a":1}"#);
    check(r#"'{"a": [1, null, true]}'"#, r#"{"a":[1,null,true]}"#);
    check("'{a: 1}'", "a text that is no JSON: key must be a string at line 1 column 2");
    let mut definition = parse(
        r#"{components: {schemas: {A: '{"type": "object"}', B: {type: string}}}, x-amazon-apigateway-policy: '{"Statement": []}'}"#,
    );
    read_parts(&mut definition).unwrap();
    assert_eq!(
        serde_json::to_string(&definition.node()).unwrap(),
        r#"{"components":{"schemas":{"A":{"type":"object"},"B":{"type":"string"}}},"x-amazon-apigateway-policy":{"Statement":[]}}"#
    );
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
fn resources_whose_condition_does_not_hold_are_not_created() {
    let deployment = "accountId: '012345678901'\nregion: eu-west-1\napis: [{apiId: a1, stages: [{stageName: s}]}]";
    let deployment = Deployment::read(&parse(deployment).node()).unwrap();
    let template = parse(
        "
Parameters: {Env: {Type: String}}
Conditions: {Here: !Equals [!Ref 'AWS::Region', eu-west-1], There: !Not [!Condition Here], Prod: !Equals [!Ref Env, prod]}
Resources:
  A: {Type: AWS::ApiGateway::RestApi}
  Open: {Type: AWS::ApiGateway::Method, Condition: There}
  Guarded: {Type: AWS::ApiGateway::Method, Condition: Here}
  Events: {Type: AWS::Serverless::Function, Condition: There}
  Route: {Type: AWS::ApiGatewayV2::Route, Condition: Prod}
  Table: {Type: AWS::DynamoDB::Table, Condition: Unknown}
",
    );
    let names = |given: &str| {
        let given = parse(given);
        let environment =
            Environment { given: Some(&given), template: Some(&template), api: None, deployment: &deployment };
        match created(&template, environment) {
            Ok(tree) => tree.get("Resources").unwrap().entries().iter().map(|it| it.key.clone()).collect::<Vec<_>>(),
            Err(findings) => findings.into_iter().map(|it| it.message).collect(),
        }
    };
    assert_eq!(names("{Env: prod}"), ["A", "Guarded", "Route", "Table"]);
    assert_eq!(names("{Env: dev}"), ["A", "Guarded", "Table"]);
    assert_eq!(names("{There: true, Prod: false}"), ["A", "Open", "Guarded", "Events", "Table"]);
    assert_eq!(names("{}"), ["the parameter `Env` has no value"]);
}

#[test]
fn conditions_choose_the_properties_of_an_api_and_what_says_what_a_resource_is_is_known() {
    let deployment = "accountId: '012345678901'\nregion: eu-west-1\napis: [{apiId: a1, stages: [{stageName: s}]}]";
    let deployment = Deployment::read(&parse(deployment).node()).unwrap();
    let template = parse(
        "
Resources:
  A:
    Type: AWS::ApiGateway::RestApi
    Properties:
      EndpointConfiguration: !If [P, {Types: [PRIVATE]}, !Ref 'AWS::NoValue']
      Name: !If [P, !If [Q, both, one], !Ref Name]
  R: {Type: AWS::ApiGateway::Resource, Properties: {PathPart: !Sub 'in-${AWS::Region}', ParentId: !Sub '${Parent}'}}
",
    );
    let properties = |given: &str| {
        let given = parse(given);
        let environment =
            Environment { given: Some(&given), template: Some(&template), api: None, deployment: &deployment };
        let created = created(&template, environment).unwrap();
        serde_json::to_string(&created.pointer("/Resources/A/Properties").unwrap().node()).unwrap()
    };
    let private = |name: &str| format!(r#"{{"EndpointConfiguration":{{"Types":["PRIVATE"]}},"Name":"{name}"}}"#);
    assert_eq!(properties("{P: true, Q: true}"), private("both"));
    assert_eq!(properties("{P: true, Q: false}"), private("one"));
    assert_eq!(properties("{P: false}"), r#"{"Name":{"Ref":"Name"}}"#);
    let environment = Environment {
        given: Some(&parse("{P: false}")),
        template: Some(&template),
        api: None,
        deployment: &deployment,
    };
    let created = created(&template, environment).unwrap();
    let resource = created.pointer("/Resources/R/Properties").unwrap();
    assert_eq!(
        serde_json::to_string(&resource.node()).unwrap(),
        r#"{"PathPart":"in-eu-west-1","ParentId":{"Fn::Sub":"${Parent}"}}"#
    );
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

#[test]
fn a_section_that_no_template_has_is_refused() {
    let deployment = "accountId: '012345678901'\nregion: eu-west-1\napis: [{apiId: a1, stages: [{stageName: s}]}]";
    let deployment = Deployment::read(&parse(deployment).node()).unwrap();
    let template = parse("globals: {Api: {Auth: {ApiKeyRequired: true}}}\nResources: {}\n");
    let environment = Environment { given: None, template: Some(&template), api: None, deployment: &deployment };
    assert_eq!(created(&template, environment).unwrap_err()[0].message, "`globals` is no section of a template");
}

#[test]
fn functions_that_grow_without_bound_are_refused() {
    let grown =
        |depth| (0..depth).fold("x".to_owned(), |text, _| format!("!Sub ['{}', {{A: {text}}}]", "${A}".repeat(20)));
    assert_eq!(resolved(&grown(2), "{}").len(), 2 + 400);
    check(&grown(9), "with its functions written out, the document is too large (-)");

    let levels =
        (1..12).map(|level| format!("  C{level}: !And [{}]\n", format!("!Condition C{}, ", level - 1).repeat(10)));
    let template = parse(&format!("Conditions:\n  C0: !Equals [a, a]\n{}", levels.collect::<String>()));
    let deployment = "accountId: '012345678901'\nregion: eu-west-1\napis: [{apiId: a1, stages: [{stageName: s}]}]";
    let deployment = Deployment::read(&parse(deployment).node()).unwrap();
    let environment = Environment { given: None, template: Some(&template), api: None, deployment: &deployment };
    let findings = resolve(&parse("!If [C11, 1, 2]"), environment).unwrap_err();
    assert_eq!(findings[0].message, "with its functions written out, the document is too large");
}

const OF_ROUTES: &str = "\
Resources:
  H: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: orders, ProtocolType: HTTP}}
  B: {Type: AWS::CloudFormation::CustomResource}
  I:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref H
      IntegrationType: HTTP_PROXY
      IntegrationMethod: ANY
      IntegrationUri: u
      PayloadFormatVersion: '1.0'
      RequestParameters: {append:header.x: y}
      ResponseParameters: {'200': {ResponseParameters: [{Destination: remove:header.z, Source: ''}]}}
  Jwt:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties: {ApiId: !Ref H, AuthorizerType: JWT, Name: j, IdentitySource: [$request.header.A], JwtConfiguration: {Audience: [a], Issuer: i}}
  Fn:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties: {ApiId: !Ref H, AuthorizerType: REQUEST, Name: f, AuthorizerUri: f, EnableSimpleResponses: true, IdentitySource: [$request.header.A, $context.stage]}
  Get: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: GET /a, Target: !Join [/, [integrations, !Ref I]], AuthorizationType: JWT, AuthorizerId: !Ref Jwt, AuthorizationScopes: [s]}}
  Any: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: ANY /a, Target: !Sub 'integrations/${I}', AuthorizationType: CUSTOM, AuthorizerId: !Ref Fn}}
  Iam: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: PUT /a, Target: !Sub 'integrations/${I}', AuthorizationType: AWS_IAM}}
  Rest: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: $default, Target: !Join ['', [integrations/, !Ref I]], AuthorizationType: NONE}}
  Other: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref B, RouteKey: GET /b}}
";

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

/// A template with its loops written out, as JSON; or the first finding.
fn written_out(text: &str) -> String {
    let deployment = "accountId: '012345678901'\nregion: eu-west-1\napis: [{apiId: a1, stages: [{stageName: s}]}]";
    let deployment = Deployment::read(&parse(deployment).node()).unwrap();
    let (template, given, written) = (parse(TEMPLATE), parse("{Given: [x, y]}"), parse(text));
    let environment =
        Environment { given: Some(&given), template: Some(&template), api: None, deployment: &deployment };
    match for_each(&written, environment) {
        Ok(tree) => serde_json::to_string(&tree.node()).unwrap(),
        Err(findings) => findings[0].message.clone(),
    }
}

#[test]
fn loops_are_written_out() {
    let check = |text: &str, expected: &str| assert_eq!(written_out(text), expected, "{text}");
    check("{a: ['${V}', {Ref: V}]}", r#"{"a":["${V}",{"Ref":"V"}]}"#);
    check(
        "{Resources: {first: 1, Fn::ForEach::L: [V, [a, 'b-2', 3], {'M${V}': {p: [!Ref V, 'x${V}&{V}', '${Other}', !Ref Other]}}], last: 2}}",
        r#"{"Resources":{"first":1,"Ma":{"p":["a","xaa","${Other}",{"Ref":"Other"}]},"Mb-2":{"p":["b-2","xb-2b2","${Other}",{"Ref":"Other"}]},"M3":{"p":["3","x33","${Other}",{"Ref":"Other"}]},"last":2}}"#,
    );
    check(
        "{Fn::ForEach::L: [A, [1, 2], {Fn::ForEach::K: [B, ['${A}', x], {'k${A}${B}': {'Fn::ForEach::P': [C, [q], {'${C}${A}': !Ref B}]}}]}]}",
        r#"{"k11":{"q1":"1"},"k1x":{"q1":"x"},"k22":{"q2":"2"},"k2x":{"q2":"x"}}"#,
    );
    for items in ["!Ref Subnets", "!Split [',', 'a,b,c']", "[a, !Sub 'b', c]"] {
        check(&format!("{{Fn::ForEach::L: [V, {items}, {{'${{V}}': 1}}]}}"), r#"{"a":1,"b":1,"c":1}"#);
    }
    check("{Fn::ForEach::L: [V, !Ref Given, {'${V}': 1}]}", r#"{"x":1,"y":1}"#);
    check("{Fn::ForEach::L: [V, [], {'${V}': 1}]}", "{}");
}

#[test]
fn a_loop_that_cannot_be_written_out_is_refused() {
    let check = |text: &str, expected: &str| {
        let found = written_out(text);
        assert!(found.contains(expected), "{text}: {found}");
    };
    for wrong in ["{}", "[V, [a]]", "[V, [a], x]", "[V, [a], {}, {}]", "null", "[]"] {
        check(&format!("{{Fn::ForEach::L: {wrong}}}"), "`Fn::ForEach::L` is no list of an identifier");
    }
    check("{Fn::ForEach::L: [[V], [a], {}]}", "the identifier of `Fn::ForEach::L` is no name");
    check("{Fn::ForEach::L: ['', [a], {}]}", "the identifier of `Fn::ForEach::L` is no name");
    check("{Fn::ForEach::L: [V, a, {}]}", "the items of `Fn::ForEach::L` are no list of texts");
    check("{Fn::ForEach::L: [V, [[a]], {}]}", "the items of `Fn::ForEach::L` are no list of texts");
    check("{Fn::ForEach::L: [V, !Ref Nothing, {}]}", "`Nothing` has no value");
    check("{Fn::ForEach::L: [V, [a, b], {same: 1}]}", "`same` is there twice");
    check("{a1: 0, Fn::ForEach::L: [V, ['1'], {'a${V}': 1}]}", "`a1` is there twice");
    let many = ["v"; 100].join(",");
    let nested =
        (0..6).fold("{x: 1}".to_owned(), |inner, at| format!("{{Fn::ForEach::L{at}: [V{at}, [{many}], {inner}]}}"));
    check(&nested, "is there twice");
    let items: Vec<String> = (0..100).map(|item| format!("a{item}")).collect();
    let (items, long) = (items.join(","), "x".repeat(64_000));
    let fragment = format!("{{'${{V}}${{W}}': {long}}}");
    let distinct = format!("{{Fn::ForEach::L: [V, [{items}], {{Fn::ForEach::K: [W, [{items}], {fragment}]}}]}}");
    check(&distinct, "loops write out more than 1000000 values");
    let long = "x".repeat(100_000);
    check(
        &format!("{{Fn::ForEach::L: [V, [{long}], {{a: '{}'}}]}}", "${V}".repeat(1_000)),
        "loops write out more than",
    );
}
