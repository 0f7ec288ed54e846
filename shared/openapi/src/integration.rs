//! `x-amazon-apigateway-integration`: what is behind a method.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>

use gatehouse_api::{
    ConnectionType, ContentHandling, HttpMethod, Integration, IntegrationResponse, IntegrationType, Node,
    ParameterMapping, PassthroughBehavior, Problem, ResponseTransferMode, TlsConfig,
};

use crate::at::At;
use crate::importer::Importer;
use crate::protocol::{REST_TYPES, is};

/// 29 s, and up to 5 minutes for regional and private APIs whose limit was raised.
const TIMEOUT_IN_MILLIS: (u32, u32) = (50, 300_000);

/// The most of HTTP APIs, which cannot be raised.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const HTTP_TIMEOUT_IN_MILLIS: (u32, u32) = (50, 30_000);

/// What an HTTP API's integration has no use for.
const REST_FIELDS: &[&str] = &[
    "requestTemplates",
    "passthroughBehavior",
    "contentHandling",
    "responses",
    "cacheKeyParameters",
    "cacheNamespace",
];

const FIELDS: &[&str] = &[
    "type",
    "httpMethod",
    "uri",
    "connectionType",
    "connectionId",
    "credentials",
    "requestParameters",
    "requestTemplates",
    "passthroughBehavior",
    "contentHandling",
    "timeoutInMillis",
    "responses",
    "cacheKeyParameters",
    "cacheNamespace",
    "tlsConfig",
    "responseTransferMode",
    "payloadFormatVersion",
    "integrationTarget",
    "integrationSubtype",
    "responseParameters",
];

impl<'a> Importer<'a> {
    /// The integration of an operation, if it has one.
    pub(crate) fn integration(&mut self, operation: &At<'a>) -> Option<Integration> {
        let at = self.follow(operation.get("x-amazon-apigateway-integration")?)?;
        self.map(&at);
        self.known_fields(&at, FIELDS);
        self.report_http_api_integration(&at);
        if self.is_http() {
            return self.http_integration(&at);
        }
        // Without a type, the rest is read all the same, for what else is wrong with it.
        let known = self.integration_type(&at);
        let kind = known.unwrap_or(IntegrationType::Mock);
        let integration = Integration {
            kind,
            http_method: self.integration_method(&at, kind),
            uri: self.integration_uri(&at, kind),
            connection_type: self.connection_type(&at),
            connection_id: self.address_of(&at, "connectionId"),
            credentials: self.address_of(&at, "credentials"),
            request_parameters: self.mappings_of(&at, "requestParameters"),
            request_templates: self.templates_of(&at, "requestTemplates"),
            passthrough_behavior: self
                .named_of(&at, "passthroughBehavior", PassthroughBehavior::ALL, PassthroughBehavior::name)
                .unwrap_or(PassthroughBehavior::WhenNoMatch),
            content_handling: self.content_handling(&at),
            timeout_in_millis: self.number_of(&at, "timeoutInMillis", TIMEOUT_IN_MILLIS.0, TIMEOUT_IN_MILLIS.1),
            responses: self.integration_responses(&at, kind),
            response_parameters: Vec::new(),
            cache_key_parameters: self.texts_of(&at, "cacheKeyParameters"),
            cache_namespace: self.text_of(&at, "cacheNamespace"),
            tls_config: self.tls_config(&at),
            response_transfer_mode: self
                .named_of(&at, "responseTransferMode", ResponseTransferMode::ALL, ResponseTransferMode::name)
                .unwrap_or(ResponseTransferMode::Buffered),
            payload_format_version: self.text_of(&at, "payloadFormatVersion"),
            integration_subtype: None,
            integration_target: self.address_of(&at, "integrationTarget"),
            place: at.place.clone(),
        };
        self.check_integration(&integration);
        known.map(|_| integration)
    }

    /// The integration of an HTTP API's route.
    fn http_integration(&mut self, at: &At<'a>) -> Option<Integration> {
        const KINDS: &[IntegrationType] = &[IntegrationType::HttpProxy, IntegrationType::AwsProxy];
        if at.get("type").is_none() {
            let message = "the integration has no `type`: use one of `HTTP_PROXY`, `AWS_PROXY`";
            self.problems.push(Problem::error(&at.place, message));
        }
        self.ignored_in_http_apis(at, REST_FIELDS);
        self.refuse_unserved(at);
        if let Some(kind) = at.get("type").filter(|kind| is(Some(kind.clone()), REST_TYPES)) {
            let message = "this type of integration is a REST API's, and the definition an HTTP API's: use `HTTP_PROXY` or \
                           `AWS_PROXY`, or say `protocolType: REST` in the deployment document";
            self.problems.push(Problem::error(&kind.place, message));
            return None;
        }
        let kind = self.named_of(at, "type", KINDS, IntegrationType::name)?;
        // Which service it is for, its subtype says instead of a URI.
        if at.get("integrationSubtype").is_some() {
            return self.service_integration(at, kind);
        }
        let is_function = kind == IntegrationType::AwsProxy;
        if !is_function && self.text_of(at, "payloadFormatVersion").is_some_and(|version| version.starts_with('2')) {
            let message = "`2.0` is for functions: an `HTTP_PROXY` integration has one payload format, `1.0`";
            self.problems.push(Problem::warning(&at.place.then("payloadFormatVersion"), message));
        }
        let connection_type = self.connection_type(at);
        let is_private = connection_type == ConnectionType::VpcLink;
        let integration = Integration {
            http_method: if is_function { Some("POST".to_owned()) } else { self.integration_method(at, kind) },
            uri: if is_private { self.private_resource(at, kind) } else { self.integration_uri(at, kind) },
            connection_type,
            connection_id: self.address_of(at, "connectionId"),
            tls_config: self.tls_config(at),
            credentials: self.address_of(at, "credentials"),
            request_parameters: self.mappings_of(at, "requestParameters"),
            response_parameters: self.response_parameters(at),
            timeout_in_millis: self.timeout_in_http_api(at),
            payload_format_version: self.text_of(at, "payloadFormatVersion"),
            ..Integration::new(kind, at.place.clone())
        };
        self.check_integration(&integration);
        Some(integration)
    }

