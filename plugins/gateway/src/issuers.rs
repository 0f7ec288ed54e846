//! The issuers of JWT authorizers: one list of them for all HTTP APIs, so that each one's keys are fetched once.

use gatehouse_api::deployment::config::KeySource;
use gatehouse_api::deployment::{Deployment, Origin};
use gatehouse_api::{Authorizer, Place, Problem, RestApi};
use gatehouse_jwt_authorizer::{self as jwt, Form, IdentitySource, JwtPhase};

use crate::compile::Gateway;

/// The issuers that a definition's authorizers name, and the origins of the keys that are fetched.
#[must_use]
pub fn issuers(definition: &RestApi, deployment: &Deployment) -> Vec<(String, Vec<Origin>)> {
    let configurations = definition.authorizers.iter().filter_map(|it| it.jwt_configuration.as_ref());
    let nothing = KeySource::default();
    let written = |issuer: &str| deployment.issuers.get(issuer).unwrap_or(&nothing);
    configurations.map(|it| (it.issuer.clone(), origins_of_keys(&it.issuer, written(&it.issuer)))).collect()
}

/// Where an issuer's keys are fetched from; nowhere where they are written down. Its discovery document may name another
/// address than its own: that one has to be written.
fn origins_of_keys(issuer: &str, written: &KeySource) -> Vec<Origin> {
    if written.jwks.is_some() {
        return Vec::new();
    }
    let address = written.jwks_uri.as_deref().unwrap_or(issuer);
    Origin::split(address).map(|(origin, _)| origin).into_iter().collect()
}

/// Where the token is that a request brings for this authorizer.
pub(crate) fn identity_source(
    authorizer: &Authorizer,
    read: impl Fn(&str) -> Result<IdentitySource, String>,
    problems: &mut Vec<Problem>,
) -> Option<IdentitySource> {
    let place = authorizer.place.then("identitySource");
    let source = authorizer.identity_source.first().map(String::as_str).unwrap_or_default();
    read(source).map_err(|message| problems.push(Problem::error(&place, message))).ok()
}

impl Gateway {
    /// The issuers that the deployment document says something about.
    pub(crate) fn compile_issuers(&mut self, deployment: &Deployment, problems: &mut Vec<Problem>) {
        for (issuer, written) in &deployment.issuers {
            let place = Place::root().then("issuers").then(issuer);
            let _ = self.issuer(issuer, written, deployment, &place, problems);
        }
    }

    /// A JWT authorizer at one stage.
    pub(crate) fn issuer_of(
        &mut self,
        authorizer: &Authorizer,
        deployment: &Deployment,
        metrics: jwt::Metrics,
        problems: &mut Vec<Problem>,
    ) -> Option<JwtPhase> {
        let identity_source = identity_source(authorizer, IdentitySource::of_http, problems);
        let configuration = authorizer.jwt_configuration.as_ref()?;
        let place = authorizer.place.then("jwtConfiguration").then("issuer");
        let (nothing, mut told) = (KeySource::default(), Vec::new());
        let issuer = match deployment.issuers.get(&configuration.issuer) {
            // What is wrong with it has been told where it stands.
            Some(written) => self.issuer(&configuration.issuer, written, deployment, &place, &mut told),
            None => self.issuer(&configuration.issuer, &nothing, deployment, &place, problems),
        };
        let accepts = jwt::Authorizer {
            identity_source: identity_source?,
            issuers: vec![issuer?],
            audiences: configuration.audience.clone(),
            audience_pattern: None,
            form: Form::Http,
        };
        Some(JwtPhase::new(accepts, metrics))
    }

    fn issuer(
        &mut self,
        issuer: &str,
        written: &KeySource,
        deployment: &Deployment,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) -> Option<usize> {
        let origins = self.lead_to_keys(origins_of_keys(issuer, written), deployment);
        self.issuers.add(issuer, written, &origins, place, problems)
    }
}
