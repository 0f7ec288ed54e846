//! What AWS and AWS_PROXY integrations call: which function or service, over which cluster.

use gatehouse_api::deployment::{self, Deployment, Function};
use gatehouse_api::{Integration, IntegrationUri, Method, Problem, ProtocolType, RestApi, substitute_stage_variables};
use gatehouse_integration::{BinaryMediaTypes, illegal_aws_request_header};
use gatehouse_lambda::{FunctionUri, Invocation};
use gatehouse_lambda_integration::{LambdaProxy, PayloadFormat, Setting};
use gatehouse_mapping::RequestTarget;

use crate::aws::{Aws, Service, ServiceUri, Target};
use crate::compile::{Endpoint, Gateway, Signing};
use crate::credentials;
use crate::http_api::{self, HttpFunction, Mappings, service_address};
use crate::http_proxy::DEFAULT_TIMEOUT;
use crate::stage::Backend;

/// Where a method's integration stands.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) api: &'a deployment::Api,
    pub(crate) stage: &'a deployment::Stage,
    pub(crate) binary: &'a BinaryMediaTypes,
    pub(crate) protocol: ProtocolType,
}

/// Where a function is called, and who signs for it.
pub(crate) fn function_endpoint(function: &Function) -> Endpoint {
    let signing =
        function.signing_region.clone().map(|region| Signing { service: "lambda".into(), region, role: None });
    Endpoint { signing, ..Endpoint::at(function.origin.clone()) }
}

/// Names of headers as a definition spells them: events tell them so, whatever an HTTP/2 client wrote.
pub(crate) fn spellings(method: &Method) -> Vec<String> {
    let names = method.request_parameters.iter().filter_map(|(name, _)| name.strip_prefix("method.request.header."));
    names.map(str::to_owned).collect()
}

impl Gateway {
    /// An AWS_PROXY integration.
    pub(crate) fn lambda_proxy(
        &mut self,
        method: &Method,
        integration: &Integration,
        site: Site<'_>,
        problems: &mut Vec<Problem>,
    ) -> (Backend, Option<Signing>) {
        let misconfigured = (Backend::Misconfigured, None);
        let Some(uri) = self.function_uri(integration, site, problems) else { return misconfigured };
        // Recorded: both are a 500 for every request.
        if !integration.http_method.as_deref().is_some_and(|verb| verb.eq_ignore_ascii_case("POST")) {
            let message = "a function is invoked with `POST`: requests to this method are answered 500";
            problems.push(Problem::warning(&integration.place.then("httpMethod"), message));
            return misconfigured;
        }
        if let Some(mapping) = integration.request_parameters.iter().find(|mapping| is_illegal(&mapping.target)) {
            let message = "no mapping can set this header: requests to this method are answered 500";
            problems.push(Problem::warning(&mapping.place, message));
            return misconfigured;
        }
        let function = site.deployment.functions.find(&uri.arn);
        let mut endpoint = function_endpoint(&function);
        let as_caller = credentials::of_integration(method, integration, &mut endpoint, site, problems);
        let setting = Setting {
            arn: &uri.arn,
            function: &function,
            cluster: endpoint.cluster(),
            timeout_millis: integration.timeout_in_millis.unwrap_or(default_timeout(site.protocol)),
            binary: site.binary.clone(),
            spellings: spellings(method),
            format: payload_format(method, integration, site.protocol),
        };
        match LambdaProxy::new(setting) {
            Ok(proxy) => {
                self.endpoints.insert(endpoint);
                let backend = match site.protocol {
                    ProtocolType::Rest => Backend::LambdaProxy(Box::new(proxy)),
                    ProtocolType::Http => {
                        let mappings = Mappings::compile(integration, problems);
                        Backend::HttpFunction(Box::new(HttpFunction::new(proxy, mappings)))
                    }
                };
                (backend, as_caller)
            }
            Err(illegal) => {
                problems.push(Problem::error(&integration.place.then("uri"), illegal.to_string()));
                (Backend::Unserved, None)
            }
        }
    }

    /// An AWS integration: a function, or a service.
    pub(crate) fn aws(
        &mut self,
        method: &Method,
        integration: &Integration,
        site: Site<'_>,
        problems: &mut Vec<Problem>,
    ) -> (Backend, Option<Signing>) {
        let text = integration.uri.as_deref().unwrap_or_default();
        let target = if is_function(text) {
            self.function_target(integration, site, problems)
        } else {
            self.service_target(integration, site, problems)
        };
        let Some((target, mut endpoint)) = target else { return (Backend::Misconfigured, None) };
        let as_caller = credentials::of_integration(method, integration, &mut endpoint, site, problems);
        let api_id = &site.api.api_id;
        let backend = Aws::compile(integration, target, endpoint.cluster(), api_id, site.binary, problems);
        self.endpoints.insert(endpoint);
        (Backend::Aws(Box::new(backend)), as_caller)
    }

