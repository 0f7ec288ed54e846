//! Any bytes at all, as a credential provider's answer: who passes has a secret that the answer names and a principal whom it
//! allows the call; and what is kept of it for another worker says the same.
#![no_main]

use gatehouse_filter::testing::{TestExchange, TestHost, TestStore};
use gatehouse_filter::{Filter, Reply, Step, Timestamp};
use gatehouse_http::{Body, Headers, Origin, Request, Response};
use gatehouse_sigv4::{SecretKey, Signer};
use gatehouse_sigv4_verifier::SigV4Verifier;
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_760_000_000;
const SECRET: &str = "s3cret";
const CONFIG: &str = r#"{"region":"us-east-1","accountId":"123456789012","apiId":"a","stage":"s",
    "iam":{"credentialProvider":{"url":"http://provider/"}},"credentialProviderCluster":"provider"}"#;

fn signed() -> Request {
    let pseudo = [(":method", "GET"), (":path", "/s/pets"), (":authority", "a.test")];
    let mut request = Request { headers: Headers::from_pairs(pseudo), body: Body::Empty };
    let secret = SecretKey::new(SECRET);
    Signer::execute_api("AKIDEXAMPLEEXAMPLE", &secret, "us-east-1").sign(&mut request, NOW).unwrap();
    request
}

/// Whether the answer has the secret that the request was signed with; who has another may not pass.
fn names_the_secret(answer: &[u8]) -> bool {
    let answer = serde_json::from_slice::<serde_json::Value>(answer).unwrap_or_default();
    answer["secretAccessKey"] == SECRET && answer["principal"]["policies"].is_array()
}

fuzz_target!(|answer: &[u8]| {
    let mut host = TestHost::with_store(TestStore::with_slots(64));
    let now = Timestamp::from_millis(NOW * 1_000);
    let mut passed = Vec::new();
    // The second worker finds in the store what the first has kept, or asks anew.
    for _ in 0..2 {
        let filter = SigV4Verifier::configure(serde_json::from_str(CONFIG).unwrap()).unwrap();
        let mut exchange = TestExchange { now, host, ..TestExchange::default() };
        let mut request = signed();
        let mut step = filter.on_request(&mut request, &mut exchange.view());
        if let Ok(Step::Await(callout, asking)) = step {
            assert_eq!(callout.cluster, "provider");
            let headers = Headers::from_pairs([(":status", "200")]);
            let response = Response { headers, body: Body::Read(answer.to_vec()), origin: Origin::Upstream };
            step = filter.on_reply(asking, Reply::Answered(response), &mut request, &mut exchange.view());
        }
        host = exchange.host;
        let passes = matches!(step, Ok(Step::Continue));
        assert!(!passes || names_the_secret(answer));
        passed.push(passes);
    }
    assert_eq!(passed[0], passed[1]);
});
