use std::path::Path;

use serde_json::{Value, json};

use super::*;

/// A resource of a plan: its module's instance, its address there, what is known of it, and the references of what is not.
struct Planned {
    module: &'static str,
    address: &'static str,
    known: Value,
    unknown: Value,
}

fn planned(address: &'static str, known: Value, unknown: Value) -> Planned {
    Planned { module: "", address, known, unknown }
}

fn of_module(module: &'static str, address: &'static str, known: Value, unknown: Value) -> Planned {
    Planned { module, address, known, unknown }
}

/// What `terraform show -json` would write of a plan with modules one below the root, called with those arguments.
fn plan(resources: &[Planned], calls: &Value, outputs: &Value) -> Value {
    let (mut root, mut changes, mut modules) = (Vec::new(), Vec::new(), serde_json::Map::new());
    let (mut configured, mut called) = (Vec::new(), serde_json::Map::new());
    for Planned { module, address, known, unknown } in resources {
        let (block, index) = address.split_once('[').unwrap_or((address, ""));
        let (kind, name) = block.split_once('.').unwrap();
        let whole = if module.is_empty() { (*address).to_owned() } else { format!("{module}.{address}") };
        let mut shown = json!({"address": whole, "mode": "managed", "type": kind, "name": name, "values": known});
        if let Some(index) = index.strip_suffix(']') {
            shown["index"] = serde_json::from_str(index).unwrap();
        }
        let references = |(name, of): (&String, &Value)| (name.clone(), json!({"references": of}));
        let expressions: serde_json::Map<_, _> = unknown.as_object().unwrap().iter().map(references).collect();
        let after: serde_json::Map<_, _> = expressions.keys().map(|name| (name.clone(), json!(true))).collect();
        changes.push(json!({"address": whole, "change": {"after_unknown": after}}));
        let block = json!({"mode": "managed", "type": kind, "name": name, "expressions": expressions});
        match module.strip_prefix("module.") {
            None => {
                root.push(shown);
                configured.push(block);
            }
            Some(call) => {
                let of = modules.entry(*module).or_insert_with(|| json!({"address": module, "resources": []}));
                of["resources"].as_array_mut().unwrap().push(shown);
                let name = call.split('[').next().unwrap();
                let call = called.entry(name).or_insert_with(|| {
                    let (arguments, outputs) = (&calls[name], &outputs[name]);
                    json!({"expressions": arguments, "module": {"resources": [], "outputs": outputs}})
                });
                call["module"]["resources"].as_array_mut().unwrap().push(block);
            }
        }
    }
    let children: Vec<Value> = modules.into_iter().map(|(_, module)| module).collect();
    json!({"format_version": "1.2", "terraform_version": "1.9.8",
        "planned_values": {"root_module": {"resources": root, "child_modules": children}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": configured, "module_calls": called}}})
}

/// The properties of one resource of the template, and what is told; or what is wrong.
fn made(shown: &Value, given: &str, address: &str) -> (Value, Vec<String>) {
    let mut files = Files::default();
    let tree = files.parse(Path::new("api.json"), shown.to_string()).unwrap();
    let given = files.parse(Path::new("deployment.yaml"), format!("---\n{given}")).unwrap();
    assert!(is_terraform(&tree));
    let converted = match template(&mut files, &tree, Some(&given)) {
        Ok(converted) => converted,
        Err(findings) => return (Value::Null, findings.into_iter().map(|it| it.message).collect()),
    };
    let told = match converted.told(Some("aws_api_gateway_rest_api.a")) {
        Ok(warnings) | Err(warnings) => warnings.into_iter().map(|it| it.message).collect(),
    };
    let resource = converted.template.get("Resources").and_then(|it| it.get(address)?.get("Properties"));
    (resource.map_or(Value::Null, |it| serde_json::to_value(it.node()).unwrap()), told)
}

fn api() -> Planned {
    planned("aws_api_gateway_rest_api.a", json!({"name": "a", "body": "{}"}), json!({}))
}

fn authorizer(address: &'static str) -> Planned {
    let known = json!({"type": "TOKEN", "authorizer_uri": "u"});
    planned(address, known, json!({"rest_api_id": ["aws_api_gateway_rest_api.a.id", "aws_api_gateway_rest_api.a"]}))
}

fn method(address: &'static str, authorizer_id: Value) -> Planned {
    let unknown = json!({"rest_api_id": ["aws_api_gateway_rest_api.a.id", "aws_api_gateway_rest_api.a"],
        "resource_id": ["aws_api_gateway_rest_api.a.root_resource_id", "aws_api_gateway_rest_api.a"],
        "authorizer_id": authorizer_id});
    planned(address, json!({"http_method": "GET", "authorization": "CUSTOM"}), unknown)
}

/// Which authorizer a method of a plan has, by the references of its `authorizer_id`.
fn authorizer_of(authorizers: &[&'static str], references: Value) -> String {
    let mut resources = vec![api()];
    resources.extend(authorizers.iter().map(|address| authorizer(address)));
    resources.push(method("aws_api_gateway_method.m[\"x\"]", references));
    let plan = plan(&resources, &json!({}), &json!({}));
    let (properties, told) = made(&plan, "{}", "aws_api_gateway_method.m[\"x\"]");
    match properties["AuthorizerId"]["Ref"].as_str() {
        Some(address) if told.is_empty() => address.to_owned(),
        found => format!("{found:?} {}", told.join("; ")),
    }
}

#[test]
fn a_plan_says_by_its_references_who_decides() {
    const ONE: &[&str] = &["aws_api_gateway_authorizer.one"];
    const TWO: &[&str] = &["aws_api_gateway_authorizer.one", "aws_api_gateway_authorizer.two"];
    const KEYED: &[&str] = &["aws_api_gateway_authorizer.k[\"x\"]", "aws_api_gateway_authorizer.k[\"y.z\"]"];
    let check = |authorizers, references, expected| assert_eq!(authorizer_of(authorizers, references), expected);
    let two = ["aws_api_gateway_authorizer.two.id", "aws_api_gateway_authorizer.two"];
    check(TWO, json!(two), TWO[1]);
    // A condition, and what is known, is no other authorizer.
    check(TWO, json!([two[0], two[1], "var.is_guarded", "terraform.workspace"]), TWO[1]);
    check(
        KEYED,
        json!(["aws_api_gateway_authorizer.k[\"y.z\"].id", "aws_api_gateway_authorizer.k[\"y.z\"]"]),
        KEYED[1],
    );
    // What the configuration does not show can only be the one that there is.
    check(ONE, json!(["local.authorizer_id"]), ONE[0]);
    let refused = "None which `aws_api_gateway_authorizer` the `authorizer_id` of `aws_api_gateway_method.m[\"x\"]` will be is \
                   not told by the plan";
    check(TWO, json!(["local.authorizer_id"]), refused);
    check(TWO, json!([two[0], two[1], "local.other"]), refused);
    check(TWO, json!([two[0], two[1], "aws_api_gateway_authorizer.one.id"]), refused);
    check(TWO, json!([]), refused);
    check(&[], json!(["local.authorizer_id"]), refused);
    // An index that is computed could be `"${each.key}-strict"`.
    check(KEYED, json!(["aws_api_gateway_authorizer.k", "each.key"]), refused);
    check(KEYED, json!(["aws_api_gateway_authorizer.k", "each.value.authorizer", "each.value"]), refused);
}

#[test]
fn references_are_followed_through_modules() {
    let id = |name: &str| json!({"references": [name]});
    let in_module = |module, verb: &str| {
        let unknown =
            json!({"rest_api_id": ["var.api"], "resource_id": ["var.parent"], "authorizer_id": ["var.guard"]});
        of_module(module, "aws_api_gateway_method.m", json!({"http_method": verb, "authorization": "CUSTOM"}), unknown)
    };
    let guard = of_module("module.guard", "aws_api_gateway_authorizer.it[0]", json!({"type": "TOKEN"}), {
        json!({"rest_api_id": ["var.api"]})
    });
    let resources = [
        api(),
        authorizer("aws_api_gateway_authorizer.one"),
        guard,
        in_module("module.eu[\"a.b\"]", "GET"),
        in_module("module.us", "PUT"),
    ];
    let calls = json!({
        "guard": {"api": id("aws_api_gateway_rest_api.a.id")},
        "eu": {"api": id("aws_api_gateway_rest_api.a.id"), "parent": id("aws_api_gateway_rest_api.a.root_resource_id"),
            "guard": id("module.guard.authorizer_id")},
        "us": {"api": id("aws_api_gateway_rest_api.a.id"), "parent": id("aws_api_gateway_rest_api.a.root_resource_id"),
            "guard": id("aws_api_gateway_authorizer.one.id")}});
    let outputs = json!({"guard": {"authorizer_id": {"expression": id("aws_api_gateway_authorizer.it[0].id")}}});
    let plan = plan(&resources, &calls, &outputs);
    let check = |method: &str, verb: &str, authorizer: &str| {
        let (properties, told) = made(&plan, "{}", method);
        let expected = json!({"RestApiId": {"Ref": "aws_api_gateway_rest_api.a"}, "HttpMethod": verb,
            "ResourceId": {"Fn::GetAtt": ["aws_api_gateway_rest_api.a", "RootResourceId"]},
            "AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": authorizer}});
        assert_eq!((properties, told), (expected, vec![]), "{method}");
    };
    check("module.eu[\"a.b\"].aws_api_gateway_method.m", "GET", "module.guard.aws_api_gateway_authorizer.it[0]");
    check("module.us.aws_api_gateway_method.m", "PUT", "aws_api_gateway_authorizer.one");
}

#[test]
fn references_that_lead_on_without_bound_are_not_followed() {
    let twice = |name: &str, other: &str| json!({"references": [name, other]});
    let (mut arguments, mut outputs) = (serde_json::Map::new(), serde_json::Map::new());
    for level in 0..60 {
        let next = format!("module.loop.o{}", level + 1);
        arguments.insert(format!("v{level}"), twice(&next, "var.x"));
        arguments.insert(format!("w{level}"), twice(&next, "var.y"));
        outputs.insert(
            format!("o{level}"),
            json!({"expression": twice(&format!("var.v{level}"), &format!("var.w{level}"))}),
        );
    }
    let resources = [
        api(),
        authorizer("aws_api_gateway_authorizer.one"),
        authorizer("aws_api_gateway_authorizer.two"),
        of_module("module.loop", "t.n", json!({}), json!({})),
        method("aws_api_gateway_method.m", json!(["module.loop.o0"])),
    ];
    let plan = plan(&resources, &json!({"loop": arguments}), &json!({"loop": outputs}));
    let (_, told) = made(&plan, "{}", "");
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn a_function_is_called_by_its_name_where_its_arn_is_unknown() {
    let uri = |argument: &str, references: Value| {
        let unknown = json!({"rest_api_id": ["aws_api_gateway_rest_api.a.id"], argument: references});
        let resources = [
            api(),
            planned("aws_lambda_function.f", json!({"function_name": "orders"}), json!({})),
            planned("aws_lambda_function.g[\"x\"]", json!({"function_name": "x"}), json!({})),
            planned("aws_lambda_function.g[\"y\"]", json!({"function_name": "y"}), json!({})),
            planned(
                "aws_lambda_alias.live",
                json!({"name": "live"}),
                json!({"function_name": ["aws_lambda_function.f.arn"]}),
            ),
            planned("aws_api_gateway_authorizer.z[\"x\"]", json!({"type": "TOKEN"}), unknown),
        ];
        let (properties, told) =
            made(&plan(&resources, &json!({}), &json!({})), "{}", "aws_api_gateway_authorizer.z[\"x\"]");
        properties["AuthorizerUri"]["Fn::Sub"][1]["FunctionArn"]
            .as_object()
            .map_or(told.join("; "), |it| json!(it).to_string())
    };
    let check = |references: Value, expected: &str| assert_eq!(uri("authorizer_uri", references), expected);
    check(json!(["aws_lambda_function.f.invoke_arn"]), r#"{"Fn::GetAtt":["aws_lambda_function.f","Arn"]}"#);
    check(json!(["aws_lambda_alias.live.invoke_arn"]), r#"{"Ref":"aws_lambda_alias.live"}"#);
    let unknown = "the `authorizer_uri` of `aws_api_gateway_authorizer.z[\"x\"]` is not known before it is applied";
    // Of a longer text, and of an index that is computed, the rest is not told.
    check(json!(["aws_lambda_function.f.arn", "var.region"]), unknown);
    check(json!(["aws_lambda_function.f.qualified_invoke_arn"]), unknown);
    check(json!(["aws_lambda_function.g", "each.key"]), unknown);
    check(json!(["data.aws_lambda_function.f.invoke_arn"]), unknown);
}

#[test]
fn what_is_unknown_may_be_given() {
    let mut pool = authorizer("aws_api_gateway_authorizer.one");
    pool.unknown["provider_arns"] = json!(["aws_cognito_user_pool.p.arn", "aws_cognito_user_pool.p"]);
    let plan = plan(&[api(), pool], &json!({}), &json!({}));
    let unknown = "the `provider_arns` of `aws_api_gateway_authorizer.one` is not known before it is applied";
    assert_eq!(made(&plan, "{}", "").1, [unknown]);
    let given = "{aws_api_gateway_authorizer.one.provider_arns: [pool]}";
    let (properties, told) = made(&plan, given, "aws_api_gateway_authorizer.one");
    assert_eq!((&properties["ProviderARNs"], told), (&json!(["pool"]), vec![]));
}

#[test]
fn only_a_part_of_a_value_may_be_unknown() {
    let known = json!({"response_type": "UNAUTHORIZED", "response_parameters": {"a": "'x'"}});
    let response =
        planned("aws_api_gateway_gateway_response.r", known, json!({"rest_api_id": ["aws_api_gateway_rest_api.a.id"]}));
    let mut plan = plan(&[api(), response], &json!({}), &json!({}));
    let block = &mut plan["configuration"]["root_module"]["resources"][1]["expressions"];
    block["response_parameters"] = json!({"references": ["aws_cognito_user_pool.p.arn"]});
    plan["resource_changes"][1]["change"]["after_unknown"]["response_parameters"] = json!({"b.c": true});
    let address = "aws_api_gateway_gateway_response.r";
    let unknown =
        "the `response_parameters.b.c` of `aws_api_gateway_gateway_response.r` is not known before it is applied";
    assert_eq!(made(&plan, "{}", address).1, [unknown]);
    let (properties, _) = made(&plan, "{aws_api_gateway_gateway_response.r.response_parameters.b.c: y}", address);
    assert_eq!(properties["ResponseParameters"], json!({"a": "'x'", "b.c": "y"}));
}

#[test]
fn what_the_provider_decides_is_not_asked_for_and_what_is_written_is() {
    let endpoint = |written: Value| {
        let known = json!({"body": "{}", "endpoint_configuration": [{"types": ["PRIVATE"]}]});
        let mut plan = plan(&[planned("aws_api_gateway_rest_api.a", known, json!({}))], &json!({}), &json!({}));
        let unknown = json!({"policy": true, "endpoint_configuration": [{"types": [false], "vpc_endpoint_ids": true}]});
        plan["resource_changes"][0]["change"]["after_unknown"] = unknown;
        plan["configuration"]["root_module"]["resources"][0]["expressions"] = written;
        let (properties, told) = made(&plan, "{}", "aws_api_gateway_rest_api.a");
        (properties["EndpointConfiguration"].clone(), told.join("; "))
    };
    let private = json!({"Types": ["PRIVATE"]});
    let unknown =
        |name: &str| format!("the `{name}` of `aws_api_gateway_rest_api.a` is not known before it is applied");
    let types = json!({"constant_value": ["PRIVATE"]});
    assert_eq!(endpoint(json!({"endpoint_configuration": [{"types": types}]})), (private.clone(), String::new()));
    let ids = json!({"references": ["aws_vpc_endpoint.e.id"]});
    let written = json!({"endpoint_configuration": [{"types": types, "vpc_endpoint_ids": ids}]});
    assert_eq!(endpoint(written), (private.clone(), unknown("endpoint_configuration.vpc_endpoint_ids")));
    let policy = json!({"policy": {"references": ["data.aws_iam_policy_document.p.json"]}});
    assert_eq!(endpoint(policy), (private, unknown("policy")));
}

/// What a state of an API with those resources is told.
fn told_of(resources: &[(&str, Value)]) -> Vec<String> {
    let resource = |(address, values): &(&str, Value)| {
        let (kind, name) = address.split_once('.').unwrap();
        json!({"address": address, "mode": "managed", "type": kind, "name": name, "values": values})
    };
    let resources: Vec<Value> = resources.iter().map(resource).collect();
    made(&json!({"format_version": "1.0", "values": {"root_module": {"resources": resources}}}), "{}", "").1
}

#[test]
fn what_guards_an_api_is_not_lost_in_a_state() {
    let api = || ("aws_api_gateway_rest_api.a", json!({"id": "a1", "root_resource_id": "r1", "body": "{}"}));
    let of = |more: Value| {
        let mut values =
            json!({"rest_api_id": "a1", "resource_id": "r1", "http_method": "GET", "authorization": "NONE"});
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        values
    };
    let method = |more: Value| ("aws_api_gateway_method.m", of(more));
    let check = |resource: (&str, Value), expected: &[&str]| {
        assert_eq!(told_of(&[api(), method(json!({})), resource]), expected)
    };
    assert_eq!(
        told_of(&[api(), method(json!({"authorization": null}))]),
        ["`aws_api_gateway_method.m` has no `authorization`"]
    );
    assert_eq!(
        told_of(&[api(), method(json!({"authorizer_id": "z9"}))]),
        [
            "the `authorizer_id` of `aws_api_gateway_method.m` is `z9`, and no `aws_api_gateway_authorizer` shown here is that"
        ]
    );
    assert_eq!(
        told_of(&[api(), method(json!({"guard": "x"}))]),
        ["`guard` of `aws_api_gateway_method.m` is not understood"]
    );
    assert_eq!(told_of(&[api(), method(json!({"guard": "", "others": [], "is": false, "not": null}))]), [""; 0]);
    assert_eq!(
        told_of(&[api(), method(json!({"rest_api_id": null}))]),
        ["`aws_api_gateway_method.m` has no `rest_api_id`"]
    );
    // What is of another API is of no concern.
    assert_eq!(told_of(&[api(), method(json!({"rest_api_id": "b2", "guard": "x"}))]), [""; 0]);
    check(
        ("aws_api_gateway_method.n", of(json!({}))),
        &["`aws_api_gateway_method.n` is the same method as `aws_api_gateway_method.m`"],
    );
    let orphan = "`aws_api_gateway_integration.i` belongs to no method and integration that is shown here";
    let integration = |verb: &str| {
        (
            "aws_api_gateway_integration.i",
            json!({"rest_api_id": "a1", "resource_id": "r1", "http_method": verb, "type": "MOCK"}),
        )
    };
    check(integration("PUT"), &[orphan]);
    check(integration("GET"), &[]);
    check(
        ("aws_api_gateway_rest_api_put.p", json!({"rest_api_id": "a1"})),
        &["`aws_api_gateway_rest_api_put.p` changes the API, and is not read"],
    );
    check(("aws_api_gateway_rest_api_put.p", json!({"rest_api_id": "b2"})), &[]);
}

#[test]
fn an_api_has_one_policy() {
    let policy = |text: &str| {
        planned(
            "aws_api_gateway_rest_api_policy.p",
            json!({"policy": text}),
            json!({"rest_api_id": ["aws_api_gateway_rest_api.a.id"]}),
        )
    };
    let read = planned("aws_api_gateway_rest_api.a", json!({"body": "{}", "policy": "{\"as\": \"read\"}"}), json!({}));
    let with = |api: Planned, written: bool| {
        let mut plan = plan(&[api, policy("{}")], &json!({}), &json!({}));
        if written {
            plan["configuration"]["root_module"]["resources"][0]["expressions"]["policy"] =
                json!({"constant_value": "{}"});
        }
        let (properties, told) = made(&plan, "{}", "aws_api_gateway_rest_api.a");
        (properties["Policy"].clone(), told)
    };
    assert_eq!(with(api(), false), (json!("{}"), vec![]));
    assert_eq!(with(read, false), (json!("{}"), vec![]));
    let twice = "`aws_api_gateway_rest_api.a` has a `policy`, and `aws_api_gateway_rest_api_policy.p` is another";
    assert_eq!(with(api(), true).1, [twice]);
}

#[test]
fn a_document_is_known_by_what_it_has() {
    let check = |text: &str, expected: bool| {
        let tree = Files::default().parse(Path::new("a.json"), text.to_owned()).unwrap();
        assert_eq!(is_terraform(&tree), expected, "{text}");
    };
    check(r#"{"format_version": "1.0", "terraform_version": "1.9.8", "values": {}}"#, true);
    check(r#"{"format_version": "1.2", "planned_values": {}}"#, true);
    check(r#"{"version": 4, "lineage": "x", "resources": []}"#, true);
    check(r#"{"version": 4}"#, false);
    check(r#"{"openapi": "3.0.1", "version": 4}"#, false);
    check(r#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}"#, false);
    for (path, expected) in [("a/main.tf", true), ("main.tf.json", true), ("main.tofu", true), ("tf.json", false)] {
        assert_eq!(is_language(Path::new(path)), expected, "{path}");
    }
}

/// What keeps one API of a plan from being served.
fn refused_as(shown: &Value, api: &str) -> String {
    let mut files = Files::default();
    let tree = files.parse(Path::new("api.json"), shown.to_string()).unwrap();
    let converted = template(&mut files, &tree, None).unwrap_or_else(|findings| panic!("{findings:?}"));
    let told = converted.told(Some(api)).unwrap_err();
    told.into_iter().map(|it| it.message).collect::<Vec<_>>().join("; ")
}

#[test]
fn what_is_not_whole_is_refused() {
    let refused = |shown: Value| made(&shown, "{}", "").1.join("; ");
    let state =
        |resource: Value| json!({"format_version": "1.0", "values": {"root_module": {"resources": [resource]}}});
    let api = "there is no `aws_api_gateway_rest_api` and no `aws_apigatewayv2_api` in what Terraform shows here";
    // A plan has no values of what is wholly unknown.
    assert_eq!(refused(state(json!({"address": "t.n", "type": "t", "name": "n", "mode": "managed"}))), api);
    let not_whole = "this is no resource as Terraform shows it";
    assert_eq!(refused(state(json!({"type": "aws_api_gateway_rest_api_policy", "mode": "managed"}))), not_whole);
    assert_eq!(
        refused(json!({"version": 4, "lineage": "x", "resources": [{"mode": "managed", "type": "t"}]})),
        not_whole
    );
    assert_eq!(
        refused(json!({"format_version": "1.0", "terraform_version": "1.9.8"})),
        "Terraform shows no resources here"
    );
    let trimmed = "a plan without `configuration` and `resource_changes` does not say what its resources refer to";
    assert_eq!(refused(json!({"format_version": "1.2", "planned_values": {"root_module": {}}})), trimmed);
    let without = plan(&[planned("aws_api_gateway_rest_api.a", json!({}), json!({}))], &json!({}), &json!({}));
    assert_eq!(refused(without), "no API that Terraform shows here has methods, routes or a `body`");
    for api in ["aws_api_gateway_rest_api.a", "aws_apigatewayv2_api.a"] {
        let of_function = json!({"body": ["aws_lambda_function.f.invoke_arn"]});
        let plan = plan(&[planned(api, json!({}), of_function)], &json!({}), &json!({}));
        assert_eq!(refused_as(&plan, api), format!("the `body` of `{api}` is not known before it is applied"));
    }
    let route = planned("aws_apigatewayv2_route.r", json!({}), json!({"api_id": ["local.api"]}));
    let apis = ["aws_apigatewayv2_api.a", "aws_apigatewayv2_api.b"].map(|api| planned(api, json!({}), json!({})));
    let [one, other] = apis;
    let told =
        "which `aws_apigatewayv2_api` the `api_id` of `aws_apigatewayv2_route.r` will be is not told by the plan";
    assert_eq!(refused_as(&plan(&[one, other, route], &json!({}), &json!({})), "aws_apigatewayv2_api.a"), told);
    let incomplete = "this plan is not complete, as with `-target`: what guards an API may be missing";
    for (key, value, expected) in
        [("complete", false, incomplete), ("errored", true, incomplete), ("complete", true, api)]
    {
        let mut plan = plan(&[planned("t.n", json!({}), json!({}))], &json!({}), &json!({}));
        plan[key] = json!(value);
        assert_eq!(refused(plan), expected, "{key}");
    }
}

/// The stages of a usage plan, as a template has them.
fn stages_of(stages: Value, unknown: Value, expressions: Value) -> Value {
    const PLAN: &str = "aws_api_gateway_usage_plan.p";
    let other = planned("aws_api_gateway_rest_api.b", json!({"name": "b", "body": "{}"}), json!({}));
    let mut plan =
        plan(&[api(), other, planned(PLAN, json!({"api_stages": stages}), json!({}))], &json!({}), &json!({}));
    plan["resource_changes"][2]["change"]["after_unknown"] = json!({"api_stages": unknown});
    plan["configuration"]["root_module"]["resources"][2]["expressions"] = expressions;
    let (properties, told) = made(&plan, "{}", PLAN);
    assert_eq!(told, [""; 0]);
    properties["ApiStages"].clone()
}

#[test]
fn the_api_of_a_usage_plan_is_not_guessed_at() {
    let of = |api: &str, stage: &str| {
        json!({"api_id": {"references": [format!("aws_api_gateway_rest_api.{api}.id"), format!("aws_api_gateway_rest_api.{api}")]},
            "stage": {"constant_value": stage}})
    };
    let (one, two) = (json!({"stage": "x"}), json!({"stage": "y"}));
    let unknown = json!({"api_id": true});
    let api = |address: &str, stage: &str| json!({"ApiId": {"Ref": address}, "Stage": stage});
    let (a, b) = ("aws_api_gateway_rest_api.a", "aws_api_gateway_rest_api.b");
    let open = |number: usize| format!("aws_api_gateway_usage_plan.p.api_stages.{number}.api_id");
    let check = |stages: &[&Value], blocks: Value, expected: Value| {
        let unknown: Vec<&Value> = stages.iter().map(|_| &unknown).collect();
        assert_eq!(stages_of(json!(stages), json!(unknown), json!({"api_stages": blocks})), expected, "{blocks}");
    };
    check(&[&one], json!([of("b", "x")]), json!([api(b, "x")]));
    // A set has no order: the names of stages say which is which, where they do.
    check(&[&one, &two], json!([of("b", "y"), of("a", "x")]), json!([api(a, "x"), api(b, "y")]));
    check(&[&one, &one], json!([of("b", "x"), of("a", "x")]), json!([api(&open(0), "x"), api(&open(1), "x")]));
    let local = json!({"api_id": {"references": ["local.api"]}, "stage": {"constant_value": "x"}});
    check(&[&one], json!([local]), json!([api(&open(0), "x")]));
    let either = json!({"api_id": {"references": ["local.other", "aws_api_gateway_rest_api.a.id", "aws_api_gateway_rest_api.a"]}});
    check(&[&one], json!([either]), json!([api(&open(0), "x")]));
    // A dynamic block is not in the configuration.
    let found = stages_of(json!([one]), json!([unknown]), json!({}));
    assert_eq!(found, json!([api(&open(0), "x")]));
    let found = stages_of(Value::Null, json!(true), json!({}));
    assert_eq!(found, json!({"Ref": "aws_api_gateway_usage_plan.p.api_stages"}));
}

#[test]
fn what_is_not_known_of_a_usage_plan_can_be_given() {
    let check = |address: &'static str, known: Value, unknown: Value, property: &str, expected: Value| {
        let mut plan = plan(&[api(), planned(address, known, json!({}))], &json!({}), &json!({}));
        plan["resource_changes"][1]["change"]["after_unknown"] = unknown.clone();
        let expressions: serde_json::Map<_, _> = match property {
            "Value" => {
                [("value".to_owned(), json!({"references": ["random_password.p.result"]}))].into_iter().collect()
            }
            _ => serde_json::Map::new(),
        };
        plan["configuration"]["root_module"]["resources"][1]["expressions"] = Value::Object(expressions);
        let (properties, told) = made(&plan, "{}", address);
        assert_eq!((&properties[property], told.len()), (&expected, 0), "{unknown}");
    };
    const PLAN: &str = "aws_api_gateway_usage_plan.p";
    let unknown = |name: &str| json!({"Ref": format!("{PLAN}.{name}")});
    let quota = json!({"quota_settings": [{"period": "DAY"}]});
    let limit = json!({"quota_settings": [{"limit": true}]});
    check(PLAN, quota, limit, "Quota", json!({"Period": "DAY", "Limit": unknown("quota_settings.limit")}));
    check(PLAN, json!({}), json!({"quota_settings": true}), "Quota", unknown("quota_settings"));
    check(PLAN, json!({}), json!({"throttle_settings": true}), "Throttle", unknown("throttle_settings"));
    check(PLAN, json!({"quota_settings": []}), json!({"quota_settings": []}), "Quota", Value::Null);
    const KEY: &str = "aws_api_gateway_api_key.k";
    check(KEY, json!({"enabled": true}), json!({"value": true}), "Value", json!({"Ref": format!("{KEY}.value")}));
    check(KEY, json!({"enabled": true}), json!({"value": true}), "Enabled", json!(true));
}

/// <https://github.com/hashicorp/terraform-provider-aws/issues/27674>
#[test]
fn limits_that_the_provider_makes_of_nothing_are_told() {
    const STAGE: &str = "aws_apigatewayv2_stage.s";
    let check = |values: Value, unknown: Value, expressions: Value, expected: &[(&str, &str)]| {
        let api = planned("aws_apigatewayv2_api.h", json!({"protocol_type": "HTTP", "body": "{}"}), json!({}));
        let mut stage = json!({"name": "$default"});
        stage.as_object_mut().unwrap().extend(values.as_object().unwrap().clone());
        let stage = planned(STAGE, stage, json!({"api_id": ["aws_apigatewayv2_api.h.id", "aws_apigatewayv2_api.h"]}));
        let mut plan = plan(&[api, stage], &json!({}), &json!({}));
        let put = |of: &mut Value, what: Value| of.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        put(&mut plan["resource_changes"][1]["change"]["after_unknown"], unknown);
        put(&mut plan["configuration"]["root_module"]["resources"][1]["expressions"], expressions);
        let mut files = Files::default();
        let tree = files.parse(Path::new("api.json"), plan.to_string()).unwrap();
        let converted = template(&mut files, &tree, None).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let told: Vec<String> = converted.told(None).unwrap().into_iter().map(|it| it.message).collect();
        let expected: Vec<String> = expected
            .iter()
            .map(|(block, limit)| {
                format!(
                    "`{block}` of `{STAGE}` has no `{limit}`: AWS gets 0 from the provider, and would answer every such \
                     request with 429"
                )
            })
            .collect();
        assert_eq!(told, expected, "{values}");
    };
    let (rate, burst) = ("throttling_rate_limit", "throttling_burst_limit");
    let none = || json!({});
    let metrics = json!([{"detailed_metrics_enabled": true, rate: null, burst: 0}]);
    let all = json!({"default_route_settings": metrics});
    check(all.clone(), none(), json!({"default_route_settings": [{}]}), &[("default_route_settings", rate)]);
    // The provider has it where nobody has written it.
    check(all, none(), none(), &[]);
    let of_route = |limits: Value| {
        let mut route = json!({"route_key": "GET /a", "detailed_metrics_enabled": true});
        route.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
        json!({"route_settings": [route]})
    };
    check(of_route(none()), none(), none(), &[("route_settings", rate)]);
    check(of_route(json!({rate: 5, burst: 0})), none(), none(), &[("route_settings", burst)]);
    check(of_route(json!({rate: 5.5, burst: 1})), none(), none(), &[]);
    check(of_route(json!({rate: 5})), json!({"route_settings": [{burst: true}]}), none(), &[]);
}

#[test]
fn a_domain_name_says_whether_it_asks_for_certificates() {
    for address in ["aws_api_gateway_domain_name.d", "aws_apigatewayv2_domain_name.d"] {
        let of = |blocks: Value, is_unknown: bool| {
            let known = json!({"domain_name": "a.b", "certificate_arn": "c", "mutual_tls_authentication": blocks});
            let mut shown = plan(&[api(), planned(address, known, json!({}))], &json!({}), &json!({}));
            if is_unknown {
                shown["resource_changes"][1]["change"]["after_unknown"]["mutual_tls_authentication"] = json!(true);
            }
            made(&shown, "{}", address).0
        };
        let asks = json!({"DomainName": "a.b", "MutualTlsAuthentication": {}});
        assert_eq!(of(json!([{"truststore_uri": "s3://a/b", "truststore_version": null}]), false), asks);
        assert_eq!(of(json!([{}]), false), asks);
        // A dynamic block.
        assert_eq!(of(Value::Null, true), asks);
        assert_eq!(of(json!([]), false), json!({"DomainName": "a.b"}));
    }
}

#[test]
fn a_mapping_of_a_private_domain_name_says_so() {
    const MAPPING: &str = "aws_api_gateway_base_path_mapping.m";
    let of = |id: Value| {
        let known = json!({"domain_name": "a.b", "domain_name_id": id, "base_path": "", "stage_name": "prod"});
        let mapping =
            planned(MAPPING, known, json!({"api_id": ["aws_api_gateway_rest_api.a.id", "aws_api_gateway_rest_api.a"]}));
        made(&plan(&[api(), mapping], &json!({}), &json!({})), "{}", MAPPING).0
    };
    let mut expected =
        json!({"RestApiId": {"Ref": "aws_api_gateway_rest_api.a"}, "DomainName": "a.b", "Stage": "prod"});
    assert_eq!(of(Value::Null), expected);
    expected["DomainNameId"] = json!("d1");
    assert_eq!(of(json!("d1")), expected);
}
