//! Which API and stage a request is for: by its host, and by the first segment of its path.
//!
//! As on execute-api, `/{stage}/…` on an API's host; on a custom domain what its mappings say; on a host that a stage has for
//! itself, the whole path. On any other host, which is how APIs are called on a developer's machine, the one API is meant
//! that has a stage of this name. The stage `$default` of an HTTP API has whatever no other stage of it has.

use std::collections::BTreeMap;

use gatehouse_api::ProtocolType;
use gatehouse_api::deployment::{Api, ApiMapping, DEFAULT_STAGE, Deployment, Stage};
use gatehouse_http::host_of;

/// The hosts of a deployment.
#[derive(Debug)]
pub(crate) struct Hosts {
    by_name: BTreeMap<String, Target>,
    /// Those of `*.example.com`, by `example.com`.
    by_parent: BTreeMap<String, Target>,
    apis: Vec<ApiStages>,
    domains: Vec<Mappings>,
    /// Whether any domain asks for certificates.
    has_mutual_tls: bool,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    /// An API: the path begins with a stage's name.
    Api(usize),
    /// An API by the host that its definition may have disabled.
    ExecuteApi(usize),
    /// A stage: all of the path is the resource's.
    Stage(usize),
    /// A custom domain, whose mappings say.
    Domain(usize),
}

/// The mappings of a custom domain, the longest key first.
#[derive(Debug)]
struct Mappings {
    mappings: Vec<ApiMapping>,
    /// Whether a key has a slash.
    is_deep: bool,
    mutual_tls: bool,
}

#[derive(Debug, Default)]
struct ApiStages {
    protocol: ProtocolType,
    execute_api_disabled: bool,
    stages: BTreeMap<String, usize>,
}

/// What a request's host and path say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<'p, 'k> {
    /// This stage, and what of the path lies within it.
    Stage(usize, &'p str),
    /// The same, by the mapping of a custom domain that has this key.
    Mapped(usize, &'p str, &'k str),
    /// An API of this protocol, but none of its stages.
    NoStage(ProtocolType),
    /// No API.
    NoApi,
}

impl Hosts {
    pub(crate) fn new(deployment: &Deployment) -> Self {
        let mut by_name = BTreeMap::new();
        for (index, api) in deployment.apis.iter().enumerate() {
            by_name.insert(deployment.execute_api_host(api), Target::ExecuteApi(index));
            by_name.extend(api.domain_name.iter().map(|host| (host.to_ascii_lowercase(), Target::Api(index))));
        }
        let mut by_parent = BTreeMap::new();
        for (index, domain) in deployment.domain_names.iter().enumerate() {
            match domain.name.strip_prefix("*.") {
                Some(parent) => by_parent.insert(parent.to_owned(), Target::Domain(index)),
                None => by_name.insert(domain.name.clone(), Target::Domain(index)),
            };
        }
        let apis = deployment.apis.iter().map(|_: &Api| ApiStages::default()).collect();
        let domains = deployment.domain_names.iter().map(|domain| Mappings {
            mappings: domain.api_mappings.clone(),
            is_deep: domain.api_mappings.iter().any(|mapping| mapping.key.contains('/')),
            mutual_tls: domain.mutual_tls,
        });
        let has_mutual_tls = deployment.domain_names.iter().any(|domain| domain.mutual_tls);
        Self { by_name, by_parent, apis, domains: domains.collect(), has_mutual_tls }
    }

    pub(crate) fn define(&mut self, api: usize, protocol: ProtocolType, execute_api_disabled: bool) {
        if let Some(api) = self.apis.get_mut(api) {
            api.protocol = protocol;
            api.execute_api_disabled = execute_api_disabled;
        }
    }

    /// `index` is the stage's number in the gateway.
    pub(crate) fn add_stage(&mut self, api: usize, stage: &Stage, index: usize) {
        if let Some(host) = &stage.domain_name {
            self.by_name.insert(host.to_ascii_lowercase(), Target::Stage(index));
        }
        if let Some(api) = self.apis.get_mut(api) {
            api.stages.insert(stage.stage_name.clone(), index);
        }
    }

