//! A template as it is written for SAM is the same API as what SAM's own transform makes of it. The `*.transformed.json` are what
//! aws-sam-translator 1.110.0 writes, without its roles, permissions and deployments, and without stages that nothing refers to.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a panic is a failed test")]

use std::path::Path;

use gatehouse_api::deployment::Definition;
use gatehouse_api::{Authorization, Method, Node};
use gatehouse_cli::finding::Finding;
use gatehouse_cli::project::{Input, Project};
use gatehouse_cli::report;
use gatehouse_cli::source::Files;
use serde_json::Value;

/// The API that is made of a file, without order and places, and what is said of it.
fn api(file: &str, resource: Option<&str>) -> (String, String) {
    let folder = Path::new("tests/sam");
    let mut files = Files::default();
    let deployment = Some(folder.join("deployment.yaml"));
    let input = Input { definition: Some(folder.join(file)), deployment, resource: resource.map(str::to_owned) };
    let project = Project::load(&mut files, &input);
    let compiled = project.and_then(|project| project.compile().map(|_| project));
    let project = compiled.unwrap_or_else(|findings| panic!("{file}: {}", report::text(&findings, &files, false)));
    let api = &project.deployment.apis[0];
    let Some(Definition::Document(node)) = &api.definition else { panic!("{file}") };
    let imported = gatehouse_openapi::import_as(&sorted(node), api.protocol_type, api.basepath).unwrap();
    // The transform names an API after its stack.
    let api = gatehouse_api::RestApi { name: String::new(), version: None, ..imported.api };
    (without_places(&format!("{api:#?}")), report::text(&project.warnings, &files, false))
}

fn sorted(node: &Node) -> Node {
    match node {
        Node::List(items) => Node::List(items.iter().map(sorted).collect()),
        Node::Map(entries) => {
            // The default route may be written with a slash.
            let key = |key: &str| if key == "/$default" { "$default".to_owned() } else { key.to_owned() };
            let value = |name: &str, value: &Node| match name {
                "Statement" | "Resource" => in_any_order(sorted(value)),
                _ => sorted(value),
            };
            let mut entries: Vec<_> = entries.iter().map(|(name, it)| (key(name), value(name, it))).collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Node::Map(entries)
        }
        other => other.clone(),
    }
}

/// Of a policy's lists.
fn in_any_order(node: Node) -> Node {
    let Node::List(mut items) = node else { return node };
    items.sort_by_key(|item| format!("{item:?}"));
    Node::List(items)
}

fn without_places(shown: &str) -> String {
    let mut lines = shown.lines();
    let mut kept = Vec::new();
    while let Some(line) = lines.next() {
        match line.trim_start() {
            "place: Place(" => {
                lines.nth(1);
            }
            _ => kept.push(line),
        }
    }
    kept.join("\n")
}

fn check(name: &str) {
    same(name, None);
}

fn check_resource(name: &str, resource: &str) {
    same(name, Some(resource));
}

fn same(name: &str, resource: Option<&str>) {
    let (written, _) = api(&format!("{name}.yaml"), resource);
    let (transformed, _) = api(&format!("{name}.transformed.json"), resource);
    let differs = written.lines().zip(transformed.lines()).find(|(one, other)| one != other);
    assert!(written == transformed, "{name} is another API: {differs:?}");
}

#[test]
fn the_rest_api_that_events_imply_is_the_transform_s() {
    check("implied");
}

#[test]
fn authorizers_and_keys_of_a_rest_api_are_the_transform_s() {
    check("auth");
    check("auth-openapi");
    check("signed");
    // Texts are true, and a default of nobody is none.
    check_resource("keys", "PetsApi");
    check_resource("keys", "PlainApi");
}

#[test]
fn a_definition_with_events_is_the_transform_s() {
    check("merged");
    check("overridden");
    check("http-body");
}

#[test]
fn events_of_state_machines_are_the_transform_s() {
    check("state-machine");
    let template = std::fs::read_to_string("tests/sam/state-machine.yaml").unwrap();
    let unknown = template.replace("Flow:", "Other:");
    let told = methods(&unknown, "state-machine").unwrap_err();
    for unknown in ["what the template's resource `Other` will be is not known", "`OtherStartRole.Arn` has no value"] {
        assert!(told.contains(unknown), "{told}");
    }
    // Of a definition that somebody wrote it is no part, and its roles need not be known.
    let body = "{ openapi: 3.0.1, info: { title: a, version: '1' }, paths: { /a: { get: { x-amazon-apigateway-integration: { type: mock } } } } }";
    let with_body =
        unknown.replace("      StageName: Prod\n", &format!("      StageName: Prod\n      DefinitionBody: {body}\n"));
    assert_eq!(methods(&with_body, "state-machine").unwrap().len(), 1);
}

