//! Functions and conditions.

use gatehouse_api::deployment::Deployment;

use super::*;

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
    check("!GetAtt Made.Arn", r#""arn:aws:lambda:eu-west-1:012345678901:function:dev-made""#);
    check("!Ref NamedLive", r#""arn:aws:lambda:eu-west-1:012345678901:function:orders:live""#);
    check("!Ref FunctionLive", r#""arn:aws:lambda:x:live""#);
    assert_eq!(
        resolved("!Ref FunctionLive", "{}"),
        "what the template's resource `FunctionLive` will be is not known (give it in the deployment document: `parameters: { FunctionLive: … }`)"
    );
}

#[test]
fn what_is_called_by_a_name_that_the_template_gives_is_known() {
    check("!Ref Orders", r#""https://sqs.eu-west-1.amazonaws.com/012345678901/dev-orders""#);
    check("!GetAtt Orders.QueueName", r#""dev-orders""#);
    check("!GetAtt Orders.Arn", r#""arn:aws:sqs:eu-west-1:012345678901:dev-orders""#);
    check("!Ref Topic", r#""arn:aws:sns:eu-west-1:012345678901:news""#);
    check("!Ref Table", r#""pets""#);
    check("!Ref Flow", r#""arn:aws:states:eu-west-1:012345678901:stateMachine:flow""#);
    check("!GetAtt Files.RegionalDomainName", r#""files.s3.eu-west-1.amazonaws.com""#);
    for unknown in ["Nameless", "OfStack", "Orders.Age", "Role.Arn"] {
        let found = resolved(&format!("!GetAtt {unknown}"), "{}");
        assert!(
            found.starts_with(&format!("what the template's resource `{unknown}` will be is not known")),
            "{found}"
        );
    }
}

#[test]
fn what_could_be_there_is_assumed_of_what_the_template_has_and_of_nothing_else() {
    let assumed = |text: &str| {
        let deployment = "accountId: '012345678901'\nregion: cn-north-1\napis: [{apiId: a1, stages: [{stageName: s}]}]";
        let deployment = Deployment::read(&parse(deployment).node()).unwrap();
        let template = parse(TEMPLATE);
        let environment = Environment { given: None, template: Some(&template), api: None, deployment: &deployment };
        let findings = resolve(&parse(text), environment).unwrap_err();
        findings[0].assumed.as_deref().map(|(name, value)| (name.clone(), value.text().unwrap().to_owned()))
    };
    let of = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
    assert_eq!(assumed("!GetAtt Role.Arn"), of("Role.Arn", "arn:aws-cn:iam::012345678901:role/Role"));
    assert_eq!(
        assumed("!Ref Nameless"),
        of("Nameless", "https://sqs.cn-north-1.amazonaws.com.cn/012345678901/Nameless")
    );
    assert_eq!(assumed("!GetAtt Orders.Age"), of("Orders.Age", "Orders"));
    assert_eq!(assumed("!Ref Secret"), of("Secret", "Secret"));
    assert_eq!(assumed("!Ref AWS::StackName"), of("AWS::StackName", "stack-name"));
    assert_eq!(assumed("!ImportValue other-stack-queue"), of("other-stack-queue", "other-stack-queue"));
    assert_eq!(
        assumed("!ImportValue auth-dev.FunctionArn"),
        of("auth-dev.FunctionArn", "arn:aws-cn:lambda:cn-north-1:012345678901:function:authdevFunctionArn")
    );
    assert_eq!(
        assumed("!GetAtt Nested.Outputs.PoolArn"),
        of("Nested.Outputs.PoolArn", "arn:aws-cn:cognito-idp:cn-north-1:012345678901:userpool/cn-north-1_PoolArn")
    );
    assert_eq!(
        assumed("!GetAtt Nested.Outputs.BackendUrl"),
        of("Nested.Outputs.BackendUrl", "https://BackendUrl.invalid")
    );
    assert_eq!(assumed("!GetAtt Missing.Outputs.BackendUrl"), None);
    assert_eq!(assumed("!Sub '${Nested.Outputs.PublicIp}/32'"), of("Nested.Outputs.PublicIp", "192.0.2.1"));
    assert_eq!(assumed("!Ref Missing"), None);
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
    check(
        "!Sub '${Function.Version}'",
        "what the template's resource `Function.Version` will be is not known (give it in the deployment document: `parameters: { Function.Version: … }`)",
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
