//! What signatures are accepted for: where, when, and of what.

/// The rules of one service. [`Rules::execute_api`] are API Gateway's.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The regions that a credential may be scoped to. `*` accepts every region: then the client chooses it.
    pub regions: Vec<String>,
    /// The service that it must be scoped to.
    pub service: String,
    /// Seconds that a request may be signed before or after now.
    pub skew: u64,
    /// What is signed of a path.
    pub path: PathRule,
    /// Is `UNSIGNED-PAYLOAD` accepted?
    pub unsigned_payload: bool,
    /// Are bodies in aws-chunked pieces accepted?
    pub chunked_payload: bool,
    /// Is SigV4A accepted?
    pub v4a: bool,
    /// May a session token be added after signing, as some IoT clients do?
    pub unsigned_token: bool,
    /// Must every `x-amz-*` header be signed? AWS asks for less; without it anyone on the way may add some.
    pub sign_amz_headers: bool,
    /// Headers that need not be signed all the same.
    pub unsigned_headers: Vec<String>,
    /// Other headers that must be signed if they are sent, as an application's tenant.
    pub signed_headers: Vec<String>,
    /// Other names that clients call this host, where a proxy in front replaces it.
    pub host_aliases: Vec<String>,
}

/// What is signed of a path. One service has one rule: with two, one signature would be good for two paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathRule {
    /// Normalised, and encoded once more: every service but S3. Clients that do not normalise are accepted.
    #[default]
    Encoded,
    /// As S3 has it.
    S3,
}

impl Rules {
    /// API Gateway's rules in a region: five minutes, bodies hashed, every `x-amz-*` header signed.
    #[must_use]
    pub fn execute_api(region: impl Into<String>) -> Self {
        Self::service(region, "execute-api")
    }

    /// The same for another service.
    #[must_use]
    pub fn service(region: impl Into<String>, service: impl Into<String>) -> Self {
        Self {
            regions: vec![region.into()],
            service: service.into(),
            skew: 300,
            path: PathRule::Encoded,
            unsigned_payload: false,
            chunked_payload: false,
            v4a: false,
            unsigned_token: false,
            sign_amz_headers: true,
            unsigned_headers: Vec::new(),
            signed_headers: Vec::new(),
            host_aliases: Vec::new(),
        }
    }

    /// Must this header be signed if it is sent?
    pub(crate) fn must_be_signed(&self, name: &[u8], presigned: bool) -> bool {
        let listed = |list: &[String]| list.iter().any(|other| other.as_bytes().eq_ignore_ascii_case(name));
        match name {
            // The canonical request ends with its value; a presigned request's is in the query.
            b"x-amz-content-sha256" => presigned,
            b"x-amz-security-token" if self.unsigned_token && !presigned => false,
            b"x-amz-security-token" | b"x-amz-date" if presigned => true,
            b"x-amz-cf-id" => listed(&self.signed_headers),
            _ if listed(&self.signed_headers) => true,
            _ => self.sign_amz_headers && name.starts_with(b"x-amz-") && !listed(&self.unsigned_headers),
        }
    }

    pub(crate) fn has_region(&self, region: &str) -> bool {
        self.regions.iter().any(|own| own == region || own == "*")
    }

    /// Does a region set, `us-*,eu-west-1`, hold one of the regions?
    pub(crate) fn has_region_of(&self, set: &[u8]) -> bool {
        set.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).any(|item| {
            let holds = |own: &String| own == "*" || is_like(own.as_bytes(), item);
            !item.is_empty() && self.regions.iter().any(holds)
        })
    }
}

/// Is it a text of this form, in which `*` stands for anything, wherever it is?
fn is_like(text: &[u8], form: &[u8]) -> bool {
    let mut parts = form.split(|&byte| byte == b'*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts.filter(|part| !part.is_empty()) {
        let Some(at) = rest.windows(part.len()).position(|window| window == part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_aws_must_be_signed() {
        let mut rules = Rules::execute_api("us-east-1");
        rules.signed_headers.push("X-Tenant".into());
        rules.unsigned_headers.push("x-amz-user-agent".into());
        let check = |name: &str, header: bool, query: bool| {
            let found = [false, true].map(|presigned| rules.must_be_signed(name.as_bytes(), presigned));
            assert_eq!(found, [header, query], "{name}");
        };
        check("x-amz-meta-a", true, true);
        check("x-amz-date", true, true);
        check("x-amz-content-sha256", false, true);
        check("x-amz-security-token", true, true);
        check("x-amz-user-agent", false, false);
        check("x-amz-cf-id", false, false);
        check("x-amzn-trace-id", false, false);
        check("x-tenant", true, true);
        check("accept", false, false);
    }

    #[test]
    fn a_region_set_may_have_wildcards() {
        let rules = Rules::execute_api("us-east-1");
        for (set, has) in [
            ("us-east-1", true),
            ("*", true),
            ("us-*", true),
            ("eu-*, us-east-1", true),
            ("us-*-1", true),
            ("*-east-1", true),
            ("u*-*t-*1", true),
            ("us-east-1*", true),
            ("**", true),
            ("", false),
            (",", false),
            ("us-east", false),
            ("eu-*", false),
            ("us-*-2", false),
            ("us-east-1*1", false),
            ("*us-east", false),
            ("us-*east-*east-1", false),
            ("?s-east-1", false),
        ] {
            assert_eq!(rules.has_region_of(set.as_bytes()), has, "{set}");
        }
        let everywhere = Rules::execute_api("*");
        assert!(
            everywhere.has_region_of(b"us-*") && everywhere.has_region_of(b"x") && !everywhere.has_region_of(b" ,")
        );
    }
}
