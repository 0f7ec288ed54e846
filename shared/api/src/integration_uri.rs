//! Where the requests of an HTTP integration go: the endpoint of its URI, and the path and query to ask it for.

use std::collections::BTreeMap;

use crate::deployment::{Deployment, Endpoint, Origin, Scheme};
use crate::{ConnectionType, Integration, Problem, substitute_stage_variables};

/// The URI of an HTTP or HTTP_PROXY integration at one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrationUri {
    /// Where to connect to.
    pub origin: Origin,
    /// Connect without holding the certificate against any authority.
    pub insecure: bool,
    /// The client certificate that is shown there.
    pub client_certificate: Option<String>,
    /// What the `Host` header says.
    pub authority: String,
    /// The path and query.
    pub target: TargetTemplate,
}

/// The path and query of a URI, with their `{parameters}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetTemplate {
    /// The path.
    pub path: Vec<UriPart>,
    /// The query string, without its question mark; empty for none.
    pub query: Vec<UriPart>,
}

/// A piece of a URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UriPart {
    /// Text, as written.
    Text(String),
    /// `{name}`: filled by `integration.request.path.name`, else left as written.
    Parameter(String),
}

impl IntegrationUri {
    /// The URI at a stage with these variables, in this deployment.
    ///
    /// `Ok(None)` is an address that API Gateway finds invalid only when a request comes: what a missing stage variable
    /// leaves behind.
    ///
    /// # Errors
    /// What can't be served whatever is requested, with its place.
    pub fn resolve(
        integration: &Integration,
        variables: &BTreeMap<String, String>,
        deployment: &Deployment,
    ) -> Result<Option<Self>, Problem> {
        let place = integration.place.then("uri");
        let written = integration.uri.as_deref().unwrap_or_default();
        if written.is_empty() {
            return Err(Problem::error(&place, "an HTTP integration needs a `uri`"));
        }
        let text = substitute_stage_variables(written, variables);
        let host =
            text.split_once("://").map_or(text.as_ref(), |(_, rest)| rest.split(['/', '?']).next().unwrap_or(rest));
        if host.contains('{') {
            let message =
                format!("the host of `{written}` depends on the request, which is not served: use a fixed host");
            return Err(Problem::error(&place, message));
        }
        if integration.connection_type == ConnectionType::VpcLink && text.starts_with("arn:") {
            let endpoint = vpc_link(integration, variables, deployment)?;
            return Ok(Some(Self::new(endpoint.origin.clone(), "/", Some(endpoint), integration)));
        }
        let Some((origin, rest)) = Origin::split(&text) else {
            return if written.contains("${stageVariables.") {
                Ok(None)
            } else {
                Err(Problem::error(
                    &place,
                    format!("`{written}` is no address: use `http://` or `https://` and a host"),
                ))
            };
        };
        let mapped = match integration.connection_type {
            ConnectionType::VpcLink => Some(vpc_link(integration, variables, deployment)?),
            ConnectionType::Internet => deployment.endpoints.get(&origin),
        };
        Ok(Some(Self::new(origin, rest, mapped, integration)))
    }

    fn new(origin: Origin, rest: &str, mapped: Option<&Endpoint>, integration: &Integration) -> Self {
        Self {
            authority: mapped.and_then(|it| it.host_header.clone()).unwrap_or_else(|| origin.authority()),
            origin: mapped.map_or(origin, |it| it.origin.clone()),
            insecure: integration.tls_config.as_ref().is_some_and(|tls| tls.insecure_skip_verification),
            client_certificate: None,
            target: TargetTemplate::parse(rest),
        }
    }

    /// The same, shown a client certificate if it is called over TLS.
    #[must_use]
    pub fn shown(self, client_certificate: Option<&str>) -> Self {
        let id = client_certificate.filter(|_| self.origin.scheme == Scheme::Https).map(str::to_owned);
        Self { client_certificate: id, ..self }
    }

    /// The name of the cluster that stands for the endpoint in the proxy's configuration.
    #[must_use]
    pub fn cluster(&self) -> String {
        cluster_name(&self.origin, self.insecure, self.client_certificate.as_deref())
    }
}

impl TargetTemplate {
    /// Reads `/pets/{petId}?type={type}`; what stands behind a `#` is no part of it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.split('#').next().unwrap_or_default();
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        Self { path: parts(if path.is_empty() { "/" } else { path }), query: parts(query) }
    }
}

