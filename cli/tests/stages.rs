//! What a template sets for the stages of its API is set here, beside what the deployment document says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a panic is a failed test")]

mod common;

use common::{DEPLOYMENT, TEMPLATE as TEMPLATE_FILE};
use serde_json::{Value, json};

const TEMPLATE: &str = "
Parameters:
  Env: { Type: String, Default: prod }
  Rate: { Type: Number, Default: 10 }
  Table: { Type: String }
Conditions:
  Unknown: !Equals [!Ref Table, x]
Resources:
  Pets:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        info: { title: pets, version: '1' }
        paths: { /pets: { get: { x-amazon-apigateway-integration: { type: MOCK, responses: { default: { statusCode: '200' } } } } } }
";
const HTTP: &str = "
Resources:
  Pets:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Body:
        openapi: 3.0.1
        info: { title: pets, version: '1' }
        paths: { /pets: { get: { x-amazon-apigateway-integration: { type: http_proxy, httpMethod: GET, uri: 'http://pets.example', payloadFormatVersion: '1.0' } } } }
";
const PROD: &str = "{ stageName: prod }";

/// The first API's stages and what is said of them.
fn load(template: &str, stages: Option<&str>) -> Result<(Value, Vec<String>), String> {
    read(template, stages, "").map(|(stages, _, told)| (stages, told))
}

/// The same with the custom domain names.
fn read(template: &str, stages: Option<&str>, others: &str) -> Result<(Value, Value, Vec<String>), String> {
    let mut files = vec![(TEMPLATE_FILE, template.to_owned())];
    files.extend(stages.map(|stages| {
        let api = format!("{{ apiId: p1, definition: template.yaml, stages: [{stages}] }}");
        (DEPLOYMENT, format!("accountId: '123456789012'\nregion: us-east-1\napis: [{api}]\n{others}"))
    }));
    let (project, told) = common::load(&files)?;
    let read =
        |place| project.document.pointer(place).map_or(Value::Null, |it| serde_json::to_value(it.node()).unwrap());
    Ok((read("/apis/0/stages"), read("/domainNames"), told))
}

fn of_stage(properties: &str) -> String {
    let stage = format!("RestApiId: !Ref Pets, StageName: !Ref Env, {properties}");
    format!("{TEMPLATE}  Stage: {{ Type: AWS::ApiGateway::Stage, Properties: {{ {stage} }} }}\n")
}

fn check(template: &str, stages: &str, expected: &Value, told: &[&str]) {
    let (found, said) = load(template, Some(stages)).unwrap_or_else(|wrong| panic!("{wrong}\n{template}"));
    assert_eq!((&found, said), (expected, told.iter().map(ToString::to_string).collect()), "{template}");
}

#[test]
fn a_stage_has_what_its_template_sets() {
    let prod = |setting: &str, value: Value| json!([{"stageName": "prod", setting: value}]);
    for (properties, expected) in [
        ("Variables: { color: !Sub 'blue-${Env}' }", prod("variables", json!({"color": "blue-prod"}))),
        (
            "MethodSettings: [{ ResourcePath: /*, HttpMethod: '*', ThrottlingRateLimit: !Ref Rate, ThrottlingBurstLimit: '5' }]",
            prod("methodSettings", json!({"*/*": {"throttlingRateLimit": 10, "throttlingBurstLimit": 5}})),
        ),
        (
            "MethodSettings: [{ ResourcePath: /~1pets, HttpMethod: GET, MetricsEnabled: 'true' }]",
            prod("methodSettings", json!({"~1pets/GET": {"metricsEnabled": true}})),
        ),
        (
            "AccessLogSetting: { DestinationArn: !GetAtt Logs.Arn, Format: $context.requestId }",
            prod("accessLogSettings", json!({"format": "$context.requestId"})),
        ),
        (
            "CanarySetting: { PercentTraffic: '5', StageVariableOverrides: { color: green } }",
            prod("canarySettings", json!({"percentTraffic": 5, "stageVariableOverrides": {"color": "green"}})),
        ),
        (
            "DeploymentId: !Ref D, CanarySetting: { DeploymentId: !Ref D, PercentTraffic: 5 }",
            prod("canarySettings", json!({"percentTraffic": 5})),
        ),
        ("Variables: !Ref AWS::NoValue, Tags: [], Description: x", json!([{"stageName": "prod"}])),
    ] {
        check(&of_stage(properties), PROD, &expected, &[]);
    }
    let by_deployment = "RestApiId: !Ref Pets, StageName: prod, StageDescription: \
        { Variables: { color: blue }, ThrottlingRateLimit: 1, LoggingLevel: 'OFF' }";
    let by_deployment =
        format!("{TEMPLATE}  D: {{ Type: AWS::ApiGateway::Deployment, Properties: {{ {by_deployment} }} }}\n");
    let settings = json!({"*/*": {"throttlingRateLimit": 1, "loggingLevel": "OFF"}});
    let expected = json!([{"stageName": "prod", "variables": {"color": "blue"}, "methodSettings": settings}]);
    check(&by_deployment, PROD, &expected, &[]);
}

