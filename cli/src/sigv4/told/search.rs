//! What the client signed instead, found by trying.

use gatehouse_http::{Request, percent};
use gatehouse_sigv4::{Algorithm, Claim, PublicKey, PureP256, Scope, SecretKey, parse_basic_date, sha256};

use super::super::deviation::{Canonical, Deviation, Part, deviations, hex};
use super::Known;

/// Looks for what the client signed instead.
pub(super) struct Search<'s> {
    pub(super) request: &'s Request,
    pub(super) claim: &'s Claim<'s>,
    pub(super) secret: &'s SecretKey,
    pub(super) known: &'s Known,
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
    pub(super) fn cause(&self, ours: &Canonical) -> Option<String> {
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
