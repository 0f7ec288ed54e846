//! What deployment tools leave in definitions: intrinsic functions, placeholders, escapes. And Velocity, which stays.

use crate::support::{MOCK, OK, document, method, problems};

fn check(root: &[&str], integration: &str, expected: &[&str]) {
    let integration = format!("x-amazon-apigateway-integration: {{{integration}}}");
    let found: Vec<_> = problems(&document(root, &[OK, &integration]))
        .iter()
        .map(|problem| problem.replace("/paths/~1pets/get/x-amazon-apigateway-integration", "."))
        .collect();
    assert_eq!(found, expected, "{integration}");
}

#[test]
fn an_intrinsic_function_that_is_left_is_named_once() {
    const HTTP: &str = "type: http_proxy, httpMethod: GET";
    check(
        &[],
        &format!("{HTTP}, uri: {{Fn::Sub: 'http://${{Host}}/'}}"),
        &["error: ./uri: `Fn::Sub` is not resolved: give its value, or write the value itself"],
    );
    check(
        &[],
        &format!("{HTTP}, uri: {{'Fn::Join': ['', [http, {{Ref: Host}}]]}}"),
        &[
            "error: ./uri: `Fn::Join` is not resolved: give its value, or write the value itself",
            "error: ./uri/Fn::Join/1/1: `Ref` is not resolved: give its value, or write the value itself",
        ],
    );
    check(
        &[],
        &format!("{HTTP}, uri: 'http://a', timeoutInMillis: {{Ref: Timeout}}, connectionType: {{Ref: Kind}}"),
        &[
            "error: ./timeoutInMillis: `Ref` is not resolved: give its value, or write the value itself",
            "error: ./connectionType: `Ref` is not resolved: give its value, or write the value itself",
        ],
    );
    let policy = "x-amazon-apigateway-policy: {Statement: [{Resource: {Fn::Sub: 'execute-api:/${Stage}/*'}}]}";
    assert_eq!(
        problems(&document(&[policy], &[MOCK, OK])),
        [
            "error: /x-amazon-apigateway-policy/Statement/0/Resource: `Fn::Sub` is not resolved: give its value, or write the value itself",
        ]
    );
    assert_eq!(
        problems(&document(&["Fn::Transform: {Name: 'AWS::Include'}"], &[MOCK, OK])),
        ["error: /: `Fn::Transform` is not resolved: give its value, or write the value itself",]
    );
    let model = "components: {schemas: {A: {properties: {Ref: {type: string}}}}}";
    assert_eq!(problems(&document(&[model], &[MOCK, OK])), Vec::<String>::new());
}

#[test]
fn a_uri_knows_stage_variables_only() {
    const HTTP: &str = "type: http_proxy, httpMethod: GET, uri: ";
    check(&[], &format!("{HTTP}'http://${{stageVariables.host}}/${{stageVariables.path}}/{{proxy}}'"), &[]);
    check(&[], &format!("{HTTP}'${{stageVariables.url}}'"), &[]);
    check(
        &[],
        &format!("{HTTP}'http://${{Host}}/${{AWS::Region}}/${{stageVariables.a}}'"),
        &[
            "error: ./uri: `${Host}` in `http://${Host}/${AWS::Region}/${stageVariables.a}` was left by a deployment tool: only `${stageVariables.name}` is known here",
            "error: ./uri: `${AWS::Region}` in `http://${Host}/${AWS::Region}/${stageVariables.a}` was left by a deployment tool: only `${stageVariables.name}` is known here",
        ],
    );
    check(
        &[],
        &format!("{HTTP}'http://$${{stageVariables.host}}/'"),
        &[
            "warning: ./uri: `$${` in `http://$${stageVariables.host}/` is a deployment tool's escape: it is read as `${`",
        ],
    );
    let uri =
        "x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://$${stageVariables.host}/'}";
    assert_eq!(method(&[], &[uri]).integration.unwrap().uri.as_deref(), Some("http://${stageVariables.host}/"));
}

#[test]
fn a_template_is_kept_as_it_is() {
    let template = "#set($a = $input.json('$'))${Foo} $${bar} ${stageVariables.x} $!{y}\n";
    let integration = format!(
        "x-amazon-apigateway-integration: {{type: mock, requestTemplates: {{application/json: {}}}, responses: {{default: {{statusCode: 200}}}}}}",
        serde_json::to_string(template).unwrap()
    );
    let found = method(&[], &[&integration]).integration.unwrap().request_templates;
    assert_eq!(found, [("application/json".to_owned(), template.to_owned())]);
}

#[test]
fn a_template_that_is_null_is_empty() {
    let integration = "x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: null}, responses: {default: {statusCode: 200, responseTemplates: {text/html: null}}}}";
    let found = method(&[], &[integration]).integration.unwrap();
    assert_eq!(found.request_templates, [("application/json".to_owned(), String::new())]);
    assert_eq!(found.responses[0].response_templates, [("text/html".to_owned(), String::new())]);
}
