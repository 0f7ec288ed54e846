//! What an API uses of what is served.

use gatehouse_api::{
    Authorization, Authorizer, AuthorizerType, CALLER, ConnectionType, EndpointType, Integration, IntegrationType,
    Method, ParameterMapping, Place, RestApi, stage_variables,
};

use super::{Features, Support};
use crate::finding::Finding;
use crate::project::Project;
use crate::source::At;

/// Adds everything that the project's APIs use and that is served, exactly or approximately.
pub(super) fn definitions(project: &Project, refused: &[Finding], features: &mut Features) {
    for (index, api) in project.apis.iter().enumerate() {
        let at = |place: &Place| Some(project.in_definition(index, place));
        let has_store = project.deployment.usage.usage_store.is_some();
        let assumes_roles = project.deployment.assume_roles;
        Inventory { features, refused, has_store, assumes_roles, at: &at }.api(api);
    }
}

struct Inventory<'a> {
    features: &'a mut Features,
    /// What the gateway's compiler has against it.
    refused: &'a [Finding],
    /// Several Envoys count quotas together.
    has_store: bool,
    /// Envoy takes on the roles that calls of AWS name.
    assumes_roles: bool,
    at: &'a dyn Fn(&Place) -> Option<At>,
}

impl Inventory<'_> {
    fn api(&mut self, api: &RestApi) {
        let root = Place::root();
        let configuration = root.then("x-amazon-apigateway-endpoint-configuration");
        if api.disable_execute_api_endpoint {
            self.exact("disabled execute-api endpoint", &configuration);
        }
        for kind in &api.endpoint_configuration.types {
            let note = match kind {
                EndpointType::Edge => "there is no CloudFront before it",
                EndpointType::Regional => continue,
                EndpointType::Private => "the VPC endpoint is what `sourceVpce` says",
            };
            self.approximate(&format!("endpoint type {}", kind.name()), note, &configuration);
        }
        if api.security_policy.is_some() {
            let place = root.then("x-amazon-apigateway-security-policy");
            self.approximate("TLS security policy", "TLS towards clients ends before the gateway", &place);
        }
        if !api.binary_media_types.is_empty() {
            self.exact("binary media types", &root.then("x-amazon-apigateway-binary-media-types"));
        }
        if api.minimum_compression_size.is_some() {
            self.exact("payload compression", &root.then("x-amazon-apigateway-minimum-compression-size"));
        }
        if let Some(cors) = &api.cors {
            self.exact("CORS", &cors.place);
        }
        if let Some(policy) = &api.policy {
            self.exact_unless_refused("resource policy", &policy.place);
        }
        for response in &api.gateway_responses {
            self.exact("gateway responses", &response.place);
        }
        api.methods.iter().for_each(|method| self.method(method));
        for authorizer in &api.authorizers {
            self.authorizer(authorizer);
        }
    }

    fn authorizer(&mut self, authorizer: &Authorizer) {
        let place = &authorizer.place;
        match authorizer.kind {
            AuthorizerType::Token => self.exact_unless_refused("Lambda authorizer TOKEN", place),
            AuthorizerType::Request => {
                self.event("Lambda authorizer REQUEST", authorizer.payload_format_version.as_deref(), place);
            }
            AuthorizerType::CognitoUserPools => self.exact_unless_refused("Cognito user pools", place),
            AuthorizerType::Jwt => self.exact_unless_refused("JWT authorizer", place),
        }
        if authorizer.authorizer_credentials.is_some() {
            self.role("authorizer credentials", &place.then("authorizerCredentials"));
        }
    }

    /// What a function is told in an event of this format: those of 2.0 have every name in lower case.
    fn event(&mut self, feature: &str, format: Option<&str>, place: &Place) {
        match format {
            Some("2.0" | "2") => self.exact_unless_refused(feature, place),
            _ => {
                let note = "well-known header names as clients write them, all others in lower case";
                self.approximate(feature, note, place);
            }
        }
    }

    fn method(&mut self, method: &Method) {
        self.exact("routing", &method.place);
        match method.authorization {
            Authorization::None if !method.api_key_required => self.exact("open methods", &method.place),
            Authorization::AwsIam => self.exact_unless_refused("AWS_IAM", &method.place),
            // Said with their authorizer, or by the gateway's compiler.
            Authorization::None
            | Authorization::Custom { .. }
            | Authorization::CognitoUserPools { .. }
            | Authorization::Jwt { .. } => {}
        }
        if method.api_key_required {
            let note = match self.has_store {
                true => {
                    "quotas are counted in the store; throttles by each Envoy for itself, unless their scope is the cluster"
                }
                false => "counted by each Envoy for itself; counters live as long as its process",
            };
            self.approximate("API keys and usage plans", note, &method.place);
        }
        if method
            .request_validator
            .as_ref()
            .is_some_and(|it| it.validate_request_body || it.validate_request_parameters)
        {
            self.exact_unless_refused("request validation", &method.place);
        }
        if let Some(integration) = &method.integration {
            self.integration(integration);
        }
    }

    fn integration(&mut self, integration: &Integration) {
        let place = &integration.place;
        match integration.kind {
            IntegrationType::Mock | IntegrationType::Http | IntegrationType::HttpProxy => {
                self.exact(&format!("{} integration", integration.kind.name()), place);
            }
            IntegrationType::AwsProxy if integration.integration_subtype.is_some() => {
                let note = "every answer of a service but a success is a 500, as recorded of Kinesis";
                self.approximate("integration with an AWS service", note, &place.then("integrationSubtype"));
            }
            IntegrationType::AwsProxy => {
                self.event("AWS_PROXY integration", integration.payload_format_version.as_deref(), place);
            }
            IntegrationType::Aws => self.exact("AWS integration", place),
        }
        match integration.credentials.as_deref() {
            _ if integration.kind == IntegrationType::Mock => {}
            Some(CALLER) => self.exact("integration credentials of the caller", &place.then("credentials")),
            Some(_) => self.role("integration credentials", &place.then("credentials")),
            None => {}
        }
        if integration.connection_type == ConnectionType::VpcLink {
            self.approximate("VPC link", "the load balancer behind it is called directly", &place.then("connectionId"));
        }
        let texts = [&integration.uri, &integration.connection_id].into_iter().flatten();
        if texts.flat_map(|text| stage_variables(text)).next().is_some() {
            self.exact("stage variables", &place.then("uri"));
        }
        if integration.tls_config.is_some() {
            self.exact("TLS configuration of integrations", &place.then("tlsConfig"));
        }
        if integration.timeout_in_millis.is_some() {
            self.exact("integration timeouts", &place.then("timeoutInMillis"));
        }
        self.mappings("request parameter mapping", &integration.request_parameters);
        self.templates("request templates", &integration.request_templates, &place.then("requestTemplates"));
        for (_, mappings) in &integration.response_parameters {
            self.mappings("response parameter mapping", mappings);
        }
        for response in &integration.responses {
            self.exact("integration responses", &response.place);
            self.mappings("response parameter mapping", &response.response_parameters);
            let place = response.place.then("responseTemplates");
            self.templates("response templates", &response.response_templates, &place);
        }
    }

    /// Who calls AWS: a role that Envoy assumes, or Envoy itself.
    fn role(&mut self, name: &str, place: &Place) {
        if self.assumes_roles {
            return self.exact(name, place);
        }
        let note = "Envoy's own credentials sign, unless the deployment document says `assumeRoles: true`";
        self.approximate(name, note, place);
    }

    fn mappings(&mut self, name: &str, mappings: &[ParameterMapping]) {
        mappings.iter().for_each(|mapping| self.exact_unless_refused(name, &mapping.place));
    }

    fn templates(&mut self, name: &str, templates: &[(String, String)], place: &Place) {
        let places = templates.iter().map(|(content_type, _)| place.then(content_type));
        places.for_each(|place| self.exact_unless_refused(name, &place));
    }

    /// What reads a body, or holds Velocity, is refused where it stands.
    fn exact_unless_refused(&mut self, name: &str, place: &Place) {
        let at = (self.at)(place);
        if self.refused.iter().all(|finding| finding.at != at) {
            self.exact(name, place);
        }
    }

    fn exact(&mut self, name: &str, place: &Place) {
        self.features.add(name, Support::Exact, None, (self.at)(place));
    }

    fn approximate(&mut self, name: &str, note: &'static str, place: &Place) {
        self.features.add(name, Support::Approximate, Some(note), (self.at)(place));
    }
}

