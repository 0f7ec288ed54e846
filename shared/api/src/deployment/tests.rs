//! Deployment documents, right and wrong.

use serde_json::{Value, json};

use super::*;
use crate::HttpMethod;

fn minimal() -> Value {
    json!({
        "accountId": "123456789012",
        "region": "us-east-1",
        "apis": [{"apiId": "a1b2c3d4e5", "definition": "petstore.yaml", "stages": [{"stageName": "test"}]}]
    })
}

fn read(document: &Value) -> Result<Deployment, Vec<String>> {
    let node: Node = serde_json::from_str(&document.to_string()).unwrap();
    Deployment::read(&node).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// The minimal document with the value at `pointer` set reads with exactly these problems.
fn check(pointer: &str, value: Value, expected: &[&str]) {
    let mut document = minimal();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    document.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key, value);
    let problems = read(&document).err().unwrap_or_default();
    assert_eq!(problems, expected, "{pointer} in {document}");
}

#[test]
fn a_deployment_is_understood() {
    let mut document = minimal();
    document["endpoints"] = json!({
        "http://petstore.example.com:80/": "http://127.0.0.1:9000",
        "https://b.example.com": {"url": "http://b:81", "hostHeader": "c.example.com"}
    });
    document["vpcLinks"] = json!({"abc123": "http://10.0.0.1"});
    document["apis"][0]["domainName"] = json!("API.example.com");
    document["apis"][0]["stages"] = json!([
        {"stageName": "test", "variables": {"version": 2, "on": true, "url": "a.example.com/x?y=z"}},
        {"stageName": "prod-1", "domainName": "prod.example.com", "deploymentId": "d1", "description": "live",
         "methodSettings": {"*/*": {"metricsEnabled": true}},
         "accessLogSettings": {"format": "$context.requestId $context.status\n"}}
    ]);
    let deployment = read(&document).unwrap();

    let endpoint = |url: &str| deployment.endpoints.get(&Origin::parse(url).unwrap()).unwrap();
    assert_eq!(endpoint("http://petstore.example.com").origin.to_string(), "http://127.0.0.1:9000");
    assert_eq!(endpoint("https://b.example.com").host_header.as_deref(), Some("c.example.com"));
    assert_eq!(deployment.vpc_links["abc123"].origin.authority(), "10.0.0.1");
    let api = &deployment.apis[0];
    assert_eq!(api.domain_name.as_deref(), Some("api.example.com"));
    assert_eq!(deployment.execute_api_host(api), "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com");
    assert_eq!(api.stages[0].variables["version"], "2");
    assert_eq!(api.stages[0].variables["on"], "true");
    assert!(api.stages[1].method_settings.of("/", HttpMethod::Get).metrics_enabled);
    assert_eq!(api.stages[1].access_log_settings.as_ref().unwrap().format, "$context.requestId $context.status");
    assert_eq!(deployment.unserved(), []);
}

#[test]
fn functions_live_where_the_document_says() {
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
    let mut document = minimal();
    document["functions"] = json!({
        arn: {"type": "HTTP", "url": "http://f:8080/authorize?x=1", "hostHeader": "g"},
        "*": "http://127.0.0.1:9001/"
    });
    let deployment = read(&document).unwrap();
    let function = deployment.functions.find(arn);
    assert_eq!((function.origin.port, function.authority.as_str()), (8080, "g"));
    assert_eq!(function.protocol, FunctionProtocol::Http { path: "/authorize?x=1".into() });
    assert_eq!(deployment.functions.find("else").protocol, FunctionProtocol::Lambda);
    check(
        "/functions",
        json!({"f": "http://f"}),
        &[
            "error: /functions/f: `f` is no function's ARN: write `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, or `*` for \
           every other function",
        ],
    );
    check(
        "/functions",
        json!({"*": "http://f/x"}),
        &[
            "error: /functions/*: `http://f/x` has a path: Lambda's Invoke API has paths of its own. For an endpoint that \
           takes the event itself, write `{ type: HTTP, url: http://f/x }`",
        ],
    );
    check(
        "/functions",
        json!({"*": "f:1"}),
        &["error: /functions/*: `f:1` is no origin: write scheme, host and port, such as `http://127.0.0.1:9000`"],
    );
}