#[test]
fn a_stage_of_an_http_api_has_settings_of_its_routes() {
    let stage = "ApiId: !Ref Pets, StageName: $default, StageVariables: { color: blue }, \
        DefaultRouteSettings: { ThrottlingBurstLimit: 5 }, RouteSettings: { GET /pets: { ThrottlingRateLimit: 1 } }";
    let template = format!("{HTTP}  Stage: {{ Type: AWS::ApiGatewayV2::Stage, Properties: {{ {stage} }} }}\n");
    let settings = json!({"*/*": {"throttlingBurstLimit": 5}, "pets/GET": {"throttlingRateLimit": 1}});
    let expected = json!([{"stageName": "$default", "variables": {"color": "blue"}, "methodSettings": settings}]);
    check(&template, "{ stageName: $default }", &expected, &[]);
}

#[test]
fn sam_gives_its_stage_what_the_api_and_its_events_set() {
    let function = "Type: AWS::Serverless::Function\n    Properties:\n      FunctionName: f\n      Events:\n";
    let rest = format!(
        "Transform: AWS::Serverless-2016-10-31\nGlobals: {{ Api: {{ Variables: {{ color: blue }} }} }}\nResources:\n  \
        Pets: {{ Type: AWS::Serverless::Api, Properties: {{ StageName: prod, MethodSettings: [{{ ResourcePath: /*, HttpMethod: '*', ThrottlingRateLimit: 2 }}] }} }}\n  \
        F:\n    {function}        E: {{ Type: Api, Properties: {{ RestApiId: !Ref Pets, Path: /pets, Method: get }} }}\n"
    );
    let expected = json!([{"stageName": "prod", "variables": {"color": "blue"},
        "methodSettings": {"*/*": {"throttlingRateLimit": 2}}}]);
    assert_eq!(load(&rest, None).unwrap(), (expected, vec![]));
    let http = format!(
        "Transform: AWS::Serverless-2016-10-31\nGlobals: {{ HttpApi: {{ StageVariables: {{ color: blue }} }} }}\nResources:\n  F:\n    {function}        \
        E: {{ Type: HttpApi, Properties: {{ Path: /pets, Method: get, RouteSettings: {{ ThrottlingRateLimit: 2 }} }} }}\n"
    );
    let expected = json!([{"stageName": "$default", "variables": {"color": "blue"},
        "methodSettings": {"pets/GET": {"throttlingRateLimit": 2}}}]);
    assert_eq!(load(&http, None).unwrap(), (expected, vec![]));
}

#[test]
fn what_the_deployment_document_says_counts() {
    let template = of_stage(
        "Variables: { color: blue, size: big }, AccessLogSetting: { Format: theirs $context.requestId }, MethodSettings: \
         [{ ResourcePath: /pets, HttpMethod: GET, ThrottlingRateLimit: 1 }, { ResourcePath: /*, HttpMethod: '*', ThrottlingRateLimit: 2 }]",
    );
    let own = "{ stageName: prod, variables: { color: red }, accessLogSettings: { format: ours $context.requestId }, \
        methodSettings: { ~1pets/GET: { throttlingRateLimit: 9 } } }";
    let settings = json!({"~1pets/GET": {"throttlingRateLimit": 9}, "*/*": {"throttlingRateLimit": 2}});
    let expected = json!([{"stageName": "prod", "variables": {"color": "red", "size": "big"},
        "accessLogSettings": {"format": "ours $context.requestId"}, "methodSettings": settings}]);
    check(&template, own, &expected, &[]);
    // What it says need not be known.
    let template = of_stage("Variables: { table: !Ref Table }, CanarySetting: { DeploymentId: other }");
    let own = "{ stageName: prod, variables: { table: pets }, canarySettings: {} }";
    let expected = json!([{"stageName": "prod", "variables": {"table": "pets"}, "canarySettings": {}}]);
    check(&template, own, &expected, &[]);
}

