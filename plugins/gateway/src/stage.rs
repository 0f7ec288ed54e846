//! A stage, compiled: what every request to it needs and no request changes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use gatehouse_api::deployment::{self, DEFAULT_STAGE, Deployment, NONE};
use gatehouse_api::{
    AccessLogFormat, AuthorizerType, HttpMethod, IntegrationType, LogPart, Method, ProtocolType, ResourcePath, RestApi,
    Router, StageArn, parameters_of,
};
use gatehouse_context::{Context, Text};
use gatehouse_filter::{Host, Timestamp};
use gatehouse_gateway_response::GatewayResponses;
use gatehouse_http::{Headers, Request, host_of, ip_of};
use gatehouse_jwt_authorizer::JwtPhase;
use gatehouse_lambda_authorizer::AuthorizerPhase;
use gatehouse_lambda_integration::LambdaProxy;
use gatehouse_mapping::StageVariables;
use gatehouse_mock::Mock;
use gatehouse_request_validator::RequestValidator;
use gatehouse_sort::map_of;

use crate::aws::Aws;
use crate::compile::Signing;
use crate::guard::ApiGuard;
use crate::http::Http;
use crate::http_api::{CorsPolicy, HttpApiProxy, HttpFunction, HttpService};
use crate::http_proxy::HttpProxy;

/// One stage of one API.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) protocol: ProtocolType,
    pub(crate) router: Rc<Router<usize>>,
    /// The method for whatever the router has none for.
    pub(crate) default_route: Option<usize>,
    pub(crate) cors: Option<CorsPolicy>,
    pub(crate) methods: Vec<CompiledMethod>,
    pub(crate) variables: StageVariables,
    /// How many of a hundred requests its canary gets, which is the stage behind it.
    pub(crate) percent_to_canary: Option<f64>,
    pub(crate) responses: Rc<GatewayResponses>,
    pub(crate) access_log: Option<AccessLogFormat>,
    pub(crate) authorizers: Vec<AuthorizerPhase>,
    /// The authorizers for tokens: of user pools, or of an HTTP API's issuers.
    pub(crate) tokens: Vec<JwtPhase>,
    pub(crate) guard: ApiGuard,
    /// What the ARNs of its methods begin with.
    pub(crate) arn: StageArn,
    /// What the access log's filter knows the stage by: `a1b2c3/dev`.
    pub(crate) id: String,
    account_id: Text,
    pub(crate) api_id: Text,
    pub(crate) name: Text,
    deployment_id: Option<Text>,
    verbs: BTreeMap<HttpMethod, Text>,
    http_version: Text,
    uses_source_ip: bool,
    uses_user_agent: bool,
    uses_domain: bool,
    /// From how many bytes on answers are compressed, if they are.
    pub(crate) minimum_compression_size: Option<usize>,
    /// A gateway response reads the client's request, which a proxy integration rewrites.
    pub(crate) keeps_client: bool,
    /// A template looks at parameters, which the gateway's own headers are among.
    pub(crate) reads_parameters: bool,
}

/// One method at one stage.
#[derive(Debug)]
pub(crate) struct CompiledMethod {
    pub(crate) names: MethodNames,
    /// Its resource's path, where that has parameters.
    pub(crate) parameters: Option<ResourcePath>,
    pub(crate) authorization: Authorization,
    /// Of which an access token needs one.
    pub(crate) scopes: Vec<String>,
    /// What usage plans and throttles know it by: `/pets/{id}/GET`.
    pub(crate) metered: Text,
    /// Where the API key is that it requires.
    pub(crate) key: Option<gatehouse_usage_plan::ApiKeySource>,
    /// What its requests are validated by.
    pub(crate) validator: Option<Rc<RequestValidator>>,
    pub(crate) backend: Backend,
    /// What a call to AWS is signed for with the caller's own key.
    pub(crate) as_caller: Option<Signing>,
}

/// What `$context` calls a method.
#[derive(Debug)]
pub(crate) struct MethodNames {
    operation_name: Option<Text>,
    resource_id: Option<Text>,
    resource_path: Text,
    route_key: Option<Text>,
}

/// Who decides about the requests to a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// The API's resource policy alone, if it has one.
    None,
    /// The stage's Lambda authorizer at this place; none is there if it could not be compiled, and nobody passes.
    Lambda(usize),
    /// The stage's authorizer for tokens at this place; none is there if it could not be compiled, and nobody passes.
    Tokens(usize),
    /// The caller's policies, by his signature.
    Iam,
}

/// What answers a method.
#[derive(Debug)]
pub(crate) enum Backend {
    Mock(Mock),
    Http(Box<Http>),
    HttpProxy(Box<HttpProxy>),
    Aws(Box<Aws>),
    LambdaProxy(Box<LambdaProxy>),
    HttpApiProxy(Box<HttpApiProxy>),
    HttpFunction(Box<HttpFunction>),
    HttpService(Box<HttpService>),
    /// API Gateway would deploy it, and answer every request with a 500.
    Misconfigured,
    /// Never served: compiling it was a fault.
    Unserved,
}