/// Adds what the project's stages use.
pub(super) fn stages(project: &Project, features: &mut Features) {
    let at = |place: &Place| Some(project.document.locate(place));
    for domain in &project.deployment.domain_names {
        features.add("custom domain names", Support::Exact, None, at(&domain.place));
        if domain.mutual_tls {
            let note = Some("which authorities are trusted the listener says");
            features.add("mutual TLS", Support::Approximate, note, at(&domain.place));
        }
    }
    for (api, stage) in project.deployment.apis.iter().flat_map(|api| api.stages.iter().map(move |stage| (api, stage)))
    {
        if let Some(log) = &stage.access_log_settings {
            let note = Some("one line a request on Envoy's standard output, not in CloudWatch");
            features.add("access log", Support::Approximate, note, at(&log.place));
        }
        if stage.domain_name.is_some() || api.domain_name.is_some() {
            features.add("custom domain names", Support::Exact, None, at(&stage.place));
        }
        if stage.canary.is_some() {
            let note = Some("of the stage's own deployment, with other stage variables");
            features.add("canary releases", Support::Exact, note, at(&stage.place.then("canarySettings")));
        }
        let note = Some("in Envoy's statistics, for Prometheus, not in CloudWatch");
        features.add("metrics", Support::Approximate, note, at(&stage.place));
    }
}