#[test]
fn a_stage_that_is_not_served_is_told_if_it_sets_something() {
    let told = "what `Stage` sets is left out: the deployment document has no stage `prod`";
    check(&of_stage("Variables: { a: b }"), "{ stageName: dev }", &json!([{"stageName": "dev"}]), &[told]);
    check(&of_stage("Tags: []"), "{ stageName: dev }", &json!([{"stageName": "dev"}]), &[]);
    let unknown = of_stage("Variables: { a: b }").replace("!Ref Env", "!Ref Table");
    let told = "which stage `Stage` is is not known: what it sets is left out";
    check(&unknown, "{ stageName: dev }", &json!([{"stageName": "dev"}]), &[told]);
    let others = of_stage("Variables: { a: b }").replace("RestApiId: !Ref Pets", "RestApiId: !Ref Orders");
    check(&others, PROD, &json!([{"stageName": "prod"}]), &[]);
}

#[test]
fn what_cannot_be_served_of_a_stage_is_told() {
    for (properties, told) in [
        ("ClientCertificateId: c", "the key of its client certificate AWS alone has: backends are shown none"),
        ("Varables: { a: b }", "`Varables` of `Stage` is not read"),
    ] {
        check(&of_stage(properties), PROD, &json!([{"stageName": "prod"}]), &[told]);
    }
    let cached =
        of_stage("MethodSettings: [{ ResourcePath: /*, HttpMethod: '*', CachingEnabled: true, CacheTtlInSeconds: 5 }]");
    check(&cached, PROD, &json!([{"stageName": "prod"}]), &["responses are not cached yet"]);
    let traced = json!([{"stageName": "prod", "tracingEnabled": true}]);
    check(&of_stage("TracingEnabled: 'true'"), PROD, &traced, &["X-Ray is not served yet: nothing is traced"]);
}

#[test]
fn a_client_certificate_is_the_documents() {
    let template = of_stage("ClientCertificateId: !Ref Certificate");
    let certificates = "clientCertificates: { mine: { certificate: a.pem, privateKey: a.key } }";
    let own = Some("{ stageName: prod, clientCertificateId: mine }");
    let (stages, _, told) = read(&template, own, certificates).unwrap();
    assert_eq!((stages, told), (json!([{"stageName": "prod", "clientCertificateId": "mine"}]), Vec::new()));
    check(&of_stage("ClientCertificateId: !Ref AWS::NoValue"), PROD, &json!([{"stageName": "prod"}]), &[]);
}

#[test]
fn what_is_wrong_with_what_counts_is_refused() {
    for (properties, wrong) in [
        ("Variables: { table: !Ref Table }", "the parameter `Table` has no value"),
        (
            "Variables: { a: b+c }",
            "`b+c` is no stage variable's value: use 1 to 512 letters, digits, spaces and characters of `-._~:/?#&=,`",
        ),
        ("Variables: { a: null }", "null where a value is expected"),
        ("Variables: [a]", "invalid type: a list, expected a map"),
        ("AccessLogSetting: x", "a string where a map is expected"),
        ("AccessLogSetting: null", "null where a value is expected"),
        ("AccessLogSetting: !If [Unknown, { Format: $context.requestId }, !Ref AWS::NoValue]", "`Table` has no value"),
        ("CanarySetting: []", "a list where a map is expected"),
        ("CanarySetting: !If [Unknown, { PercentTraffic: 5 }, !Ref AWS::NoValue]", "`Table` has no value"),
        ("MethodSettings: {}", "a map where a list of `MethodSettings` is expected"),
        (
            "MethodSettings: [{ ThrottlingRateLimit: 1 }]",
            "settings of methods need a `ResourcePath` and an `HttpMethod`, `/*` and `*` for all",
        ),
        (
            "MethodSettings: [{ ResourcePath: /*, HttpMethod: '*', ThrottlingRateLimit: null }]",
            "null where a value is expected",
        ),
        (
            "MethodSettings: [{ ResourcePath: /*, HttpMethod: '*', ThrottlingRateLimit: !Ref Table }]",
            "the parameter `Table` has no value",
        ),
        (
            "CanarySetting: { DeploymentId: other, PercentTraffic: 5 }",
            "a canary of another deployment is not served: nothing here has its definition",
        ),
        ("CanarySetting: { PercentTraffic: 101 }", "`101` is no percentage: use 0 to 100"),
    ] {
        let found = load(&of_stage(properties), Some(PROD)).map(|_| ()).unwrap_err();
        assert!(found.contains(wrong), "{properties}: {found}");
    }
    let misspelt = "MethodSettings: [{ ResourcePath: /*, HttpMethod: '*', ThrotlingRateLimit: 1 }]";
    let found = load(&of_stage(misspelt), Some(PROD)).map(|_| ()).unwrap_err();
    assert!(found.contains("unknown field `ThrotlingRateLimit`"), "{found}");
}

