//! From a deployment document to a gateway that is ready to serve: definitions imported, methods compiled.

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use gatehouse_api::deployment::{self, DEFAULT_STAGE, Definition, Deployment};
use gatehouse_api::{
    AccessLogFormat, ApiKeySource, Integration, IntegrationType, IntegrationUri, Method, Place, Problem, ProtocolType,
    RestApi, Router,
};
use gatehouse_gateway_response::GatewayResponses;
use gatehouse_integration::BinaryMediaTypes;

use crate::authorizers::scopes;
use crate::guard::{ApiGuard, Endpoints};
use crate::hosts::Hosts;
use crate::http::Http;
use crate::http_api::HttpApiProxy;
use crate::http_proxy::HttpProxy;
use crate::iam::nobody_can_sign;
use crate::lambda::Site;
use crate::metering::method_name;
use crate::metrics::Metrics;
use crate::mutual_tls;
use crate::stage::{Backend, CompiledMethod, MethodNames, Stage};
use crate::unserved::unserved;
use crate::validation::validators;
use gatehouse_jwt_authorizer::{Form, Issuers, KeyMetrics};
use gatehouse_mock::Mock;
use gatehouse_request_validator::RequestValidator;
use gatehouse_sigv4_verifier::IamPhase;
use gatehouse_usage_plan_filter::Metering;

/// Every API and stage of a deployment, ready to serve.
#[derive(Debug)]
pub struct Gateway {
    pub(crate) hosts: Hosts,
    pub(crate) stages: Vec<Stage>,
    pub(crate) metrics: Metrics,
    pub(crate) endpoints: BTreeSet<Endpoint>,
    pub(crate) region: String,
    pub(crate) endpoints_of_vpcs: Endpoints,
    /// The user pools whose tokens are accepted.
    pub(crate) user_pools: Issuers,
    /// The issuers whose tokens HTTP APIs accept.
    pub(crate) issuers: Issuers,
    /// Who may sign; `None` where no method asks for signatures.
    pub(crate) iam: Option<IamPhase>,
    /// What requests are counted against; `None` until all definitions are known.
    pub(crate) metering: Option<Metering>,
    /// How many slots of shared data are needed.
    pub(crate) slots: u32,
    /// What is served as API Gateway serves it, and hardly meant so.
    pub warnings: Vec<Fault>,
}

/// Something that keeps a deployment from being served.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The API in whose definition the problem's place is; `None` where it is in the deployment document.
    pub api: Option<usize>,
    /// What is wrong, and where.
    pub problem: Problem,
}

/// An endpoint that the gateway calls, and needs a cluster for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// Where it is.
    pub origin: deployment::Origin,
    /// Its certificate is not held against any authority.
    pub insecure: bool,
    /// What it is shown.
    pub client_certificate: Option<ClientCertificate>,
    /// AWS's service and region for which requests to it are signed.
    pub signing: Option<Signing>,
    /// It is called over gRPC, which is HTTP/2.
    pub grpc: bool,
}

/// A client certificate that a backend is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientCertificate {
    /// Its id.
    pub id: String,
    /// The file of the certificate.
    pub certificate: String,
    /// The file of its key.
    pub private_key: String,
}

/// What a request to AWS is signed for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signing {
    /// `lambda`
    pub service: String,
    /// `us-east-1`
    pub region: String,
    /// The role that is assumed for it; none for Envoy's own credentials.
    pub role: Option<String>,
}

/// What the stages of an API share.
struct Parts<'a> {
    definition: &'a RestApi,
    router: Rc<Router<usize>>,
    responses: Rc<GatewayResponses>,
    guard: ApiGuard,
    validators: Vec<Option<Rc<RequestValidator>>>,
    binary: BinaryMediaTypes,
}

impl Endpoint {
    /// One that is called over HTTP/1.1, unsigned, and over TLS if its certificate is good.
    #[must_use]
    pub fn at(origin: deployment::Origin) -> Self {
        Self { origin, insecure: false, client_certificate: None, signing: None, grpc: false }
    }

    /// That of an integration's address.
    pub(crate) fn of(uri: &IntegrationUri, deployment: &Deployment) -> Self {
        let shown = uri.client_certificate.as_ref().and_then(|id| deployment.client_certificates.get_key_value(id));
        let client_certificate = shown.map(|(id, files)| ClientCertificate {
            id: id.clone(),
            certificate: files.certificate.clone(),
            private_key: files.private_key.clone(),
        });
        Self { insecure: uri.insecure, client_certificate, ..Self::at(uri.origin.clone()) }
    }