    /// Finds the stage of a request by its authority and path.
    pub(crate) fn find<'p>(&self, authority: &str, path: &'p str) -> Found<'p, '_> {
        match (self.target(authority), self.apis.as_slice()) {
            (Some(Target::Stage(stage)), _) => Found::Mapped(stage, path, ""),
            (Some(Target::Domain(domain)), _) => {
                self.domains.get(domain).map_or(Found::NoApi, |it| self.mapped(it, path))
            }
            (Some(Target::Api(api)), _) => self.stage(api, path),
            (Some(Target::ExecuteApi(api)), _) if self.execute_api_disabled(api) => match self.protocol(api) {
                ProtocolType::Rest => Found::NoApi,
                ProtocolType::Http => Found::NoStage(ProtocolType::Http),
            },
            (Some(Target::ExecuteApi(api)), _) => self.stage(api, path),
            (None, [api]) if !api.execute_api_disabled => self.stage(0, path),
            (None, _) => self.only_stage(path),
        }
    }

    /// Whether who calls this authority has to show a certificate.
    pub(crate) fn asks_for_certificate(&self, authority: &str) -> bool {
        self.has_mutual_tls
            && match self.target(authority) {
                Some(Target::Domain(domain)) => self.domains.get(domain).is_none_or(|domain| domain.mutual_tls),
                _ => false,
            }
    }

    fn target(&self, authority: &str) -> Option<Target> {
        let host = host_of(authority);
        let lower;
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            lower = host.to_ascii_lowercase();
            &lower
        } else {
            host
        };
        self.by_name.get(host).or_else(|| self.by_parent.get(parent(host)?)).copied()
    }

    /// The stage of the mapping with the longest key that the path begins with: whole segments of it, unless the domain has keys
    /// of several segments. Documented with `/ordersandmore`.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html>
    fn mapped<'p, 'k>(&'k self, of: &'k Mappings, path: &'p str) -> Found<'p, 'k> {
        let inside = |mapping: &'k ApiMapping| {
            if mapping.key.is_empty() {
                return Some((mapping, path));
            }
            let rest = path.strip_prefix('/')?.strip_prefix(mapping.key.as_str())?;
            (of.is_deep || rest.is_empty() || rest.starts_with('/')).then_some((mapping, rest))
        };
        let Some((mapping, inside)) = of.mappings.iter().find_map(inside) else { return Found::NoApi };
        let found = match &mapping.stage {
            Some(stage) => {
                self.apis.get(mapping.api).and_then(|api| Some(Found::Stage(*api.stages.get(stage)?, inside)))
            }
            // What follows a part of a segment names no stage.
            None if !inside.is_empty() && !inside.starts_with('/') => None,
            None => Some(self.stage(mapping.api, inside)),
        };
        match found {
            Some(Found::Stage(stage, inside)) => Found::Mapped(stage, inside, &mapping.key),
            Some(other) => other,
            None => Found::NoApi,
        }
    }

    /// The stage that the path begins with, where no other API has one of this name.
    fn only_stage<'p>(&self, path: &'p str) -> Found<'p, '_> {
        let open = self.apis.iter().enumerate().filter(|(_, api)| !api.execute_api_disabled);
        let all: Vec<usize> = open.map(|(index, _)| index).collect();
        let mut named = all.iter().filter_map(|api| self.named_stage(*api, path));
        let mut default = all.iter().filter_map(|api| self.default_stage(*api, path));
        match (named.next(), named.next(), default.next(), default.next()) {
            (Some(stage), None, ..) | (None, _, Some(stage), None) => stage,
            _ => Found::NoApi,
        }
    }

    fn protocol(&self, api: usize) -> ProtocolType {
        self.apis.get(api).map(|api| api.protocol).unwrap_or_default()
    }

    fn execute_api_disabled(&self, api: usize) -> bool {
        self.apis.get(api).is_none_or(|api| api.execute_api_disabled)
    }

    /// `/dev/pets`, and as on API Gateway `//dev/pets` too, is `/pets` of the stage `dev`.
    fn stage<'p>(&self, api: usize, path: &'p str) -> Found<'p, '_> {
        let found = self.named_stage(api, path).or_else(|| self.default_stage(api, path));
        found.unwrap_or(Found::NoStage(self.protocol(api)))
    }

    fn named_stage<'p>(&self, api: usize, path: &'p str) -> Option<Found<'p, '_>> {
        let path = match self.protocol(api) {
            ProtocolType::Rest => path.trim_start_matches('/'),
            ProtocolType::Http => path.strip_prefix('/').unwrap_or(path),
        };
        let (name, rest) = path.split_at_checked(path.find('/').unwrap_or(path.len())).unwrap_or((path, ""));
        let stage = self.apis.get(api)?.stages.get(name).filter(|_| name != DEFAULT_STAGE)?;
        Some(Found::Stage(*stage, rest))
    }

    fn default_stage<'p>(&self, api: usize, path: &'p str) -> Option<Found<'p, '_>> {
        Some(Found::Stage(*self.apis.get(api)?.stages.get(DEFAULT_STAGE)?, path))
    }
}

