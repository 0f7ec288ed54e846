//! AWS_IAM in the gateway: one list of callers for all its APIs.

use gatehouse_api::deployment::Deployment;
use gatehouse_api::{Authorization, Place, Problem, RestApi};
use gatehouse_lambda_authorizer::SLOTS;
use gatehouse_sigv4_verifier::{IamPhase, Setting, provider_origin};

use crate::compile::{Endpoint, Gateway};

impl Gateway {
    /// Who may sign.
    pub(crate) fn compile_iam(&mut self, deployment: &Deployment, problems: &mut Vec<Problem>) -> Option<IamPhase> {
        let written = deployment.iam.as_ref()?;
        let place = Place::root().then("iam");
        let provider = written.credential_provider.as_ref();
        let endpoint = provider.and_then(|provider| provider_origin(provider, &place).ok()).map(Endpoint::at);
        let cluster = endpoint.as_ref().map(Endpoint::cluster).unwrap_or_default();
        self.endpoints.extend(endpoint);
        let scope = format!("{} {} {written:?}", deployment.account_id, deployment.region);
        let setting = Setting {
            region: &deployment.region,
            place: &place,
            cluster,
            scope: scope.as_bytes(),
            slots: SLOTS,
            metrics: self.metrics.add_iam(),
        };
        IamPhase::compile(written, setting, problems)
    }

    /// The slots for what authorizers and credential providers answer, and those for signatures that were accepted.
    pub(crate) fn needed_slots(&self, deployment: &Deployment) -> u32 {
        let replay = deployment.iam.as_ref().map_or(0, IamPhase::replay_slots);
        let asks = deployment.iam.as_ref().is_some_and(|iam| iam.credential_provider.is_some());
        let authorizers = self.stages.iter().any(|stage| !stage.authorizers.is_empty());
        // Those for signatures begin behind the others.
        if asks || authorizers || replay > 0 { SLOTS + replay } else { 0 }
    }
}

/// Methods that ask for a signature, where the deployment does not say whose.
pub(crate) fn nobody_can_sign(definition: &RestApi) -> Option<Problem> {
    let method = definition.methods.iter().find(|method| method.authorization == Authorization::AwsIam)?;
    let message = "authorization `AWS_IAM`, and nobody could sign: say whose signatures are accepted, with `iam` in the \
                   deployment document";
    Some(Problem::error(&method.place, message))
}
