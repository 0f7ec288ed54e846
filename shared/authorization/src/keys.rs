//! The condition keys that policies may read of a request.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-conditions.html>

use std::borrow::Cow;

use gatehouse_context::Context;
use gatehouse_filter::{Host, Timestamp};
use gatehouse_http::{Request, ip_of};
use gatehouse_policy::{GlobalKey, Needs, RequestContext};

use crate::guard::VpcEndpoint;

/// What condition keys are read of.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The request.
    pub request: &'a Request,
    /// What is known of it.
    pub context: &'a Context,
    /// The region that method ARNs name.
    pub region: &'a str,
    /// The VPC endpoint that it came through.
    pub endpoint: Option<&'a VpcEndpoint>,
    /// The time.
    pub now: Timestamp,
    /// What answers at once.
    pub host: &'a dyn Host,
}

/// The values of the condition keys that some policies read: nothing else is found out.
#[derive(Debug)]
pub struct Keys<'a> {
    needs: Needs,
    region: &'a str,
    account: &'a str,
    source_ip: Option<Cow<'a, str>>,
    user_agent: Option<Cow<'a, str>>,
    referer: Option<Cow<'a, str>>,
    endpoint: Option<&'a VpcEndpoint>,
    secure: bool,
    now: Timestamp,
}

impl<'a> Keys<'a> {
    /// Reads what is needed.
    #[must_use]
    pub fn read(needs: Needs, scene: &Scene<'a>) -> Self {
        let header =
            |key, name| needs.has(key).then(|| scene.request.headers.get(name)).flatten().map(String::from_utf8_lossy);
        let address = needs.has(GlobalKey::SourceIp) || needs.has(GlobalKey::VpcSourceIp);
        let source_ip = address.then(|| match &scene.context.identity.source_ip {
            Some(ip) => Some(Cow::Borrowed(&**ip)),
            None => scene.host.source_address().map(|peer| Cow::Owned(ip_of(&peer).to_owned())),
        });
        Self {
            needs,
            region: scene.region,
            account: scene.context.account_id.as_deref().unwrap_or_default(),
            source_ip: source_ip.flatten(),
            user_agent: header(GlobalKey::UserAgent, "user-agent"),
            referer: header(GlobalKey::Referer, "referer"),
            endpoint: scene.endpoint,
            secure: scene.request.headers.get("x-forwarded-proto") == Some(b"https"),
            now: scene.now,
        }
    }

    /// What policies are asked with, for a caller of whom nothing is known. What comes through a VPC endpoint has
    /// `aws:VpcSourceIp`; what does not, `aws:SourceIp`.
    #[must_use]
    pub fn context(&'a self) -> RequestContext<'a> {
        let mut context = RequestContext::new();
        if self.needs.has(GlobalKey::CurrentTime) || self.needs.has(GlobalKey::EpochTime) {
            context.set_time(i64::try_from(self.now.millis() / 1_000).unwrap_or(i64::MAX));
        }
        if self.needs.has(GlobalKey::SecureTransport) {
            context.set_bool(GlobalKey::SecureTransport, self.secure);
        }
        let (public, private) = match self.endpoint {
            None => (self.source_ip.as_deref(), None),
            Some(_) => (None, self.source_ip.as_deref()),
        };
        let texts = [
            (GlobalKey::RequestedRegion, Some(self.region)),
            (GlobalKey::ResourceAccount, Some(self.account)),
            (GlobalKey::PrincipalType, Some("Anonymous")),
            (GlobalKey::SourceIp, public),
            (GlobalKey::VpcSourceIp, private),
            (GlobalKey::SourceVpce, self.endpoint.map(|endpoint| endpoint.id.as_str())),
            (GlobalKey::SourceVpc, self.endpoint.and_then(|endpoint| endpoint.vpc_id.as_deref())),
            (GlobalKey::UserAgent, self.user_agent.as_deref()),
            (GlobalKey::Referer, self.referer.as_deref()),
        ];
        for (key, text) in texts {
            if let Some(text) = text.filter(|_| self.needs.has(key)) {
                context.set(key, text);
            }
        }
        context
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_filter::testing::TestHost;
    use gatehouse_http::{Body, Headers};
    use gatehouse_policy::{Action, Decision, Policy, PolicyKind, Principal, Request as Asked};

    use super::*;

    fn check(key: &str, endpoint: Option<&VpcEndpoint>, expected: Option<&str>) {
        let policy = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
                "Condition":{{"StringEquals":{{"{key}":"{}"}}}}}}]}}"#,
            expected.unwrap_or("x"),
        );
        let policy = Policy::parse(&policy, PolicyKind::Resource).unwrap();
        let headers = Headers::from_pairs([
            ("user-agent", "curl/8"),
            ("referer", "https://example.com/"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-for", "203.0.113.1"),
        ]);
        let request = Request { headers, body: Body::Empty };
        let context = Context { account_id: Some("123456789012".into()), ..Context::default() };
        let mut host = TestHost::default();
        host.source_address = Some("[2001:db8::7]:4711".into());
        let now = Timestamp::from_millis(1_440_938_160_999);
        let scene = Scene { request: &request, context: &context, region: "eu-west-1", endpoint, now, host: &host };
        let keys = Keys::read(policy.all_needs(), &scene);
        let asked = keys.context();
        assert_eq!(asked.contains(key), expected.is_some(), "{key}");
        let arn = "arn:aws:execute-api:eu-west-1:123456789012:a/b/GET/";
        let request = Asked::new(Principal::Anonymous, Action::INVOKE, arn, &asked);
        assert_eq!(policy.decide(&request) == Decision::Allowed, expected.is_some(), "{key}");
    }

    #[test]
    fn keys_are_what_the_request_and_its_connection_say() {
        let endpoint = VpcEndpoint { id: "vpce-1".into(), vpc_id: Some("vpc-1".into()), policy: None };
        check("aws:SourceIp", None, Some("2001:db8::7"));
        check("aws:SourceIp", Some(&endpoint), None);
        check("aws:VpcSourceIp", None, None);
        check("aws:VpcSourceIp", Some(&endpoint), Some("2001:db8::7"));
        check("aws:SourceVpce", None, None);
        check("aws:SourceVpce", Some(&endpoint), Some("vpce-1"));
        check("aws:SourceVpc", Some(&endpoint), Some("vpc-1"));
        check("aws:UserAgent", None, Some("curl/8"));
        check("aws:Referer", None, Some("https://example.com/"));
        check("aws:SecureTransport", None, Some("true"));
        check("aws:CurrentTime", None, Some("2015-08-30T12:36:00Z"));
        check("aws:EpochTime", None, Some("1440938160"));
        check("aws:RequestedRegion", None, Some("eu-west-1"));
        check("aws:ResourceAccount", None, Some("123456789012"));
        check("aws:PrincipalType", None, Some("Anonymous"));
        check("aws:PrincipalArn", None, None);
        check("aws:username", None, None);
    }
}