/// What a host's name has behind its first label.
fn parent(host: &str) -> Option<&str> {
    host.split_once('.').filter(|(label, _)| !label.is_empty()).map(|(_, parent)| parent)
}

#[cfg(test)]
mod tests {
    use gatehouse_api::Node;

    use super::*;

    fn hosts(protocols: &[(ProtocolType, &[&str])]) -> Hosts {
        let apis: Vec<String> = protocols
            .iter()
            .enumerate()
            .map(|(index, (_, stages))| {
                let stages: Vec<String> = stages.iter().map(|it| format!(r#"{{"stageName": "{it}"}}"#)).collect();
                format!(
                    r#"{{"apiId": "api{index}", "domainName": "api{index}.test", "stages": [{}]}}"#,
                    stages.join(",")
                )
            })
            .collect();
        let text = format!(r#"{{"accountId": "123456789012", "region": "us-east-1", "apis": [{}]}}"#, apis.join(","));
        let node: Node = serde_json::from_str(&text).unwrap();
        let deployment = Deployment::read(&node).unwrap();
        let mut hosts = Hosts::new(&deployment);
        let mut number = 0;
        for (index, (protocol, _)) in protocols.iter().enumerate() {
            hosts.define(index, *protocol, index == 3);
            for stage in &deployment.apis[index].stages {
                hosts.add_stage(index, stage, number);
                number += 1;
            }
        }
        hosts
    }

    /// The table of <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html>.
    #[test]
    fn the_longest_mapping_counts() {
        let of = |keys: &[&str]| {
            let mappings: Vec<String> = keys
                .iter()
                .enumerate()
                .map(|(api, key)| format!(r#"{{"apiMappingKey": "{key}", "apiId": "api{api}", "stage": "s"}}"#))
                .collect();
            let apis: Vec<String> = (0..keys.len())
                .map(|api| format!(r#"{{"apiId": "api{api}", "stages": [{{"stageName": "s"}}]}}"#))
                .collect();
            let text = format!(
                r#"{{"accountId": "123456789012", "region": "us-east-1", "apis": [{}],
                    "domainNames": [{{"domainName": "api.example.com", "apiMappings": [{}]}}]}}"#,
                apis.join(","),
                mappings.join(",")
            );
            let deployment = Deployment::read(&serde_json::from_str::<Node>(&text).unwrap()).unwrap();
            let mut hosts = Hosts::new(&deployment);
            for (index, api) in deployment.apis.iter().enumerate() {
                hosts.add_stage(index, &api.stages[0], index);
            }
            hosts
        };
        let check = |hosts: &Hosts, path, expected| assert_eq!(hosts.find("api.example.com", path), expected, "{path}");
        let deep = of(&["(none)", "orders", "orders/v1/items", "orders/v2/items", "orders/v2/items/categories"]);
        check(&deep, "/orders", Found::Mapped(1, "", "orders"));
        check(&deep, "/orders/v1/items", Found::Mapped(2, "", "orders/v1/items"));
        check(&deep, "/orders/v2/items", Found::Mapped(3, "", "orders/v2/items"));
        check(&deep, "/orders/v1/items/123", Found::Mapped(2, "/123", "orders/v1/items"));
        check(&deep, "/orders/v2/items/categories/5", Found::Mapped(4, "/5", "orders/v2/items/categories"));
        check(&deep, "/customers", Found::Mapped(0, "/customers", ""));
        check(&deep, "/ordersandmore", Found::Mapped(1, "andmore", "orders"));
        let single = of(&["", "orders"]);
        check(&single, "/orders", Found::Mapped(1, "", "orders"));
        check(&single, "/orders/5", Found::Mapped(1, "/5", "orders"));
        check(&single, "/ordersandmore", Found::Mapped(0, "/ordersandmore", ""));
        check(&of(&["orders"]), "/customers", Found::NoApi);
    }

    #[test]
    fn a_stage_that_the_path_names_is_a_whole_segment() {
        let text = r#"{"accountId": "123456789012", "region": "us-east-1",
            "apis": [{"apiId": "a", "stages": [{"stageName": "prod"}]}, {"apiId": "b", "stages": [{"stageName": "s"}]}],
            "domainNames": [{"domainName": "*.example.com", "apiMappings": [
                {"apiMappingKey": "orders", "apiId": "a"}, {"apiMappingKey": "deep/key", "apiId": "b", "stage": "s"}]}]}"#;
        let deployment = Deployment::read(&serde_json::from_str::<Node>(text).unwrap()).unwrap();
        let mut hosts = Hosts::new(&deployment);
        for (index, api) in deployment.apis.iter().enumerate() {
            hosts.add_stage(index, &api.stages[0], index);
        }
        let check = |host: &str, path, expected| assert_eq!(hosts.find(host, path), expected, "{host} {path}");
        check("a.example.com", "/orders/prod/5", Found::Mapped(0, "/5", "orders"));
        check("a.example.com", "/ordersprod/5", Found::NoApi);
        check("a.example.com", "/orders", Found::NoStage(ProtocolType::Rest));
        check(".example.com", "/orders/prod/5", Found::NoApi);
    }

    #[test]
    fn the_default_stage_has_what_no_other_stage_has() {
        use ProtocolType::{Http, Rest};
        let hosts = hosts(&[(Http, &["$default", "v1"]), (Rest, &["prod"]), (Http, &["v2"]), (Http, &["v3"])]);
        let check = |host: &str, path, expected| assert_eq!(hosts.find(host, path), expected, "{host} {path}");
        check("api0.test", "/pets", Found::Stage(0, "/pets"));
        check("api0.test", "/", Found::Stage(0, "/"));
        check("api0.test", "/v1/pets", Found::Stage(1, "/pets"));
        check("api0.test", "/v1", Found::Stage(1, ""));
        check("api0.test", "//v1/pets", Found::Stage(0, "//v1/pets"));
        check("api0.test", "/$default/pets", Found::Stage(0, "/$default/pets"));
        check("api1.test", "//prod/pets", Found::Stage(2, "/pets"));
        check("api1.test", "/other", Found::NoStage(Rest));
        check("api2.test", "/other", Found::NoStage(Http));
        check("api3.execute-api.us-east-1.amazonaws.com", "/v3/a", Found::NoStage(Http));
        // Of a host that nobody has, a stage's name says more than a default stage.
        check("localhost", "/v2/pets", Found::Stage(3, "/pets"));
        check("localhost", "/other", Found::Stage(0, "/other"));
    }
}
