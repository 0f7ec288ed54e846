use gatehouse_api::Place;
use gatehouse_http::{Body, Request};
use gatehouse_mapping::PathParameters;

use super::*;

fn compiled(subtype: IntegrationSubtype, list: &[(&str, &str)]) -> (ServiceCall, Vec<String>) {
    let mapping = |&(target, source): &(&str, &str)| ParameterMapping {
        target: target.into(),
        source: source.into(),
        place: Place::root(),
    };
    let (mappings, mut problems) = (list.iter().map(mapping).collect::<Vec<_>>(), Vec::new());
    let call = ServiceCall::compile(subtype, &mappings, &mut problems);
    (call, problems.into_iter().map(|problem| problem.message).collect())
}

/// What a service is sent: method, target, action, content type and body; or the status of a refusal.
fn sent(subtype: IntegrationSubtype, list: &[(&str, &str)], body: &str) -> String {
    let (call, problems) = compiled(subtype, list);
    assert_eq!(problems, [""; 0]);
    let headers = [(":authority", "a.example"), (":path", "/pets/7%2F8?a=1&a=2"), ("x-a", "1"), ("x-a", "2")];
    let request = Request { headers: Headers::from_pairs(headers), body: Body::Read(body.into()) };
    let context = Context { stage: Some("prod".into()), ..Context::default() };
    let stage_variables = StageVariables::from([("bus".into(), "news".into())]);
    let from = MethodRequest {
        request: &request,
        path_parameters: PathParameters(&[("petId", b"7%2F8")]),
        context: &context,
        stage_variables: &stage_variables,
    };
    match call.request(&from, body.as_bytes()) {
        Ok(ServiceRequest { method, target, content_type, action, body }) => {
            let line =
                [method, &String::from_utf8(target).unwrap(), action.unwrap_or("-"), content_type.unwrap_or("-")];
            format!("{} {}", line.join(" "), String::from_utf8(body).unwrap()).trim_end().to_owned()
        }
        Err(rejection) => rejection.response_type.name().to_owned(),
    }
}

const FORM: &str = "POST / - application/x-www-form-urlencoded";
const QUEUE: (&str, &str) = ("QueueUrl", "https://sqs.us-east-1.amazonaws.com/1/q");
const QUEUED: &str = "QueueUrl=https%3A%2F%2Fsqs.us-east-1.amazonaws.com%2F1%2Fq";

