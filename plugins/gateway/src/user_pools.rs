//! Cognito user pools in the gateway: one list of them for all its APIs, so that each one's keys are fetched once.

use gatehouse_api::deployment::config::KeySource;
use gatehouse_api::deployment::{Deployment, Origin};
use gatehouse_api::{Authorizer, Place, Problem, RestApi};
use gatehouse_jwt_authorizer::{self as jwt, Form, IdentitySource, JwtPhase, Origins, UserPool};
use gatehouse_pattern::Whole;

use crate::compile::{Endpoint, Gateway};
use crate::issuers::identity_source;

/// The user pools that a definition's authorizers name: their ids, and the origins of the keys that are fetched.
#[must_use]
pub fn user_pools(definition: &RestApi, deployment: &Deployment) -> Vec<(String, Option<Origin>)> {
    let arns = definition.authorizers.iter().flat_map(|authorizer| &authorizer.provider_arns);
    let pools = arns.filter_map(|arn| UserPool::of_arn(arn).ok());
    let nothing = KeySource::default();
    let written = |pool: &UserPool| deployment.user_pools.get(&pool.id).unwrap_or(&nothing);
    pools.map(|pool| (pool.id.clone(), origin_of_keys(&pool, written(&pool)))).collect()
}

/// Where a pool's keys are fetched from; `None` where they are written down.
fn origin_of_keys(pool: &UserPool, written: &KeySource) -> Option<Origin> {
    let address = written.jwks_uri.clone().unwrap_or_else(|| pool.jwks_uri());
    Origin::split(&address).map(|(origin, _)| origin).filter(|_| written.jwks.is_none())
}

impl Gateway {
    /// The user pools that the deployment document says something about.
    pub(crate) fn compile_user_pools(&mut self, deployment: &Deployment, problems: &mut Vec<Problem>) {
        for (id, written) in &deployment.user_pools {
            let place = Place::root().then("userPools").then(id);
            match UserPool::of_id(id) {
                Ok(pool) => {
                    let _ = self.user_pool(&pool, written, deployment, &place, problems);
                }
                Err(message) => problems.push(Problem::error(&place, message)),
            }
        }
    }

    /// An authorizer for user pools, at one stage.
    pub(crate) fn user_pools_of(
        &mut self,
        authorizer: &Authorizer,
        deployment: &Deployment,
        metrics: jwt::Metrics,
        problems: &mut Vec<Problem>,
    ) -> Option<JwtPhase> {
        let identity_source = identity_source(authorizer, IdentitySource::of_rest, problems);
        let mut issuers = Vec::new();
        for (index, arn) in authorizer.provider_arns.iter().enumerate() {
            let place = authorizer.place.then("providerARNs").then(index);
            match UserPool::of_arn(arn) {
                Ok(pool) => {
                    let (nothing, mut told) = (KeySource::default(), Vec::new());
                    issuers.extend(match deployment.user_pools.get(&pool.id) {
                        // What is wrong with it has been told where it stands.
                        Some(written) => self.user_pool(&pool, written, deployment, &place, &mut told),
                        None => self.user_pool(&pool, &nothing, deployment, &place, problems),
                    });
                }
                Err(message) => problems.push(Problem::error(&place, message)),
            }
        }
        if authorizer.provider_arns.is_empty() {
            problems.push(Problem::error(&authorizer.place, "there is no user pool: name one in `providerARNs`"));
        }
        let written = authorizer.identity_validation_expression.as_deref().filter(|text| !text.is_empty());
        let audience_pattern = written.map(Whole::parse).transpose().map_err(|error| {
            let message = format!("`{}` is not served: {error}", written.unwrap_or_default());
            problems.push(Problem::error(&authorizer.place.then("identityValidationExpression"), message));
        });
        let accepts = jwt::Authorizer {
            identity_source: identity_source?,
            issuers,
            audiences: Vec::new(),
            audience_pattern: audience_pattern.ok()?,
            form: Form::Rest,
        };
        Some(JwtPhase::new(accepts, metrics))
    }

    fn user_pool(
        &mut self,
        pool: &UserPool,
        written: &KeySource,
        deployment: &Deployment,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) -> Option<usize> {
        let origins = self.lead_to_keys(origin_of_keys(pool, written), deployment);
        self.user_pools.add_user_pool(pool, written, &origins, place, problems)
    }

    /// Which clusters lead to the keys that are fetched from these origins.
    pub(crate) fn lead_to_keys(&mut self, from: impl IntoIterator<Item = Origin>, deployment: &Deployment) -> Origins {
        let mut origins = Origins::default();
        for origin in from {
            let (endpoint, authority) = Endpoint::of_keys(&origin, deployment);
            origins.insert(origin, endpoint.cluster(), authority);
            self.endpoints.insert(endpoint);
        }
        origins
    }
}