#[test]
fn http_apis_are_the_transform_s() {
    check("http-implied");
    check("http-auth");
}

#[test]
fn what_properties_say_stands_in_the_place_of_what_the_definition_says() {
    check("http-cors");
    check("media-types");
}

#[test]
fn what_is_for_http_apis_alone_is_told_of_and_opens_nothing() {
    let (written, told) = api("rest-simple.yaml", None);
    assert!(written.contains("authorization: Custom"), "{written}");
    for key in ["AuthorizerPayloadFormatVersion", "EnableSimpleResponses"] {
        let expected = format!("`{key}` of the authorizer `Token` is for HTTP APIs, and is ignored");
        assert!(told.contains(&expected), "{told}");
    }
    check("rest-simple");
}

#[test]
fn a_macro_that_nobody_runs_could_guard_the_api() {
    let written = std::fs::read_to_string("tests/sam/rest-simple.yaml").unwrap();
    let serverless = "Transform: AWS::Serverless-2016-10-31\n";
    let check = |transform: &str, resources: &str, expected: Option<&str>| {
        let template = written.replace(serverless, transform).replace("Resources:\n", resources);
        let wrong = expected.map(|name| format!("the macro `{name}` is not run, and could change the API"));
        assert_eq!(methods(&template, "macros").err(), wrong, "{template}");
    };
    let include = "{ Name: AWS::Include, Parameters: { Location: 's3://bucket/key' } }";
    check("Transform: Guards\n", "Resources:\n", Some("Guards"));
    check("Transform: [AWS::Serverless-2016-10-31, Guards]\n", "Resources:\n", Some("Guards"));
    check(&format!("Transform: {include}\n"), "Resources:\n", Some("AWS::Include"));
    check(serverless, &format!("Resources:\n  Fn::Transform: {include}\n"), Some("AWS::Include"));
    check("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n", "Resources:\n", None);
    check("", "Resources:\n", None);
}

#[test]
fn a_policy_of_an_event_holds_without_its_function() {
    let template = "
Conditions: {IsProd: !Equals [a, b]}
Resources:
  PetsApi: {Type: AWS::Serverless::Api, Properties: {StageName: Prod}}
  Pets: {Type: AWS::Serverless::Function, Properties: {FunctionName: pets, Events: {Read: {Type: Api, Properties: {RestApiId: !Ref PetsApi, Path: /pets, Method: get}}}}}
  Orders: {Type: AWS::Serverless::Function, Condition: IsProd, Properties: {FunctionName: orders, Events: {Write: {Type: Api, Properties:
    {RestApiId: !Ref PetsApi, Path: /orders, Method: put, Auth: {ResourcePolicy: {IpRangeWhitelist: [192.0.2.0/24]}}}}}}}
";
    let wrong = "the `ResourcePolicy` of the event `Write` holds at AWS although `Orders` is not created";
    assert_eq!(methods(template, "policy-of-nobody").unwrap_err(), wrong);
    let created = template.replace("[a, b]", "[a, a]");
    assert_eq!(methods(&created, "policy-of-nobody").unwrap().len(), 2);
    let without = template.replace(", Auth: {ResourcePolicy: {IpRangeWhitelist: [192.0.2.0/24]}}", "");
    assert_eq!(methods(&without, "policy-of-nobody").unwrap().len(), 1);
}

#[test]
fn a_policy_of_an_event_is_for_a_stage_that_has_a_name() {
    let template = "
Parameters: {Stage: {Type: String, Default: Prod}}
Resources:
  PetsApi: {Type: AWS::Serverless::Api, Properties: {StageName: NAME}}
  Pets: {Type: AWS::Serverless::Function, Properties: {FunctionName: pets, Events: {Read: {Type: Api, Properties:
    {RestApiId: !Ref PetsApi, Path: /pets, Method: get, Auth: {ResourcePolicy: {IpRangeBlacklist: [192.0.2.0/24]}}}}}}}
";
    let wrong = "SAM writes this `ResourcePolicy` for a stage of the name `Stage`: it would hold nowhere";
    assert_eq!(methods(&template.replace("NAME", "!Ref Stage"), "policy-of-event").unwrap_err(), wrong);
    assert!(methods(&template.replace("NAME", "Prod"), "policy-of-event").is_ok());
}

