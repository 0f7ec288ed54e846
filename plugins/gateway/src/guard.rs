//! What guards an API as a whole: its resource policy, and the VPC endpoint that a request came through.

use std::collections::BTreeMap;
use std::rc::Rc;

use gatehouse_api::deployment::Deployment;
use gatehouse_api::{EndpointType, Place, Problem, RestApi};
use gatehouse_authorization::{Guard, VpcEndpoint};
use gatehouse_context::Context;
use gatehouse_filter::Host;
use gatehouse_policy::{Policy, PolicyKind};
use gatehouse_sigv4_verifier::policy;

/// What guards the stages of an API.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApiGuard {
    private: bool,
    resource_policy: Option<Rc<Policy>>,
}

/// The VPC endpoints of a deployment, and which property names a request's.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    property: Option<Vec<String>>,
    known: BTreeMap<String, Rc<VpcEndpoint>>,
}

impl ApiGuard {
    pub(crate) fn compile(definition: &RestApi, deployment: &Deployment, problems: &mut Vec<Problem>) -> Self {
        let resource_policy = definition
            .policy
            .as_ref()
            .and_then(|written| policy(&written.document, PolicyKind::Resource, &written.place, problems).map(Rc::new));
        let private = definition.endpoint_configuration.types.contains(&EndpointType::Private);
        if private && resource_policy.is_some() && deployment.source_vpce.is_none() {
            let message = "the API is private, and nothing says which requests come through a VPC endpoint: whoever reaches Envoy \
                           is let in as far as the resource policy says; add `sourceVpce` to the deployment document";
            let place = Place::root().then("x-amazon-apigateway-endpoint-configuration");
            problems.push(Problem::warning(&place, message));
        }
        Self { private, resource_policy }
    }

    /// Can a request that came through this endpoint, or through none, be for the API? A private one is reached through VPC
    /// endpoints alone, whatever its policy says.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
    pub(crate) fn is_reached(&self, endpoints: &Endpoints, endpoint: Option<&VpcEndpoint>) -> bool {
        !self.private || endpoint.is_some() || endpoints.property.is_none()
    }

    /// Does anything here decide about a request?
    pub(crate) fn decides(&self, endpoint: Option<&VpcEndpoint>) -> bool {
        self.private || self.resource_policy.is_some() || endpoint.is_some_and(|endpoint| endpoint.policy.is_some())
    }

    pub(crate) fn with<'a>(&'a self, endpoint: Option<&'a VpcEndpoint>) -> Guard<'a> {
        Guard { private: self.private, resource_policy: self.resource_policy.as_deref(), endpoint }
    }
}

impl Endpoints {
    pub(crate) fn compile(deployment: &Deployment, problems: &mut Vec<Problem>) -> Self {
        let place = Place::root().then("vpcEndpoints");
        let mut known = BTreeMap::new();
        for (id, written) in &deployment.vpc_endpoints {
            let place = place.then(id).then("policyDocument");
            let text = written.policy_document.as_ref();
            let policy = text.and_then(|text| self::policy(text, PolicyKind::Vpce, &place, problems));
            let endpoint = VpcEndpoint { id: id.clone(), vpc_id: written.vpc_id.clone(), policy };
            known.insert(id.clone(), Rc::new(endpoint));
        }
        if deployment.source_vpce.is_none() && !known.is_empty() {
            let message = "nothing says which of these a request came through: add `sourceVpce`";
            problems.push(Problem::error(&place, message));
        }
        Self { property: deployment.source_vpce.clone(), known }
    }

    /// The endpoint that a request came through; one that the deployment does not know is known by its id alone.
    pub(crate) fn of_request(&self, host: &dyn Host, context: &mut Context) -> Option<Rc<VpcEndpoint>> {
        let path: Vec<&str> = self.property.as_ref()?.iter().map(String::as_str).collect();
        let id = String::from_utf8(host.property(&path)?).ok().filter(|id| !id.is_empty())?;
        let endpoint = self
            .known
            .get(&id)
            .map_or_else(|| Rc::new(VpcEndpoint { id: id.clone(), vpc_id: None, policy: None }), Rc::clone);
        context.identity.vpce_id = Some(endpoint.id.as_str().into());
        context.identity.vpc_id = endpoint.vpc_id.as_deref().map(Into::into);
        Some(endpoint)
    }
}
