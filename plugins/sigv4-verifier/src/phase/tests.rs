use gatehouse_filter::testing::{TestHost, TestStore};
use gatehouse_filter::{Failure, ResponseType};
use gatehouse_http::{Headers, Origin, Response};
use gatehouse_sigv4::{SecretKey, Signer as Signing};

use super::*;

const NOW: u64 = 1_440_938_160;
const ID: &str = "AKIDEXAMPLEEXAMPLE";
const ARN: &str = "arn:aws:iam::123456789012:user/alice";

struct It {
    phase: IamPhase,
    host: TestHost,
    now: u64,
}

fn compile(iam: &str) -> Result<IamPhase, Vec<Problem>> {
    let written: config::Iam = serde_json::from_str(iam).unwrap_or_else(|error| panic!("{iam}: {error}"));
    let mut problems = Vec::new();
    let place = Place::root().then("iam");
    let cluster = "provider".to_owned();
    let setting =
        Setting { region: "us-east-1", place: &place, cluster, scope: b"s", slots: 64, metrics: Metrics::from(0) };
    IamPhase::compile(&written, setting, &mut problems).ok_or(problems)
}

fn it(iam: &str) -> It {
    let phase = compile(iam).unwrap_or_else(|problems| panic!("{problems:?}"));
    It { phase, host: TestHost::with_store(TestStore::with_slots(128)), now: NOW }
}

fn key(fields: &str) -> String {
    format!(
        r#"{{"accessKeyId":"{ID}","secretAccessKey":{{"plainText":"secret"}},"principal":{{"arn":"{ARN}"}}{fields}}}"#
    )
}