/// The name of the cluster of an endpoint: `https_api.example.com_443`.
#[must_use]
pub fn cluster_name(origin: &Origin, insecure: bool, client_certificate: Option<&str>) -> String {
    let mut name = format!("{}_{}_{}", origin.scheme.name(), origin.host, origin.port);
    if insecure {
        name.push_str("_insecure");
    }
    if let Some(id) = client_certificate {
        name.push_str("_shown_");
        name.push_str(id);
    }
    name
}

/// Where what is behind a VPC link lives here: one link can lead to several load balancers and services, each with its ARN.
fn vpc_link<'a>(
    integration: &Integration,
    variables: &BTreeMap<String, String>,
    deployment: &'a Deployment,
) -> Result<&'a Endpoint, Problem> {
    let names = vpc_link_names(integration, variables);
    names.iter().find_map(|name| deployment.vpc_links.get(name)).ok_or_else(|| {
        let message = match (names.last().map_or("", String::as_str), integration.connection_id.as_deref()) {
            ("", Some(written)) => format!("`{written}` names no VPC link: the stage has no such variable"),
            (id, _) => {
                format!("VPC link `{id}` is not in the deployment document: say under `vpcLinks` where it leads")
            }
        };
        Problem::error(&integration.place.then("connectionId"), message)
    })
}

/// The names under which `vpcLinks` may say where an integration over a VPC link leads: the ARN of the load balancer, listener or
/// service, then the link's id. None of one over the internet.
#[must_use]
pub fn vpc_link_names(integration: &Integration, variables: &BTreeMap<String, String>) -> Vec<String> {
    let Integration { uri, integration_target, connection_id, .. } = integration;
    if integration.connection_type == ConnectionType::Internet {
        return Vec::new();
    }
    let written =
        [uri.as_deref().filter(|uri| !uri.contains("://")), integration_target.as_deref(), connection_id.as_deref()];
    let named = written.into_iter().flatten();
    named.map(|name| substitute_stage_variables(name, variables).into_owned()).collect()
}