/// The usage plans of an API, and what is said of them.
fn usage_plans(file: &str, resource: &str) -> (Value, String) {
    let folder = Path::new("tests/sam");
    let deployment = Some(folder.join("deployment.yaml"));
    let input = Input { definition: Some(folder.join(file)), deployment, resource: Some(resource.to_owned()) };
    let mut files = Files::default();
    let project = Project::load(&mut files, &input);
    let project = project.unwrap_or_else(|findings| panic!("{file}: {}", report::text(&findings, &files, false)));
    project.compile().unwrap_or_else(|findings| panic!("{file}: {}", report::text(&findings, &files, false)));
    let plans = project.document.get("usagePlans").map(|plans| serde_json::to_value(plans.node()).unwrap());
    let told: Vec<&str> = project.warnings.iter().map(|it| it.message.as_str()).collect();
    (plans.unwrap_or_default(), told.join("; "))
}

#[test]
fn the_usage_plans_of_apis_are_the_transform_s() {
    let plan = |id: &str, limits: Value| {
        let stage = serde_json::json!({"apiId": "a1b2c3d4e5", "stage": "Prod"});
        let mut plan = serde_json::json!({"id": id, "apiStages": [stage]});
        plan.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
        serde_json::json!([plan])
    };
    let quota = serde_json::json!({"limit": 100, "period": "MONTH"});
    let limits = serde_json::json!({"name": "pets", "throttle": {"rateLimit": 5, "burstLimit": 10}, "quota": quota});
    let pets = plan("PetsApiUsagePlan", limits);
    // The last API says what a shared plan is, and has no throttle.
    let orders = plan("ServerlessUsagePlan", serde_json::json!({"quota": quota}));
    for (resource, key, expected) in
        [("PetsApi", "PetsApiApiKey", pets), ("OrdersApi", "ServerlessApiKey", orders), ("ItemsApi", "", Value::Null)]
    {
        let (written, told) = usage_plans("usage.yaml", resource);
        let unknown = format!("the value of the API key `{key}` is made by AWS: nobody can call with it here");
        if resource != "ItemsApi" {
            assert_eq!((&written, &told), (&expected, &unknown));
        }
        assert_eq!((written, told), usage_plans("usage.transformed.json", resource), "{resource}");
    }
    check_resource("usage", "PetsApi");
}

