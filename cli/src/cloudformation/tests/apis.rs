//! Which API a template has, and what it says beside its definition.

use gatehouse_api::deployment::Deployment;

use super::*;

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
fn a_section_that_no_template_has_is_refused() {
    let deployment = "accountId: '012345678901'\nregion: eu-west-1\napis: [{apiId: a1, stages: [{stageName: s}]}]";
    let deployment = Deployment::read(&parse(deployment).node()).unwrap();
    let template = parse("globals: {Api: {Auth: {ApiKeyRequired: true}}}\nResources: {}\n");
    let environment = Environment { given: None, template: Some(&template), api: None, deployment: &deployment };
    assert_eq!(created(&template, environment).unwrap_err()[0].message, "`globals` is no section of a template");
}
