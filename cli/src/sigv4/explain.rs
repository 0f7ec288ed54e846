//! `gatehouse sigv4 explain --jsonl`: a signed request in, what AWS would say of its signature out.

use std::io::{BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{
    Algorithm, Claim, Credentials, Detail, Error, Key, PathRule, PureP256, Rules, SecretKey, SessionToken, Verified,
    sha256,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::people::time;
use super::raw::{origin_form, unfolded};
use crate::object::Object;

/// A request, and who is known to whoever got it.
#[derive(Deserialize)]
struct Line {
    method: String,
    target: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body_b64: Option<String>,
    time: Time,
    credentials: Object<Known>,
    region: String,
    service: String,
}

/// When it arrived: seconds since 1970, or a date like `20150830T123600Z` or `2015-08-30T12:36:00Z`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`time` is neither a number nor a text")]
enum Time {
    Seconds(f64),
    Date(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with `accessKeyId` and `secretAccessKey`")]
struct Known {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// Answers every line; one that cannot be read is answered with what is wrong with it.
///
/// # Errors
/// The input can't be read, or nobody reads the output.
pub fn explain(input: &mut dyn BufRead, output: &mut dyn Write) -> std::io::Result<()> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            writeln!(output, "{}", answer(&line))?;
            output.flush()?;
        }
        line.clear();
    }
    Ok(())
}

fn answer(line: &[u8]) -> Value {
    match read(line).map(|(request, now, line)| verify(&request, now, &line)) {
        Ok(Ok(())) => json!({"ok": true}),
        Ok(Err(error)) => {
            json!({"ok": false, "errorType": error.error_type(), "message": error.message(Detail::Full)})
        }
        Err(wrong) => json!({"ok": false, "error": wrong}),
    }
}

fn read(line: &[u8]) -> Result<(Request, u64, Line), String> {
    let Object(line) = serde_json::from_slice::<Object<Line>>(line).map_err(|error| error.to_string())?;
    let now = match &line.time {
        Time::Seconds(seconds) if *seconds < 0.0 => return Err(format!("`time` is before 1970: `{seconds}`")),
        Time::Seconds(seconds) => *seconds as u64,
        Time::Date(date) => time(date).ok_or_else(|| format!("`time` is no date: `{date}`"))?,
    };
    let body = STANDARD
        .decode(line.body_b64.as_deref().unwrap_or_default())
        .map_err(|error| format!("`body_b64`: {error}"))?;
    let (authority, target) = origin_form(line.target.as_bytes());
    let pseudo = [(&b":method"[..], line.method.as_bytes()), (b":path", target)];
    let pseudo = pseudo.into_iter().chain(authority.map(|authority| (&b":authority"[..], authority)));
    let pseudo = pseudo.map(|(name, value)| (name.to_vec(), value.to_vec()));
    let headers = line.headers.iter().map(|(name, value)| (name.as_bytes().to_vec(), unfolded(value.as_bytes())));
    let headers = Headers::from_pairs(pseudo.chain(headers));
    Ok((Request { headers, body: Body::Read(body) }, now, line))
}

fn verify(request: &Request, now: u64, line: &Line) -> Result<(), Error> {
    let rules = rules(&line.region, &line.service);
    let claim = rules.read(request, now)?;
    let Object(Known { access_key_id, secret_access_key, session_token }) = &line.credentials;
    let secret = SecretKey::new(secret_access_key.as_str());
    let token = session_token.as_deref().filter(|token| !token.is_empty()).map(SessionToken::new);
    let (key, public_key) = match claim.algorithm() {
        Algorithm::V4 => (secret.derive(claim.scope()), None),
        Algorithm::V4a => (secret.derive(claim.scope()), secret.public_key(access_key_id)),
    };
    let key = public_key.as_ref().map_or(Key::V4(&key), |public_key| Key::V4a(public_key, &PureP256));
    let credentials = Credentials { access_key_id, key, session_token: token.as_ref(), expires_at: None };
    let verified = claim.verify(&credentials, &sha256(request.body.bytes()))?;
    pieces(&claim, &verified, key, request.body.bytes()).map(drop)
}

/// Reads a body that comes in pieces, if it does, and gives its length without them. `key` is the one that verified its
/// request.
pub(super) fn pieces(
    claim: &Claim<'_>,
    verified: &Verified,
    key: Key<'_>,
    body: &[u8],
) -> Result<Option<usize>, Error> {
    let Some(mut pieces) = claim.chunked_body(verified, key)? else { return Ok(None) };
    let mut read = Vec::new();
    pieces.decode(body, &mut read)?;
    pieces.finish()?;
    Ok(Some(read.len()))
}

/// S3 has rules of its own. All others are like API Gateway, but that they take a token that was added after signing,
/// and some a clock that is wrong by more.
pub(super) fn rules(region: &str, service: &str) -> Rules {
    let rules = Rules { v4a: true, unsigned_token: true, ..Rules::service(region, service) };
    match service {
        "execute-api" => Rules { unsigned_token: false, ..rules },
        "s3" => Rules {
            path: PathRule::S3,
            skew: 900,
            unsigned_payload: true,
            chunked_payload: true,
            unsigned_token: false,
            ..rules
        },
        "dynamodb" | "iam" | "sqs" | "sts" => Rules { skew: 900, ..rules },
        _ => rules,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The official suite's `get-vanilla`.
    fn line(method: &str, time: &str) -> String {
        json!({
            "method": method, "target": "/", "time": time, "region": "us-east-1", "service": "service",
            "headers": [
                ["Host", "example.amazonaws.com"],
                ["X-Amz-Date", "20150830T123600Z"],
                ["Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                    SignedHeaders=host;x-amz-date, \
                    Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
            ],
            "credentials": {
                "accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            },
        })
        .to_string()
    }

    #[test]
    fn a_line_is_answered_with_awss_words() {
        let check = |method: &str, time: &str, expected: &str, words: &str| {
            let answer = answer(line(method, time).as_bytes());
            assert_eq!(answer["errorType"].as_str().unwrap_or("ok"), expected, "{answer}");
            assert!(answer.to_string().contains(words), "{answer}");
        };
        check("GET", "2015-08-30T12:36:00Z", "ok", "true");
        check("GET", "20150830T124000Z", "ok", "true");
        check("PUT", "20150830T124000Z", "InvalidSignatureException", r"should have been\n'PUT\n/\n");
        check("GET", "20150830T124101Z", "InvalidSignatureException", "Signature expired: 20150830T123600Z");
        assert!(answer(b"{}").to_string().contains("missing field"));
        for (wrong, said) in [
            (r#""time":-1"#, "`time` is before 1970"),
            (r#""time":null"#, "`time` is neither a number nor a text"),
            (r#""time":"noon""#, "`time` is no date: `noon`"),
        ] {
            let line = line("GET", "T").replace(r#""time":"T""#, wrong);
            let told = answer(line.as_bytes()).to_string();
            assert!(told.contains(said) && told.contains(r#""ok":false"#), "{told}");
        }
        let fields = format!(r#"["GET","/",[],null,"20150830T123600Z",{},"us-east-1","service"]"#, "{}");
        let listed = line("GET", "20150830T123600Z");
        let credentials = listed.find(r#"{"accessKeyId""#).and_then(|at| listed.get(at..)?.split_once('}')).unwrap().0;
        let listed = listed.replace(&format!("{credentials}}}"), r#"["AKIDEXAMPLE","secret",null]"#);
        for wrong in ["null", &fields, &listed] {
            assert!(answer(wrong.as_bytes()).to_string().contains("expected an object"), "{wrong}");
        }
    }

    #[test]
    fn a_request_may_be_written_as_http_allows() {
        let check = |from: &str, to: &str, ok: bool| {
            let line = line("GET", "20150830T123600Z").replace(from, to);
            let answer = answer(line.as_bytes());
            assert_eq!(answer["ok"], ok, "{answer}");
        };
        let target = r#""target":"/""#;
        check(target, r#""target":"http://example.amazonaws.com""#, true);
        check(target, r#""target":"https://example.amazonaws.com/?""#, true);
        check(target, r#""target":"http://other.example/""#, false);
        check(target, r#""target":"*""#, false);
        check(r#"["Host","example"#, r#"["Host","example.amazonaws.com"],["Host","example"#, false);
        let folded = r#"["X-Amz-Date","\r\n 20150830T123600Z"#;
        check(r#"["X-Amz-Date","20150830T123600Z"#, folded, true);
        check(r#""accessKeyId":"#, r#""sessionToken":"","accessKeyId":"#, true);
        check(r#""accessKeyId":"#, r#""sessionToken":null,"accessKeyId":"#, true);
    }

    #[test]
    fn clocks_may_be_wrong_by_what_the_service_allows() {
        for (service, skew) in [("execute-api", 300), ("lambda", 300), ("sts", 900), ("dynamodb", 900), ("s3", 900)] {
            assert_eq!(rules("us-east-1", service).skew, skew, "{service}");
        }
    }
}