    /// Where keys are fetched from, and the authority that they are asked by.
    pub(crate) fn of_keys(origin: &deployment::Origin, deployment: &Deployment) -> (Self, String) {
        let mapped = deployment.endpoints.get(origin);
        let authority = mapped.and_then(|it| it.host_header.clone()).unwrap_or_else(|| origin.authority());
        let lives = mapped.map_or_else(|| origin.clone(), |it| it.origin.clone());
        (Self::at(lives), authority)
    }

    /// The name of its cluster.
    #[must_use]
    pub fn cluster(&self) -> String {
        let shown = self.client_certificate.as_ref().map(|it| it.id.as_str());
        let mut name = gatehouse_api::cluster_name(&self.origin, self.insecure, shown);
        if self.grpc {
            name.push_str("_grpc");
        }
        let Some(Signing { service, region, role }) = &self.signing else { return name };
        name.push_str(&format!("_signed_{service}_{region}"));
        if let Some(role) = role {
            name.push_str("_as_");
            name.push_str(role);
        }
        name
    }
}

impl Gateway {
    /// Compiles a deployment whose definitions are inside it.
    ///
    /// # Errors
    /// Everything that is wrong, or that this suite cannot serve yet. Nothing is dropped in silence.
    pub fn compile(deployment: &Deployment) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let in_document = deployment.unserved().iter().filter(|problem| problem.is_error());
        faults.extend(in_document.map(|problem| Fault { api: None, problem: problem.clone() }));
        let mut gateway = Self {
            hosts: Hosts::new(deployment),
            stages: Vec::new(),
            metrics: Metrics::default(),
            endpoints: BTreeSet::new(),
            region: deployment.region.clone(),
            endpoints_of_vpcs: Endpoints::default(),
            user_pools: Issuers::new(Form::Rest, KeyMetrics::from(0)),
            issuers: Issuers::new(Form::Http, KeyMetrics::from(0)),
            iam: None,
            metering: None,
            slots: 0,
            warnings: Vec::new(),
        };
        let mut problems = Vec::new();
        gateway.endpoints_of_vpcs = Endpoints::compile(deployment, &mut problems);
        let keys = gateway.metrics.add_keys();
        gateway.user_pools = Issuers::new(Form::Rest, keys);
        gateway.issuers = Issuers::new(Form::Http, keys);
        gateway.compile_user_pools(deployment, &mut problems);
        gateway.compile_issuers(deployment, &mut problems);
        gateway.iam = gateway.compile_iam(deployment, &mut problems);
        faults.extend(problems.into_iter().map(|problem| Fault { api: None, problem }));
        let mut definitions = Vec::new();
        for (index, api) in deployment.apis.iter().enumerate() {
            match definition(index, api) {
                Ok(definition) => {
                    faults.extend(default_stage(&definition, api));
                    faults.extend(settings_of_rest_apis(&definition, api));
                    let mut problems = Vec::new();
                    gateway.add_api(deployment, index, &definition, &mut problems);
                    definitions.push(definition);
                    let found = problems.into_iter().map(|problem| Fault { api: Some(index), problem });
                    let (wrong, worth_knowing): (Vec<_>, Vec<_>) = found.partition(|it| it.problem.is_error());
                    faults.extend(wrong);
                    gateway.warnings.extend(worth_knowing);
                }
                Err(found) => faults.extend(found),
            }
        }
        gateway.slots = gateway.needed_slots(deployment);
        if faults.is_empty() {
            gateway.warnings.extend(mutual_tls::ways_past(deployment, &definitions));
            let mut problems = Vec::new();
            gateway.metering = gateway.compile_metering(deployment, &definitions, &mut problems);
            faults.extend(problems.into_iter().map(|problem| Fault { api: None, problem }));
            gateway.slots += gateway.metering.as_ref().map_or(0, Metering::slots);
            gateway.slots += gateway.user_pools.place(gateway.slots);
            gateway.slots += gateway.issuers.place(gateway.slots);
        }
        if faults.is_empty() { Ok(gateway) } else { Err(faults) }
    }

    /// The endpoints that the gateway calls.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter()
    }

    fn add_api(&mut self, deployment: &Deployment, index: usize, definition: &RestApi, problems: &mut Vec<Problem>) {
        problems.extend(unserved(definition));
        self.hosts.define(index, definition.protocol_type, definition.disable_execute_api_endpoint);
        let responses = match GatewayResponses::compile(&definition.gateway_responses) {
            Ok(responses) => Rc::new(responses),
            Err(found) => return problems.extend(found),
        };
        let router = Rc::new(router(definition, problems));
        let guard = ApiGuard::compile(definition, deployment, problems);
        let validators = validators(definition, problems);
        if deployment.iam.is_none() {
            problems.extend(nobody_can_sign(definition));
        }
        let binary = BinaryMediaTypes::new(&definition.binary_media_types);
        let Some(api) = deployment.apis.get(index) else { return };
        let parts = Parts { definition, router, responses, guard, validators, binary };
        for stage in &api.stages {
            self.hosts.add_stage(index, stage, self.stages.len());
            // The canary's place is the one behind its stage's.
            for release in stage.releases() {
                let compiled = self.stage(deployment, api, release, &parts, problems);
                self.stages.push(compiled);
            }
        }
    }

    fn stage(
        &mut self,
        deployment: &Deployment,
        api: &deployment::Api,
        stage: &deployment::Stage,
        parts: &Parts<'_>,
        problems: &mut Vec<Problem>,
    ) -> Stage {
        let Parts { definition, router, responses, guard, validators, binary } = parts;
        let mut compiled = Stage::new(deployment, api, stage, definition, Rc::clone(router), Rc::clone(responses));
        self.metrics.add_stage(&api.api_id, &stage.dimension(), &definition.methods);
        let site = Site { deployment, api, stage, binary, protocol: definition.protocol_type };
        let authorizers = self.authorizers(definition, deployment, api, stage, problems);
        compiled.access_log = stage.access_log_settings.as_ref().map(|log| AccessLogFormat::parse(&log.format));
        compiled.methods = definition
            .methods
            .iter()
            .zip(validators)
            .map(|(method, validator)| {
                let (backend, as_caller) = self.backend(method, site, problems);
                CompiledMethod {
                    names: MethodNames::of(method, definition.protocol_type),
                    parameters: CompiledMethod::parameters_in(&method.resource_path),
                    authorization: authorizers.of(method),
                    scopes: scopes(method).to_vec(),
                    metered: method_name(&method.resource_path, method.http_method.name()).into(),
                    key: method.api_key_required.then_some(match definition.api_key_source {
                        ApiKeySource::Header => gatehouse_usage_plan::ApiKeySource::Header,
                        ApiKeySource::Authorizer => gatehouse_usage_plan::ApiKeySource::Authorizer,
                    }),
                    validator: validator.clone(),
                    backend,
                    as_caller,
                }
            })
            .collect();
        compiled.authorizers = authorizers.phases;
        compiled.tokens = authorizers.tokens;
        compiled.guard = guard.clone();
        compiled
    }

    fn backend(&mut self, method: &Method, site: Site<'_>, problems: &mut Vec<Problem>) -> (Backend, Option<Signing>) {
        let Some(integration) = &method.integration else {
            let message = "no integration is defined for this method: give it an `x-amazon-apigateway-integration`";
            note(problems, Problem::error(&method.place, message));
            return (Backend::Unserved, None);
        };
        let mut found = Vec::new();
        let backend = match integration.kind {
            IntegrationType::Mock => (Backend::Mock(Mock::compile(integration, site.binary, &mut found)), None),
            IntegrationType::Http | IntegrationType::HttpProxy => {
                let uri = IntegrationUri::resolve(integration, &site.stage.variables, site.deployment);
                // What else is wrong with the integration is told in the same go.
                let uri = uri.unwrap_or_else(|problem| {
                    found.push(problem);
                    None
                });
                if uri.is_none() && found.is_empty() {
                    found.push(no_address(integration, site.stage));
                }
                let uri = uri.map(|uri| uri.shown(site.stage.client_certificate_id.as_deref()));
                (self.http(method, integration, uri, site, &mut found), None)
            }
            IntegrationType::Aws => self.aws(method, integration, site, &mut found),
            IntegrationType::AwsProxy => match integration.integration_subtype {
                Some(subtype) => self.http_service(subtype, method, integration, site, &mut found),
                None => self.lambda_proxy(method, integration, site, &mut found),
            },
        };
        // The stages of an API share its problems: each is told once.
        found.into_iter().for_each(|problem| note(problems, problem));
        backend
    }

    fn http(
        &mut self,
        method: &Method,
        integration: &Integration,
        uri: Option<IntegrationUri>,
        site: Site<'_>,
        problems: &mut Vec<Problem>,
    ) -> Backend {
        let api_id = &site.api.api_id;
        self.endpoints.extend(uri.as_ref().map(|uri| Endpoint::of(uri, site.deployment)));
        match integration.kind {
            IntegrationType::HttpProxy if site.protocol == ProtocolType::Http => {
                let proxy = HttpApiProxy::compile(integration, uri, method.is_default_route(), problems);
                Backend::HttpApiProxy(Box::new(proxy))
            }
            IntegrationType::HttpProxy => {
                Backend::HttpProxy(Box::new(HttpProxy::compile(integration, uri, api_id, problems)))
            }
            _ => Backend::Http(Box::new(Http::compile(integration, uri, api_id, site.binary, problems))),
        }
    }
}

