//! Cognito user pools in the gateway: one list of them for all its APIs, so that each one's keys are fetched once.

use gatehouse_api::deployment::config::KeySource;
use gatehouse_api::deployment::{Deployment, Origin};
use gatehouse_api::{Authorizer, Place, Problem};
use gatehouse_jwt_authorizer::{self as jwt, Form, IdentitySource, JwtPhase, Origins, UserPool};

use crate::compile::{Endpoint, Gateway};

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
        let place = authorizer.place.then("identitySource");
        let source = authorizer.identity_source.first().map(String::as_str).unwrap_or_default();
        let identity_source = IdentitySource::of_rest(source);
        let identity_source = identity_source.map_err(|message| problems.push(Problem::error(&place, message))).ok();
        let mut issuers = Vec::new();
        for (index, arn) in authorizer.provider_arns.iter().enumerate() {
            let place = authorizer.place.then("providerARNs").then(index);
            match UserPool::of_arn(arn) {
                Ok(pool) => {
                    let nothing = KeySource::default();
                    let written = deployment.user_pools.get(&pool.id).unwrap_or(&nothing);
                    issuers.extend(self.user_pool(&pool, written, deployment, &place, problems));
                }
                Err(message) => problems.push(Problem::error(&place, message)),
            }
        }
        if authorizer.provider_arns.is_empty() {
            problems.push(Problem::error(&authorizer.place, "there is no user pool: name one in `providerARNs`"));
        }
        let accepts =
            jwt::Authorizer { identity_source: identity_source?, issuers, audiences: Vec::new(), form: Form::Rest };
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
        let mut origins = Origins::default();
        let address = written.jwks_uri.clone().unwrap_or_else(|| pool.jwks_uri());
        let origin = Origin::split(&address).map(|(origin, _)| origin).filter(|_| written.jwks.is_none());
        if let Some(origin) = origin {
            let mapped = deployment.endpoints.get(&origin);
            let authority = mapped.and_then(|it| it.host_header.clone()).unwrap_or_else(|| origin.authority());
            let lives = mapped.map_or_else(|| origin.clone(), |it| it.origin.clone());
            let endpoint = Endpoint { origin: lives, insecure: false, signing: None };
            origins.insert(origin, endpoint.cluster(), authority);
            self.endpoints.insert(endpoint);
        }
        self.issuers.add_user_pool(pool, written, &origins, place, problems)
    }
}