#[test]
fn queues_are_spoken_to_in_the_query_protocol() {
    use IntegrationSubtype as S;
    let check = |subtype, list: &[(&str, &str)], body: &str, expected: &str| {
        let (_, action) = subtype_action(subtype);
        let all: Vec<_> = [QUEUE].iter().chain(list).copied().collect();
        assert_eq!(sent(subtype, &all, body), format!("{FORM} Action={action}&Version=2012-11-05&{expected}"));
    };
    check(S::SqsPurgeQueue, &[], "", QUEUED);
    check(
        S::SqsSendMessage,
        &[("MessageBody", "$request.body")],
        "{\"a\": \"ü & +\"}",
        &format!("MessageBody=%7B%22a%22%3A%20%22%C3%BC%20%26%20%2B%22%7D&{QUEUED}"),
    );
    // What is no JSON is handed on whole all the same.
    check(S::SqsSendMessage, &[("MessageBody", "$request.body")], "{\"a", &format!("MessageBody=%7B%22a&{QUEUED}"));
    check(
        S::SqsSendMessage,
        &[
            ("MessageBody", "$request.body.a"),
            ("DelaySeconds", "5"),
            ("MessageGroupId", "$request.header.X-A"),
            (
                "MessageAttributes",
                r#"{"pet": {"DataType": "String", "StringValue": "${request.path.petId}"}, "n": {"DataType": "Number", "StringValue": "1"}}"#,
            ),
        ],
        r#"{"a": {"b": [1]}}"#,
        &format!(
            "DelaySeconds=5&MessageAttribute.1.Name=pet&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=7%2F8&\
             MessageAttribute.2.Name=n&MessageAttribute.2.Value.DataType=Number&MessageAttribute.2.Value.StringValue=1&\
             MessageBody=%7B%22b%22%3A%5B1%5D%7D&MessageGroupId=1%2C2&{QUEUED}"
        ),
    );
    check(
        S::SqsReceiveMessage,
        &[
            ("AttributeNames", r#"["All", "SenderId"]"#),
            ("MessageAttributeNames", "a, b"),
            ("MaxNumberOfMessages", "$request.querystring.a"),
        ],
        "",
        &format!(
            "AttributeName.1=All&AttributeName.2=SenderId&MaxNumberOfMessages=1%2C2&MessageAttributeName.1=a&MessageAttributeName.2=b&{QUEUED}"
        ),
    );
    check(S::SqsDeleteMessage, &[("ReceiptHandle", "a+/=")], "", &format!("{QUEUED}&ReceiptHandle=a%2B%2F%3D"));
}

fn subtype_action(subtype: IntegrationSubtype) -> (&'static str, &'static str) {
    subtype.action()
}

#[test]
fn others_are_spoken_to_in_json() {
    use IntegrationSubtype as S;
    let check =
        |subtype, list: &[(&str, &str)], body: &str, expected: &str| assert_eq!(sent(subtype, list, body), expected);
    let event = [("Detail", "$request.body"), ("DetailType", "order"), ("Source", "shop")];
    check(
        S::EventBridgePutEvents,
        &event,
        r#"{"a": 1}"#,
        r#"POST / AWSEvents.PutEvents application/x-amz-json-1.1 {"Entries":[{"Detail":"{\"a\": 1}","DetailType":"order","Source":"shop"}]}"#,
    );
    let more = [("EventBusName", "$stageVariables.bus"), ("Resources", "arn:a,arn:b"), ("Time", "1700000000")];
    check(
        S::EventBridgePutEvents,
        &[&event[..], &more].concat(),
        "{}",
        r#"POST / AWSEvents.PutEvents application/x-amz-json-1.1 {"Entries":[{"Detail":"{}","DetailType":"order","EventBusName":"news","Resources":["arn:a","arn:b"],"Source":"shop","Time":1700000000}]}"#,
    );
    check(
        S::EventBridgePutEvents,
        &[&event[..], &[("Time", "2026-11-22T17:00:00Z"), ("Resources", "$request.body.r")]].concat(),
        r#"{"r":["a"]}"#,
        r#"POST / AWSEvents.PutEvents application/x-amz-json-1.1 {"Entries":[{"Detail":"{\"r\":[\"a\"]}","DetailType":"order","Resources":["a"],"Source":"shop","Time":"2026-11-22T17:00:00Z"}]}"#,
    );
    check(
        S::KinesisPutRecord,
        &[("StreamName", "s"), ("Data", "$request.body"), ("PartitionKey", "$context.stage")],
        "hello",
        r#"POST / Kinesis_20131202.PutRecord application/x-amz-json-1.1 {"Data":"aGVsbG8=","PartitionKey":"prod","StreamName":"s"}"#,
    );
    check(
        S::StepFunctionsStartExecution,
        &[
            ("StateMachineArn", "arn:aws:states:::m"),
            ("Input", r#"{"id": "$request.path.petId", "body": $request.body}"#),
        ],
        "[1]",
        r#"POST / AWSStepFunctions.StartExecution application/x-amz-json-1.0 {"input":"{\"id\": \"7/8\", \"body\": [1]}","stateMachineArn":"arn:aws:states:::m"}"#,
    );
    check(
        S::StepFunctionsStartSyncExecution,
        &[("StateMachineArn", "m"), ("Name", "n"), ("TraceHeader", "t"), ("Region", "eu-west-1")],
        "",
        r#"POST / AWSStepFunctions.StartSyncExecution application/x-amz-json-1.0 {"name":"n","stateMachineArn":"m","traceHeader":"t"}"#,
    );
    check(
        S::StepFunctionsStopExecution,
        &[("ExecutionArn", "e"), ("Cause", "c"), ("Error", "$request.querystring.a")],
        "",
        r#"POST / AWSStepFunctions.StopExecution application/x-amz-json-1.0 {"cause":"c","error":"1,2","executionArn":"e"}"#,
    );
}

#[test]
fn a_configuration_has_a_path() {
    let list =
        [("Application", "a/b"), ("Environment", "$context.stage"), ("Configuration", "c d"), ("ClientId", "1&2")];
    let check = |more: &[(&str, &str)], expected: &str| {
        let all: Vec<_> = list.iter().chain(more).copied().collect();
        assert_eq!(sent(IntegrationSubtype::AppConfigGetConfiguration, &all, ""), expected);
    };
    let target = "GET /applications/a%2Fb/environments/prod/configurations/c%20d?client_id=1%262";
    check(&[], &format!("{target} - -"));
    check(&[("ClientConfigurationVersion", "3")], &format!("{target}&client_configuration_version=3 - -"));
}

#[test]
fn no_value_leads_to_another_path() {
    let names = ["Application", "Environment", "Configuration"];
    for name in names {
        for (value, is_taken) in [("..", false), (".", false), ("...", true), ("../x", true), ("..%2F", true)] {
            let written = |it: &'static str| (it, if it == name { "$request.body" } else { "x" });
            let list: Vec<_> = names.into_iter().map(written).chain([("ClientId", "..")]).collect();
            let got = sent(IntegrationSubtype::AppConfigGetConfiguration, &list, value);
            assert_eq!(got != "BAD_REQUEST_PARAMETERS", is_taken, "{name} {value}: {got}");
        }
    }
}

#[test]
fn a_list_is_not_made_longer_without_end() {
    use IntegrationSubtype as S;
    let check = |subtype, name: &str, body: &str, is_taken: bool| {
        let got = sent(subtype, &[QUEUE, ("MessageBody", "m"), (name, "$request.body")], body);
        assert_eq!(got != "BAD_REQUEST_PARAMETERS", is_taken, "{name} {}", body.len());
    };
    check(S::SqsReceiveMessage, "AttributeNames", &"a,".repeat(999), true);
    check(S::SqsReceiveMessage, "AttributeNames", &"a,".repeat(1_000), false);
    check(S::SqsReceiveMessage, "AttributeNames", &format!("[{}\"a\"]", "\"a\",".repeat(1_000)), false);
    let attributes = |count: u32| {
        let all: Vec<String> = (0..count).map(|at| format!("\"{at}\": {{}}")).collect();
        format!("{{{}}}", all.join(","))
    };
    check(S::SqsSendMessage, "MessageAttributes", &attributes(1_000), true);
    check(S::SqsSendMessage, "MessageAttributes", &attributes(1_001), false);
}

#[test]
fn a_parameter_without_a_value_is_a_bad_request() {
    use IntegrationSubtype as S;
    let check = |more: (&str, &str), body: &str, expected: bool| {
        let list = [("StreamName", "s"), ("Data", "d"), ("PartitionKey", "p"), more];
        let list: Vec<_> = list.into_iter().rev().collect();
        let got = sent(S::KinesisPutRecord, &list, body);
        assert_eq!(got == "BAD_REQUEST_PARAMETERS", expected, "{more:?} {body}: {got}");
    };
    check(("ExplicitHashKey", "$request.body.k"), r#"{"k": "1"}"#, false);
    check(("ExplicitHashKey", "$request.body.k"), r#"{"k": ""}"#, true);
    check(("ExplicitHashKey", "$request.body.k"), "{}", true);
    check(("ExplicitHashKey", "$request.body.k"), "no JSON", true);
    check(("ExplicitHashKey", "$request.body.k"), "", true);
    check(("ExplicitHashKey", "$request.body"), "", true);
    check(("ExplicitHashKey", "$request.header.none"), "", true);
    check(("ExplicitHashKey", "${request.header.none}0"), "", false);
    let sends = |value: &str, body: &str| {
        sent(S::SqsSendMessage, &[QUEUE, ("MessageBody", "m"), ("MessageAttributes", value)], body)
    };
    for body in ["[]", "{\"a\": 1}", "{\"a\": {\"DataType\": 1}}", "{\"a\": {\"Other\": \"x\"}}", "x"] {
        assert_eq!(sends("$request.body", body), "BAD_REQUEST_PARAMETERS", "{body}");
    }
    assert!(sends("$request.body", "{}").starts_with(FORM));
}

#[test]
fn what_is_written_wrongly_is_a_problem() {
    let check = |name: &str, value: &str, expected: &str| {
        let (_, problems) = compiled(IntegrationSubtype::SqsSendMessage, &[(name, value)]);
        assert!(problems.len() == 1 && problems[0].contains(expected), "{name} {value}: {problems:?}");
    };
    check("MessageBody", "$request.nothing.a", "is no value of a mapping here");
    check("MessageBody", "$response.body", "is no value of a mapping here");
    check("MessageBody", "${request.body", "without its `}`");
    check("MessageBody", "$request.body..a", "neither recursive descent");
    check("MessageAttributes", "[1]", "`MessageAttributes` is a map in JSON");
    check("AttributeNames", "[1]", "`AttributeNames` is a list of texts in JSON");
}

#[test]
fn a_region_is_known_before_any_request() {
    let check = |value: &str, expected: Result<Option<&str>, &str>| {
        let (call, _) = compiled(IntegrationSubtype::SqsPurgeQueue, &[("Region", value)]);
        let variables = StageVariables::from([("region".into(), "eu-west-1".into())]);
        match (call.region(&variables), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.as_deref(), expected, "{value}"),
            (Err(message), Err(expected)) => assert!(message.contains(expected), "{value}: {message}"),
            (found, _) => panic!("{value}: {found:?}"),
        }
    };
    check("us-west-2", Ok(Some("us-west-2")));
    check("$stageVariables.region", Ok(Some("eu-west-1")));
    check("${stageVariables.none}", Err("`` is no region"));
    check("a.b/c", Err("`a.b/c` is no region"));
    check("$request.header.region", Err("depends on the request"));
    let (call, _) = compiled(IntegrationSubtype::SqsPurgeQueue, &[QUEUE]);
    assert_eq!(call.region(&StageVariables::new()), Ok(None));
}
