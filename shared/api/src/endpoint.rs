//! Where an HTTP integration is called, for one stage: its URI with the stage's variables, and where its origin lives.
//!
//! Whoever writes Envoy's clusters and whoever routes to them both ask here, so their names agree.

use std::fmt;

use crate::deployment::{Deployment, Endpoint, Origin, Scheme, Stage};
use crate::{ConnectionType, Integration, stage_variables, substitute_stage_variables};

/// Where an `HTTP` or `HTTP_PROXY` integration is called, for one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrationEndpoint {
    /// What to connect to: where the URI's origin, or the VPC link, lives here.
    pub origin: Origin,
    /// The `Host` header to send: the deployment document's, else the URI's own.
    pub authority: String,
    /// The URI's path with its `{parameters}`; begins with a slash.
    pub path: String,
    /// What stands behind the URI's `?`, with its `{parameters}`; none where there is no `?`.
    pub query: Option<String>,
    /// Whether the backend's certificate is accepted unseen.
    pub insecure_skip_verification: bool,
}

/// An integration that cannot be called, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidEndpoint {
    /// There is no `uri`.
    NoUri,
    /// The host has a `{parameter}`, so each request could name another.
    HostOfRequest {
        /// The URI.
        uri: String,
    },
    /// The URI refers to a variable that the stage does not have, and is no URI without it.
    MissingStageVariable {
        /// The variable.
        name: String,
        /// The stage.
        stage: String,
    },
    /// With the stage's variables, the URI is not one of `http` or `https` with a host.
    NotHttp {
        /// The URI, variables substituted.
        uri: String,
    },
    /// A `VPC_LINK` integration does not say which.
    NoConnectionId,
    /// The deployment document does not say where what is behind the VPC link lives.
    UnknownVpcLink {
        /// The link's id.
        id: String,
        /// The ids that the document has.
        known: Vec<String>,
    },
}

impl IntegrationEndpoint {
    /// Where this integration of this stage is called.
    ///
    /// # Errors
    /// What keeps it from being called. API Gateway notices only when a request comes, and answers 500.
    pub fn of(integration: &Integration, stage: &Stage, deployment: &Deployment) -> Result<Self, InvalidEndpoint> {
        let written = integration.uri.as_deref().ok_or(InvalidEndpoint::NoUri)?;
        let uri = substitute_stage_variables(written, &stage.variables);
        let (origin, rest) = Origin::split(&uri).ok_or_else(|| no_origin(written, &uri, stage))?;
        let home = home(integration, &origin, stage, deployment)?;
        let (path, query) = path_and_query(rest);
        Ok(Self {
            authority: home.host_header.unwrap_or_else(|| origin.authority()),
            origin: home.origin,
            path,
            query,
            insecure_skip_verification: integration
                .tls_config
                .as_ref()
                .is_some_and(|tls| tls.insecure_skip_verification),
        })
    }

    /// The name of the Envoy cluster that leads there, such as `http_127.0.0.1_9000`.
    ///
    /// The name to verify is not in it: Envoy takes it from the request's `Host`.
    #[must_use]
    pub fn cluster_name(&self) -> String {
        let Origin { scheme, host, port } = &self.origin;
        let unverified = *scheme == Scheme::Https && self.insecure_skip_verification;
        let suffix = if unverified { "_insecure" } else { "" };
        format!("{}_{host}_{port}{suffix}", scheme.name())
    }
}

fn no_origin(written: &str, uri: &str, stage: &Stage) -> InvalidEndpoint {
    if let Some(name) = stage_variables(written).find(|name| !stage.variables.contains_key(*name)) {
        return InvalidEndpoint::MissingStageVariable { name: name.to_owned(), stage: stage.stage_name.clone() };
    }
    let host = uri.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match host.is_some_and(|host| host.contains('{')) {
        true => InvalidEndpoint::HostOfRequest { uri: uri.to_owned() },
        false => InvalidEndpoint::NotHttp { uri: uri.to_owned() },
    }
}

/// Where an origin lives here: behind a VPC link, elsewhere, or where it says.
fn home(
    integration: &Integration,
    origin: &Origin,
    stage: &Stage,
    deployment: &Deployment,
) -> Result<Endpoint, InvalidEndpoint> {
    if integration.connection_type == ConnectionType::Internet {
        let elsewhere = deployment.endpoints.get(origin).cloned();
        return Ok(elsewhere.unwrap_or_else(|| Endpoint { origin: origin.clone(), host_header: None }));
    }
    let id = integration.connection_id.as_deref().ok_or(InvalidEndpoint::NoConnectionId)?;
    let id = substitute_stage_variables(id, &stage.variables);
    deployment.vpc_links.get(&*id).cloned().ok_or_else(|| InvalidEndpoint::UnknownVpcLink {
        id: id.into_owned(),
        known: deployment.vpc_links.keys().cloned().collect(),
    })
}

