//! What an API uses and this gateway does not serve yet: each a fault with its place, for an API served without its
//! authorizer is worse than one not served.

use gatehouse_api::{IntegrationType, Method, Problem, ResponseTransferMode, RestApi};

/// Everything in a definition that would change what clients see and is not served yet.
#[must_use]
pub fn unserved(api: &RestApi) -> Vec<Problem> {
    let mut problems = Vec::new();
    for method in &api.methods {
        unserved_of(method, &mut problems);
    }
    problems
}

fn unserved_of(method: &Method, problems: &mut Vec<Problem>) {
    let Some(integration) = &method.integration else { return };
    let mut refuse = |field: &str, what: &str| {
        problems.push(Problem::error(&integration.place.then(field), format!("{what} not served yet")));
    };
    if integration.kind == IntegrationType::HttpProxy && integration.content_handling.is_some() {
        refuse("contentHandling", "`contentHandling` of an HTTP_PROXY integration is");
    }
    if integration.response_transfer_mode == ResponseTransferMode::Stream {
        refuse("responseTransferMode", "response streaming is");
    }
    // A MOCK calls nobody: a role may be written there, and changes nothing.
    let calls_http = matches!(integration.kind, IntegrationType::Http | IntegrationType::HttpProxy);
    if integration.credentials.is_some() && calls_http {
        refuse("credentials", "integration credentials are");
    }
}
