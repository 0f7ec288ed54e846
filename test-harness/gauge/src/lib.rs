//! A filter that answers how long something takes in Envoy's own engine: `GET /decision`, `/signature` and `/template`, in nanoseconds. They are
//! what the crates' benchmarks time natively.
#![cfg(target_arch = "wasm32")]

use std::hint::black_box;
use std::slice;
use std::time::{Duration, SystemTime};

use gatehouse_http::{Body, Headers, Request};
use gatehouse_policy::{
    Action, Decision, GlobalKey, Policies, Policy, PolicyKind, Principal, Request as Asked, RequestContext,
};
use gatehouse_sigv4::{Credentials, Key, Rules, SecretKey, Signer, sha256};
use gatehouse_vtl::{Input, Limits, Template};
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action as Next, ContextType};

/// How many rounds are timed, and how long each lasts at least, so that the clock is exact.
const ROUNDS: u32 = 25;
const ROUND: Duration = Duration::from_millis(8);

const METHOD: &str = "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/pets/4711";
const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
const NOW: u64 = 1_440_938_160;

struct Gauge;

impl Context for Gauge {}

impl HttpContext for Gauge {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Next {
        let path = self.get_http_request_header(":path").unwrap_or_default();
        match measured(&path) {
            Some(nanos) => self.send_http_response(200, vec![], Some(format!("{nanos:.1}\n").as_bytes())),
            None => self.send_http_response(404, vec![], None),
        }
        Next::Pause
    }
}

impl RootContext for Gauge {
    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Gauge))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

fn measured(path: &str) -> Option<f64> {
    match path {
        "/decision" => decision(),
        "/signature" => signature(),
        "/template" => template(),
        _ => None,
    }
}

/// Eight statements, two of them about addresses and two about the user agent.
fn decision() -> Option<f64> {
    let identity = Policy::parse(include_str!("../../../shared/policy/benches/identity.json"), PolicyKind::Identity);
    let resource = Policy::parse(include_str!("../../../shared/policy/benches/resource.json"), PolicyKind::Resource);
    let (identity, resource) = (identity.ok()?, resource.ok()?);
    let mut context = RequestContext::new();
    context.set(GlobalKey::SourceIp, "203.0.113.7");
    context.set(GlobalKey::UserAgent, USER_AGENT);
    context.set_bool(GlobalKey::SecureTransport, true);
    context.insert("aws:PrincipalTag/team", "pets");
    let user = Principal::parse("arn:aws:iam::111122223333:user/ann").ok()?;
    let asked = Asked::new(user, Action::INVOKE, METHOD, &context);
    let policies =
        Policies { identity: slice::from_ref(&identity), resource: slice::from_ref(&resource), ..Policies::default() };
    timed(|| black_box(&policies).decide(black_box(&asked)) == Decision::Allowed)
}

/// A GET of a dozen headers, all of them signed, by a key that is derived already.
fn signature() -> Option<f64> {
    let pseudo = [
        (":method", "GET"),
        (":path", "/prod/pets/1234?limit=20&cursor=abc%3D%3D&sort=name"),
        (":authority", "abc.execute-api.us-east-1.amazonaws.com"),
    ];
    let others = include_str!("../../../shared/sigv4/benches/headers.txt").lines();
    let headers = Headers::from_pairs(pseudo.into_iter().chain(others.filter_map(|line| line.split_once(": "))));
    let mut request = Request { headers, body: Body::Empty };
    let (secret, rules) = (SecretKey::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Rules::execute_api("us-east-1"));
    Signer::execute_api("AKIDEXAMPLE", &secret, "us-east-1").sign(&mut request, NOW).ok()?;
    let key = secret.derive(rules.read(&request, NOW).ok()?.scope());
    let credentials =
        Credentials { access_key_id: "AKIDEXAMPLE", key: Key::V4(&key), session_token: None, expires_at: None };
    timed(|| {
        let claim = rules.read(black_box(&request), NOW);
        claim.is_ok_and(|claim| claim.verify(&credentials, &sha256(request.body.bytes())).is_ok())
    })
}

/// 36 lines over a body of 1.75 KB with twelve items, which is read each time.
fn template() -> Option<f64> {
    let template = Template::parse("gauge", include_str!("../../../shared/vtl/benches/order.vtl")).ok()?;
    let context = vec![("requestId", "c6af9ac6-7b61-11e6"), ("stage", "prod"), ("identity.sourceIp", "192.0.2.1")];
    let body = include_bytes!("../../../shared/vtl/benches/order.json");
    let input = Input { body, context: &context, stage_variables: &[("tenant", "blue")], ..Input::default() };
    let limits = Limits::default();
    timed(|| template.render(black_box(&input), &limits).is_ok())
}

/// Nanoseconds of one run, the least of all rounds; nothing if it ever fails.
fn timed(run: impl Fn() -> bool) -> Option<f64> {
    let round = |runs: u32| -> Option<Duration> {
        let began = now()?;
        let all_well = (0..runs).all(|_| run());
        all_well.then_some(now()?.duration_since(began).unwrap_or_default())
    };
    let mut runs = 1;
    while round(runs)? < ROUND {
        runs *= 2;
    }
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        least = least.min(round(runs)?);
    }
    Some(least.as_secs_f64() * 1e9 / f64::from(runs))
}

fn now() -> Option<SystemTime> {
    hostcalls::get_current_time().ok()
}

gatehouse_proxy_wasm_shell::entry!(proxy_wasm::set_root_context(|_| Box::new(Gauge)));
