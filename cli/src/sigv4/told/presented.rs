//! What a request says of its signature.

use gatehouse_http::Request;
use gatehouse_sigv4::Rules;

/// What the request says of its signature, whether or not that can be believed.
pub(super) struct Presented {
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) terminator: String,
    pub(super) day: String,
    pub(super) signed_headers: String,
    /// Is `region` a set of regions, SigV4A's?
    pub(super) is_set: bool,
}

impl Presented {
    pub(super) fn find(request: &Request) -> Self {
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
    pub(super) fn own_region(&self) -> String {
        if self.is_set { "*".into() } else { self.region.clone() }
    }

    /// Field by field.
    pub(super) fn scope_text(&self, rules: &Rules) -> String {
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