    fn function_target(
        &self,
        integration: &Integration,
        site: Site<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<(Target, Endpoint)> {
        let uri = self.function_uri(integration, site, problems)?;
        let function = site.deployment.functions.find(&uri.arn);
        match Invocation::new(&uri.arn, &function) {
            Ok(invocation) => Some((Target::Function(invocation), function_endpoint(&function))),
            Err(illegal) => {
                problems.push(Problem::error(&integration.place.then("uri"), illegal.to_string()));
                None
            }
        }
    }

    fn service_target(
        &self,
        integration: &Integration,
        site: Site<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<(Target, Endpoint)> {
        let place = integration.place.then("uri");
        let text = substitute_stage_variables(integration.uri.as_deref().unwrap_or_default(), &site.stage.variables);
        let named = ServiceUri::parse(&text).map_err(|message| problems.push(Problem::error(&place, message))).ok()?;
        let addressed = Integration { uri: Some(named.address.clone()), ..integration.clone() };
        let uri = IntegrationUri::resolve(&addressed, &site.stage.variables, site.deployment);
        let uri = uri.map_err(|problem| problems.push(problem)).ok().flatten()?;
        let signing = Some(Signing { service: named.service, region: named.region, role: None });
        let endpoint = Endpoint { signing, ..Endpoint::of(&uri, site.deployment) };
        let method = integration.http_method.clone().filter(|method| !method.eq_ignore_ascii_case("ANY"));
        Some((Target::Service(Box::new(Service { uri, method, json: named.json })), endpoint))
    }

    /// The function of a URI. One that a missing stage variable made invalid is found out when a request comes, as of API
    /// Gateway.
    fn function_uri(
        &self,
        integration: &Integration,
        site: Site<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<FunctionUri> {
        let text = integration.uri.as_deref().unwrap_or_default();
        let place = integration.place.then("uri");
        match FunctionUri::parse(text, &site.stage.variables) {
            Ok(uri) => Some(uri),
            Err(message) if text.contains("${stageVariables.") => {
                let message = format!("{message}: requests to this method are answered 500");
                problems.push(Problem::warning(&place, message));
                None
            }
            Err(message) => {
                problems.push(Problem::error(&place, message));
                None
            }
        }
    }
}

/// How long a function may take unless the integration says otherwise, in milliseconds.
fn default_timeout(protocol: ProtocolType) -> u32 {
    match protocol {
        ProtocolType::Rest => DEFAULT_TIMEOUT,
        ProtocolType::Http => http_api::DEFAULT_TIMEOUT,
    }
}

/// The event that a function is given: of HTTP APIs 2.0 where they do not say.
fn payload_format(method: &Method, integration: &Integration, protocol: ProtocolType) -> PayloadFormat {
    match (protocol, integration.payload_format_version.as_deref()) {
        (ProtocolType::Rest, _) => PayloadFormat::V1,
        (ProtocolType::Http, Some("1.0" | "1")) => PayloadFormat::HttpV1,
        (ProtocolType::Http, _) => PayloadFormat::V2(method.route_key()),
    }
}

/// Recorded for AWS and AWS_PROXY, which ignores mappings otherwise.
fn is_illegal(target: &str) -> bool {
    match RequestTarget::parse(target) {
        Ok(RequestTarget::Header(name)) => illegal_aws_request_header(&name),
        Ok(_) | Err(_) => false,
    }
}

/// Is this the URI of a function, rather than of another service?
fn is_function(uri: &str) -> bool {
    uri.contains(":lambda:path/")
}

/// The functions that the integrations of a definition call at a stage, by their ARN.
pub fn called_functions<'a>(
    definition: &'a RestApi,
    stage: &'a deployment::Stage,
) -> impl Iterator<Item = String> + 'a {
    let uris = definition.methods.iter().filter_map(|method| method.integration.as_ref()?.uri.as_deref());
    uris.filter_map(|uri| FunctionUri::parse(uri, &stage.variables).ok()).map(|uri| uri.arn)
}

/// Where the AWS services of a definition's integrations live at a stage.
pub fn called_services<'a>(
    definition: &'a RestApi,
    deployment: &'a Deployment,
    stage: &'a deployment::Stage,
) -> impl Iterator<Item = String> + 'a {
    let address = |integration: &Integration| match &integration.uri {
        // Where functions live, the deployment says elsewhere.
        Some(uri) if is_function(uri) => None,
        Some(uri) => ServiceUri::parse(&substitute_stage_variables(uri, &stage.variables)).ok().map(|it| it.address),
        None => service_address(integration, &stage.variables, deployment),
    };
    definition.methods.iter().filter_map(move |method| method.integration.as_ref().and_then(address))
}
