//! What is wrong with a signature, step by step, for people.

mod presented;
mod search;

use std::fmt::Write as _;

use gatehouse_http::Request;
use gatehouse_sigv4::{
    Algorithm, Carrier, Claim, Credentials, Detail, Error, Key, Payload, PureP256, Rules, SecretKey, SessionToken,
    Skew, parse_basic_date, sha256,
};

use super::compared::compared;
use super::deviation::{Canonical, hex};
use super::explain::{pieces, rules};
use presented::Presented;
use search::Search;

/// What whoever asks knows.
pub(super) struct Known {
    /// The access key's id, or the request's own.
    pub(super) access_key_id: Option<String>,
    /// Its secret.
    pub(super) secret: String,
    /// The token of temporary credentials.
    pub(super) session_token: Option<String>,
    /// The region called, or the one that the client signed for.
    pub(super) region: Option<String>,
    /// The service called.
    pub(super) service: String,
    /// Seconds since 1970.
    pub(super) now: u64,
    /// The canonical request as the client logged it.
    pub(super) theirs: Option<Vec<u8>>,
}

/// The answer.
pub struct Told {
    /// For people.
    pub text: String,
    /// Would AWS let the request in?
    pub verifies: bool,
}

/// Says which step fails, and why. Steps after it are looked at as if it did not.
#[must_use]
pub(super) fn tell(request: &Request, known: &Known, colour: bool) -> Told {
    let mut report = Report { steps: Vec::new(), text: String::new(), first: None, colour };
    steps(request, known, &mut report);
    let verdict = match &report.first {
        None => "the signature verifies".to_owned(),
        Some(error) => {
            let message = error.message(Detail::Brief);
            format!("AWS would answer: {} {}: {}", error.status(), error.error_type(), message.trim_end())
        }
    };
    report.steps.sort_by_key(|(step, _)| STEPS.iter().position(|other| other == step));
    let steps: String = report.steps.iter().map(|(_, text)| text.as_str()).collect();
    Told { text: format!("{steps}{}\n{verdict}\n", report.text), verifies: report.first.is_none() }
}

/// In the order in which AWS looks at them.
const STEPS: [&str; 7] = ["form", "date", "scope", "headers", "payload", "token", "signature"];

/// What has been said, and the first error, which is AWS's answer.
struct Report {
    steps: Vec<(&'static str, String)>,
    /// What comes after them.
    text: String,
    first: Option<Error>,
    colour: bool,
}

impl Report {
    fn step(&mut self, mark: &str, colour: u8, step: &'static str, text: &str) {
        let mark = if self.colour { format!("\u{1b}[{colour}m{mark:<5}\u{1b}[0m") } else { format!("{mark:<5}") };
        let mut lines = text.lines();
        let mut shown = format!("{mark} {step:<10} {}\n", lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(shown, "{:16} {line}", "");
        }
        self.steps.push((step, shown));
    }

    fn good(&mut self, step: &'static str, text: &str) {
        self.step("ok", 32, step, text);
    }

    fn fails(&mut self, step: &'static str, text: &str, error: Error) {
        self.step("FAILS", 31, step, text);
        self.first.get_or_insert(error);
    }

