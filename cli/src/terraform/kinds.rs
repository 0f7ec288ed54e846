//! The resources of the AWS provider that make an API, and what CloudFormation calls them and their arguments.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs>

/// A resource of the provider's.
pub(super) struct Kind {
    /// Its type in Terraform.
    pub(super) name: &'static str,
    /// Its type in CloudFormation.
    pub(super) resource: &'static str,
    /// Its arguments that are properties in CloudFormation.
    arguments: &'static str,
    /// Those that change nothing of what is served; none where everything else changes nothing.
    others: Option<&'static str>,
}

impl Kind {
    /// Whether all that it says must be understood.
    pub(super) fn is_exact(&self) -> bool {
        self.others.is_some()
    }

    /// Without that which names the API.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'static str> {
        self.arguments.split_whitespace()
    }

    /// Whether an argument is understood, if only as one that changes nothing.
    pub(super) fn knows(&self, argument: &str) -> bool {
        let is = |known: &str| known == argument;
        let Some(others) = self.others else { return true };
        self.arguments().any(is) || others.split_whitespace().any(is) || OF_ALL.split_whitespace().any(is)
    }
}

pub(super) const APIS: [&str; 2] = ["aws_api_gateway_rest_api", "aws_apigatewayv2_api"];

/// What changes nothing of any resource, and what every part of an API has.
const OF_ALL: &str = "id arn name description region tags tags_all created_date timeouts rest_api_id api_id";

/// What CloudFormation calls an argument of a resource: `path_part` is `PathPart`, with few exceptions.
pub(super) fn property(kind: &Kind, argument: &str) -> String {
    let exception = match (kind.name, argument) {
        ("aws_api_gateway_rest_api", "api_key_source") => "ApiKeySourceType",
        ("aws_api_gateway_rest_api", "put_rest_api_mode") => "Mode",
        ("aws_api_gateway_method", "authorization") => "AuthorizationType",
        ("aws_api_gateway_authorizer", "provider_arns") => "ProviderARNs",
        ("aws_api_gateway_stage", "access_log_settings") => "AccessLogSetting",
        ("aws_api_gateway_stage", "canary_settings") => "CanarySetting",
        ("aws_api_gateway_method_settings", "settings") => "MethodSettings",
        ("aws_api_gateway_stage", "xray_tracing_enabled") => "TracingEnabled",
        ("aws_api_gateway_deployment", "variables") => "StageDescription",
        ("aws_api_gateway_deployment", "canary_settings") => "DeploymentCanarySettings",
        ("aws_apigatewayv2_stage", "name") => "StageName",
        ("aws_api_gateway_base_path_mapping", "stage_name") => "Stage",
        ("aws_api_gateway_usage_plan", "name") => "UsagePlanName",
        ("aws_api_gateway_usage_plan", "quota_settings") => "Quota",
        ("aws_api_gateway_usage_plan", "throttle_settings") => "Throttle",
        ("aws_apigatewayv2_authorizer", "identity_sources") => "IdentitySource",
        (_, "timeout_milliseconds") => "TimeoutInMillis",
        _ => return pascal_case(argument),
    };
    exception.to_owned()
}

pub(super) fn pascal_case(name: &str) -> String {
    let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
    name.split('_').map(capital).collect::<Vec<String>>().concat()
}

const fn kind(
    name: &'static str,
    resource: &'static str,
    arguments: &'static str,
    others: Option<&'static str>,
) -> Kind {
    Kind { name, resource, arguments, others }
}

