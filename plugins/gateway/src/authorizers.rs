//! The authorizers of a stage, Lambda functions, user pools and issuers: those that its methods name.

use std::collections::BTreeMap;

use gatehouse_api::deployment::{self, Definition, Deployment};
use gatehouse_api::{Authorization, AuthorizerType, Method, Problem, RestApi};
use gatehouse_jwt_authorizer::{JwtPhase, check_scopes};
use gatehouse_lambda_authorizer::{Authorizer, AuthorizerPhase, FunctionUri, Setting};
use sha2::{Digest, Sha256};

use crate::compile::{Gateway, note};
use crate::credentials;
use crate::lambda::function_endpoint;
use crate::stage;

/// How long a function may take, in milliseconds.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const TIMEOUT_MILLIS: u32 = 29_000;
/// The same for an HTTP API.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const HTTP_TIMEOUT_MILLIS: u32 = 10_000;

/// The authorizers of a stage, and which name stands for which of them.
#[derive(Debug, Default)]
pub(crate) struct Authorizers {
    pub(crate) phases: Vec<AuthorizerPhase>,
    pub(crate) tokens: Vec<JwtPhase>,
    by_name: BTreeMap<String, usize>,
}

impl Authorizers {
    fn place(&self, name: &str) -> usize {
        self.by_name.get(name).copied().unwrap_or(usize::MAX)
    }

    /// Who decides about a method. An authorizer that could not be compiled has a place where none is, which lets nobody
    /// pass.
    pub(crate) fn of(&self, method: &Method) -> stage::Authorization {
        match &method.authorization {
            Authorization::None => stage::Authorization::None,
            Authorization::AwsIam => stage::Authorization::Iam,
            Authorization::Custom { authorizer } => stage::Authorization::Lambda(self.place(authorizer)),
            Authorization::CognitoUserPools { authorizer, .. } | Authorization::Jwt { authorizer, .. } => {
                stage::Authorization::Tokens(self.place(authorizer))
            }
        }
    }
}

/// The authorizer that a method names.
fn authorizer_name(method: &Method) -> Option<&str> {
    match &method.authorization {
        Authorization::Custom { authorizer }
        | Authorization::CognitoUserPools { authorizer, .. }
        | Authorization::Jwt { authorizer, .. } => Some(authorizer),
        Authorization::None | Authorization::AwsIam => None,
    }
}

/// The scopes of which an access token needs one.
pub(crate) fn scopes(method: &Method) -> &[String] {
    match &method.authorization {
        Authorization::CognitoUserPools { scopes, .. } | Authorization::Jwt { scopes, .. } => scopes,
        Authorization::None | Authorization::AwsIam | Authorization::Custom { .. } => &[],
    }
}

impl Gateway {
    /// Compiles the authorizers that the methods of an API name, for one stage.
    pub(crate) fn authorizers(
        &mut self,
        definition: &RestApi,
        deployment: &Deployment,
        api: &deployment::Api,
        stage: &deployment::Stage,
        problems: &mut Vec<Problem>,
    ) -> Authorizers {
        let mut found = Authorizers::default();
        // The whole definition is in it: made once, and only where it is needed.
        let mut own_scope = None;
        for method in &definition.methods {
            if let Err(message) = check_scopes(scopes(method)) {
                note(problems, Problem::error(&method.place, message));
            }
            let Some(name) = authorizer_name(method).filter(|name| !found.by_name.contains_key(*name)) else {
                continue;
            };
            let Some(authorizer) = definition.authorizers.iter().find(|authorizer| authorizer.name == name) else {
                let message = format!("authorizer `{name}` is not defined");
                note(problems, Problem::error(&method.place, message));
                continue;
            };
            let mut own = Vec::new();
            if matches!(authorizer.kind, AuthorizerType::CognitoUserPools | AuthorizerType::Jwt) {
                let metrics = self.metrics.add_tokens(&api.api_id, &stage.dimension(), name);
                let phase = match authorizer.kind {
                    AuthorizerType::Jwt => self.issuer_of(authorizer, deployment, metrics, &mut own),
                    _ => self.user_pools_of(authorizer, deployment, metrics, &mut own),
                };
                if let Some(phase) = phase {
                    found.by_name.insert(name.to_owned(), found.tokens.len());
                    found.tokens.push(phase);
                }
                own.into_iter().for_each(|problem| note(problems, problem));
                continue;
            }
            let scope = own_scope.get_or_insert_with(|| scope(deployment, api, stage));
            let phase = self.authorizer_of(authorizer, deployment, api, stage, scope, &mut own);
            own.into_iter().for_each(|problem| note(problems, problem));
            if let Some(phase) = phase {
                found.by_name.insert(name.to_owned(), found.phases.len());
                found.phases.push(phase);
            }
        }
        found
    }

    fn authorizer_of(
        &mut self,
        authorizer: &gatehouse_api::Authorizer,
        deployment: &Deployment,
        api: &deployment::Api,
        stage: &deployment::Stage,
        scope: &[u8],
        problems: &mut Vec<Problem>,
    ) -> Option<AuthorizerPhase> {
        let compiled = Authorizer::compile(authorizer, problems);
        let place = authorizer.place.then("authorizerUri");
        let uri = authorizer.authorizer_uri.as_deref().unwrap_or_default();
        let uri = match FunctionUri::parse(uri, &stage.variables) {
            Ok(uri) => uri,
            Err(message) => {
                problems.push(Problem::error(&place, message));
                return None;
            }
        };
        let function = deployment.functions.find(&uri.arn);
        let mut endpoint = function_endpoint(&function);
        let place_of_role = authorizer.place.then("authorizerCredentials");
        let credentials = authorizer.authorizer_credentials.as_deref();
        credentials::assume(credentials, &place_of_role, &mut endpoint, deployment, stage, problems);
        let setting = Setting {
            arn: &uri.arn,
            function: &function,
            cluster: endpoint.cluster(),
            timeout_millis: match authorizer.payload_format_version {
                Some(_) => HTTP_TIMEOUT_MILLIS,
                None => TIMEOUT_MILLIS,
            },
            region: &deployment.region,
            scope,
            metrics: self.metrics.add_authorizer(&api.api_id, &stage.dimension(), &authorizer.name),
        };
        match AuthorizerPhase::new(compiled?, setting) {
            Ok(phase) => {
                self.endpoints.insert(endpoint);
                Some(phase)
            }
            Err(illegal) => {
                problems.push(Problem::error(&place, illegal.to_string()));
                None
            }
        }
    }
}

/// Everything whose change makes old answers worthless: the account, the API with its definition, the stage.
fn scope(deployment: &Deployment, api: &deployment::Api, stage: &deployment::Stage) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(text);
    };
    for text in [&deployment.account_id, &deployment.region, &api.api_id, &stage.stage_name] {
        add(text);
    }
    add(&format!("{:?}", stage.variables));
    add(&format!("{:?}", deployment.functions));
    if let Some(Definition::Document(document)) = &api.definition {
        add(&format!("{document:?}"));
    }
    hash.finalize().to_vec()
}
