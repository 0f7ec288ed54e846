//! What an API uses and this gateway does not serve yet: each a fault with its place, for an API served without its
//! authorizer is worse than one not served.

use gatehouse_api::{IntegrationType, Method, Problem, ResponseTransferMode, RestApi};

/// Everything in a definition that would change what clients see and is not served yet.
#[must_use]
pub fn unserved(api: &RestApi) -> Vec<Problem> {
    let mut problems = Vec::new();
    if api.minimum_compression_size.is_some() {
        let place = gatehouse_api::Place::root().then("x-amazon-apigateway-minimum-compression-size");
        problems.push(Problem::error(&place, "compression is not served yet"));
    }
    for method in &api.methods {
        unserved_of(method, !api.binary_media_types.is_empty(), &mut problems);
    }
    problems
}

fn unserved_of(method: &Method, binary: bool, problems: &mut Vec<Problem>) {
    let mut refuse = |what: String| problems.push(Problem::error(&method.place, format!("{what} not served yet")));
    if method.request_validator.as_ref().is_some_and(|it| it.validate_request_body || it.validate_request_parameters) {
        refuse("request validators are".into());
    }
    let Some(integration) = &method.integration else { return };
    let mut refuse = |field: &str, what: &str| {
        problems.push(Problem::error(&integration.place.then(field), format!("{what} not served yet")));
    };
    match integration.kind {
        IntegrationType::Aws | IntegrationType::AwsProxy => {
            refuse("type", &format!("integration type `{}` is", integration.kind.name()));
        }
        IntegrationType::Http if binary => {
            refuse("type", "`x-amazon-apigateway-binary-media-types` with an HTTP integration is");
        }
        IntegrationType::HttpProxy if integration.content_handling.is_some() => {
            refuse("contentHandling", "`contentHandling` of an HTTP_PROXY integration is");
        }
        IntegrationType::Http | IntegrationType::HttpProxy | IntegrationType::Mock => {}
    }
    if integration.response_transfer_mode == ResponseTransferMode::Stream {
        refuse("responseTransferMode", "response streaming is");
    }
    if integration.credentials.is_some() {
        refuse("credentials", "integration credentials are");
    }
}