#[test]
fn names_are_checked_as_aws_checks_them() {
    check("/accountId", json!("12345"), &["error: /accountId: `12345` is no account id: write twelve digits, quoted"]);
    check("/accountId", json!(123456789012u64), &[]);
    check("/region", json!("us-gov-west-1"), &[]);
    for region in ["useast1", "us-east", "US-EAST-1", "", "us--1"] {
        let expected = format!("error: /region: `{region}` is no region: write it as AWS does, such as `us-east-1`");
        check("/region", json!(region), &[&expected]);
    }
    check(
        "/apis/0/apiId",
        json!("a/b"),
        &["error: /apis/0/apiId: `a/b` is no API id: use lower-case letters, digits and hyphens"],
    );
    check("/apis/0/stages/0/stageName", json!("v2-dev_1"), &[]);
    check(
        "/apis/0/stages/0/stageName",
        json!("$live"),
        &[
            "error: /apis/0/stages/0/stageName: `$live` is no stage name: use up to 128 letters, digits, hyphens and underscores",
        ],
    );
    check(
        "/apis/0/stages/0/domainName",
        json!("a.example:80"),
        &[
            "error: /apis/0/stages/0/domainName: `a.example:80` is no host's name: use letters, digits, hyphens and dots, without a port",
        ],
    );
    check(
        "/apis/0/stages/0/variables",
        json!({"a-b": "x"}),
        &[
            "error: /apis/0/stages/0/variables/a-b: `a-b` is no stage variable's name: use up to 64 letters, digits and underscores",
        ],
    );
    check(
        "/apis/0/stages/0/variables",
        json!({"a": "x y!"}),
        &[
            "error: /apis/0/stages/0/variables/a: `x y!` is no stage variable's value: use 1 to 512 letters, digits, spaces and characters of `-._~:/?#&=,`",
        ],
    );
    check("/apis/0/stages/0/variables", json!({"a": "x y, a-b._:/?&=#~"}), &[]);
    check(
        "/apis/0/stages/0/variables",
        json!({"a": 1.0}),
        &["error: /apis/0/stages/0/variables/a: `1.0` is a number where a text is expected: quote it"],
    );
}

#[test]
fn what_must_be_unique_is() {
    check(
        "/apis/0/stages",
        json!([{"stageName": "a"}, {"stageName": "a"}]),
        &["error: /apis/0/stages/1/stageName: `a` is the name of another stage too"],
    );
    check(
        "/apis/0/stages",
        json!([{"stageName": "a", "domainName": "x"}, {"stageName": "b", "domainName": "X"}]),
        &["error: /apis/0/stages/1/domainName: `x` is the host of another API or stage too"],
    );
    let api = json!({"apiId": "a", "stages": [{"stageName": "test"}]});
    check("/apis", json!([api, api]), &["error: /apis/1/apiId: `a` is the id of another API too"]);
    check("/apis", json!([]), &["error: /apis: there is no API: name at least one"]);
    check("/apis/0/stages", json!([]), &["error: /apis/0/stages: there is no stage: name at least one"]);
    check(
        "/endpoints",
        json!({"http://a:80": "http://b", "http://a": "http://b"}),
        &["error: /endpoints/http:~1~1a:80: `http://a:80` is the same origin as another key"],
    );
}

#[test]
fn endpoints_are_origins() {
    check(
        "/endpoints",
        json!({"http://a/b": "http://b"}),
        &[
            "error: /endpoints/http:~1~1a~1b: `http://a/b` is no origin: write scheme, host and port, such as `http://127.0.0.1:9000`",
        ],
    );
    check(
        "/vpcLinks",
        json!({"l": {"url": "b:1", "hostHeader": "x y"}}),
        &[
            "error: /vpcLinks/l/url: `x y` is no host: write a name and, if need be, a port",
            "error: /vpcLinks/l/url: `b:1` is no origin: write scheme, host and port, such as `http://127.0.0.1:9000`",
        ],
    );
    check(
        "/endpoints",
        json!({"http://a": 1}),
        &[
            "error: /endpoints/http:~1~1a: invalid type: integer `1`, expected a URL such as `http://127.0.0.1:9000`, or a map with `url` and `hostHeader`",
        ],
    );
    check(
        "/endpoints",
        json!({"http://a": {"url": "http://b", "port": 1}}),
        &["error: /endpoints/http:~1~1a/port: unknown field `port`, expected `url` or `hostHeader`"],
    );
}

#[test]
fn an_access_log_format_is_one_line_that_names_the_request() {
    let log = |format: &str| json!({"format": format});
    check("/apis/0/stages/0/accessLogSettings", log("$context.extendedRequestId"), &[]);
    check(
        "/apis/0/stages/0/accessLogSettings",
        log("$context.status\nx"),
        &[
            "error: /apis/0/stages/0/accessLogSettings/format: the format must contain `$context.requestId` or `$context.extendedRequestId`",
            "error: /apis/0/stages/0/accessLogSettings/format: the format must be one line: in YAML, fold it with `>-`",
        ],
    );
}