    fn block(&mut self, title: &str, text: &[u8]) {
        let _ = writeln!(self.text, "\n{title}:");
        for line in String::from_utf8_lossy(text).split('\n') {
            let _ = writeln!(self.text, "{}", format!("  {line}").trim_end());
        }
    }
}

fn steps(request: &Request, known: &Known, report: &mut Report) {
    let presented = Presented::find(request);
    let region = known.region.clone().unwrap_or_else(|| presented.own_region());
    let mut rules = rules(&region, &known.service);
    let mut now = known.now;
    // What fails is said, and let pass, so that what comes after it can be looked at.
    let mut said = Vec::new();
    while let Err(error) = rules.read(request, now) {
        let (step, text) = explained(&error, request, &presented, &rules);
        report.fails(step, &text, error.clone());
        if said.contains(&step) || !let_pass(&error, &presented, &mut rules, &mut now) {
            return;
        }
        said.push(step);
    }
    let Ok(claim) = rules.read(request, now) else { return };
    let good = [
        ("form", format!("{} in the {}, key `{}`", claim.algorithm(), carrier(&claim), claim.access_key_id())),
        ("date", format!("signed {}", claim.date())),
        ("scope", format!("`{}`", claim.credential_scope())),
        ("headers", covered(request, &claim)),
        ("payload", payload(&claim)),
    ];
    if matches!(claim.payload(), Payload::Chunked(_)) {
        // It is said when the pieces have been looked at.
        said.push("payload");
    }
    for (step, text) in good.iter().filter(|(step, _)| !said.contains(step)) {
        report.good(step, text);
    }
    signature(request, &claim, known, report);
}

fn carrier(claim: &Claim<'_>) -> &'static str {
    match claim.carrier() {
        Carrier::Header => "`Authorization` header",
        Carrier::Query => "query",
    }
}

/// The step that an error is of, and what is wrong with it.
fn explained(error: &Error, request: &Request, presented: &Presented, rules: &Rules) -> (&'static str, String) {
    let message = error.message(Detail::Brief).trim_end().to_owned();
    match error {
        Error::Expired(skew) | Error::NotYetCurrent(skew) => ("date", skewed(skew)),
        Error::MalformedDate(_) | Error::MalformedExpires | Error::NegativeExpires | Error::LongExpires => {
            ("date", message)
        }
        Error::WrongScope(_) => ("scope", presented.scope_text(rules)),
        Error::UnsignedHeaders => ("headers", format!("sent, but not signed: {}", unsigned_amz(request, presented))),
        Error::AbsentSignedHeader(name) => {
            ("headers", format!("`{name}` is signed, but is not there: something on the way took it off"))
        }
        Error::MalformedSignedHeaders => {
            let text = "`SignedHeaders` must be names in lower case, sorted, each once, separated by semicolons";
            ("headers", text.into())
        }
        Error::HostNotSigned => ("headers", message),
        Error::UnacceptablePayload => {
            let declared = request.headers.get("x-amz-content-sha256").unwrap_or_default();
            let declared = String::from_utf8_lossy(declared).into_owned();
            (
                "payload",
                format!("`x-amz-content-sha256: {declared}` is no digest, and {} takes no other", rules.service),
            )
        }
        Error::TwoSignatures => {
            ("form", "an `Authorization` header and a signature in the query: AWS takes one".into())
        }
        Error::MissingAuthenticationToken => {
            ("form", "neither an `Authorization` header nor a signature in the query".into())
        }
        Error::MalformedPath => {
            ("form", "the path is not absolute, has a broken escape, or leads above its root".into())
        }
        _ => ("form", message),
    }
}

/// Takes back the rule that an error is about; says whether that can be done.
fn let_pass(error: &Error, presented: &Presented, rules: &mut Rules, now: &mut u64) -> bool {
    match error {
        Error::Expired(skew) | Error::NotYetCurrent(skew) if skew.window > 0 => {
            *now = parse_basic_date(skew.date.as_bytes()).unwrap_or(*now);
        }
        Error::WrongScope(_) => {
            rules.regions = vec!["*".into()];
            rules.service.clone_from(&presented.service);
        }
        Error::UnsignedHeaders => rules.sign_amz_headers = false,
        Error::UnacceptablePayload => (rules.unsigned_payload, rules.chunked_payload) = (true, true),
        _ => return false,
    }
    true
}

fn skewed(Skew { date, now, window, .. }: &Skew) -> String {
    let (Some(signed), Some(here)) = (parse_basic_date(date.as_bytes()), parse_basic_date(now.as_bytes())) else {
        return String::new();
    };
    let (direction, cause) = if signed < here {
        ("before", "the client's clock is slow, or the request was kept, or is an old one")
    } else {
        ("after", "the client's clock is fast")
    };
    let by = span(signed.abs_diff(here));
    format!("signed {date}, which is {by} {direction} now ({now}); {} are allowed:\n{cause}", span(*window))
}

fn span(seconds: u64) -> String {
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if parts.is_empty() { "0 s".into() } else { parts.join(" ") }
}

fn names<'n>(names: impl Iterator<Item = &'n [u8]>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{}`", String::from_utf8_lossy(name))).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

fn unsigned_amz(request: &Request, presented: &Presented) -> String {
    let signed = |name: &[u8]| presented.signed_headers.split(';').any(|other| other.as_bytes() == name);
    let all = request.headers.iter().map(|(name, _)| name);
    names(all.filter(|name| name.starts_with(b"x-amz-") && !signed(name)))
}

fn covered(request: &Request, claim: &Claim<'_>) -> String {
    let signed = || claim.signed_headers().split(|&byte| byte == b';');
    let unsigned =
        request.headers.iter().map(|(name, _)| name).filter(|name| {
            !name.starts_with(b":") && *name != b"authorization" && signed().all(|other| other != *name)
        });
    format!("signed: {}\nnot signed, and free to change: {}", names(signed()), names(unsigned))
}

fn payload(claim: &Claim<'_>) -> String {
    match claim.payload() {
        Payload::Body => "the body's digest, which nothing declares".into(),
        Payload::Declared(digest) => format!("declared: {}", String::from_utf8_lossy(&hex(&digest))),
        Payload::Unsigned => "not signed".into(),
        Payload::Chunked(_) => "in pieces, which are looked at when the request's own signature is right".into(),
    }
}

/// Token and signature.
fn signature(request: &Request, claim: &Claim<'_>, known: &Known, report: &mut Report) {
    let (body, id) = (sha256(request.body.bytes()), claim.access_key_id());
    let secret = SecretKey::new(known.secret.as_str());
    let (key, public_key) = (secret.derive(claim.scope()), secret.public_key(id));
    let key = match (claim.algorithm(), &public_key) {
        (Algorithm::V4a, Some(public_key)) => Key::V4a(public_key, &PureP256),
        (Algorithm::V4 | Algorithm::V4a, _) => Key::V4(&key),
    };
    let own = known.access_key_id.as_deref().unwrap_or(id);
    let token = known.session_token.as_deref().map(SessionToken::new);
    let credentials =
        |access_key_id, session_token| Credentials { access_key_id, key, session_token, expires_at: None };
    let mut found = claim.verify(&credentials(own, token.as_ref()), &body);
    if let Err(error @ (Error::InvalidToken | Error::ExpiredToken)) = found {
        report.fails("token", &token_text(claim, own, known), error);
        let sent = claim.session_token().map(|token| SessionToken::new(String::from_utf8_lossy(token)));
        found = claim.verify(&credentials(id, sent.as_ref()), &body);
    } else {
        report
            .good("token", if token.is_some() { "the session token is the key's" } else { "none, and none is needed" });
    }
    match found {
        Ok(verified) => {
            report.good("signature", "is this request's, by this key");
            match pieces(claim, &verified, key, request.body.bytes()) {
                Ok(None) => {}
                Ok(Some(length)) => report.good("payload", &format!("{length} bytes, in pieces that are as signed")),
                Err(Error::Body(why)) => report.fails("payload", &why.to_string(), Error::Body(why)),
                Err(error) => report.fails("payload", &error.to_string(), error),
            }
        }
        Err(error) => {
            if matches!(claim.payload(), Payload::Chunked(_)) {
                report.good("payload", &payload(claim));
            }
            mismatch(request, claim, &secret, known, error, report);
        }
    }
    if let Some(theirs) = &known.theirs {
        let ours = claim.expected(&body);
        report.text.push_str(&compared(request, ours.canonical_request(), theirs, report.colour));
    }
}

fn token_text(claim: &Claim<'_>, own: &str, known: &Known) -> String {
    let id = claim.access_key_id();
    if own != id {
        return format!("the request is signed with the key `{id}`, not with `{own}`");
    }
    match (claim.session_token(), &known.session_token) {
        (None, Some(_)) => "the key has a session token, and the request has none".into(),
        (Some(_), None) => "the request has a session token, and none is known of the key".into(),
        (Some(_), Some(_)) => "the request has another session token than the key".into(),
        (None, None) => "keys that begin with ASIA are temporary, and need a session token".into(),
    }
}

fn mismatch(
    request: &Request,
    claim: &Claim<'_>,
    secret: &SecretKey,
    known: &Known,
    error: Error,
    report: &mut Report,
) {
    let expected = claim.expected(&sha256(request.body.bytes()));
    let search = Search { request, claim, secret, known };
    let cause = Canonical::parse(expected.canonical_request()).and_then(|ours| search.cause(&ours));
    let unknown = "is another one, and nothing that clients are known to do explains it:\nthe secret is another one, or \
        something on the way changed what was signed.";
    let hint = "\nThe client's own canonical request would tell: its debug log has it, `--theirs` takes it.";
    let text = match cause {
        Some(cause) => cause,
        None if known.theirs.is_some() => unknown.to_owned(),
        None => format!("{unknown}{hint}"),
    };
    report.fails("signature", &text, error);
    report.block("The canonical request should have been", expected.canonical_request());
    report.block("The string to sign should have been", expected.string_to_sign());
}
