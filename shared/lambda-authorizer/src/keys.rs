//! The condition keys that a policy may read of a request.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-conditions.html>

use std::borrow::Cow;

use gatehouse_filter::Timestamp;
use gatehouse_http::ip_of;
use gatehouse_policy::{GlobalKey, Policy, RequestContext};

use crate::phase::Ask;

/// The values of condition keys, as far as the policy reads them.
pub(crate) struct Keys<'a> {
    source_ip: Option<Cow<'a, str>>,
    user_agent: Option<Cow<'a, str>>,
    referer: Option<Cow<'a, str>>,
    secure: bool,
    account: &'a str,
}

impl<'a> Keys<'a> {
    pub(crate) fn read(policy: &Policy, ask: &Ask<'a>) -> Self {
        let header = |key, name| {
            policy.needs(key).then(|| ask.from.request.headers.get(name)).flatten().map(String::from_utf8_lossy)
        };
        let source_ip = policy.needs(GlobalKey::SourceIp).then(|| match &ask.from.context.identity.source_ip {
            Some(ip) => Some(Cow::Borrowed(&**ip)),
            None => ask.host.source_address().map(|peer| Cow::Owned(ip_of(&peer).to_owned())),
        });
        Self {
            source_ip: source_ip.flatten(),
            user_agent: header(GlobalKey::UserAgent, "user-agent"),
            referer: header(GlobalKey::Referer, "referer"),
            secure: ask.from.request.headers.get("x-forwarded-proto") == Some(b"https"),
            account: ask.from.context.account_id.as_deref().unwrap_or_default(),
        }
    }

    /// What the policy is asked with.
    pub(crate) fn context(&'a self, policy: &Policy, region: &'a str, now: Timestamp) -> RequestContext<'a> {
        let mut context = RequestContext::new();
        if policy.needs(GlobalKey::CurrentTime) || policy.needs(GlobalKey::EpochTime) {
            context.set_time(i64::try_from(now.millis() / 1_000).unwrap_or(i64::MAX));
        }
        if policy.needs(GlobalKey::SecureTransport) {
            context.set_bool(GlobalKey::SecureTransport, self.secure);
        }
        let texts = [
            (GlobalKey::RequestedRegion, Some(region)),
            (GlobalKey::ResourceAccount, Some(self.account)),
            (GlobalKey::PrincipalType, Some("Anonymous")),
            (GlobalKey::SourceIp, self.source_ip.as_deref()),
            (GlobalKey::UserAgent, self.user_agent.as_deref()),
            (GlobalKey::Referer, self.referer.as_deref()),
        ];
        for (key, text) in texts {
            if let Some(text) = text.filter(|_| policy.needs(key)) {
                context.set(key, text);
            }
        }
        context
    }
}
