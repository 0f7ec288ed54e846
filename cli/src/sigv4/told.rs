//! What is wrong with a signature, step by step, for people.

use std::fmt::Write as _;

use gatehouse_http::{Request, percent};
use gatehouse_sigv4::{
    Algorithm, Carrier, Claim, Credentials, Detail, Error, Key, Payload, PublicKey, PureP256, Rules, Scope, SecretKey,
    SessionToken, Skew, parse_basic_date, sha256,
};

use super::compared::compared;
use super::deviation::{Canonical, Deviation, Part, deviations, hex};
use super::explain::{pieces, rules};

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

/// Looks for what the client signed instead.
struct Search<'s> {
    request: &'s Request,
    claim: &'s Claim<'s>,
    secret: &'s SecretKey,
    known: &'s Known,
}

/// Where people's functions and tables are.
const REGIONS: [&str; 33] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "sa-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
];
const SERVICES: [&str; 12] = [
    "execute-api",
    "lambda",
    "apigateway",
    "appsync",
    "s3",
    "sts",
    "iam",
    "es",
    "aoss",
    "bedrock",
    "dynamodb",
    "cognito-idp",
];

impl Search<'_> {
    /// The fewest deviations that make the client's signature, or another key that does.
    fn cause(&self, ours: &Canonical) -> Option<String> {
        let theirs = self.known.theirs.as_deref().and_then(Canonical::parse);
        if theirs.is_some_and(|theirs| theirs != *ours && self.is_signed(&theirs.text())) {
            let text = "is that of the client's own canonical request, which is another one than AWS's: see below";
            return Some(text.into());
        }
        if self.is_signed(&ours.text()) {
            let text = "is that of this request and its body, of which `x-amz-content-sha256`, which is not signed, \
                declares another digest";
            return Some(text.into());
        }
        let of = |part| (part, deviations(part, self.request, ours));
        let lists = Part::ALL.map(of);
        let one = lists.iter().flat_map(|(part, list)| list.iter().map(|deviation| vec![(*part, deviation)]));
        if let Some(found) = self.first_signed(ours, one) {
            return Some(found);
        }
        if self.claim.algorithm() == Algorithm::V4a {
            return None;
        }
        self.other_key(ours).or_else(|| self.first_signed(ours, several(&lists)))
    }

    fn first_signed<'d>(
        &self,
        ours: &Canonical,
        mut candidates: impl Iterator<Item = Vec<(Part, &'d Deviation)>>,
    ) -> Option<String> {
        let made = |changes: &[(Part, &Deviation)]| {
            changes.iter().fold(ours.clone(), |made, (part, deviation)| made.with(*part, deviation))
        };
        let found = candidates.find(|changes| self.is_signed(&made(changes).text()))?;
        let said = found.iter().map(|(part, Deviation { what, text })| {
            let (signed, should) = (String::from_utf8_lossy(text), String::from_utf8_lossy(ours.part(*part)));
            format!("the client signed {what}:\n  signed    `{signed}`\n  should be `{should}`")
        });
        Some(said.collect::<Vec<_>>().join("\n"))
    }

    /// Another secret, or a key for elsewhere, over the text that is right.
    fn other_key(&self, ours: &Canonical) -> Option<String> {
        let text = self.string_to_sign(&ours.text());
        let scope = self.claim.scope();
        let secret = self.known.secret.as_str();
        for (what, other) in [
            ("with a line feed at its end", format!("{secret}\n")),
            ("with CRLF at its end", format!("{secret}\r\n")),
            ("with a space at its end", format!("{secret} ")),
            ("without the white space around it", secret.trim().to_owned()),
            (
                "decoded, as if it were part of a URL",
                String::from_utf8_lossy(&percent::decode_form(secret.as_bytes())).into_owned(),
            ),
            ("escaped, as if it were part of a URL", escaped(secret)),
        ] {
            if other != secret && self.is_by(&other, scope, &text) {
                return Some(format!("the client signed with the secret {what}"));
            }
        }
        if self.is_by(secret, scope, &[text.as_slice(), b"\n"].concat()) {
            return Some("the client signed the string to sign with a line feed at its end".into());
        }
        for region in REGIONS.into_iter().chain(self.known.region.as_deref()) {
            for service in SERVICES.into_iter().chain([scope.service, &*self.known.service]) {
                let other = Scope { region, service, ..scope };
                if other != scope && self.is_by(secret, other, &text) {
                    return Some(format!(
                        "the client signed with a key derived for `{region}/{service}`, in place of `{}/{}`",
                        scope.region, scope.service
                    ));
                }
            }
        }
        let signed = parse_basic_date(self.claim.date().as_bytes())?;
        for day in [signed.saturating_sub(86_400), signed + 86_400] {
            let date = gatehouse_sigv4::basic_date(day);
            let date = date.get(..8).unwrap_or_default();
            if self.is_by(secret, Scope { date, ..scope }, &text) {
                return Some(format!(
                    "the client signed with a key derived for the day `{date}`: its time zone is not UTC"
                ));
            }
        }
        None
    }

    fn is_by(&self, secret: &str, scope: Scope<'_>, text: &[u8]) -> bool {
        hex(&SecretKey::new(secret).derive(scope).sign(text)) == self.claim.signature()
    }

    fn string_to_sign(&self, canonical_request: &[u8]) -> Vec<u8> {
        let digest = hex(&sha256(canonical_request));
        let claim = self.claim;
        let head = format!("{}\n{}\n{}\n", claim.algorithm(), claim.date(), claim.credential_scope());
        [head.as_bytes(), &digest].concat()
    }

    fn is_signed(&self, canonical_request: &[u8]) -> bool {
        let text = self.string_to_sign(canonical_request);
        match self.claim.algorithm() {
            Algorithm::V4 => hex(&self.secret.derive(self.claim.scope()).sign(&text)) == self.claim.signature(),
            Algorithm::V4a => {
                let key: Option<PublicKey> = self.secret.public_key(self.claim.access_key_id());
                key.is_some_and(|key| key.is_signed(&PureP256, self.claim.signature(), &text))
            }
        }
    }
}