    /// How long an integration of an HTTP API may take.
    pub(crate) fn timeout_in_http_api(&mut self, at: &At<'a>) -> Option<u32> {
        let (least, most) = HTTP_TIMEOUT_IN_MILLIS;
        self.number_of(at, "timeoutInMillis", least, most)
    }

    /// What is behind an HTTP API's VPC link: the ARN of a load balancer's listener, or of a service in Cloud Map.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html>
    fn private_resource(&mut self, at: &At<'a>, kind: IntegrationType) -> Option<String> {
        if kind != IntegrationType::HttpProxy {
            let message = "a `VPC_LINK` connection is for `HTTP_PROXY` integrations only";
            self.problems.push(Problem::error(&at.place.then("connectionType"), message));
        }
        let uri = self.address_of(at, "uri");
        let is_resource = |uri: &str| {
            let sections: Vec<&str> = uri.splitn(6, ':').collect();
            let ["arn", _, service, _, _, resource] = sections.as_slice() else { return false };
            match *service {
                "elasticloadbalancing" => resource.starts_with("listener/"),
                "servicediscovery" => resource.starts_with("service/"),
                _ => false,
            }
        };
        if !uri.as_deref().is_some_and(|uri| uri.starts_with("${") || is_resource(uri)) {
            let message =
                "for a VPC link, the `uri` is the ARN of a load balancer's listener or of a Cloud Map service";
            self.problems.push(Problem::error(&at.place.then("uri"), message));
        }
        uri
    }

    /// What HTTP APIs have and nothing here serves.
    fn refuse_unserved(&mut self, at: &At<'a>) {
        let mode = self.named_of(at, "responseTransferMode", ResponseTransferMode::ALL, ResponseTransferMode::name);
        if let (Some(ResponseTransferMode::Stream), Some(at)) = (mode, at.get("responseTransferMode")) {
            self.not_served(&at, "streamed responses");
        }
    }

    /// Status → mappings.
    pub(crate) fn response_parameters(&mut self, at: &At<'a>) -> Vec<(u16, Vec<ParameterMapping>)> {
        let Some(at) = at.get("responseParameters") else { return Vec::new() };
        let mut responses = Vec::new();
        for (status, mappings) in self.map(&at) {
            match status.parse() {
                Ok(code @ 200..=599) => responses.push((code, self.mappings_of(&at, status))),
                _ => {
                    let message = format!("`{status}` is no status code: use 200 to 599");
                    self.problems.push(Problem::error(&mappings.place, message));
                }
            }
        }
        responses
    }

    fn integration_type(&mut self, at: &At<'a>) -> Option<IntegrationType> {
        if at.get("type").is_none() {
            let names: Vec<_> = IntegrationType::ALL.iter().map(|kind| format!("`{}`", kind.name())).collect();
            let message = format!("the integration has no `type`: use one of {}", names.join(", "));
            self.problems.push(Problem::error(&at.place, message));
        }
        self.named_of(at, "type", IntegrationType::ALL, IntegrationType::name)
    }

    pub(crate) fn connection_type(&mut self, at: &At<'a>) -> ConnectionType {
        let named = self.named_of(at, "connectionType", ConnectionType::ALL, ConnectionType::name);
        named.unwrap_or(ConnectionType::Internet)
    }

    fn integration_method(&mut self, at: &At<'a>, kind: IntegrationType) -> Option<String> {
        let method = self.named_of(at, "httpMethod", &HttpMethod::ALL, HttpMethod::name);
        if kind != IntegrationType::Mock && at.get("httpMethod").is_none() {
            let message = format!("a `{}` integration needs an `httpMethod` to call the backend with", kind.name());
            self.problems.push(Problem::error(&at.place, message));
        }
        method.map(|method| method.name().to_owned())
    }