pub(crate) fn note(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

/// A URI that the stage's variables make no address of: API Gateway finds it out when a request comes.
fn no_address(integration: &Integration, stage: &deployment::Stage) -> Problem {
    let (uri, stage) = (integration.uri.as_deref().unwrap_or_default(), &stage.stage_name);
    let message = format!(
        "`{uri}` is no address with the variables of the stage `{stage}`: requests to this method are answered 500"
    );
    Problem::warning(&integration.place.then("uri"), message)
}

fn definition(index: usize, api: &deployment::Api) -> Result<RestApi, Vec<Fault>> {
    let place = api.place.then("definition");
    let missing = |message: &str| vec![Fault { api: None, problem: Problem::error(&place, message) }];
    match &api.definition {
        Some(Definition::Document(document)) => gatehouse_openapi::import_as(document, api.protocol_type, api.basepath)
            .map(|import| import.api)
            .map_err(|problems| {
                let errors = problems.into_iter().filter(Problem::is_error);
                errors.map(|problem| Fault { api: Some(index), problem }).collect()
            }),
        Some(Definition::File(path)) => {
            Err(missing(&format!("the definition must be the document itself here, not the path `{path}`")))
        }
        None => Err(missing("there is no definition: put the OpenAPI document here")),
    }
}

/// A stage that only HTTP APIs have.
fn default_stage(definition: &RestApi, api: &deployment::Api) -> Option<Fault> {
    let is_rest = definition.protocol_type == ProtocolType::Rest;
    let stage = api.stages.iter().find(|stage| is_rest && stage.stage_name == DEFAULT_STAGE)?;
    let message =
        "`$default` is the stage of an HTTP API, and this is a REST API: give it a name, or say `protocolType: HTTP`";
    Some(Fault { api: None, problem: Problem::error(&stage.place.then("stageName"), message) })
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html>
fn settings_of_rest_apis<'a>(definition: &RestApi, api: &'a deployment::Api) -> impl Iterator<Item = Fault> + use<'a> {
    let is_http = definition.protocol_type == ProtocolType::Http;
    api.stages.iter().filter(move |_| is_http).flat_map(|stage| {
        let canary = stage.canary.is_some().then_some(("canarySettings", "stages of HTTP APIs have no canaries"));
        let message = "stages of HTTP APIs show backends no client certificate";
        let certificate = stage.client_certificate_id.is_some().then_some(("clientCertificateId", message));
        let told = canary.into_iter().chain(certificate);
        told.map(|(field, message)| Fault { api: None, problem: Problem::error(&stage.place.then(field), message) })
    })
}

fn router(definition: &RestApi, problems: &mut Vec<Problem>) -> Router<usize> {
    let mut router = Router::new(definition.protocol_type);
    for (index, method) in definition.methods.iter().enumerate().filter(|(_, method)| !method.is_default_route()) {
        if let Err(error) = router.insert(&method.resource_path, method.http_method, index) {
            let message = format!("`{}` {error}", method.resource_path);
            problems.push(Problem::error(&method.place, message));
        }
    }
    router
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { place, message, .. } = &self.problem;
        match self.api {
            Some(api) => write!(f, "apis[{api}].definition, {place}: {message}"),
            None => write!(f, "{place}: {message}"),
        }
    }
}

impl Fault {
    /// The place as the deployment document with its definitions inside has it.
    #[must_use]
    pub fn place(&self) -> Place {
        match self.api {
            Some(api) => {
                let definition = Place::root().then("apis").then(api).then("definition");
                Place::at(&format!("{}{}", definition.as_str(), self.problem.place.as_str()))
            }
            None => self.problem.place.clone(),
        }
    }
}
