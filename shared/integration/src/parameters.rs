//! What a template sees of the request besides its body: `$input.params()` and `$context`.

use std::borrow::Cow;

use gatehouse_context::{Context, NULL};
use gatehouse_http::percent;
use gatehouse_mapping::{CLIENT_SPELLINGS, MethodRequest, is_hop_header};
use gatehouse_sort::sort_by;

use crate::headers::is_proxys_own;

/// The parameters of a method request as text.
#[derive(Debug)]
pub(crate) struct Parameters<'a> {
    path: Vec<Pair<'a>>,
    querystring: Vec<Pair<'a>>,
    header: Vec<Pair<'a>>,
}

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);
type Values<'a> = Vec<(&'a str, &'a str)>;

impl<'a> Parameters<'a> {
    pub(crate) fn of(from: &MethodRequest<'a>) -> Self {
        let path = from.path_parameters.0.iter();
        let headers = from.request.headers.iter().filter_map(|(name, value)| {
            let name = match name {
                b":authority" => Cow::Borrowed("host"),
                name => String::from_utf8_lossy(name),
            };
            if is_proxys_own(&name) || is_hop_header(&name) {
                return None;
            }
            let spelling = CLIENT_SPELLINGS.into_iter().find(|known| known.eq_ignore_ascii_case(&name));
            Some((spelling.map_or(name, Cow::Borrowed), String::from_utf8_lossy(value)))
        });
        let mut header: Vec<Pair<'_>> = headers.collect();
        // The order in which API Gateway lists them, as recorded by the serverless framework (its documentation of events).
        sort_by(&mut header, |(one, _), (other, _)| lower_case(one).cmp(lower_case(other)));
        Self {
            path: path.map(|(name, value)| (Cow::Borrowed(*name), text(percent::decode(value)))).collect(),
            querystring: from.request.query().pairs().map(|(name, value)| (text(name), text(value))).collect(),
            header,
        }
    }

    /// Path, query string, headers.
    pub(crate) fn values(&self) -> (Values<'_>, Values<'_>, Values<'_>) {
        (borrowed(&self.path), borrowed(&self.querystring), borrowed(&self.header))
    }
}

fn lower_case(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}

fn borrowed<'a>(pairs: &'a [Pair<'_>]) -> Values<'a> {
    pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect()
}

fn text(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// `$context` of a template.
pub(crate) struct Variables<'a>(pub(crate) &'a Context);

/// What `$context` holds beside its groups, as recorded on the real service.
const PLAIN: [&str; 21] = [
    "resourceId",
    "resourcePath",
    "httpMethod",
    "extendedRequestId",
    "requestTime",
    "path",
    "accountId",
    "protocol",
    "stage",
    "domainPrefix",
    "requestTimeEpoch",
    "requestId",
    "domainName",
    "deploymentId",
    "apiId",
    "awsEndpointRequestId",
    "isCanaryRequest",
    "wafResponseCode",
    "webaclArn",
    "integrationLatency",
    "status",
];

/// `$context.identity` has these whether or not anything is known of the caller.
const IDENTITY: [&str; 12] = [
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "sourceIp",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
    "userArn",
    "userAgent",
    "user",
];

/// And these where they are known.
const IDENTITY_IF_KNOWN: [&str; 10] = [
    "apiKey",
    "apiKeyId",
    "vpcId",
    "vpceId",
    "clientCert.clientCertPem",
    "clientCert.issuerDN",
    "clientCert.serialNumber",
    "clientCert.subjectDN",
    "clientCert.validity.notAfter",
    "clientCert.validity.notBefore",
];

impl gatehouse_vtl::Context for Variables<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.lookup(name)
    }

    fn each(&self, show: &mut dyn FnMut(&str, &str)) {
        for name in PLAIN {
            if let Some(value) = self.0.lookup(name) {
                show(name, &value);
            }
        }
        for name in IDENTITY {
            show(&format!("identity.{name}"), self.0.identity.get(name).unwrap_or_default());
        }
        for name in IDENTITY_IF_KNOWN {
            if let Some(value) = self.0.identity.get(name) {
                show(&format!("identity.{name}"), value);
            }
        }
        for (name, value) in self.0.authorizer.iter() {
            show(&format!("authorizer.{}", name.strip_prefix(NULL).unwrap_or(name)), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_http::{Body, Headers, Request};
    use gatehouse_mapping::{PathParameters, StageVariables};

    use super::*;

    #[test]
    fn headers_are_shown_as_clients_write_them_without_the_proxys_own() {
        let headers = [
            (":method", "GET"),
            (":authority", "a.test"),
            ("x-envoy-expected-rq-timeout-ms", "15000"),
            ("x-gatehouse-cluster", "c"),
            ("te", "trailers"),
            ("user-agent", "me"),
            ("x-own", "1"),
        ];
        let request = Request { headers: Headers::from_pairs(headers), body: Body::Empty };
        let from = MethodRequest {
            request: &request,
            path_parameters: PathParameters::default(),
            context: &Context::default(),
            stage_variables: &StageVariables::new(),
        };
        let parameters = Parameters::of(&from);
        assert_eq!(parameters.values().2, [("Host", "a.test"), ("User-Agent", "me"), ("x-own", "1")]);
    }
}
