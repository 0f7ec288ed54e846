//! Whether what a method maps is declared: API Gateway does not import a mapping of something that is not.

use gatehouse_api::{Integration, IntegrationType, Method, Problem, ResourcePath};

use crate::importer::Importer;

impl Importer<'_> {
    /// Reports mappings from parameters, and to statuses and headers, that the method does not declare. They work here.
    pub(crate) fn check_mappings(&mut self, method: &Method) {
        let Some(integration) = &method.integration else { return };
        self.check_request_mappings(method, integration);
        if !matches!(integration.kind, IntegrationType::HttpProxy | IntegrationType::AwsProxy) {
            self.check_response_mappings(method, integration);
        }
    }

    fn check_request_mappings(&mut self, method: &Method, integration: &Integration) {
        for mapping in &integration.request_parameters {
            let Some(name) = declared_name(&mapping.source) else { continue };
            let is_declared = method.request_parameters.iter().any(|(declared, _)| *declared == name);
            if !is_declared && !is_in_path(&method.resource_path, &name) {
                let source = &mapping.source;
                let message = format!("the method has no parameter for `{source}`: API Gateway would not import it");
                self.problems.push(Problem::warning(&mapping.place, message));
            }
        }
    }

    fn check_response_mappings(&mut self, method: &Method, integration: &Integration) {
        let declared = &method.method_responses;
        // Who declares nothing at all does not say that a status is missing; `default` and `4XX` are for several.
        if declared.is_empty() || declared.iter().any(|response| response.status_code.is_none()) {
            return;
        }
        for response in &integration.responses {
            let status = response.status_code;
            let Some(declared) = declared.iter().find(|declared| declared.status_code == Some(status)) else {
                let message = format!("the method has no response `{status}`: API Gateway would not import it");
                self.problems.push(Problem::warning(&response.place, message));
                continue;
            };
            for mapping in &response.response_parameters {
                let target = &mapping.target;
                if !declared.response_parameters.iter().any(|(name, _)| name.eq_ignore_ascii_case(target)) {
                    let message =
                        format!("response `{status}` of the method has no `{target}`: API Gateway would not import it");
                    self.problems.push(Problem::warning(&mapping.place, message));
                }
            }
        }
    }
}

/// Whether it is a parameter of the resource's path: an import declares those by itself.
fn is_in_path(path: &str, name: &str) -> bool {
    let (Ok(path), Some(name)) = (ResourcePath::parse(path), name.strip_prefix("method.request.path.")) else {
        return false;
    };
    path.parameters().any(|parameter| parameter == name)
}

/// The parameter that a mapping expression reads, as a method declares it; none if it reads something else.
fn declared_name(source: &str) -> Option<String> {
    let (location, name) = source.strip_prefix("method.request.")?.split_once('.')?;
    let location = match location {
        "path" => "path",
        "querystring" | "multivaluequerystring" => "querystring",
        "header" | "multivalueheader" => "header",
        _ => return None,
    };
    Some(format!("method.request.{location}.{name}"))
}