fn known(more: &str) -> It {
    it(&format!(r#"{{"accessKeys":[{}]{more}}}"#, key("")))
}

fn asking() -> It {
    it(r#"{"credentialProvider":{"url":"http://provider/credentials"}}"#)
}

fn signed(target: &str, body: &[u8], secret: &str, token: Option<&str>) -> Request {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let headers = Headers::from_pairs([(":method", method), (":path", target), (":authority", "api.example")]);
    let body = if body.is_empty() { Body::Empty } else { Body::Read(body.to_vec()) };
    let mut request = Request { headers, body };
    let secret = SecretKey::new(secret);
    let mut signer = Signing::execute_api(ID, &secret, "us-east-1");
    signer.session_token = token;
    signer.sign(&mut request, NOW).unwrap();
    request
}

fn reply(status: &str, body: &str) -> Reply {
    let headers = Headers::from_pairs([(":status", status)]);
    Reply::Answered(Response { headers, body: Body::Read(body.into()), origin: Origin::Upstream })
}

impl It {
    fn moment(&self) -> Moment<'_> {
        Moment { now: Timestamp::from_millis(self.now * 1_000), here: Waiter::default(), host: &self.host }
    }

    fn ask(&self, request: &Request) -> Result<Progress, Rejection> {
        self.phase.authenticate(request, None, &self.moment())
    }

    fn check(&self, request: &Request, expected: Result<(), (ResponseType, &str)>) {
        check(self.ask(request), expected);
    }

    /// Asks the provider, who answers this.
    fn ask_provider(&self, request: &Request, told: &Reply) -> Result<Progress, Rejection> {
        match self.ask(request)? {
            Progress::Await(_, asking) => self.phase.on_reply(&asking, told, request, None, &self.moment()),
            Progress::Authenticated(_) | Progress::Wait(..) => panic!("the provider was not asked"),
        }
    }

    fn counted(&self, measure: Measure) -> usize {
        self.host.metrics.borrow().iter().filter(|(id, _)| id.0 == measure as u32).count()
    }
}

fn check(progress: Result<Progress, Rejection>, expected: Result<(), (ResponseType, &str)>) {
    match (progress, expected) {
        (Ok(Progress::Authenticated(authenticated)), Ok(())) => {
            let mut context = Context::default();
            authenticated.apply(&mut context);
            assert_eq!(context.lookup("identity.userArn").as_deref(), Some(ARN));
        }
        (Err(rejection), Err((response_type, text))) => {
            let message = rejection.message.clone().unwrap_or_default();
            assert_eq!(rejection.response_type, response_type, "{rejection:?}");
            assert!(message.contains(text), "{message} has no {text}");
        }
        (Ok(_), expected) => panic!("passed instead of {expected:?}"),
        (Err(rejection), Ok(())) => panic!("{rejection:?}"),
    }
}

const UNKNOWN: (ResponseType, &str) =
    (ResponseType::AccessDenied, "The security token included in the request is invalid.");

#[test]
fn who_has_signed_is_known() {
    let it = known("");
    it.check(&signed("/pets?a=1", b"", "secret", None), Ok(()));
    it.check(&signed("/pets", b"{}", "secret", None), Ok(()));
    assert_eq!(it.counted(Measure::Verified), 2);
}

#[test]
fn each_finding_has_its_gateway_response() {
    let mut it = known("");
    let request = |change: fn(&mut Request)| {
        let mut request = signed("/pets", b"", "secret", None);
        change(&mut request);
        request
    };
    it.check(
        &request(|request| request.headers.remove("authorization")),
        Err((ResponseType::MissingAuthenticationToken, "Missing Authentication Token")),
    );
    it.check(
        &request(|request| request.headers.set("authorization", "Bearer x").unwrap()),
        Err((ResponseType::Default4xx, "Invalid key=value pair")),
    );
    it.check(
        &request(|request| request.headers.set(":path", "/other").unwrap()),
        Err((ResponseType::InvalidSignature, "The Canonical String for this request should have been\n'GET\n/other\n")),
    );
    it.check(&signed("/pets", b"", "guess", None), Err((ResponseType::InvalidSignature, "does not match")));
    it.check(&signed("/pets", b"", "secret", Some("token")), Err(UNKNOWN));
    it.now = NOW + 301;
    it.check(&request(|_| {}), Err((ResponseType::InvalidSignature, "Signature expired: 20150830T123600Z")));
    assert_eq!((it.counted(Measure::Unsigned), it.counted(Measure::Invalid)), (1, 5));
}

#[test]
fn keys_are_unknown_inactive_or_expired() {
    let request = signed("/pets", b"", "secret", None);
    let of = |fields: &str| it(&format!(r#"{{"accessKeys":[{}]}}"#, key(fields)));
    of(r#","status":"Inactive""#).check(&request, Err(UNKNOWN));
    of(r#","expiration":"2015-08-30T12:36:01Z""#).check(&request, Ok(()));
    of(r#","expiration":"2015-08-30T12:36:00Z""#)
        .check(&request, Err((ResponseType::ExpiredToken, "The security token included in the request is expired")));
    let with_token = of(r#","sessionToken":{"plainText":"token"}"#);
    with_token.check(&request, Err(UNKNOWN));
    with_token.check(&signed("/pets", b"", "secret", Some("token")), Ok(()));
    with_token.check(&signed("/pets", b"", "secret", Some("Token")), Err(UNKNOWN));
    it(&format!(r#"{{"accessKeys":[{}]}}"#, key("").replace(ID, "AKIDSOMEBODYELSE"))).check(&request, Err(UNKNOWN));
}

#[test]
fn a_secret_may_change_while_envoy_runs_and_may_be_gone() {
    let written = key("").replace(r#"{"plainText":"secret"}"#, r#"{"file":"/run/alice"}"#);
    let mut it = it(&format!(r#"{{"accessKeys":[{written}]}}"#));
    let put = |it: &mut It, text: &str| {
        it.host.properties.insert("filter_state.gatehouse.secret./run/alice".into(), text.into());
    };
    let request = signed("/pets", b"", "secret", None);
    it.check(&request, Err((ResponseType::AuthorizerFailure, "")));
    put(&mut it, "other\n");
    it.check(&request, Err((ResponseType::InvalidSignature, "does not match")));
    put(&mut it, "secret\n");
    it.check(&request, Ok(()));
    it.check(&request, Ok(()));
    put(&mut it, "");
    it.check(&request, Err((ResponseType::AuthorizerFailure, "")));
}

#[test]
fn a_body_is_waited_for_where_its_digest_is_signed() {
    let it = known(r#","unsignedPayload":true"#);
    let wanted = |request: &Request| it.phase.wants_body(request, &it.moment());
    let unread = |mut request: Request| {
        request.body = Body::Unread;
        request
    };
    let signed_body = unread(signed("/pets", b"body", "secret", None));
    assert_eq!(wanted(&signed_body), Some(Wanted::Pieces));
    check(it.phase.authenticate(&signed_body, Some(&sha256(b"body")), &it.moment()), Ok(()));
    let mismatch = (ResponseType::InvalidSignature, "does not match");
    check(it.phase.authenticate(&signed_body, Some(&sha256(b"Body")), &it.moment()), Err(mismatch));
    // Who does not wait for it lets nobody pass.
    it.check(&signed_body, Err((ResponseType::Default5xx, "")));

    let secret = SecretKey::new("secret");
    let with = |payload| {
        let mut request = signed("/pets", b"body", "secret", None);
        let mut signer = Signing::execute_api(ID, &secret, "us-east-1");
        signer.payload = payload;
        signer.sign(&mut request, NOW).unwrap();
        unread(request)
    };
    let unsigned = with(gatehouse_sigv4::SignedPayload::Unsigned);
    assert_eq!(wanted(&unsigned), Some(Wanted::Nothing));
    it.check(&unsigned, Ok(()));
    let mut declared = with(gatehouse_sigv4::SignedPayload::Declared);
    assert_eq!(wanted(&declared), Some(Wanted::Pieces));
    check(it.phase.authenticate(&declared, Some(&sha256(b"Body")), &it.moment()), Err(mismatch));
    declared.headers.set(":path", "/other").unwrap();
    assert_eq!(wanted(&declared), None, "it is refused without its body");
    it.check(&declared, Err(mismatch));
}

#[test]
fn a_signature_may_be_good_once() {
    let mut it = known(r#","replayProtection":{"maxSignatures":100}"#);
    let request = signed("/pets", b"", "secret", None);
    it.check(&request, Ok(()));
    it.check(&request, Err((ResponseType::InvalidSignature, "Signature has been used before")));
    it.check(&signed("/pets/1", b"", "secret", None), Ok(()));
    it.check(&signed("/pets/2", b"", "guess", None), Err((ResponseType::InvalidSignature, "does not match")));
    it.now = NOW + 300;
    it.check(&request, Err((ResponseType::InvalidSignature, "Signature has been used before")));
}

fn answer(fields: &str) -> Reply {
    reply("200", &format!(r#"{{"secretAccessKey":"secret","principal":{{"arn":"{ARN}"}}{fields}}}"#))
}

#[test]
fn a_provider_knows_keys_and_is_asked_once() {
    let it = asking();
    let request = signed("/pets", b"", "secret", Some("token"));
    let Ok(Progress::Await(callout, asking)) = it.ask(&request) else { panic!("nobody is asked") };
    assert_eq!(callout.body, format!(r#"{{"accessKeyId":"{ID}","sessionToken":"token"}}"#).into_bytes());
    assert_eq!((callout.cluster.as_str(), callout.timeout_millis), ("provider", 2_000));
    assert_eq!(callout.headers.text(":path"), Some("/credentials"));
    assert!(matches!(it.ask(&request), Ok(Progress::Wait(..))), "another one waits");
    let told = answer(r#","sessionToken":"token""#);
    check(it.phase.on_reply(&asking, &told, &request, None, &it.moment()), Ok(()));
    it.check(&request, Ok(()));
    it.check(&signed("/pets", b"", "guess", Some("token")), Err((ResponseType::InvalidSignature, "does not match")));
    // Another worker reads it from shared data.
    let other = It { phase: super::tests::asking().phase, host: it.host, now: NOW };
    other.check(&request, Ok(()));
    assert_eq!(other.counted(Measure::ProviderCall), 1);
    assert!(matches!(other.ask(&signed("/pets", b"", "secret", None)), Ok(Progress::Await(..))), "not without token");
}

#[test]
fn what_a_provider_does_not_say_lets_nobody_pass() {
    let request = signed("/pets", b"", "secret", Some("token"));
    let failed = (ResponseType::AuthorizerFailure, "");
    for (told, expected) in [
        (reply("404", ""), UNKNOWN),
        (answer(""), UNKNOWN),
        (answer(r#","sessionToken":"other""#), UNKNOWN),
        (answer(r#","sessionToken":"token","status":"Inactive""#), UNKNOWN),
        (
            answer(r#","sessionToken":"token","expiration":"2015-08-30T12:00:00Z""#),
            (ResponseType::ExpiredToken, "is expired"),
        ),
        (answer(r#","sessionToken":"token","expiration":"soon""#), failed),
        (reply("200", "{}"), failed),
        (reply("500", ""), failed),
        (Reply::Failed(Failure::Timeout), failed),
    ] {
        let it = asking();
        check(it.ask_provider(&request, &told), Err(expected));
        assert!(matches!(it.ask(&request), Ok(Progress::Await(..)) | Err(_)), "a refusal is not kept");
    }
}

#[test]
fn what_a_provider_says_holds_until_it_expires() {
    let mut it = asking();
    let request = signed("/pets", b"", "secret", Some("token"));
    let told = answer(r#","sessionToken":"token","expiration":"2015-08-30T12:36:30Z""#);
    check(it.ask_provider(&request, &told), Ok(()));
    it.now = NOW + 29;
    it.check(&request, Ok(()));
    it.now = NOW + 30;
    assert!(matches!(it.ask(&request), Ok(Progress::Await(..))));
}

#[test]
fn who_waits_for_a_failure_fails_too_and_who_leaves_strands_nobody() {
    let it = asking();
    let request = signed("/pets", b"", "secret", None);
    let Ok(Progress::Await(_, first)) = it.ask(&request) else { panic!("nobody is asked") };
    let Ok(Progress::Wait(_, second)) = it.ask(&request) else { panic!("it does not wait") };
    it.phase.on_abandoned(&first, &it.moment());
    let woken = it.phase.on_wake(&second, &request, None, &it.moment());
    let Ok(Progress::Await(_, leads)) = woken else { panic!("nobody takes over") };
    let Ok(Progress::Wait(_, third)) = it.ask(&request) else { panic!("it does not wait") };
    check(it.phase.on_reply(&leads, &reply("404", ""), &request, None, &it.moment()), Err(UNKNOWN));
    check(it.phase.on_wake(&third, &request, None, &it.moment()), Err(UNKNOWN));
}

#[test]
fn what_cannot_be_served_is_named() {
    let check = |iam: &str, place: &str, message: &str| {
        let problems = compile(iam).err().unwrap_or_else(|| panic!("{iam} is served"));
        let found: Vec<_> = problems.iter().map(|it| (it.place.as_str(), it.message.as_str())).collect();
        assert!(found.iter().any(|(at, text)| *at == place && text.contains(message)), "{iam}: {found:?}");
    };
    check("{}", "/iam", "nobody could sign");
    let with = |more: &str| format!(r#"{{"accessKeys":[{}],{more}}}"#, key(""));
    check(&with(r#""clockSkewInSeconds":0"#), "/iam/clockSkewInSeconds", "use 1 to 900");
    check(&with(r#""replayProtection":{"maxSignatures":0}"#), "/iam/replayProtection/maxSignatures", "use 1 to");
    check(
        &with(r#""sigv4a":true,"replayProtection":{"maxSignatures":1}"#),
        "/iam/replayProtection",
        "leave out `sigv4a`",
    );
    check(&with(r#""credentialProvider":{"url":"provider"}"#), "/iam/credentialProvider/url", "`provider` is no URL");
    check(
        &with(r#""credentialProvider":{"url":"http://p","timeoutInMillis":1}"#),
        "/iam/credentialProvider/timeoutInMillis",
        "use 50 to 29000",
    );
    check(&format!(r#"{{"accessKeys":[{0},{0}]}}"#, key("")), "/iam/accessKeys/1/accessKeyId", "another key's");
    check(
        &format!(r#"{{"accessKeys":[{}]}}"#, key("").replace(ID, "short")),
        "/iam/accessKeys/0/accessKeyId",
        "16 to 128",
    );
    check(
        &format!(r#"{{"accessKeys":[{}]}}"#, key(r#","expiration":"x""#)),
        "/iam/accessKeys/0/expiration",
        "`x` is no time",
    );
}

#[test]
fn who_names_another_method_must_have_signed_it() {
    let it = known("");
    let mut request = signed("/pets", b"", "secret", None);
    request.headers.set("x-http-method-override", "DELETE").unwrap();
    it.check(&request, Err((ResponseType::InvalidSignature, "not signed")));
    let secret = SecretKey::new("secret");
    Signing::execute_api(ID, &secret, "us-east-1").sign(&mut request, NOW).unwrap();
    it.check(&request, Ok(()));
}
