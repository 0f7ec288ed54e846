//! What the AWS SDK for Rust signs, as `send.py` sends it: `gatehouse-signer URL REQUESTS`.

use std::env::{args, var};
use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::{v4, v4a};
use serde_json::{Map, Value, json};

/// How a request is signed.
struct Way {
    client: &'static str,
    /// With temporary credentials.
    temporary: bool,
    /// In the query.
    presigned: bool,
    /// With SigV4A, for many regions.
    asymmetric: bool,
    /// With `x-amz-content-sha256`.
    declared: bool,
}

const PLAIN: Way =
    Way { client: "SDK for Rust", temporary: false, presigned: false, asymmetric: false, declared: false };
const WAYS: [Way; 5] = [
    Way { declared: true, ..PLAIN },
    Way { client: "SDK for Rust with a session token", temporary: true, ..PLAIN },
    Way { client: "SDK for Rust, presigned with a session token", temporary: true, presigned: true, ..PLAIN },
    Way { client: "SDK for Rust, SigV4A", asymmetric: true, ..PLAIN },
    Way { client: "SDK for Rust, SigV4A presigned", asymmetric: true, presigned: true, ..PLAIN },
];

fn main() -> Result<(), Box<dyn Error>> {
    let (url, file) = (args().nth(1).ok_or("no URL")?, args().nth(2).ok_or("no requests")?);
    let requests: Vec<Value> = serde_json::from_slice(&std::fs::read(file)?)?;
    for way in &WAYS {
        for request in &requests {
            let mut told = signed(way, &url, request).unwrap_or_else(|error| json!({"error": error.to_string()}));
            told["client"] = json!(way.client);
            told["request"] = request["name"].clone();
            println!("{told}");
        }
    }
    Ok(())
}

fn signed(way: &Way, url: &str, request: &Value) -> Result<Value, Box<dyn Error>> {
    let text = |field: &str| request[field].as_str().unwrap_or_default();
    let body = request["repeat"].as_u64().map_or_else(|| text("body").to_owned(), |times| "x".repeat(times as usize));
    let whole = format!("{url}{}", text("target"));
    let none = Map::new();
    let headers = request["headers"].as_object().unwrap_or(&none);
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect();
    let signable =
        SignableRequest::new(text("method"), &whole, headers.iter().copied(), SignableBody::Bytes(body.as_bytes()))?;
    let (instructions, _) = sign(signable, &parameters(way)?)?.into_parts();
    let mut sent = http::Request::builder().method(text("method")).uri(&whole);
    for (name, value) in headers {
        sent = sent.header(name, value);
    }
    let mut sent = sent.body(())?;
    instructions.apply_to_request_http1x(&mut sent);
    let mut headers = json!({"host": sent.uri().authority().ok_or("no host")?.as_str()});
    for (name, value) in sent.headers() {
        headers[name.as_str()] = json!(value.to_str()?);
    }
    let target = sent.uri().path_and_query().ok_or("no target")?.as_str();
    Ok(json!({"method": text("method"), "target": target, "headers": headers}))
}

fn parameters(way: &Way) -> Result<SigningParams<'static>, Box<dyn Error>> {
    let token = way.temporary.then(|| var("ALICES_SESSION_TOKEN")).transpose()?;
    let id = if way.temporary { "ASIAIOSFODNN7EXAMPLE" } else { "AKIAIOSFODNN7EXAMPLE" };
    let identity = Credentials::new(id, var("ALICES_SECRET_ACCESS_KEY")?, token, None, "the clients").into();
    // The parameters borrow it, and the program ends soon.
    let identity = Box::leak(Box::new(identity));
    let mut settings = SigningSettings::default();
    if way.declared {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    if way.presigned {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(60));
    }
    let now = SystemTime::now();
    Ok(if way.asymmetric {
        let regions = v4a::SigningParams::builder().identity(identity).region_set("eu-west-1,us-*");
        regions.name("execute-api").time(now).settings(settings).build()?.into()
    } else {
        let region = v4::SigningParams::builder().identity(identity).region("us-east-1");
        region.name("execute-api").time(now).settings(settings).build()?.into()
    })
}