#[test]
fn a_usage_plan_that_the_transform_would_refuse_is_refused() {
    let text = std::fs::read_to_string("tests/sam/usage.yaml").unwrap();
    let check = |from: &str, to: &str, expected: &str| {
        assert!(text.contains(from));
        let name = format!("usage-{}", to.len());
        let path = std::env::temp_dir().join(format!("gatehouse-sam-{}-{name}.yaml", std::process::id()));
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let resource = Some("PetsApi".to_owned());
        let input =
            Input { definition: Some(path.clone()), deployment: Some("tests/sam/deployment.yaml".into()), resource };
        let found = Project::load(&mut Files::default(), &input).unwrap_err();
        std::fs::remove_file(path).unwrap();
        assert_eq!(found.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; "), expected, "{to}");
    };
    let one = "`CreateUsagePlan` is one of `PER_API`, `SHARED` and `NONE`";
    check("CreateUsagePlan: PER_API", "CreateUsagePlan: PRO_API", one);
    check("CreateUsagePlan: PER_API", "CreateUsagePlan: !Ref Stage", one);
    check("Description: of pets", "Quotas: {}", "`Quotas` of `UsagePlan` is not understood");
    let limit = "UsagePlan: { CreateUsagePlan: PER_API, UsagePlanName: pets, Description: of pets, Throttle: { RateLimit: !Ref Rate, BurstLimit: 10 } }";
    check(limit, "UsagePlan: PER_API", "a string where `UsagePlan` is expected");
}

/// Every place below an `Auth`, and each `Auth` itself, as JSON pointers.
fn places(value: &Value, place: &str, is_auth: bool, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in children {
        let (is_auth, place) = (is_auth || key == "Auth", format!("{place}/{}", key.replace('/', "~1")));
        places(value, &place, is_auth, found);
        if is_auth {
            found.push(place);
        }
    }
}

/// The methods of a template, each with what guards it; or what is wrong.
fn methods(template: &str, name: &str) -> Result<Vec<Method>, String> {
    let path = std::env::temp_dir().join(format!("gatehouse-sam-{}-{name}.yaml", std::process::id()));
    std::fs::write(&path, template).unwrap();
    let deployment = Some("tests/sam/deployment.yaml".into());
    let input = Input { definition: Some(path.clone()), deployment, resource: None };
    let project = Project::load(&mut Files::default(), &input);
    std::fs::remove_file(path).unwrap();
    let compiled = project.and_then(|project| project.compile().map(|_| project));
    let shown = |findings: Vec<Finding>| findings.into_iter().map(|it| it.message).collect::<Vec<_>>().join("; ");
    Ok(compiled.map_err(shown)?.apis.remove(0).methods)
}

/// Which methods nothing guards; nothing if the template is refused.
fn open_methods(template: &Value, name: &str) -> Option<Vec<String>> {
    let methods = methods(&template.to_string(), name).ok()?;
    let is_open = |method: &&Method| !method.api_key_required && method.authorization == Authorization::None;
    let shown = |method: &Method| format!("{:?} {}", method.http_method, method.resource_path);
    Some(methods.iter().filter(is_open).map(shown).collect())
}

#[test]
fn what_is_missing_in_an_auth_opens_nothing() {
    // Without these, people write a template that asks for less.
    const ASKS: &[&str] = &["Auth", "DefaultAuthorizer", "ApiKeyRequired"];
    for name in ["auth", "auth-openapi", "signed", "http-auth"] {
        let text = std::fs::read_to_string(format!("tests/sam/{name}.yaml")).unwrap();
        let mut files = Files::default();
        let tree = files.parse(Path::new("template.yaml"), text).unwrap();
        let written: Value = serde_json::to_value(tree.node()).unwrap();
        let open = open_methods(&written, name).unwrap();
        let (mut found, mut served) = (Vec::new(), 0);
        places(&written, "", false, &mut found);
        for place in found {
            let mut nulled = written.clone();
            *nulled.pointer_mut(&place).unwrap() = Value::Null;
            let now = open_methods(&nulled, name).unwrap_or_default();
            assert!(now.iter().all(|method| open.contains(method)), "{name}: null at {place} opens {now:?}");
            let (outer, key) = place.rsplit_once('/').unwrap();
            let mut without = written.clone();
            match without.pointer_mut(outer).unwrap() {
                Value::Object(entries) if !ASKS.contains(&key) => drop(entries.remove(key)),
                Value::Array(items) => drop(items.remove(key.parse().unwrap())),
                _ => continue,
            }
            let now = open_methods(&without, name);
            served += usize::from(now.is_some());
            let now = now.unwrap_or_default();
            assert!(now.iter().all(|method| open.contains(method)), "{name}: without {place} it opens {now:?}");
        }
        assert!(served > 5, "{name}");
    }
}

const CONDITIONAL: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters: { Env: { Type: String, Default: dev }, Stage: { Type: String } }
Conditions: { IsProd: !Equals [!Ref Env, prod], IsDev: !Equals [!Ref Env, dev] }
Globals:
  Api: { Auth: { Authorizers: { Pool: { UserPoolArn: 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a' } } } }
Resources:
  PetsApi:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Stage
      Auth: { DefaultAuthorizer: !If [IsDev, Pool, !Ref 'AWS::NoValue'] }
  Pets:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: pets
      Events:
        List: { Type: Api, Properties: { RestApiId: !Ref PetsApi, Path: !Sub '/${Env}', Method: GET } }
  Orders:
    Type: AWS::Serverless::Function
    Condition: IsProd
    Properties:
      FunctionName: orders
      Events:
        Implied: { Type: Api, Properties: { Path: /orders, Method: GET } }
        List: { Type: Api, Properties: { RestApiId: !Ref PetsApi, Path: /orders, Method: GET } }
";

#[test]
fn conditions_globals_and_functions_of_cloudformation_hold() {
    let check = |from: &str, to: &str, expected: &str| {
        let shown = |method: &Method| {
            let name = match &method.authorization {
                Authorization::None => "open",
                _ => "guarded",
            };
            format!("{} {name}", method.resource_path)
        };
        let found = methods(&CONDITIONAL.replace(from, to), "conditional");
        let found = found.map_or_else(|wrong| wrong, |all| all.iter().map(shown).collect::<Vec<_>>().join(", "));
        assert_eq!(found, expected, "{to}");
    };
    check("", "", "/dev guarded");
    check("Default: dev", "Default: prod", "the template has several APIs: `PetsApi`, `ServerlessRestApi`");
    check("        Implied: { Type: Api, Properties: { Path: /orders, Method: GET } }\n", "", "/dev guarded");
    check("Condition: IsProd", "Condition: IsDev", "the template has several APIs: `PetsApi`, `ServerlessRestApi`");
    check("!Ref PetsApi, Path: !Sub", "PetsApi, Path: !Sub", "/dev guarded");
    check("DefaultAuthorizer: !If [IsDev, Pool, ", "DefaultAuthorizer: !If [IsProd, Pool, ", "/dev open");
    let none = "the `DefaultAuthorizer` is `Pool`, and none of the `Authorizers` is";
    check("    Type: AWS::Serverless::Api\n", "    Type: AWS::Serverless::Api\n    IgnoreGlobals: '*'\n", none);
    check("    Type: AWS::Serverless::Api\n", "    Type: AWS::Serverless::Api\n    IgnoreGlobals: [Auth]\n", none);
    let wrong = "`IgnoreGlobals` is neither `*` nor a list of properties";
    check("    Type: AWS::Serverless::Api\n", "    Type: AWS::Serverless::Api\n    IgnoreGlobals: Auth\n", wrong);
    let without = "what the template's resource `Pets.Arn` will be is not known";
    check("      FunctionName: pets\n", "", without);
    check(
        "RestApiId: !Ref PetsApi, Path: !Sub",
        "RestApiId: !Ref Pets, Path: !Sub",
        "the `RestApiId` of the event `List` is no API of this template",
    );
    check("Globals:\n  Api:", "Globals:\n  Apis:", "`Apis` of `Globals` is not understood");
    let chosen = "`Fn::If` of `Globals` is not understood";
    check("Globals:\n", "Globals:\n  HttpApi: !If [IsDev, {Auth: {}}, {}]\n", chosen);
    check("Globals:\n", "globals:\n", "`globals` is no section of a template");
    check("Globals:\n", "Globals: []\nMetadata:\n", "a list where a map of `Globals` is expected");
    check("Globals:\n", "Globals:\n  HttpApi: true\n", "a boolean where a map of `Globals` is expected");
    let all = "    Properties:\n      StageName: !Ref Stage\n      Auth: { DefaultAuthorizer: !If [IsDev, Pool, !Ref 'AWS::NoValue'] }\n";
    check(all, "    Properties: []\n", "a list where the `Properties` of `PetsApi` are expected");
    let no_methods = "`PetsApi` has no methods: no definition, and no function with events of it";
    check(
        "        List: { Type: Api, Properties: { RestApiId: !Ref PetsApi, Path: !Sub",
        "        List: { Type: Schedule, Properties: { A: !Sub",
        no_methods,
    );
    let name = "SAM has an API of its own under the name `ServerlessRestApi`";
    check("  PetsApi:\n", "  ServerlessRestApi:\n", name);
}

#[test]
fn a_function_without_a_name_is_called_by_its_logical_id_where_that_lives_somewhere() {
    let uri = |functions: &str| {
        let template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Pets:\n    Type: AWS::Serverless::Function\n    \
                        Properties: {Events: {List: {Type: Api, Properties: {Path: /pets, Method: get}}}}\n";
        let deployment = format!(
            "accountId: '123456789012'\nregion: us-east-1\nfunctions: {{{functions}}}\n\
             apis: [{{apiId: a1b2c3d4e5, stages: [{{stageName: Prod}}]}}]\n"
        );
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nameless-{}", functions.len()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("template.yaml"), template).unwrap();
        std::fs::write(folder.join("deployment.yaml"), deployment).unwrap();
        let (definition, deployment) = (folder.join("template.yaml"), folder.join("deployment.yaml"));
        let input = Input { definition: Some(definition), deployment: Some(deployment), resource: None };
        let mut files = Files::default();
        let project = Project::load(&mut files, &input).map_err(|findings| findings[0].message.clone())?;
        Ok(project.apis[0].methods[0].integration.as_ref().unwrap().uri.clone().unwrap())
    };
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:Pets";
    let called = format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations");
    assert_eq!(uri("'*': http://127.0.0.1:3001"), Ok(called.clone()));
    assert_eq!(uri(&format!("{arn}: http://127.0.0.1:3001")), Ok(called));
    let unknown = "what the template's resource `Pets.Arn` will be is not known".to_owned();
    assert_eq!(uri(""), Err(unknown.clone()));
    assert_eq!(uri("arn:aws:lambda:us-east-1:123456789012:function:Dogs: http://127.0.0.1:3001"), Err(unknown));
}

#[test]
fn an_http_api_has_no_usage_plan() {
    let text = std::fs::read_to_string("tests/sam/http-auth.yaml").unwrap();
    let plan = text.replacen("Auth:\n", "Auth:\n        UsagePlan: { CreateUsagePlan: PER_API }\n", 1);
    assert!(plan != text);
    let wrong = methods(&plan, "http-usage").unwrap_err();
    assert!(wrong.contains("`UsagePlan` of `Auth` is not understood"), "{wrong}");
}