/// A fragment never reaches a backend.
fn path_and_query(rest: &str) -> (String, Option<String>) {
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (rest, None),
    };
    (if path.is_empty() { "/".to_owned() } else { path.to_owned() }, query)
}

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidEndpoint::NoUri => f.write_str("the integration has no `uri`: write the backend's URL"),
            InvalidEndpoint::HostOfRequest { uri } => {
                write!(
                    f,
                    "the host of `{uri}` depends on the request: only its path and query may have `{{parameters}}`"
                )
            }
            InvalidEndpoint::MissingStageVariable { name, stage } => {
                write!(f, "stage `{stage}` has no variable `{name}`: add it to the stage's `variables`")
            }
            InvalidEndpoint::NotHttp { uri } => {
                write!(f, "`{uri}` is no endpoint address: write `http://` or `https://`, a host and a path")
            }
            InvalidEndpoint::NoConnectionId => {
                f.write_str("a `VPC_LINK` integration needs a `connectionId`: write the link's id")
            }
            InvalidEndpoint::UnknownVpcLink { id, known } if known.is_empty() => {
                write!(f, "nobody says where VPC link `{id}` leads: add it to the deployment document's `vpcLinks`")
            }
            InvalidEndpoint::UnknownVpcLink { id, known } => {
                let known = known.join("`, `");
                write!(f, "VPC link `{id}` is not in the deployment document's `vpcLinks`, which has `{known}`")
            }
        }
    }
}

impl std::error::Error for InvalidEndpoint {}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{IntegrationType, Node, Place, TlsConfig};

    fn deployment() -> Deployment {
        let document: Value = json!({
            "accountId": "123456789012", "region": "us-east-1",
            "endpoints": {
                "https://pets.example.com": "http://127.0.0.1:9000",
                "https://named.example.com": {"url": "https://10.0.0.1:8443", "hostHeader": "inside.example.com"}
            },
            "vpcLinks": {"link1": "http://10.0.0.2"},
            "apis": [{"apiId": "a1", "stages": [
                {"stageName": "dev", "variables": {"host": "pets.example.com", "version": "v2", "link": "link1"}}
            ]}]
        });
        let node: Node = serde_json::from_str(&document.to_string()).unwrap();
        Deployment::read(&node).unwrap()
    }

    fn integration(uri: &str) -> Integration {
        Integration { uri: Some(uri.into()), ..Integration::new(IntegrationType::Http, Place::root()) }
    }

    fn endpoint(integration: &Integration) -> Result<IntegrationEndpoint, String> {
        let deployment = deployment();
        IntegrationEndpoint::of(integration, &deployment.apis[0].stages[0], &deployment)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_uri_is_called_where_its_origin_lives() {
        let check = |uri: &str, cluster: &str, authority: &str, path: &str, query: Option<&str>| {
            let endpoint = endpoint(&integration(uri)).unwrap();
            let found = (endpoint.cluster_name(), endpoint.authority, endpoint.path, endpoint.query);
            assert_eq!(found, (cluster.into(), authority.into(), path.into(), query.map(Into::into)), "{uri}");
        };
        check("http://a.example", "http_a.example_80", "a.example", "/", None);
        check("http://A.example:81?x={x}", "http_a.example_81", "a.example:81", "/", Some("x={x}"));
        check("http://[::1]/{a}/b?#c", "http_[::1]_80", "[::1]", "/{a}/b", Some(""));
        check("https://pets.example.com:443/pets", "http_127.0.0.1_9000", "pets.example.com", "/pets", None);
        check("https://named.example.com/", "https_10.0.0.1_8443", "inside.example.com", "/", None);
        check(
            "https://${stageVariables.host}/${stageVariables.version}/{proxy}${stageVariables.none}",
            "http_127.0.0.1_9000",
            "pets.example.com",
            "/v2/{proxy}",
            None,
        );
    }

    #[test]
    fn an_unverified_backend_has_a_cluster_of_its_own() {
        let check = |uri: &str, cluster: &str| {
            let tls_config = Some(TlsConfig { insecure_skip_verification: true, server_name_to_verify: None });
            let endpoint = endpoint(&Integration { tls_config, ..integration(uri) }).unwrap();
            assert_eq!(endpoint.cluster_name(), cluster);
        };
        check("https://a.example/", "https_a.example_443_insecure");
        check("http://a.example/", "http_a.example_80");
    }

    #[test]
    fn a_vpc_link_is_called_where_the_deployment_says() {
        let check = |id: Option<&str>, expected: Result<&str, &str>| {
            let connection_id = id.map(Into::into);
            let linked = Integration {
                connection_type: ConnectionType::VpcLink,
                connection_id,
                ..integration("http://inside.example/x")
            };
            let found = endpoint(&linked).map(|endpoint| format!("{} {}", endpoint.cluster_name(), endpoint.authority));
            assert_eq!(found.as_deref().map_err(String::as_str), expected);
        };
        check(Some("link1"), Ok("http_10.0.0.2_80 inside.example"));
        check(Some("${stageVariables.link}"), Ok("http_10.0.0.2_80 inside.example"));
        check(Some("x"), Err("VPC link `x` is not in the deployment document's `vpcLinks`, which has `link1`"));
        check(None, Err("a `VPC_LINK` integration needs a `connectionId`: write the link's id"));
    }

    #[test]
    fn what_cannot_be_called_says_why() {
        let check = |uri: &str, expected: &str| assert_eq!(endpoint(&integration(uri)), Err(expected.into()), "{uri}");
        check(
            "https://{host}/pets",
            "the host of `https://{host}/pets` depends on the request: only its path and query may have `{parameters}`",
        );
        check(
            "https://${stageVariables.nope}/pets",
            "stage `dev` has no variable `nope`: add it to the stage's `variables`",
        );
        check(
            "arn:aws:apigateway:us-east-1:sqs:path/1/q",
            "`arn:aws:apigateway:us-east-1:sqs:path/1/q` is no endpoint address: \
             write `http://` or `https://`, a host and a path",
        );
        let without = Integration::new(IntegrationType::Http, Place::root());
        assert_eq!(endpoint(&without), Err("the integration has no `uri`: write the backend's URL".into()));
    }
}