/// Templates are parameterized, and what AWS alone knows of them is no reason to refuse what nobody will see.
#[test]
fn what_is_not_known_and_changes_nothing_is_told() {
    let told =
        |name: &str| format!("`{name}` is not known (the parameter `Table` has no value), and changes nothing here");
    let prod = json!([{"stageName": "prod"}]);
    let limited = json!([{"stageName": "prod", "methodSettings": {"*/*": {"throttlingRateLimit": 1}}}]);
    let of_all = "MethodSettings: [{ ResourcePath: /*, HttpMethod: '*'";
    for (properties, expected, names) in [
        (format!("{of_all}, LoggingLevel: !Ref Table }}]"), &prod, vec!["LoggingLevel"]),
        (format!("{of_all}, ThrottlingRateLimit: 1, MetricsEnabled: !Ref Table }}]"), &limited, vec!["MetricsEnabled"]),
        (
            format!("{of_all}, CachingEnabled: !Ref Table, CacheTtlInSeconds: !Ref Table }}]"),
            &prod,
            vec!["CachingEnabled", "CacheTtlInSeconds"],
        ),
        ("TracingEnabled: !Ref Table".to_owned(), &prod, vec!["TracingEnabled"]),
        (
            "CacheClusterEnabled: !Ref Table, CacheClusterSize: !Ref Table".to_owned(),
            &prod,
            vec!["CacheClusterEnabled"],
        ),
        (
            "CanarySetting: { PercentTraffic: 5, UseStageCache: !Ref Table }".to_owned(),
            &json!([{"stageName": "prod", "canarySettings": {"percentTraffic": 5}}]),
            vec!["UseStageCache"],
        ),
    ] {
        let names: Vec<String> = names.into_iter().map(told).collect();
        check(&of_stage(&properties), PROD, expected, &names.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let http = HTTP.replace("Resources:", "Parameters: { Table: { Type: String } }\nResources:");
    let stage = "ApiId: !Ref Pets, StageName: prod, DefaultRouteSettings: { DetailedMetricsEnabled: !Ref Table }";
    let http = format!("{http}  Stage: {{ Type: AWS::ApiGatewayV2::Stage, Properties: {{ {stage} }} }}\n");
    check(&http, PROD, &prod, &[&told("DetailedMetricsEnabled")]);
}

#[test]
fn a_canary_of_another_deployment_that_gets_nothing_changes_nothing() {
    let prod = json!([{"stageName": "prod"}]);
    for canary in
        ["DeploymentId: other, PercentTraffic: 0", "DeploymentId: other, PercentTraffic: '0.0'", "DeploymentId: other"]
    {
        check(&of_stage(&format!("CanarySetting: {{ {canary} }}")), PROD, &prod, &[]);
    }
    let by_deployment = |percent: &str| {
        let canary =
            format!("RestApiId: !Ref Pets, StageName: prod, DeploymentCanarySettings: {{ PercentTraffic: {percent} }}");
        format!("{TEMPLATE}  D: {{ Type: AWS::ApiGateway::Deployment, Properties: {{ {canary} }} }}\n")
    };
    check(&by_deployment("0"), PROD, &prod, &[]);
    for percent in ["10", "!Ref Table"] {
        let found = load(&by_deployment(percent), Some(PROD)).map(|_| ()).unwrap_err();
        assert_eq!(found, "a canary of another deployment is not served: nothing here has its definition");
    }
}

#[test]
fn a_deployment_may_say_of_all_methods_in_two_places() {
    let of_all =
        "MethodSettings: [{ ResourcePath: /*, HttpMethod: '*', ThrottlingBurstLimit: 3, ThrottlingRateLimit: 2 }]";
    let stage = format!("{{ ThrottlingRateLimit: 1, LoggingLevel: 'OFF', {of_all} }}");
    let stage = format!("RestApiId: !Ref Pets, StageName: prod, StageDescription: {stage}");
    let template = format!("{TEMPLATE}  D: {{ Type: AWS::ApiGateway::Deployment, Properties: {{ {stage} }} }}\n");
    let settings = json!({"*/*": {"throttlingBurstLimit": 3, "throttlingRateLimit": 2, "loggingLevel": "OFF"}});
    check(&template, PROD, &json!([{"stageName": "prod", "methodSettings": settings}]), &[]);
}

#[test]
fn custom_domain_names_of_a_template_lead_to_its_stages() {
    let resource =
        |kind: &str, properties: &str| format!("  D: {{ Type: AWS::{kind}, Properties: {{ {properties} }} }}\n");
    let domain =
        "  Domain: { Type: AWS::ApiGateway::DomainName, Properties: { DomainName: !Sub '${Env}.example.com' } }\n";
    let stage =
        "  Stage: { Type: AWS::ApiGateway::Stage, Properties: { RestApiId: !Ref Pets, StageName: !Ref Env } }\n";
    let check = |mapping: &str, others: &str, expected: Value, told: &[&str]| {
        let template = format!("{TEMPLATE}{domain}{stage}{mapping}");
        let (_, found, said) = read(&template, Some(PROD), others).unwrap();
        assert_eq!((found, said), (expected, told.iter().map(ToString::to_string).collect()), "{mapping}");
    };
    let one = |mapping: Value| json!([{"domainName": "prod.example.com", "apiMappings": [mapping]}]);
    let mapping =
        |properties: &str| resource("ApiGateway::BasePathMapping", &format!("RestApiId: !Ref Pets, {properties}"));
    let v1 = mapping("DomainName: !Ref Domain, BasePath: v1, Stage: !Ref Stage");
    check(&v1, "", one(json!({"apiId": "p1", "apiMappingKey": "v1", "stage": "prod"})), &[]);
    let alone = mapping("DomainName: prod.example.com");
    check(&alone, "", one(json!({"apiId": "p1"})), &[]);
    let second = resource(
        "ApiGatewayV2::ApiMapping",
        "ApiId: !Ref Pets, DomainName: !Ref Domain, ApiMappingKey: a/b, Stage: prod",
    );
    check(&second, "", one(json!({"apiId": "p1", "apiMappingKey": "a/b", "stage": "prod"})), &[]);
    // What the document says of a domain counts.
    let own = "domainNames: [{ domainName: PROD.example.com, apiMappings: [{ apiId: p1, stage: prod }] }]";
    let expected = json!([{"domainName": "PROD.example.com", "apiMappings": [{"apiId": "p1", "stage": "prod"}]}]);
    check(&v1, own, expected, &[]);
    let other = mapping("DomainName: a.b, Stage: dev");
    let told = "what `D` leads to is left out: the deployment document has no stage `dev`";
    check(&other, "", Value::Null, &[told]);
    let told = "what `D` leads to is not known (the parameter `Table` has no value): it is left out";
    check(&mapping("DomainName: !Ref Table"), "", Value::Null, &[told]);
    let told = "what `D` leads to is not known (there is no `DomainName`): it is left out";
    check(&mapping("Stage: prod"), "", Value::Null, &[told]);
    // Less said would be more mapped.
    for (wrong, why) in [
        ("Stage: [prod]", "its `Stage` is a list"),
        ("BasePath: null", "`BasePath` of it has no value"),
        ("BasPath: v1", "`BasPath` of it is not known"),
        ("DomainNameId: d1", "private custom domain names are not read"),
    ] {
        let told = format!("what `D` leads to is not known ({why}): it is left out");
        check(&mapping(&format!("DomainName: a.b, {wrong}")), "", Value::Null, &[&told]);
    }
    let of_path = json!([{"domainName": "a.b", "apiMappings": [{"apiId": "p1", "stage": ""}]}]);
    check(&mapping("DomainName: a.b, Stage: ''"), "", of_path, &[]);
    let private = resource("ApiGateway::BasePathMappingV2", "RestApiId: !Ref Pets, DomainNameArn: a, Stage: prod");
    let told = "what `D` leads to is not known (private custom domain names are not read): it is left out";
    check(&private, "", Value::Null, &[told]);
    let action = "Actions: [{ InvokeApi: { ApiId: !Ref Pets, Stage: prod } }]";
    let rule =
        resource("ApiGatewayV2::RoutingRule", &format!("DomainNameArn: a, Priority: 1, Conditions: [], {action}"));
    let told = "what `D` leads to is not known (routing rules are not read): it is left out";
    check(&rule, "", Value::Null, &[told]);
    check(&rule.replace("Ref Pets", "Ref Others"), "", Value::Null, &[]);
    // Hosts have no case.
    let upper = mapping("DomainName: PROD.example.com, BasePath: v2").replace("  D:", "  Upper:");
    let both =
        [json!({"apiId": "p1", "apiMappingKey": "v1", "stage": "prod"}), json!({"apiId": "p1", "apiMappingKey": "v2"})];
    check(&format!("{v1}{upper}"), "", json!([{"domainName": "prod.example.com", "apiMappings": both}]), &[]);
}

/// A guard that a template has is never lost.
#[test]
fn a_domain_name_that_asks_for_certificates_asks_here_too() {
    let template = |domain: &str, name: &str| {
        format!(
            "{TEMPLATE}  Domain: {{ Type: AWS::ApiGateway::DomainName, Properties: {{ DomainName: A.example.com, {domain} }} }}\n  \
               M: {{ Type: AWS::ApiGateway::BasePathMapping, Properties: {{ RestApiId: !Ref Pets, DomainName: {name} }} }}\n"
        )
    };
    let one = |domain: &str, asks: bool| {
        let mut domain = json!({"domainName": domain, "apiMappings": [{"apiId": "p1"}]});
        if asks {
            domain["mutualTlsAuthentication"] = json!({});
        }
        json!([domain])
    };
    let check = |domain: &str, name: &str, others: &str, expected: Value, told: &[&str]| {
        let (_, found, said) = read(&template(domain, name), Some(PROD), others).unwrap();
        assert_eq!(
            (found, said),
            (expected, told.iter().map(ToString::to_string).collect()),
            "{domain} {name} {others}"
        );
    };
    const PAST: &str = "the API `p1` is called without a certificate by all other hosts: disable its default endpoint (`disableExecuteApiEndpoint`)";
    const ASKS: &str = "MutualTlsAuthentication: { TruststoreUri: !Sub 's3://${Table}/a.pem' }";
    check(ASKS, "!Ref Domain", "", one("A.example.com", true), &[PAST]);
    check(ASKS, "a.example.com", "", one("a.example.com", true), &[PAST]);
    check("EndpointConfiguration: { Types: [REGIONAL] }", "!Ref Domain", "", one("A.example.com", false), &[]);
    check("MutualTlsAuthentication: !Ref 'AWS::NoValue'", "!Ref Domain", "", one("A.example.com", false), &[]);
    let conditional = "MutualTlsAuthentication: !If [Unknown, { TruststoreUri: s3://a/b }, !Ref 'AWS::NoValue']";
    let told = read(&template(conditional, "!Ref Domain"), Some(PROD), "").unwrap_err();
    assert_eq!(told, "the parameter `Table` has no value");
    // The document says which mappings there are, and whether there is a guard only when it says so.
    let own =
        |guard: &str| format!("domainNames: [{{ domainName: a.example.com, apiMappings: [{{ apiId: p1 }}]{guard} }}]");
    check(ASKS, "!Ref Domain", &own(""), one("a.example.com", true), &[PAST]);
    let mut none = one("a.example.com", false);
    none[0]["mutualTlsAuthentication"] = Value::Null;
    check(ASKS, "!Ref Domain", &own(", mutualTlsAuthentication: null"), none, &[]);
    let (_, found, said) =
        read(&template(ASKS, "!Ref Domain"), Some("{ stageName: prod, domainName: a.example.com }"), "").unwrap();
    assert_eq!(
        (found, said),
        (Value::Null, vec!["`A.example.com` asks its clients for certificates, and is not asked for any here".into()])
    );
}

/// Whatever leads there, and whoever says so.
#[test]
fn what_is_not_known_of_a_domain_name_takes_no_guard_away() {
    let domain = |properties: &str| {
        format!("  Domain: {{ Type: AWS::ApiGateway::DomainName, Properties: {{ {properties} }} }}\n")
    };
    let mapping = |properties: &str| {
        format!(
            "  M: {{ Type: AWS::ApiGateway::BasePathMapping, Properties: {{ RestApiId: !Ref Pets, DomainName: a.b{properties} }} }}\n"
        )
    };
    let check = |domain: String, mapping: String, others: &str, expected: Value, told: &[&str]| {
        let template = format!("{TEMPLATE}{domain}{mapping}");
        let (_, found, mut said) = read(&template, Some(PROD), others).unwrap();
        said.retain(|it| !it.starts_with("the API `p1` is called without a certificate"));
        assert_eq!((found, said), (expected, told.iter().map(ToString::to_string).collect()), "{template}");
    };
    const GUARD: &str = "MutualTlsAuthentication: { TruststoreUri: s3://a/b }";
    let out = |why: &str| format!("what `M` leads to is not known ({why}): it is left out");
    let unnamed = "the parameter `Table` has no value";
    let nameless = format!("`Domain` asks its clients for certificates, and its name is not known ({unnamed})");
    let named_by = |name: &str| domain(&format!("DomainName: {name}, {GUARD}"));
    check(named_by("!Ref Table"), mapping(""), "", Value::Null, &[&out(unnamed), &nameless]);
    let whole = "  Whole: { Type: AWS::ApiGateway::DomainName, Properties: { DomainName: A.b } }\n";
    let open = json!([{"domainName": "a.b", "apiMappings": [{"apiId": "p1"}]}]);
    check(named_by("!Ref Table") + whole, mapping(""), "", open.clone(), &[&nameless]);
    check(domain("DomainName: !Ref Table"), mapping(""), "", open, &[]);
    let included = "DomainName: a.b, 'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location: s3://a/b } }";
    check(domain(included), mapping(""), "", Value::Null, &[&out("`Fn::Transform` is not resolved")]);
    // As the help says.
    let own = "domainNames: [{ domainName: a.b, apiMappings: [{ apiId: p1 }] }]";
    let guarded = json!([{"domainName": "a.b", "apiMappings": [{"apiId": "p1"}], "mutualTlsAuthentication": {}}]);
    check(named_by("a.b"), mapping(", Stage: !Ref Table"), own, guarded.clone(), &[&out(unnamed)]);
    check(named_by("a.b"), String::new(), own, guarded, &[]);
}

#[test]
fn a_domain_name_of_one_template_is_guarded_where_another_maps_it() {
    let domain = "  D: { Type: AWS::ApiGatewayV2::DomainName, Properties: { DomainName: a.b, MutualTlsAuthentication: { TruststoreUri: s3://a/b } } }\n";
    let mapping =
        "  M: { Type: AWS::ApiGateway::BasePathMapping, Properties: { RestApiId: !Ref Pets, DomainName: a.b } }\n";
    for (first, second) in [(domain, mapping), (mapping, domain)] {
        let deployment = "accountId: '123456789012'\nregion: us-east-1\napis:\n\
            - { apiId: p1, definition: template.yaml, stages: [{ stageName: prod }] }\n\
            - { apiId: p2, definition: other.yaml, stages: [{ stageName: dev }] }\n";
        let files = [
            (TEMPLATE_FILE, format!("{TEMPLATE}{first}")),
            ("other.yaml", format!("{TEMPLATE}{second}")),
            (DEPLOYMENT, deployment.to_owned()),
        ];
        let (project, _) = common::load(&files).unwrap();
        assert!(project.deployment.domain_names.iter().all(|domain| domain.mutual_tls));
        assert_eq!(project.deployment.domain_names.len(), 1);
    }
}

#[test]
fn a_domain_name_of_sam_that_asks_for_certificates_asks_here_too() {
    for kind in ["Api", "HttpApi"] {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api:\n    Type: AWS::Serverless::{kind}\n    Properties:\n      \
            StageName: prod\n      Domain: {{ DomainName: a.b, CertificateArn: c, MutualTlsAuthentication: {{ TruststoreUri: s3://a/b }} }}\n      \
            DefinitionBody:\n        \
            openapi: 3.0.1\n        info: {{ title: a, version: '1' }}\n        paths:\n          /a: {{ get: {{ \
            x-amazon-apigateway-integration: {{ type: http_proxy, httpMethod: GET, uri: 'http://a.example', payloadFormatVersion: '1.0' }} }} }}\n"
        );
        let (_, found, _) = read(&template, Some(PROD), "").unwrap();
        assert_eq!(found[0]["mutualTlsAuthentication"], json!({}), "{kind}: {found}");
    }
}

#[test]
fn a_mapping_of_sam_has_the_name_that_the_transform_gives_it() {
    let check = |kind: &str, domain: &str, name: &str| {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api:\n    Type: AWS::Serverless::{kind}\n    Properties:\n      \
            StageName: prod\n      Domain: {{ DomainName: !Ref Unknown, {domain} }}\n      DefinitionBody:\n        \
            openapi: 3.0.1\n        info: {{ title: a, version: '1' }}\n        paths:\n          /a: {{ get: {{ \
            x-amazon-apigateway-integration: {{ type: http_proxy, httpMethod: GET, uri: 'http://a.example', payloadFormatVersion: '1.0' }} }} }}\n"
        );
        let (_, told) = load(&template, Some(PROD)).unwrap();
        assert!(told.concat().starts_with(&format!("what `{name}` leads to is not known")), "{told:?}");
    };
    check("Api", "CertificateArn: c", "ApiBasePathMapping");
    check("Api", "BasePath: /my-path", "ApimypathBasePathMapping");
    check("HttpApi", "BasePath: /my-path/v_1", "Apimypathv1ApiMapping");
}

#[test]
fn a_mapping_names_a_stage_of_sam_as_the_transform_calls_it() {
    let check = |name: &str, reference: &str, stage: &str| {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  Mapping: {{ Type: AWS::ApiGatewayV2::ApiMapping, Properties: \
            {{ ApiId: !Ref Api, DomainName: a.b, Stage: !Ref {reference} }} }}\n  Api:\n    Type: AWS::Serverless::HttpApi\n    \
            Properties:\n      Description: a\n      {name}\n      DefinitionBody:\n        \
            openapi: 3.0.1\n        info: {{ title: a, version: '1' }}\n        paths:\n          /a: {{ get: {{ \
            x-amazon-apigateway-integration: {{ type: http_proxy, httpMethod: GET, uri: 'http://a.example', payloadFormatVersion: '1.0' }} }} }}\n"
        );
        let (_, found, told) = read(&template, Some(&format!("{{ stageName: {stage} }}")), "").unwrap();
        assert_eq!(found[0]["apiMappings"][0]["stage"], json!(stage), "{template}{told:?}");
    };
    check("", "Api.Stage", "$default");
    check("", "ApiApiGatewayDefaultStage", "$default");
    check("StageName: $default", "ApiApiGatewayDefaultStage", "$default");
    check("StageName: prod", "Api.Stage", "prod");
    check("StageName: prod", "ApiprodStage", "prod");
}

#[test]
fn sam_maps_the_base_paths_of_its_domain() {
    let check = |kind: &str, domain: &str, expected: Value| {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31\nParameters: {{ Path: {{ Type: String, Default: /my-path }}, None: {{ Type: String }} }}\n\
            Resources:\n  Api:\n    Type: AWS::Serverless::{kind}\n    Properties:\n      \
            StageName: prod\n      Domain: {{ DomainName: a.b, CertificateArn: !Ref C, {domain} }}\n      DefinitionBody:\n        \
            openapi: 3.0.1\n        info: {{ title: a, version: '1' }}\n        paths:\n          /a: {{ get: {{ \
            x-amazon-apigateway-integration: {{ type: http_proxy, httpMethod: GET, uri: 'http://a.example', payloadFormatVersion: '1.0' }} }} }}\n"
        );
        let (_, found, _) = read(&template, Some(PROD), "").unwrap();
        let keys: Vec<Value> =
            found[0]["apiMappings"].as_array().unwrap().iter().map(|it| it["apiMappingKey"].clone()).collect();
        assert_eq!((&found[0]["domainName"], Value::from(keys)), (&json!("a.b"), expected), "{domain}");
    };
    check("Api", "BasePath: [/one-1, two/2]", json!(["one1", "two2"]));
    check("Api", "BasePath: [one-1], NormalizeBasePath: false", json!(["one-1"]));
    check("Api", "BasePath: [/]", json!([""]));
    check("Api", "EndpointConfiguration: REGIONAL", json!([null]));
    check("HttpApi", "BasePath: [/one-1/]", json!(["one-1"]));
    // The transform knows parameters.
    check("Api", "BasePath: !Ref Path", json!(["mypath"]));
    check("Api", "BasePath: [!Ref Path, two]", json!(["mypath", "two"]));
    check("Api", "BasePath: [!Ref None, two]", json!(["two"]));
}
