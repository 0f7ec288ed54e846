//! The program itself: exit codes, what it writes and where.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

fn gatehouse(args: &[&str]) -> Done {
    let output = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(args)
        .env_remove("GATEHOUSE_WASM")
        .env_remove("ENVOY")
        .env("PATH", "")
        .output()
        .unwrap();
    Done {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file that is not there yet.
fn new_file(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

const API: &str = "tests/bootstrap/api.yaml";
const DEPLOYMENT: &str = "tests/bootstrap/deployment.yaml";

#[test]
fn compile_writes_a_file_or_to_standard_output() {
    let file = new_file("compiled.yaml");
    let args = ["compile", API, "-d", DEPLOYMENT, "--wasm", "/gateway.wasm", "--port", "9090"];
    let written = gatehouse(&[&args[..], &["-o", file.to_str().unwrap()]].concat());
    assert_eq!((written.code, written.out.as_str()), (Some(0), ""), "{}", written.err);
    let printed = gatehouse(&args);
    assert_eq!((printed.code, &printed.out), (Some(0), &fs::read_to_string(&file).unwrap()));
    assert!(printed.out.contains("port_value: 9090") && printed.out.contains("filename: \"/gateway.wasm\""));
}

#[test]
fn bad_input_is_exit_code_2_and_nothing_is_written() {
    let (file, deployment) = (new_file("never.yaml"), "tests/inputs/truncated-json/deployment.yaml");
    for api in ["tests/inputs/truncated-json/api.json", "tests/inputs/unserved/api.yaml", "tests/nowhere.yaml"] {
        let done =
            gatehouse(&["compile", api, "-d", deployment, "--wasm", "/gateway.wasm", "-o", file.to_str().unwrap()]);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{api}");
        assert!(done.err.contains(api) && !done.err.contains('\u{1b}'), "{}", done.err);
        assert!(!file.exists(), "{api}");
        let done = gatehouse(&["run", api, "-d", deployment, "--wasm", "/gateway.wasm"]);
        assert_eq!(done.code, Some(2), "{api}: {}", done.err);
    }
    assert_eq!(gatehouse(&["compile", API]).code, Some(2));
}

#[test]
fn errors_can_be_json_lines() {
    let api = "tests/inputs/wrong-types/api.yaml";
    let done = gatehouse(&["check", api, "--format", "json"]);
    assert_eq!(done.code, Some(2));
    let lines: Vec<serde_json::Value> = done.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line["file"] == api), "{}", done.err);
}

#[test]
fn check_tells_by_its_exit_code_whether_everything_is_served() {
    let served = gatehouse(&["check", API, "-d", DEPLOYMENT]);
    assert_eq!(served.code, Some(0), "{}", served.err);
    assert!(served.out.contains("VPC link") && served.out.contains("tests/bootstrap/api.yaml:"), "{}", served.out);
    let unserved = gatehouse(&["check", "tests/inputs/unserved/api.yaml", "--format", "json"]);
    assert_eq!(unserved.code, Some(1));
    let missing = unserved.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let missing: Vec<_> =
        missing.filter(|line| line["support"] == "not there").map(|line| line["feature"].clone()).collect();
    assert_eq!(missing, ["response streaming"]);
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let (pipe, api) = (new_file("pipe.json"), new_file("includes-a-pipe.json"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::write(
        &api,
        r#"{"openapi": "3.0.1", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"$ref": "./pipe.json"}}}"#,
    )
    .unwrap();
    let args = ["10", env!("CARGO_BIN_EXE_gatehouse"), "check", api.to_str().unwrap(), "-d", DEPLOYMENT];
    let done = Command::new("timeout").args(args).output().unwrap();
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(told.contains("`./pipe.json` is no file that can be included"), "{told}");
    assert_eq!(done.status.code(), Some(2), "{told}");
}

#[test]
fn what_is_missing_on_this_machine_is_said() {
    let check = |args: &[&str], expected: &str| {
        let done = gatehouse(&[&["run", API, "-d", DEPLOYMENT, "--port", "18999"], args].concat());
        assert!(done.err.contains(expected), "{}", done.err);
        assert_eq!(done.code, Some(2), "{}", done.err);
    };
    check(&[], "build it with `make wasm`");
    check(&["--wasm", "/nowhere.wasm"], "`/nowhere.wasm` can't be read: there is no such file");
    check(&["--wasm", "Cargo.toml"], "there is no Envoy");
    check(&["--wasm", "Cargo.toml", "--envoy", "/nowhere"], "`/nowhere`");
}

#[test]
fn help_has_examples() {
    for command in ["compile", "run", "check"] {
        let help = gatehouse(&[command, "--help"]);
        assert!(help.code == Some(0) && help.out.contains("Examples:"), "{}", help.out);
    }
}

#[test]
fn limits_for_limitador_are_those_of_the_plans() {
    let deployment = |store: &str| {
        let file = new_file("limits.yaml");
        let plans = "usagePlans: [{ id: basic, quota: { limit: 5, period: DAY } }]";
        let apis = "apis: [{ apiId: a1b2c3d4e5, definition: api.yaml, stages: [{ stageName: dev }] }]";
        fs::write(&file, format!("accountId: '123456789012'\nregion: us-east-1\n{plans}\n{store}\n{apis}\n")).unwrap();
        gatehouse(&["usage", "limits", "-d", file.to_str().unwrap()])
    };
    let printed = deployment("usageStore: { type: RATE_LIMIT_SERVICE, url: 'http://127.0.0.1:8081' }");
    let limit = "- {\"namespace\":\"gatehouse\",\"name\":\"basic\",\"max_value\":5,\"seconds\":86400,";
    assert!(printed.code == Some(0) && printed.out.lines().last().unwrap().starts_with(limit), "{}", printed.err);
    let refused = deployment("usageStore: { type: REDIS, url: 'http://127.0.0.1:7379' }");
    assert!(refused.code == Some(2) && refused.err.contains("is no rate limit service"), "{}", refused.err);
    let refused = deployment("");
    assert!(refused.code == Some(2) && refused.err.contains("there is no `usageStore`"), "{}", refused.err);
}

#[test]
fn the_usage_of_a_plan_without_quotas_has_its_days_and_no_items() {
    let file = new_file("no-quota.yaml");
    let store = "usageStore: { type: REDIS, url: 'http://127.0.0.1:1' }";
    let apis = "apis: [{ apiId: a1b2c3d4e5, definition: api.yaml, stages: [{ stageName: dev }] }]";
    let plans = "usagePlans: [{ id: basic }]";
    fs::write(&file, format!("accountId: '123456789012'\nregion: us-east-1\n{plans}\n{store}\n{apis}\n")).unwrap();
    let get = |more: &[&str]| {
        let told = [&["usage", "get", "-d", file.to_str().unwrap(), "--usage-plan-id", "basic"], more].concat();
        let told = gatehouse(&told);
        assert_eq!(told.code, Some(0), "{}", told.err);
        serde_json::from_str::<serde_json::Value>(&told.out).unwrap()
    };
    let days = ["--start-date", "2026-11-01", "--end-date", "2026-11-03"];
    let expected = r#"{"usagePlanId": "basic", "startDate": "2026-11-01", "endDate": "2026-11-03", "items": {}}"#;
    assert_eq!(get(&days), serde_json::from_str::<serde_json::Value>(expected).unwrap());
    let lines =
        gatehouse(&["usage", "get", "-d", file.to_str().unwrap(), "--usage-plan-id", "basic", "--format", "json"]);
    assert_eq!(lines.out.lines().count(), 1, "{}", lines.out);
    let today = get(&[]);
    assert!(today["startDate"] == today["endDate"] && today["endDate"].as_str().is_some_and(|day| day.len() == 10));
}

#[test]
fn the_usage_plans_of_a_template_are_known_where_it_is_named() {
    let template = new_file("usage.template.yaml");
    let plan = "{Type: AWS::ApiGateway::UsagePlan, Properties: {ApiStages: [{ApiId: !Ref Pets, Stage: dev}]}}";
    let api = "{Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1}}}";
    fs::write(&template, format!("Resources:\n  Pets: {api}\n  Basic: {plan}\n")).unwrap();
    let usage = |definition: &str, api: Option<&str>| {
        let file = new_file("usage.deployment.yaml");
        let store = "usageStore: { type: REDIS, url: 'http://127.0.0.1:1' }";
        let apis = format!("apis: [{{ apiId: a1b2c3d4e5, {definition} stages: [{{ stageName: dev }}] }}]");
        fs::write(&file, format!("accountId: '123456789012'\nregion: us-east-1\n{store}\n{apis}\n")).unwrap();
        let of = ["-d", file.to_str().unwrap(), "--usage-plan-id", "Basic"];
        gatehouse(&[&["usage", "get"], api.as_slice(), of.as_slice()].concat())
    };
    let told = usage("definition: usage.template.yaml,", None);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let told = usage("", template.to_str());
    assert_eq!(told.code, Some(0), "{}", told.err);
    let told = usage("", None);
    let expected = "there is no usage plan with the id `Basic`: there is none at all";
    assert!(told.code == Some(2) && told.err.contains(expected), "{}", told.err);
}

#[test]
fn no_value_of_a_template_s_key_is_in_what_envoy_gets() {
    let (template, deployment) = (new_file("keys.template.yaml"), new_file("keys.deployment.yaml"));
    let body = "{openapi: 3.0.1, info: {title: pets, version: '1'}, paths: {/pets: {get: {x-amazon-apigateway-integration: \
                {type: MOCK, responses: {default: {statusCode: '200'}}}}}}}";
    let resources = [
        format!("Pets: {{Type: AWS::ApiGateway::RestApi, Properties: {{Body: {body}}}}}"),
        "Basic: {Type: AWS::ApiGateway::UsagePlan, Properties: {ApiStages: [{ApiId: !Ref Pets, Stage: dev}]}}"
            .to_owned(),
        "Ann: {Type: AWS::ApiGateway::ApiKey, Properties: {Value: !Ref Secret, Enabled: true}}".to_owned(),
        "In: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: !Ref Ann, UsagePlanId: !Ref Basic}}".to_owned(),
    ];
    let parameters = "Parameters: {Secret: {Type: String, NoEcho: true}}";
    fs::write(&template, format!("{parameters}\nResources:\n  {}\n", resources.join("\n  "))).unwrap();
    let written = "accountId: '123456789012'\nregion: us-east-1\nparameters: {Secret: anns-key-0123456789abcdef}\n\
                   apis: [{apiId: a1b2c3d4e5, stages: [{stageName: dev}]}]\n";
    fs::write(&deployment, written).unwrap();
    let files = [template.to_str().unwrap(), "-d", deployment.to_str().unwrap(), "--wasm", "/gateway.wasm"];
    let compiled = gatehouse(&[&["compile"], &files[..]].concat());
    assert_eq!(compiled.code, Some(0), "{}", compiled.err);
    assert!(compiled.out.contains("packedApiKeys") && compiled.out.contains("usagePlans"), "{}", compiled.out);
    assert!(!compiled.out.contains("anns-key"), "{}", compiled.out);
}

#[test]
fn a_check_of_nothing_says_what_it_wants() {
    let done = gatehouse(&["check"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("name its file, or a deployment document with `--deployment`"), "{}", done.err);
    assert!(!done.err.contains("credentials.invalid"), "what a check makes up is nobody's: {}", done.err);
    for file in ["nowhere.yaml", "src"] {
        let done = gatehouse(&["check", file]);
        assert_eq!(done.code, Some(2));
        assert!(done.err.contains(file) && !done.err.contains("no deployment document"), "{}", done.err);
    }
}

#[test]
fn files_and_stores_that_are_not_there_are_told_in_plain_words() {
    for args in [&["template", "render", "nowhere.vtl"][..], &["policy", "check", "nowhere.json"]] {
        let done = gatehouse(args);
        assert_eq!(done.code, Some(2));
        assert!(done.err.contains("can't be read: there is no such file"), "{}", done.err);
    }
}

#[test]
fn a_port_that_is_taken_is_told_in_plain_words() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    // What is there, whatever it is.
    let run = |port: &str, address: &str| {
        gatehouse(&["run", API, "-d", DEPLOYMENT, "--port", port, "--address", address, "--wasm", API, "--envoy", API])
    };
    let check = |done: Done, expected: &str| {
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(expected) && !done.err.contains("os error"), "{}", done.err);
    };
    check(run(&port, "127.0.0.1"), &format!("nothing can listen on 127.0.0.1:{port}: somebody does already"));
    check(run(&port, "192.0.2.1"), "it is no address of this machine");
}

#[test]
fn a_template_is_checked_by_itself_whatever_its_functions_will_be_called() {
    let done = gatehouse(&["check", "tests/sam/implied.yaml", "--resource", "ServerlessRestApi"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.contains("AWS_PROXY integration"), "{}", done.out);
}

#[test]
fn what_a_template_leaves_open_is_assumed_where_nothing_is_deployed_and_told() {
    let (template, deployment) = (new_file("open.template.yaml"), new_file("open.deployment.yaml"));
    fs::write(
        &template,
        "Parameters: {Region: {Type: String}}\nResources:\n  Role: {Type: AWS::IAM::Role}\n  Queue: {Type: AWS::SQS::Queue}\n  \
         Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: dev\n      DefinitionBody:\n        \
         openapi: 3.0.1\n        info: {title: x, version: '1'}\n        paths: {/a: {post: {x-amazon-apigateway-integration: \
         {type: aws, httpMethod: POST, credentials: !GetAtt Role.Arn, uri: !Sub 'arn:aws:apigateway:${Region}:sqs:\
         path/${AWS::AccountId}/${Queue.QueueName}', responses: {default: {statusCode: 200}}}}}}\n",
    )
    .unwrap();
    fs::write(
        &deployment,
        "accountId: '123456789012'\nregion: us-east-1\napis: [{apiId: a1, stages: [{stageName: s}]}]\n",
    )
    .unwrap();
    let alone = gatehouse(&["check", template.to_str().unwrap()]);
    assert_eq!(alone.code, Some(0), "{}", alone.err);
    let told = "a deployment must say what `Role.Arn`, `Region`, `Queue.QueueName` will be: here it is assumed";
    assert!(alone.err.split_whitespace().collect::<Vec<_>>().join(" ").contains(told), "{}", alone.err);
    let deployed = gatehouse(&["check", template.to_str().unwrap(), "--deployment", deployment.to_str().unwrap()]);
    assert_eq!(deployed.code, Some(2), "{}", deployed.err);
    assert!(deployed.err.contains("`parameters: { Role.Arn: … }`"), "{}", deployed.err);
}

#[test]
fn when_the_keys_of_a_template_were_made_is_not_asked_where_nothing_is_deployed() {
    let template = new_file("keys.template.yaml");
    fs::write(
        &template,
        "Resources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: dev\n      DefinitionBody: {openapi: 3.0.1, \
         info: {title: x, version: '1'}, paths: {/a: {get: {x-amazon-apigateway-integration: {type: mock}}}}}\n  \
         Key: {Type: AWS::ApiGateway::ApiKey, Properties: {Value: aaaaabbbbbcccccddddd}}\n  Plan:\n    Type: AWS::ApiGateway::UsagePlan\n    Properties: \
         {ApiStages: [{ApiId: !Ref Api, Stage: dev}], Quota: {Limit: 5, Offset: 2, Period: DAY}}\n  \
         PlanKey: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}}\n",
    )
    .unwrap();
    let done = gatehouse(&["check", template.to_str().unwrap()]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(!done.err.contains("createdDate"), "{}", done.err);
}

#[test]
fn what_is_assumed_is_of_the_kind_that_its_place_takes() {
    let template = new_file("kinds.template.yaml");
    fs::write(
        &template,
        "Parameters: {BackendUrl: {Type: String}, FunctionArn: {Type: String}, OfficeIp: {Type: String}}\nResources:\n  \
         Endpoint: {Type: AWS::EC2::VPCEndpoint}\n  Link: {Type: AWS::ApiGateway::VpcLink}\n  \
         Nested: {Type: AWS::CloudFormation::Stack}\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      \
         Name: x\n      Policy: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', \
         Resource: 'execute-api:/*', Condition: {IpAddress: {'aws:SourceIp': !Sub '${OfficeIp}/32'}, StringEquals: \
         {'aws:SourceVpce': !Select [1, !Split [':', !Select [0, !GetAtt Endpoint.DnsEntries]]]}}}]}\n      Body:\n        \
         openapi: 3.0.1\n        info: {title: x, version: '1'}\n        paths:\n          /url: {get: \
         {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: !Sub '${BackendUrl}/a'}}}\n          \
         /function: {get: {x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: !Sub \
         'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations'}}}\n          \
         /stage: {get: {x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:\
         lambda:path/2015-03-31/functions/${stageVariables.function}/invocations'}}}\n          \
         /link: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, connectionType: VPC_LINK, \
         connectionId: !Ref Link, uri: !Sub 'http://${Nested.Outputs.DNSName}/'}}}\n",
    )
    .unwrap();
    let done = gatehouse(&["check", template.to_str().unwrap()]);
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
    let told = "a deployment must say where the VPC link `Link` leads: here it is assumed";
    assert!(done.err.contains(told), "{}", done.err);
}

#[test]
fn where_an_assumption_is_refused_it_is_told_that_it_is_one() {
    let template = new_file("no-origin.template.yaml");
    fs::write(
        &template,
        "Parameters: {Backend: {Type: String}}\nResources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      \
         Body:\n        openapi: 3.0.1\n        info: {title: x, version: '1'}\n        paths: {/a: {get: \
         {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: !Ref Backend}}}}\n",
    )
    .unwrap();
    let done = gatehouse(&["check", template.to_str().unwrap()]);
    assert_eq!(done.code, Some(2), "{}{}", done.out, done.err);
    assert!(done.err.contains("a deployment must say what `Backend` will be: here it is assumed"), "{}", done.err);
}

#[test]
fn of_a_deployment_that_nobody_wrote_nothing_is_told() {
    let api = new_file("keys.yaml");
    fs::write(
        &api,
        "openapi: 3.0.1\ninfo: {title: x, version: '1'}\npaths: {/a: {get: {security: [{key: []}], \
         x-amazon-apigateway-integration: {type: MOCK}}}, /b: {get: {x-amazon-apigateway-integration: \
         {type: http_proxy, httpMethod: GET, uri: 'http://${stageVariables.host}/'}}}}\n\
         components: {securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}}}\n",
    )
    .unwrap();
    let done = gatehouse(&["check", api.to_str().unwrap()]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.contains("API keys") && !done.err.contains("no usage plan"), "{}", done.err);
    assert!(!done.err.contains("stage `dev`"), "{}", done.err);
}

#[test]
fn a_mistake_in_the_deployment_document_is_no_feature() {
    let (api, deployment) = (new_file("signed.yaml"), new_file("mistaken.deployment.yaml"));
    fs::write(
        &api,
        "openapi: 3.0.1\ninfo: {title: x, version: '1'}\npaths: {/a: {get: {security: [{iam: []}], \
         x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}}}}\n\
         components: {securitySchemes: {iam: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}}}\n",
    )
    .unwrap();
    let check = |skew: u32| {
        let text = format!(
            "accountId: '123456789012'\nregion: us-east-1\niam: {{credentialProvider: {{url: 'http://x.example'}}, \
             clockSkewInSeconds: {skew}}}\napis: [{{apiId: abc123, stages: [{{stageName: prod}}]}}]\n"
        );
        fs::write(&deployment, text).unwrap();
        gatehouse(&["check", api.to_str().unwrap(), "-d", deployment.to_str().unwrap()])
    };
    assert_eq!(check(900).code, Some(0));
    let done = check(901);
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{}", done.err);
    assert!(done.err.contains("`901` is not allowed, use 1 to 900"), "{}", done.err);
}

#[test]
fn events_that_have_all_names_in_lower_case_are_exact() {
    let api = new_file("events.yaml");
    let check = |format: &str, expected: &str| {
        let function = "arn:aws:lambda:us-east-1:123456789012:function:f";
        let text = format!(
            "openapi: 3.0.1\ninfo: {{title: x, version: '1'}}\nx-amazon-apigateway-importexport-version: '1.0'\n\
             paths:\n  /a:\n    get:\n      security: [{{auth: []}}]\n      x-amazon-apigateway-integration: \
             {{type: aws_proxy, uri: '{function}', payloadFormatVersion: '{format}'}}\n\
             components: {{securitySchemes: {{auth: {{type: apiKey, name: A, in: header, x-amazon-apigateway-authorizer: \
             {{type: request, authorizerUri: '{function}', authorizerPayloadFormatVersion: '{format}', \
             identitySource: $request.header.A}}}}}}}}\n"
        );
        fs::write(&api, text).unwrap();
        let done = gatehouse(&["check", api.to_str().unwrap()]);
        for feature in ["AWS_PROXY integration", "Lambda authorizer REQUEST"] {
            let line = done.out.lines().find(|line| line.contains(feature)).unwrap_or(&done.err);
            assert!(line.trim_start().starts_with(expected), "{format}: {line}");
        }
    };
    check("2.0", "exact");
    check("1.0", "approximate");
}

#[test]
fn a_check_says_whose_credentials_call_aws() {
    let (api, deployment) = (new_file("roles.yaml"), new_file("roles.deployment.yaml"));
    let integration = |path: &str, credentials: &str| {
        format!(
            "  /{path}:\n    get:\n      x-amazon-apigateway-integration: {{type: aws, httpMethod: POST, \
             uri: 'arn:aws:apigateway:us-east-1:sqs:action/ListQueues', credentials: '{credentials}'}}\n"
        )
    };
    let role = integration("role", "arn:aws:iam::123456789012:role/calls");
    fs::write(&api, format!("openapi: 3.0.1\ninfo: {{title: x, version: '1'}}\npaths:\n{role}")).unwrap();
    let check = |assumes: bool, expected: &str| {
        let text = format!(
            "accountId: '123456789012'\nregion: us-east-1\nassumeRoles: {assumes}\n\
             apis: [{{apiId: abc123, stages: [{{stageName: prod}}]}}]\n"
        );
        fs::write(&deployment, text).unwrap();
        let done = gatehouse(&["check", api.to_str().unwrap(), "-d", deployment.to_str().unwrap()]);
        let line = done.out.lines().find(|line| line.contains("integration credentials")).unwrap_or(&done.err);
        assert!(line.trim_start().starts_with(expected), "{line}");
    };
    check(true, "exact");
    check(false, "approximate");
}

#[test]
fn a_name_that_asks_for_certificates_needs_a_listener_that_does() {
    let deployment = new_file("mutual-tls.yaml");
    fs::copy("../test-harness/mutual-tls/deployment.yaml", &deployment).unwrap();
    let compile = |others: &[&str]| {
        let args = ["compile", "-d", deployment.to_str().unwrap(), "--wasm", "/gateway.wasm"];
        gatehouse(&[&args[..], others].concat())
    };
    let warning = "nobody can call `closed.example.com`";
    let tls = ["--tls-certificate", "/server.pem", "--tls-private-key", "/server.key"];
    assert!(compile(&[]).err.contains(warning) && compile(&tls).err.contains(warning));
    let done = compile(&[&tls[..], &["--truststore", "/clients.pem"]].concat());
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    assert!(done.out.contains("trusted_ca: { filename: \"/clients.pem\" }"));
    for incomplete in [["--tls-certificate", "/server.pem"], ["--truststore", "/clients.pem"]] {
        assert_eq!(compile(&incomplete).code, Some(2));
    }
    let placed = compile(&[&tls[..], &["--target", "istio"]].concat());
    assert!(placed.err.contains("`--tls-certificate` is nothing to this `--target`"), "{}", placed.err);
}