#[test]
fn what_of_a_domain_name_leads_nowhere_is_reported() {
    let mut document = minimal();
    let of_rest = json!({"apiMappingKey": "orders/v1", "apiId": "a1b2c3d4e5", "stage": "(none)"});
    let mapping = |key: &str| json!({"apiMappingKey": key, "apiId": "a1b2c3d4e5", "stage": "test"});
    document["domainNames"] =
        json!([{"domainName": "*.EXAMPLE.com", "apiMappings": [mapping("(none)"), mapping("orders"), of_rest]}]);
    let domain = read(&document).unwrap().domain_names.remove(0);
    let mappings: Vec<_> = domain.api_mappings.iter().map(|it| (it.key.as_str(), it.stage.as_deref())).collect();
    assert_eq!(domain.name, "*.example.com");
    assert_eq!(mappings, [("orders/v1", None), ("orders", Some("test")), ("", Some("test"))]);

    let wrong = |name: &str, mappings: Value, expected: &[&str]| {
        let expected: Vec<String> = expected.iter().map(|it| format!("error: /domainNames/0/{it}")).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check("/domainNames", json!([{"domainName": name, "apiMappings": mappings}]), &expected);
    };
    let nowhere = "apiMappings: nothing of it leads anywhere: name a mapping";
    wrong("a.b", json!([]), &[nowhere]);
    let name = "domainName: `a.*.b` is no host's name: use letters, digits, hyphens and dots, without a port";
    wrong("a.*.b", json!([mapping("x")]), &[name]);
    for name in ["a1b2c3d4e5.Execute-api.us-east-1.amazonaws.com", "*.execute-api.cn-north-1.amazonaws.com.cn"] {
        let name_of = name.to_ascii_lowercase();
        let own = format!(
            "domainName: `{name_of}` is API Gateway's own: stages are there already, unless the API disables it"
        );
        wrong(name, json!([mapping("x")]), &[&own]);
    }
    wrong("a.b", json!([{"apiId": "x"}]), &["apiMappings/0/apiId: there is no API `x` here", nowhere]);
    let stage = json!([{"apiId": "a1b2c3d4e5", "stage": "x"}]);
    wrong("a.b", stage, &["apiMappings/0/stage: the API `a1b2c3d4e5` has no stage `x`"]);
    let twice = "apiMappings/1: `(none)` is the key of another mapping too";
    wrong("a.b", json!([mapping(""), mapping("(none)")]), &[twice]);
    let long = "x".repeat(301);
    for key in ["/x", "x/", "x//y", "a b", "%41", &long] {
        let message = format!(
            "apiMappings/0: `{key}` is no key of a mapping: use up to 300 letters, digits and characters of `$-_.+!*'()`, \
             with single slashes between them"
        );
        wrong("a.b", json!([mapping(key)]), &[&message]);
    }
    let trusts_nobody = json!([
        {"domainName": "a.b", "apiMappings": [mapping("x")], "mutualTlsAuthentication": {"truststoreUri": ""}}
    ]);
    let nothing = "error: /domainNames/0/mutualTlsAuthentication/truststoreUri: nothing is trusted: leave \
                   `mutualTlsAuthentication` out where nobody is to show a certificate";
    check("/domainNames", trusts_nobody, &[nothing]);
    let two = json!([
        {"domainName": "a.b", "apiMappings": [mapping("x")]}, {"domainName": "A.b", "apiMappings": [mapping("y")]}
    ]);
    check("/domainNames", two, &["error: /domainNames/1/domainName: `a.b` is another domain name too"]);
    document["domainNames"][0]["domainName"] = json!("a.b");
    document["apis"][0]["domainName"] = json!("a.b");
    let problems = read(&document).unwrap_err();
    assert_eq!(problems, ["error: /apis/0/domainName: `a.b` is the host of another API or stage too"]);
}