impl CompiledMethod {
    /// The values of the path's parameters; the path is that within the stage.
    pub(crate) fn parameters<'a>(&'a self, protocol: ProtocolType, inside: &'a str) -> Vec<(&'a str, &'a [u8])> {
        let Some(resource) = &self.parameters else { return Vec::new() };
        parameters_of(resource, protocol, inside).map(|(name, value)| (name, value.as_bytes())).collect()
    }

    /// A resource's path, if it has parameters.
    pub(crate) fn parameters_in(path: &str) -> Option<ResourcePath> {
        ResourcePath::parse(path).ok().filter(|path| path.parameters().next().is_some())
    }
}

impl MethodNames {
    pub(crate) fn of(method: &Method, protocol: ProtocolType) -> Self {
        match protocol {
            ProtocolType::Rest => Self {
                operation_name: method.operation_name.as_deref().map(Into::into),
                resource_id: Some(method.resource_id.as_str().into()),
                resource_path: method.resource_path.as_str().into(),
                route_key: None,
            },
            ProtocolType::Http => Self {
                operation_name: None,
                // Recorded: events 1.0 call the resource by its route, and that of `$default` has no slash.
                resource_id: Some(method.route_key().into()),
                resource_path: method.resource_path.as_str().into(),
                route_key: Some(method.route_key().into()),
            },
        }
    }
}

impl Stage {
    pub(crate) fn new(
        deployment: &Deployment,
        api: &deployment::Api,
        stage: &deployment::Stage,
        definition: &RestApi,
        router: Rc<Router<usize>>,
        responses: Rc<GatewayResponses>,
    ) -> Self {
        let texts = texts(definition, stage);
        // A template can look at all of it.
        let shown = templates(definition).any(|template| template.contains("context"));
        let uses = |name: &str| shown || texts.iter().any(|text| text.contains(name));
        // It is in the event of a REQUEST authorizer.
        let is_told = definition.authorizers.iter().any(|authorizer| authorizer.kind == AuthorizerType::Request)
            || definition
                .methods
                .iter()
                .filter_map(|method| method.integration.as_ref())
                .any(|it| it.kind == IntegrationType::AwsProxy);
        Self {
            protocol: definition.protocol_type,
            default_route: definition.methods.iter().position(Method::is_default_route),
            cors: definition.cors.as_ref().map(CorsPolicy::compile),
            router,
            methods: Vec::new(),
            variables: stage.variables.clone(),
            percent_to_canary: stage.canary.as_ref().map(|canary| canary.percent_traffic),
            responses,
            access_log: None,
            authorizers: Vec::new(),
            tokens: Vec::new(),
            guard: ApiGuard::default(),
            arn: StageArn::new(&deployment.region, &deployment.account_id, &api.api_id, &stage.stage_name),
            id: format!("{}/{}", api.api_id, stage.stage_name),
            account_id: deployment.account_id.as_str().into(),
            api_id: api.api_id.as_str().into(),
            name: stage.stage_name.as_str().into(),
            deployment_id: stage.deployment_id.as_deref().map(Into::into),
            verbs: map_of(HttpMethod::ALL.map(|verb| (verb, verb.name().into()))),
            // Always this, for HTTP/2 clients too, as documented.
            http_version: "HTTP/1.1".into(),
            uses_source_ip: is_told || uses("identity.sourceIp"),
            uses_user_agent: uses("identity.userAgent"),
            uses_domain: uses("context.domain"),
            minimum_compression_size: definition.minimum_compression_size.and_then(|size| size.try_into().ok()),
            keeps_client: texts.iter().any(|text| text.contains("method.request.")),
            reads_parameters: templates(definition).any(|template| template.contains("params")),
        }
    }

    /// Fills in what is known before routing.
    pub(crate) fn begin(&self, request: &Request, path: &str, context: &mut Context, now: Timestamp, host: &dyn Host) {
        context.account_id = Some(Text::clone(&self.account_id));
        context.api_id = Some(Text::clone(&self.api_id));
        context.stage = Some(Text::clone(&self.name));
        context.deployment_id = self.deployment_id.clone();
        context.protocol = Some(Text::clone(&self.http_version));
        context.path = Some(path.into());
        context.request_time = Some(now);
        // Of a REST API's request it is the method's that was found.
        if self.protocol == ProtocolType::Http {
            let verb = std::str::from_utf8(request.method()).ok().and_then(HttpMethod::of_request);
            context.http_method = verb.and_then(|verb| self.verbs.get(&verb)).cloned();
        }
        if self.uses_domain {
            let domain = host_of(std::str::from_utf8(request.authority()).unwrap_or_default());
            context.domain_name = Some(domain.into());
            context.domain_prefix = domain.split('.').next().map(Into::into);
        }
        if self.uses_source_ip {
            context.identity.source_ip = host.source_address().as_deref().map(|peer| ip_of(peer).into());
        }
        if self.uses_user_agent {
            context.identity.user_agent = request.headers.text("user-agent").map(Into::into);
        }
    }