/// A client may do several of these at once.
fn several(lists: &[(Part, Vec<Deviation>); 5]) -> impl Iterator<Item = Vec<(Part, &Deviation)>> {
    let mut all: Vec<Vec<(Part, &Deviation)>> = vec![Vec::new()];
    for (part, list) in lists {
        let longer: Vec<_> = all
            .iter()
            .filter(|changes| changes.len() < 3)
            .flat_map(|changes| list.iter().map(|deviation| [changes.as_slice(), &[(*part, deviation)]].concat()))
            .collect();
        all.extend(longer);
    }
    all.sort_by_key(Vec::len);
    all.into_iter().filter(|changes| changes.len() > 1)
}

fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    percent::encode_into(&mut out, text.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// What the request says of its signature, whether or not that can be believed.
struct Presented {
    date: String,
    region: String,
    service: String,
    terminator: String,
    day: String,
    signed_headers: String,
    /// Is `region` a set of regions, SigV4A's?
    is_set: bool,
}

impl Presented {
    fn find(request: &Request) -> Self {
        let header = request.headers.text("authorization").unwrap_or_default();
        let field = |name: &str| {
            let mut parts = header.split([' ', '\t', ',']);
            let in_header = parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned);
            let in_query = || request.query().last(&format!("X-Amz-{name}"));
            in_header
                .or_else(|| in_query().map(|value| String::from_utf8_lossy(&value).into_owned()))
                .unwrap_or_default()
        };
        let credential = field("Credential");
        let mut last = credential.rsplit('/').map(str::to_owned);
        let mut next = || last.next().unwrap_or_default();
        let (terminator, service, region) = (next(), next(), next());
        // SigV4A says its regions elsewhere.
        let is_set = header.contains("ECDSA") || field("Algorithm").contains("ECDSA");
        let (region, day) = if is_set {
            let set =
                request.headers.text("x-amz-region-set").map(str::to_owned).unwrap_or_else(|| field("Region-Set"));
            (set, region)
        } else {
            (region, next())
        };
        let date = request.headers.text("x-amz-date").map(str::to_owned).unwrap_or_else(|| field("Date"));
        Self { date, region, service, terminator, day, signed_headers: field("SignedHeaders"), is_set }
    }

    /// The region that is taken for the one that was called: the one that was signed for. Of a set, it is one of many.
    fn own_region(&self) -> String {
        if self.is_set { "*".into() } else { self.region.clone() }
    }

    /// Field by field.
    fn scope_text(&self, rules: &Rules) -> String {
        let region = rules.regions.first().map(String::as_str).unwrap_or_default();
        let fields = [
            ("date", &*self.day, self.date.get(..8).unwrap_or_default()),
            ("region", &self.region, region),
            ("service", &self.service, &rules.service),
            ("end", &self.terminator, "aws4_request"),
        ];
        let lines = fields.map(|(name, got, expected)| match got == expected || expected == "*" {
            true => format!("{name:<8} `{got}`"),
            false => format!("{name:<8} `{got}`, which should be `{expected}`"),
        });
        lines.join("\n")
    }
}
