//! Any bytes at all, as a function's answer: a grant that is bounded and read back, or a reason; an error is never a grant.
#![no_main]

use gatehouse_filter::Reply;
use gatehouse_http::{Body, Headers, Origin, Response};
use gatehouse_lambda_authorizer::{Answer, Grant};
use libfuzzer_sys::fuzz_target;

fn read(pairs: &[(&str, &str)], body: &[u8]) -> Answer {
    let headers = Headers::from_pairs(pairs.iter().copied());
    Answer::read(&Reply::Answered(Response { headers, body: Body::Read(body.to_vec()), origin: Origin::Upstream }))
}

fuzz_target!(|body: &[u8]| {
    match read(&[(":status", "200")], body) {
        Answer::Granted(grant) => {
            assert!(grant.policy.starts_with('{') && grant.policy.len() <= 8_192);
            assert!(grant.encode().len() < 32_768);
            assert_eq!(Grant::decode(&grant.encode()), Ok(grant));
        }
        Answer::Unauthorized => {}
        Answer::Failed(fault) => assert!(!fault.to_string().is_empty()),
    }
    let failed = read(&[(":status", "200"), ("x-amz-function-error", "Unhandled")], body);
    assert!(!matches!(failed, Answer::Granted(_)));
    assert!(matches!(read(&[(":status", "500")], body), Answer::Failed(_)));
});
