//! What `$context` promises its readers.

use crate::*;

fn context() -> Context {
    let mut context = Context {
        api_id: Some("a1b2c3".into()),
        stage: Some("dev".into()),
        request_time: Some(Timestamp::from_millis(1_583_348_638_390)),
        status: Some(403),
        is_canary_request: Some(false),
        ..Context::default()
    };
    context.identity.source_ip = Some("192.0.2.1".into());
    context.identity.client_cert.validity.not_after = Some("May  1 2030".into());
    context.error.message_string = Some("\"Forbidden\"".into());
    context.authorizer.set("principalId", "user");
    context.authorizer.set("claims.sub", "abc");
    context.authorizer.set("latency", "what the authorizer calls so");
    context.authorizer_call.latency = Some("7".into());
    context.authorizer_call.status = Some("200".into());
    context.integration.status = Some("418".into());
    context.integration.integration_status = Some("200".into());
    context
}

#[test]
fn a_variable_is_found_by_its_dotted_name() {
    let context = context();
    let check = |name: &str, value: Option<&str>| assert_eq!(context.lookup(name).as_deref(), value, "{name}");
    check("apiId", Some("a1b2c3"));
    check("requestTime", Some("04/Mar/2020:19:03:58 +0000"));
    check("requestTimeEpoch", Some("1583348638390"));
    check("status", Some("403"));
    check("isCanaryRequest", Some("false"));
    check("identity.sourceIp", Some("192.0.2.1"));
    check("identity.clientCert.validity.notAfter", Some("May  1 2030"));
    check("error.messageString", Some("\"Forbidden\""));
    check("authorizer.principalId", Some("user"));
    check("authorizer.claims.sub", Some("abc"));
    check("integration.status", Some("418"));
    check("integrationStatus", Some("200"));
    check("integration.integrationStatus", Some("200"));
    check("authorizer.status", Some("200"));
    check("authorizer.latency", Some("what the authorizer calls so"));
    for absent in ["", ".", "identity", "identity.", "identity.caller", "authorizer.claims", "apiid", "nothing.at.all"]
    {
        check(absent, None);
    }
}

#[test]
fn only_documented_names_are_known() {
    for name in ["apiId", "requestTime", "identity.clientCert.subjectDN", "authorizer.anything", "waf.latency"] {
        assert!(Context::knows(name), "{name}");
    }
    for name in ["apiid", "identity", "identity.sourceip", "authorizer.", "waf.nothing", ""] {
        assert!(!Context::knows(name), "{name}");
    }
}

#[test]
fn what_one_filter_leaves_the_next_one_reads() {
    let context = context();
    assert_eq!(Context::decode(&context.encode().unwrap()), Ok(context));
    for broken in ["", "{", "[]", r#"{"status": "x"}"#] {
        assert_eq!(Context::decode(broken.as_bytes()), Err(Undecodable), "{broken}");
    }
}
