//! Who calls a custom domain name that asks for certificates.
//!
//! The listener ends the connection and says whom it trusts; here it is seen to that no request for such a name came past
//! that.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html>

use gatehouse_api::deployment::{Api, Deployment};
use gatehouse_api::{Problem, RestApi};
use gatehouse_certificate::Certificate;
use gatehouse_context::Context;
use gatehouse_filter::{Host, Rejection, ResponseType};
use gatehouse_http::host_of;

use crate::compile::Fault;

/// Puts what the client's certificate says into `$context.identity.clientCert`.
///
/// # Errors
/// Forbidden: the client showed none, or its connection is to another name, of which others may be trusted.
// What few deployments need stays out of the way of every request.
#[inline(never)]
pub(crate) fn identify(authority: &str, host: &dyn Host, context: &mut Context) -> Result<(), Rejection> {
    let forbidden = || Rejection::new(ResponseType::WafFiltered);
    let connection = |name: &str| String::from_utf8(host.property(&["connection", name])?).ok();
    let server_name = connection("requested_server_name").ok_or_else(forbidden)?;
    if !server_name.eq_ignore_ascii_case(host_of(authority)) {
        return Err(forbidden());
    }
    let pem = connection("peer_certificate").ok_or_else(forbidden)?;
    let told = Certificate::of_pem(&pem).ok_or_else(forbidden)?;
    let client = &mut context.identity.client_cert;
    client.client_cert_pem = Some(pem.into());
    client.subject_dn = Some(told.subject_dn.into());
    client.issuer_dn = Some(told.issuer_dn.into());
    client.serial_number = Some(told.serial_number.into());
    client.validity.not_before = Some(told.not_before.into());
    client.validity.not_after = Some(told.not_after.into());
    Ok(())
}

/// APIs that clients reach past a name that asks for certificates, as they do on API Gateway.
pub(crate) fn ways_past(deployment: &Deployment, definitions: &[RestApi]) -> Vec<Fault> {
    let mut found = Vec::new();
    for domain in deployment.domain_names.iter().filter(|domain| domain.mutual_tls) {
        for mapping in &domain.api_mappings {
            let Some((api, definition)) = deployment.apis.get(mapping.api).zip(definitions.get(mapping.api)) else {
                continue;
            };
            let Some(way) = way_past(api, definition) else { continue };
            let message = format!("the API `{}` is called without a certificate {way}", api.api_id);
            let fault = Fault { api: None, problem: Problem::warning(&domain.place, message) };
            if !found.contains(&fault) {
                found.push(fault);
            }
        }
    }
    found
}

fn way_past(api: &Api, definition: &RestApi) -> Option<String> {
    if !definition.disable_execute_api_endpoint {
        return Some("by all other hosts: disable its default endpoint (`disableExecuteApiEndpoint`)".into());
    }
    let own = api.domain_name.iter().chain(api.stages.iter().filter_map(|stage| stage.domain_name.as_ref())).next()?;
    Some(format!("by `{own}`: leave that `domainName` out"))
}