    fn integration_uri(&mut self, at: &At<'a>, kind: IntegrationType) -> Option<String> {
        let uri = self.address_of(at, "uri");
        let (starts, expected): (&[&str], _) = match kind {
            IntegrationType::Mock => return uri,
            IntegrationType::Http | IntegrationType::HttpProxy => {
                (&["http://", "https://", "${"], "an `http://` or `https://` URI")
            }
            IntegrationType::Aws | IntegrationType::AwsProxy => (&["arn:", "${"], "an ARN"),
        };
        match &uri {
            Some(text) if !starts.iter().any(|start| text.starts_with(start)) => {
                let message = format!("`{text}` where {expected} is expected");
                self.problems.push(Problem::error(&at.place.then("uri"), message));
            }
            None if at.get("uri").is_none() => {
                let message = format!("a `{}` integration needs a `uri`", kind.name());
                self.problems.push(Problem::error(&at.place, message));
            }
            _ => {}
        }
        uri
    }

    fn content_handling(&mut self, at: &At<'a>) -> Option<ContentHandling> {
        self.named_of(at, "contentHandling", ContentHandling::ALL, ContentHandling::name)
    }

    fn tls_config(&mut self, at: &At<'a>) -> Option<TlsConfig> {
        let at = at.get("tlsConfig")?;
        self.map(&at);
        self.known_fields(&at, &["insecureSkipVerification", "serverNameToVerify"]);
        Some(TlsConfig {
            insecure_skip_verification: self.boolean_of(&at, "insecureSkipVerification").unwrap_or(false),
            server_name_to_verify: self.text_of(&at, "serverNameToVerify"),
        })
    }

    /// The responses by selection pattern; `default`, or no pattern at all, is for whatever no other pattern matches.
    fn integration_responses(&mut self, at: &At<'a>, kind: IntegrationType) -> Vec<IntegrationResponse> {
        let written = at.get("responses");
        if !is_proxy(kind) && written.as_ref().is_none_or(|written| *written.node == Node::Map(Vec::new())) {
            let message = "the integration has no responses: API Gateway answers 500 to every request";
            self.problems.push(Problem::warning(&at.place, message));
        }
        let Some(at) = written else { return Vec::new() };
        let mut responses: Vec<IntegrationResponse> = Vec::new();
        for (key, response) in self.map(&at) {
            let selection_pattern = (!matches!(key, "default" | "")).then(|| key.to_owned());
            let Some(response) = self.integration_response(selection_pattern, response) else { continue };
            if responses.iter().any(|other| other.selection_pattern == response.selection_pattern) {
                self.problems.push(Problem::error(&response.place, "there is another default response"));
            }
            responses.push(response);
        }
        responses
    }

    fn integration_response(&mut self, selection_pattern: Option<String>, at: At<'a>) -> Option<IntegrationResponse> {
        let at = self.follow(at)?;
        self.map(&at);
        self.known_fields(&at, &["statusCode", "responseParameters", "responseTemplates", "contentHandling"]);
        if at.get("statusCode").is_none() {
            self.problems.push(Problem::error(&at.place, "the response has no `statusCode` to answer with"));
        }
        Some(IntegrationResponse {
            selection_pattern,
            response_parameters: self.mappings_of(&at, "responseParameters"),
            response_templates: self.templates_of(&at, "responseTemplates"),
            content_handling: self.content_handling(&at),
            status_code: self.status_of(&at, "statusCode")?,
            place: at.place,
        })
    }

    fn report_http_api_integration(&mut self, at: &At<'a>) {
        if let Some(subtype) = at.get("integrationSubtype") {
            self.http_api(&subtype, "`integrationSubtype`");
        }
        // A REST API's are in its responses; directly in the integration they belong to HTTP APIs.
        if let Some(parameters) = at.get("responseParameters") {
            self.http_api(&parameters, "`responseParameters` of an integration");
        }
        if let Some(version) = at.get("payloadFormatVersion") {
            match self.text(&version).as_deref() {
                Some("1.0" | "1") | None => {}
                Some("2.0" | "2") => self.http_api(&version, "payload format version `2.0`"),
                Some(_) => self.wrong_type(&version, "`1.0` or `2.0`"),
            }
        }
    }

    fn check_integration(&mut self, integration: &Integration) {
        let Integration { kind, connection_type, connection_id, integration_target, place, .. } = integration;
        if *connection_type == ConnectionType::VpcLink && connection_id.is_none() {
            let message = "a `VPC_LINK` connection needs a `connectionId`";
            self.problems.push(Problem::error(place, message));
        }
        if *connection_type == ConnectionType::Internet && integration_target.is_some() {
            let message = "an `integrationTarget` is behind a VPC link, and the `connectionType` is not `VPC_LINK`";
            self.problems.push(Problem::error(&place.then("integrationTarget"), message));
        }
        if !is_proxy(*kind) && integration.response_transfer_mode == ResponseTransferMode::Stream {
            let message = "`STREAM` is for `HTTP_PROXY` and `AWS_PROXY` integrations only";
            self.problems.push(Problem::error(&place.then("responseTransferMode"), message));
        }
    }
}

fn is_proxy(kind: IntegrationType) -> bool {
    matches!(kind, IntegrationType::HttpProxy | IntegrationType::AwsProxy)
}