pub(super) const KINDS: &[Kind] = &[
    kind(
        "aws_api_gateway_rest_api",
        "AWS::ApiGateway::RestApi",
        "name body policy binary_media_types minimum_compression_size api_key_source endpoint_configuration \
         disable_execute_api_endpoint parameters put_rest_api_mode",
        Some("fail_on_warnings execution_arn root_resource_id endpoint_access_mode security_policy"),
    ),
    kind("aws_api_gateway_resource", "AWS::ApiGateway::Resource", "parent_id path_part", Some("path")),
    kind(
        "aws_api_gateway_method",
        "AWS::ApiGateway::Method",
        "resource_id http_method authorization authorizer_id authorization_scopes api_key_required \
         operation_name request_models request_validator_id request_parameters",
        Some(""),
    ),
    kind(
        "aws_api_gateway_authorizer",
        "AWS::ApiGateway::Authorizer",
        "type authorizer_uri authorizer_credentials identity_source identity_validation_expression \
         authorizer_result_ttl_in_seconds provider_arns",
        Some(""),
    ),
    kind("aws_api_gateway_model", "AWS::ApiGateway::Model", "name schema", Some("content_type")),
    kind(
        "aws_api_gateway_request_validator",
        "AWS::ApiGateway::RequestValidator",
        "validate_request_body validate_request_parameters",
        Some(""),
    ),
    kind(
        "aws_api_gateway_gateway_response",
        "AWS::ApiGateway::GatewayResponse",
        "response_type status_code response_parameters response_templates",
        Some(""),
    ),
    kind(
        "aws_api_gateway_stage",
        "AWS::ApiGateway::Stage",
        "stage_name deployment_id variables access_log_settings canary_settings xray_tracing_enabled \
         cache_cluster_enabled client_certificate_id",
        None,
    ),
    kind("aws_api_gateway_method_settings", "AWS::ApiGateway::Stage", "stage_name settings", None),
    kind("aws_api_gateway_deployment", "AWS::ApiGateway::Deployment", "stage_name variables canary_settings", None),
    kind(
        "aws_api_gateway_usage_plan",
        "AWS::ApiGateway::UsagePlan",
        "id name api_stages quota_settings throttle_settings",
        None,
    ),
    kind("aws_api_gateway_api_key", "AWS::ApiGateway::ApiKey", "id name value enabled created_date", None),
    kind("aws_api_gateway_usage_plan_key", "AWS::ApiGateway::UsagePlanKey", "key_id usage_plan_id", None),
    kind(
        "aws_api_gateway_base_path_mapping",
        "AWS::ApiGateway::BasePathMapping",
        "domain_name domain_name_id base_path stage_name",
        None,
    ),
    kind("aws_api_gateway_domain_name", "AWS::ApiGateway::DomainName", "domain_name mutual_tls_authentication", None),
    kind(
        "aws_apigatewayv2_domain_name",
        "AWS::ApiGatewayV2::DomainName",
        "domain_name mutual_tls_authentication",
        None,
    ),
    kind("aws_wafv2_web_acl_association", "AWS::WAFv2::WebACLAssociation", "resource_arn", None),
    kind("aws_wafregional_web_acl_association", "AWS::WAFRegional::WebACLAssociation", "resource_arn", None),
    kind(
        "aws_apigatewayv2_api",
        "AWS::ApiGatewayV2::Api",
        "name protocol_type body cors_configuration disable_execute_api_endpoint target route_key credentials_arn",
        Some(
            "api_endpoint api_key_selection_expression execution_arn fail_on_warnings ip_address_type \
             route_selection_expression version",
        ),
    ),
    kind(
        "aws_apigatewayv2_route",
        "AWS::ApiGatewayV2::Route",
        "route_key target authorization_type authorizer_id authorization_scopes api_key_required operation_name",
        Some(""),
    ),
    kind(
        "aws_apigatewayv2_integration",
        "AWS::ApiGatewayV2::Integration",
        "integration_type integration_subtype integration_method integration_uri credentials_arn \
         payload_format_version request_parameters response_parameters timeout_milliseconds connection_type \
         connection_id tls_config",
        // Of WebSocket APIs, and set for all.
        Some("passthrough_behavior integration_response_selection_expression"),
    ),
    kind(
        "aws_apigatewayv2_authorizer",
        "AWS::ApiGatewayV2::Authorizer",
        "authorizer_type authorizer_uri authorizer_credentials_arn authorizer_payload_format_version \
         authorizer_result_ttl_in_seconds enable_simple_responses identity_sources jwt_configuration",
        Some(""),
    ),
    kind(
        "aws_apigatewayv2_stage",
        "AWS::ApiGatewayV2::Stage",
        "name stage_variables route_settings default_route_settings access_log_settings",
        None,
    ),
    kind("aws_apigatewayv2_api_mapping", "AWS::ApiGatewayV2::ApiMapping", "domain_name api_mapping_key stage", None),
    kind("aws_lambda_function", "AWS::Lambda::Function", "function_name", None),
    kind("aws_lambda_alias", "AWS::Lambda::Alias", "function_name name", None),
];

/// What becomes part of a method.
pub(super) const INTEGRATION: Kind = kind(
    "aws_api_gateway_integration",
    "Integration",
    "type integration_http_method uri credentials request_parameters request_templates passthrough_behavior \
     content_handling timeout_milliseconds cache_key_parameters cache_namespace connection_type connection_id \
     response_transfer_mode tls_config",
    Some("resource_id http_method"),
);
pub(super) const METHOD_RESPONSE: Kind = kind(
    "aws_api_gateway_method_response",
    "MethodResponses",
    "status_code response_parameters",
    Some("resource_id http_method response_models"),
);
pub(super) const INTEGRATION_RESPONSE: Kind = kind(
    "aws_api_gateway_integration_response",
    "IntegrationResponses",
    "status_code selection_pattern response_parameters response_templates content_handling",
    Some("resource_id http_method"),
);

/// Arguments that are blocks, of which there is one, and what is in them.
pub(super) const BLOCKS: &[(&str, &[&str])] = &[
    ("endpoint_configuration", &["types", "vpc_endpoint_ids", "ip_address_type"]),
    (
        "cors_configuration",
        &["allow_credentials", "allow_headers", "allow_methods", "allow_origins", "expose_headers", "max_age"],
    ),
    ("jwt_configuration", &["audience", "issuer"]),
    ("mutual_tls_authentication", &["truststore_uri"]),
    ("tls_config", &["insecure_skip_verification", "server_name_to_verify"]),
];

/// Of an API's resources, those that change nothing of what is served.
pub(super) const IDLE: &[&str] = &[
    "aws_api_gateway_account",
    "aws_api_gateway_client_certificate",
    "aws_api_gateway_documentation_part",
    "aws_api_gateway_documentation_version",
    "aws_apigatewayv2_deployment",
];