fn parts(text: &str) -> Vec<UriPart> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        parts.push(UriPart::Text(before.to_owned()));
        parts.push(UriPart::Parameter(name.trim_end_matches('+').to_owned()));
        rest = after;
    }
    parts.push(UriPart::Text(rest.to_owned()));
    parts.retain(|part| *part != UriPart::Text(String::new()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IntegrationType, Node, Place, TlsConfig};

    fn deployment() -> Deployment {
        let text = r#"{"accountId": "123456789012", "region": "us-east-1",
            "endpoints": {"https://pets.example.com": "http://127.0.0.1:9000",
                          "http://named.example": {"url": "http://10.0.0.1", "hostHeader": "other.example"}},
            "vpcLinks": {"abc123": "http://nlb.internal:8080"},
            "apis": [{"apiId": "a1b2c3d4e5", "stages": [{"stageName": "dev"}]}]}"#;
        let node: Node = serde_json::from_str(text).unwrap();
        Deployment::read(&node).unwrap()
    }

    fn resolve(uri: &str, vpc_link: Option<&str>) -> Result<Option<IntegrationUri>, String> {
        let mut integration = Integration::new(IntegrationType::Http, Place::root());
        integration.uri = Some(uri.to_owned());
        if let Some(id) = vpc_link {
            integration.connection_type = ConnectionType::VpcLink;
            integration.connection_id = Some(id.to_owned());
        }
        let variables = BTreeMap::from([("host".into(), "v.example".into()), ("link".into(), "abc123".into())]);
        IntegrationUri::resolve(&integration, &variables, &deployment()).map_err(|problem| problem.message)
    }

    fn check(uri: &str, vpc_link: Option<&str>, cluster: &str, authority: &str) {
        let resolved = resolve(uri, vpc_link).unwrap().unwrap();
        assert_eq!((resolved.cluster().as_str(), resolved.authority.as_str()), (cluster, authority), "{uri}");
    }

    #[test]
    fn an_endpoint_is_where_the_deployment_says_and_keeps_its_host() {
        check("https://a.example/x", None, "https_a.example_443", "a.example");
        check("https://pets.example.com/pets", None, "http_127.0.0.1_9000", "pets.example.com");
        check("http://named.example", None, "http_10.0.0.1_80", "other.example");
        check("http://${stageVariables.host}:81/", None, "http_v.example_81", "v.example:81");
        check("http://inside.example/x", Some("abc123"), "http_nlb.internal_8080", "inside.example");
        check("http://inside.example/x", Some("${stageVariables.link}"), "http_nlb.internal_8080", "inside.example");
    }

    #[test]
    fn a_path_and_a_query_are_cut_at_their_parameters() {
        let uri = resolve("http://a.example/pets/{petId}/x{proxy+}?type={type}&a=b#c", None).unwrap().unwrap();
        let (text, parameter) = (|t: &str| UriPart::Text(t.into()), |p: &str| UriPart::Parameter(p.into()));
        assert_eq!(uri.target.path, [text("/pets/"), parameter("petId"), text("/x"), parameter("proxy")]);
        assert_eq!(uri.target.query, [text("type="), parameter("type"), text("&a=b")]);
        assert_eq!(resolve("http://a.example", None).unwrap().unwrap().target.path, [text("/")]);
    }

    #[test]
    fn what_a_missing_stage_variable_leaves_fails_only_when_requested() {
        assert_eq!(resolve("http://${stageVariables.none}/x", None), Ok(None));
    }

    #[test]
    fn what_cannot_be_served_is_refused() {
        let check = |uri: &str, vpc_link, expected: &str| {
            let message = resolve(uri, vpc_link).unwrap_err();
            assert!(message.contains(expected), "{uri}: {message}");
        };
        check("", None, "needs a `uri`");
        check("ftp://a.example", None, "is no address");
        check("http://{host}/x", None, "depends on the request");
        check("http://a.example", Some("other"), "VPC link `other` is not in the deployment document");
        let unset = "${stageVariables.unset}";
        check(
            "http://a.example",
            Some(unset),
            "`${stageVariables.unset}` names no VPC link: the stage has no such variable",
        );
    }

    #[test]
    fn one_vpc_link_leads_to_several_load_balancers() {
        const LISTENER: &str = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/pets/1/2";
        const BALANCER: &str = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/pets/1";
        let mut deployment = deployment();
        let endpoint = Endpoint { origin: Origin::parse("http://10.0.0.2:81").unwrap(), host_header: None };
        deployment.vpc_links.insert(LISTENER.into(), endpoint.clone());
        deployment.vpc_links.insert(BALANCER.into(), endpoint);
        let mut integration = Integration::new(IntegrationType::HttpProxy, Place::root());
        integration.connection_type = ConnectionType::VpcLink;
        integration.connection_id = Some("abc123".into());
        let mut check = |uri: &str, target: Option<&str>, cluster: &str, authority: &str| {
            integration.uri = Some(uri.to_owned());
            integration.integration_target = target.map(str::to_owned);
            let uri = IntegrationUri::resolve(&integration, &BTreeMap::new(), &deployment).unwrap().unwrap();
            assert_eq!((uri.cluster().as_str(), uri.authority.as_str()), (cluster, authority));
        };
        check(LISTENER, None, "http_10.0.0.2_81", "10.0.0.2:81");
        check(&LISTENER.replace("/2", "/3"), None, "http_nlb.internal_8080", "nlb.internal:8080");
        check("http://pets.internal/x", Some(BALANCER), "http_10.0.0.2_81", "pets.internal");
        check("http://pets.internal/x", None, "http_nlb.internal_8080", "pets.internal");
    }

    #[test]
    fn an_insecure_endpoint_is_another_cluster() {
        let mut integration = Integration::new(IntegrationType::Http, Place::root());
        integration.uri = Some("https://a.example".into());
        integration.tls_config = Some(TlsConfig { insecure_skip_verification: true, server_name_to_verify: None });
        let uri = IntegrationUri::resolve(&integration, &BTreeMap::new(), &deployment()).unwrap().unwrap();
        assert_eq!(uri.cluster(), "https_a.example_443_insecure");
    }

    #[test]
    fn a_client_certificate_is_shown_over_tls_alone() {
        for (uri, cluster) in
            [("https://a.example/x", "https_a.example_443_shown_c1"), ("http://a.example/x", "http_a.example_80")]
        {
            let resolved = resolve(uri, None).unwrap().unwrap().shown(Some("c1"));
            assert_eq!(resolved.cluster(), cluster);
        }
    }
}