#[test]
fn a_stage_names_a_client_certificate_that_the_document_has() {
    let mut document = minimal();
    document["apis"][0]["stages"][0]["clientCertificateId"] = json!("a1b2c3");
    document["clientCertificates"] = json!({"a1b2c3": {"certificate": "client.pem", "privateKey": "client.key"}});
    let deployment = read(&document).unwrap();
    assert_eq!(deployment.unserved(), []);
    assert_eq!(deployment.apis[0].stages[0].client_certificate_id.as_deref(), Some("a1b2c3"));
    document["clientCertificates"] = json!({"a/1": {"certificate": "client.pem", "privateKey": "client.key"}});
    let problems = read(&document).unwrap_err();
    let expected = [
        "error: /clientCertificates/a~11: `a/1` is no id: use letters, digits, hyphens and underscores",
        "error: /apis/0/stages/0/clientCertificateId: client certificate `a1b2c3` is not in the deployment document: say under `clientCertificates` where it is",
    ];
    assert_eq!(problems, expected);
}

#[test]
fn a_setting_that_is_not_served_is_reported() {
    let mut document = minimal();
    document["apis"][0]["stages"][0] = json!({
        "stageName": "test", "tracingEnabled": true, "cacheClusterEnabled": true, "cacheClusterSize": 0.5,
        "deploymentId": "one", "canarySettings": {"percentTraffic": 10, "deploymentId": "two"},
        "methodSettings": {"*/*": {"cachingEnabled": true}},
        "accessLogSettings": {"format": "$context.requestId", "destinationArn": "arn:aws:logs:us-east-1:1:log-group:x"}
    });
    let unserved: Vec<_> = read(&document).unwrap().unserved().iter().map(|it| it.place.to_string()).collect();
    let stage = "/apis/0/stages/0";
    let expected = [
        "tracingEnabled",
        "cacheClusterEnabled",
        "accessLogSettings/destinationArn",
        "methodSettings/*~1*/cachingEnabled",
        "canarySettings/deploymentId",
    ];
    assert_eq!(unserved, expected.map(|setting| format!("{stage}/{setting}")));
}

#[test]
fn a_canary_has_the_stages_variables_below_its_own() {
    let mut document = minimal();
    document["apis"][0]["stages"][0] = json!({
        "stageName": "test", "deploymentId": "one", "variables": {"a": "stage", "b": "stage"},
        "canarySettings": {"percentTraffic": 12.5, "deploymentId": "one", "stageVariableOverrides": {"b": "canary", "c": "canary"}}
    });
    let deployment = read(&document).unwrap();
    assert_eq!(deployment.unserved(), []);
    let stage = &deployment.apis[0].stages[0];
    let names: Vec<_> = deployment.apis[0].releases().map(|release| release.dimension()).collect();
    assert_eq!(names, ["test", "test/Canary"]);
    let canary = stage.canary.as_ref().unwrap();
    assert_eq!(canary.percent_traffic, 12.5);
    let variables: Vec<_> = canary.release.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(variables, ["a=stage", "b=canary", "c=canary"]);
    assert_eq!(stage.variables["b"], "stage");
    check("/apis/0/stages/0/canarySettings", json!({}), &[]);
    for percent in [-0.1, 100.5] {
        let expected = format!(
            "error: /apis/0/stages/0/canarySettings/percentTraffic: `{percent}` is no percentage: use 0 to 100"
        );
        check("/apis/0/stages/0/canarySettings", json!({"percentTraffic": percent}), &[&expected]);
    }
    check(
        "/apis/0/stages/0/canarySettings",
        json!({"stageVariableOverrides": {"a": "b+c"}}),
        &[
            "error: /apis/0/stages/0/canarySettings/stageVariableOverrides/a: `b+c` is no stage variable's value: use 1 to 512 letters, digits, spaces and characters of `-._~:/?#&=,`",
        ],
    );
}

#[test]
fn an_unknown_field_or_a_wrong_type_is_named_with_its_place() {
    check(
        "/apis/0/stages/0/stgeName",
        json!(1),
        &[
            "error: /apis/0/stages/0/stgeName: unknown field `stgeName`, expected one of `stageName`, `domainName`, `variables`, `methodSettings`, `accessLogSettings`, `deploymentId`, `description`, `tracingEnabled`, `cacheClusterEnabled`, `cacheClusterSize`, `canarySettings`, `clientCertificateId`, `webAclArn`",
        ],
    );
    check(
        "/apis/0/definition",
        json!([]),
        &["error: /apis/0/definition: a list where the path of a definition or the definition itself is expected"],
    );
    check("/apis/0/definition", json!({"openapi": "3.0.1"}), &[]);
}

#[test]
fn a_deployment_is_written_as_it_was_read() {
    let document = minimal();
    let written: config::Deployment = serde_json::from_value(document.clone()).unwrap();
    let again = serde_json::to_value(&written).unwrap();
    assert_eq!(serde_json::from_value::<config::Deployment>(again).unwrap(), written);
}