    /// Fills in what the mapping of a custom domain says.
    pub(crate) fn mapped(&self, key: &str, inside: &str, context: &mut Context) {
        // Recorded for REST APIs; a host that a stage has for itself is a mapping without a key.
        let key = if key.is_empty() { NONE } else { key };
        context.custom_domain.base_path_matched = Some(key.into());
        if self.protocol == ProtocolType::Http {
            let path = match &*self.name {
                DEFAULT_STAGE if inside.is_empty() => "/".to_owned(),
                DEFAULT_STAGE => inside.to_owned(),
                stage => format!("/{stage}{inside}"),
            };
            context.raw_path = Some(path.into());
        }
    }

    /// Removes what only the API itself may say, from what a backend said.
    pub(crate) fn clean(&self, headers: &mut Headers) {
        if self.cors.is_some() {
            CorsPolicy::clean(headers);
        }
    }

    /// Fills in what routing found.
    pub(crate) fn routed(&self, verb: HttpMethod, method: &CompiledMethod, context: &mut Context) {
        // Of an HTTP API it is known since the request began.
        if self.protocol == ProtocolType::Rest {
            context.http_method = self.verbs.get(&verb).cloned();
        }
        let MethodNames { operation_name, resource_id, resource_path, route_key } = &method.names;
        context.operation_name = operation_name.clone();
        context.resource_id = resource_id.clone();
        context.resource_path = Some(Text::clone(resource_path));
        context.route_key = route_key.clone();
    }

    /// Publishes what the proxy's access log takes from the gateway.
    pub(crate) fn publish_log(&self, context: &Context, host: &dyn Host) {
        let Some(format) = &self.access_log else { return };
        host.publish("gatehouse_stage", self.id.as_bytes());
        let logged = |name: &str| context.lookup(name).filter(|_| self.logs(name)).unwrap_or(Cow::Borrowed("-"));
        for (number, parts) in format.rendered().enumerate() {
            let mut line = String::new();
            for part in parts {
                match part {
                    LogPart::Text(text) => line.push_str(text),
                    LogPart::Variable(name) => line.push_str(&logged(name)),
                    LogPart::Quoted(name) => push_quoted(&mut line, &logged(name)),
                }
            }
            host.publish(&format!("gatehouse_log_{number}"), one_line(&line).as_bytes());
        }
    }

    /// HTTP APIs have routes: their events of format 1.0 name resources, their logs print `-` for them, as seen in public logs.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>
    fn logs(&self, name: &str) -> bool {
        self.protocol == ProtocolType::Rest || !matches!(name, "resourceId" | "resourcePath")
    }
}

/// A client's bytes must not begin a line of the log.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Nor end the quotation that they stand in, and go on as another field.
fn push_quoted(line: &mut String, value: &str) {
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            line.push('\\');
        }
        line.push(c);
    }
}

/// Every mapping template of a definition.
fn templates(definition: &RestApi) -> impl Iterator<Item = &str> {
    let integrations = definition.methods.iter().filter_map(|method| method.integration.as_ref());
    let templates = integrations.flat_map(|integration| {
        let responses = integration.responses.iter().flat_map(|response| &response.response_templates);
        integration.request_templates.iter().chain(responses)
    });
    templates.map(|(_, template)| template.as_str())
}

/// Every text of a definition and stage that can read `$context` or the client's request outside a request mapping.
fn texts<'a>(definition: &'a RestApi, stage: &'a deployment::Stage) -> Vec<&'a str> {
    let mut texts: Vec<&str> = Vec::new();
    texts.extend(stage.access_log_settings.iter().map(|log| log.format.as_str()));
    texts.extend(definition.authorizers.iter().flat_map(|it| &it.identity_source).map(String::as_str));
    for response in &definition.gateway_responses {
        texts.extend(response.response_parameters.iter().map(|(_, source)| source.as_str()));
        texts.extend(response.response_templates.iter().map(|(_, template)| template.as_str()));
    }
    for integration in definition.methods.iter().filter_map(|method| method.integration.as_ref()) {
        let parameters = integration.request_parameters.iter().map(|mapping| mapping.source.as_str());
        // These read the request before anything rewrites it.
        texts.extend(parameters.filter(|source| !source.starts_with("method.request.")));
        let of_http_api = integration.response_parameters.iter().flat_map(|(_, mappings)| mappings);
        texts.extend(of_http_api.map(|mapping| mapping.source.as_str()));
        for response in &integration.responses {
            texts.extend(response.response_parameters.iter().map(|mapping| mapping.source.as_str()));
        }
    }
    texts
}
