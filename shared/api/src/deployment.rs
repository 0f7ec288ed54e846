//! Where definitions are deployed: accounts, regions, stages, and where the backends live here.
//!
//! [`config`] is the document as written; [`Deployment`] is understood: names are valid, hosts unique, origins split.

pub mod config;
mod domain_name;
mod function;
mod method_settings;
mod origin;
mod stage;

use std::collections::{BTreeMap, BTreeSet};

pub use config::Definition;
pub use domain_name::{ApiMapping, DomainName, NONE};
pub use function::{Function, FunctionProtocol, Functions, is_function_arn};
pub use method_settings::{CacheControlStrategy, LoggingLevel, MethodSettings, MethodSettingsTable};
pub use origin::{Origin, Scheme};
pub use stage::{AccessLogSettings, Canary, DEFAULT_STAGE, Stage};

use gatehouse_sort::map_of;

use crate::{Node, Place, Problem, ProtocolType};

/// A deployment, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// The account that ARNs name: twelve digits.
    pub account_id: String,
    /// The region that ARNs name.
    pub region: String,
    /// Where the origins of integrations live here; one that is not in it lives where it says.
    pub endpoints: BTreeMap<Origin, Endpoint>,
    /// Where what is behind VPC links lives here.
    pub vpc_links: BTreeMap<String, Endpoint>,
    /// Where Lambda functions live.
    pub functions: Functions,
    /// Whether Envoy assumes the roles that calls of AWS name.
    pub assume_roles: bool,
    /// Whose signatures are accepted; `None` where the document does not say.
    pub iam: Option<config::Iam>,
    /// Where the keys of user pools are, by their ids.
    pub user_pools: BTreeMap<String, config::KeySource>,
    /// Where the keys of JWT authorizers' issuers are, by what `iss` says.
    pub issuers: BTreeMap<String, config::KeySource>,
    /// What backends are shown, by the ids that stages say.
    pub client_certificates: BTreeMap<String, config::ClientCertificate>,
    /// The VPC endpoints that are known.
    pub vpc_endpoints: BTreeMap<String, config::VpcEndpoint>,
    /// API keys, usage plans and the account's throttle, as written.
    pub usage: Usage,
    /// The path of the property that names a request's VPC endpoint.
    pub source_vpce: Option<Vec<String>>,
    /// The APIs to serve.
    pub apis: Vec<Api>,
    /// Custom domain names.
    pub domain_names: Vec<DomainName>,
    /// Values for CloudFormation's parameters.
    pub parameters: BTreeMap<String, Node>,
    unserved: Vec<Problem>,
}

/// What requests are counted against, as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// `usagePlans`
    pub usage_plans: Option<Node>,
    /// `apiKeys`
    pub api_keys: Option<Node>,
    /// `packedApiKeys`
    pub packed_api_keys: Option<String>,
    /// `throttleSettings`
    pub throttle_settings: Option<Node>,
    /// `usageStore`
    pub usage_store: Option<Node>,
    /// `rateLimitHeaders`
    pub rate_limit_headers: bool,
}

/// Where an origin lives here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// What to connect to.
    pub origin: Origin,
    /// The `Host` header to send; none keeps the integration's own host.
    pub host_header: Option<String>,
}

/// One API with its stages.
#[derive(Clone, Debug, PartialEq)]
pub struct Api {
    /// The API's id.
    pub api_id: String,
    /// A name to call it by; the definition's title where absent.
    pub name: Option<String>,
    /// The protocol that it must speak; that of its definition where absent.
    pub protocol_type: Option<ProtocolType>,
    /// What the definition's base path says of its resources.
    pub basepath: config::Basepath,
    /// The definition's path, or the definition.
    pub definition: Option<Definition>,
    /// The host that its stages are reached on by `/{stage}/…`, besides [`Deployment::execute_api_host`].
    pub domain_name: Option<String>,
    /// Its stages, at least one.
    pub stages: Vec<Stage>,
    /// Where it is defined.
    pub place: Place,
}

impl Api {
    /// Its stages, each with its canary behind it.
    pub fn releases(&self) -> impl Iterator<Item = &Stage> {
        self.stages.iter().flat_map(Stage::releases)
    }
}

impl Deployment {
    /// Understands a deployment document.
    ///
    /// # Errors
    /// Everything that is wrong with it; a value of the wrong type only as the first.
    pub fn read(document: &Node) -> Result<Self, Vec<Problem>> {
        let written: config::Deployment = document.read().map_err(|problem| vec![problem])?;
        Self::new(written)
    }

    /// Understands a deployment document that is already in its form as written.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(written: config::Deployment) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut unserved = Vec::new();
        let root = Place::root();
        check_account_and_region(&written, &mut problems);
        let endpoints = endpoints(written.endpoints, &root.then("endpoints"), &mut problems);
        let vpc_links = vpc_links(written.vpc_links, &root.then("vpcLinks"), &mut problems);
        let functions = Functions::new(written.functions, &root.then("functions"), &mut problems);
        let apis = apis(written.apis, &root.then("apis"), &mut problems, &mut unserved);
        let domain_names =
            domain_name::understood(written.domain_names, &apis, &root.then("domainNames"), &mut problems);
        check_hosts(&apis, &domain_names, &mut problems);
        check_client_certificates(&apis, &written.client_certificates, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let (account_id, region, parameters) = (written.account_id, written.region, written.parameters);
        let (iam, user_pools, vpc_endpoints) = (written.iam, written.user_pools, written.vpc_endpoints);
        let (issuers, client_certificates) = (written.issuers, written.client_certificates);
        let usage = Usage {
            usage_plans: written.usage_plans,
            api_keys: written.api_keys,
            packed_api_keys: written.packed_api_keys,
            throttle_settings: written.throttle_settings,
            usage_store: written.usage_store,
            rate_limit_headers: written.rate_limit_headers,
        };
        let source_vpce = written.source_vpce.map(|source| source.property);
        Ok(Self {
            account_id,
            region,
            endpoints,
            vpc_links,
            functions,
            assume_roles: written.assume_roles,
            iam,
            user_pools,
            issuers,
            client_certificates,
            vpc_endpoints,
            usage,
            source_vpce,
            apis,
            domain_names,
            parameters,
            unserved,
        })
    }

    /// The settings that are right and that nothing here serves yet: an error where clients would notice.
    #[must_use]
    pub fn unserved(&self) -> &[Problem] {
        &self.unserved
    }

    /// The host that API Gateway itself gives an API: `{apiId}.execute-api.{region}.amazonaws.com`.
    #[must_use]
    pub fn execute_api_host(&self, api: &Api) -> String {
        let suffix = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("{}.execute-api.{}.{suffix}", api.api_id, self.region)
    }
}

fn check_account_and_region(written: &config::Deployment, problems: &mut Vec<Problem>) {
    let config::Deployment { account_id, region, .. } = written;
    if account_id.len() != 12 || !account_id.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("`{account_id}` is no account id: write twelve digits, quoted");
        problems.push(Problem::error(&Place::root().then("accountId"), message));
    }
    if !is_region(region) {
        let message = format!("`{region}` is no region: write it as AWS does, such as `us-east-1`");
        problems.push(Problem::error(&Place::root().then("region"), message));
    }
}

/// `us-east-1`, `us-gov-west-1`, `cn-north-1`: words and a number, joined by hyphens.
fn is_region(region: &str) -> bool {
    let Some((words, number)) = region.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.contains('-')
        && words.split('-').all(is_word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn endpoints(
    written: BTreeMap<String, config::Endpoint>,
    place: &Place,
    problems: &mut Vec<Problem>,
) -> BTreeMap<Origin, Endpoint> {
    let mut endpoints = BTreeMap::new();
    for (key, target) in written {
        let place = place.then(&key);
        let target = endpoint(target, &place, problems);
        match (Origin::parse(&key), target) {
            (None, _) => problems.push(not_an_origin(&key, &place)),
            (Some(origin), Some(target)) => {
                if endpoints.insert(origin, target).is_some() {
                    problems.push(Problem::error(&place, format!("`{key}` is the same origin as another key")));
                }
            }
            (Some(_), None) => {}
        }
    }
    endpoints
}

fn vpc_links(
    written: BTreeMap<String, config::Endpoint>,
    place: &Place,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Endpoint> {
    let understood = |(key, target): (String, config::Endpoint)| {
        let target = endpoint(target, &place.then(&key), problems)?;
        Some((key, target))
    };
    map_of(written.into_iter().filter_map(understood))
}

fn endpoint(written: config::Endpoint, place: &Place, problems: &mut Vec<Problem>) -> Option<Endpoint> {
    let (url, host_header, place) = match written {
        config::Endpoint::Url(url) => (url, None, place.clone()),
        config::Endpoint::Host(endpoint) => (endpoint.url, endpoint.host_header, place.then("url")),
    };
    if let Some(host) = host_header.as_deref().filter(|host| Origin::parse(&format!("http://{host}")).is_none()) {
        problems.push(Problem::error(&place, format!("`{host}` is no host: write a name and, if need be, a port")));
    }
    let Some(origin) = Origin::parse(&url) else {
        problems.push(not_an_origin(&url, &place));
        return None;
    };
    Some(Endpoint { origin, host_header })
}

fn not_an_origin(text: &str, place: &Place) -> Problem {
    let message = format!("`{text}` is no origin: write scheme, host and port, such as `http://127.0.0.1:9000`");
    Problem::error(place, message)
}

fn apis(
    written: Vec<config::Api>,
    place: &Place,
    problems: &mut Vec<Problem>,
    unserved: &mut Vec<Problem>,
) -> Vec<Api> {
    if written.is_empty() {
        problems.push(Problem::error(place, "there is no API: name at least one"));
    }
    let mut seen = BTreeSet::new();
    let mut apis = Vec::with_capacity(written.len());
    for (index, api) in written.into_iter().enumerate() {
        let place = place.then(index);
        let config::Api { api_id, name, protocol_type, basepath, definition, domain_name, stages } = api;
        let basepath = basepath.unwrap_or_default();
        if !is_api_id(&api_id) {
            let message = format!("`{api_id}` is no API id: use lower-case letters, digits and hyphens");
            problems.push(Problem::error(&place.then("apiId"), message));
        }
        if !seen.insert(api_id.clone()) {
            problems.push(Problem::error(&place.then("apiId"), format!("`{api_id}` is the id of another API too")));
        }
        let domain_name = domain_name.map(|name| domain(&name, &place.then("domainName"), problems));
        let stages = stage::stages(stages, &place.then("stages"), problems, unserved);
        let protocol_type = protocol_type.map(|it| match it {
            config::ProtocolType::Rest => ProtocolType::Rest,
            config::ProtocolType::Http => ProtocolType::Http,
        });
        apis.push(Api { api_id, name, protocol_type, basepath, definition, domain_name, stages, place });
    }
    apis
}

fn is_api_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !id.is_empty() && id.len() <= 63 && id.bytes().all(allowed)
}

/// A host's name in lower case.
fn domain(name: &str, place: &Place, problems: &mut Vec<Problem>) -> String {
    if !origin::is_host_name(name) {
        let message = format!("`{name}` is no host's name: use letters, digits, hyphens and dots, without a port");
        problems.push(Problem::error(place, message));
    }
    name.to_ascii_lowercase()
}

/// The id of a client certificate is part of a cluster's name.
fn check_client_certificates(
    apis: &[Api],
    known: &BTreeMap<String, config::ClientCertificate>,
    problems: &mut Vec<Problem>,
) {
    let is_id = |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    for id in known.keys().filter(|id| id.is_empty() || !is_id(id)) {
        let message = format!("`{id}` is no id: use letters, digits, hyphens and underscores");
        problems.push(Problem::error(&Place::root().then("clientCertificates").then(id), message));
    }
    for stage in apis.iter().flat_map(|api| &api.stages) {
        let Some(id) = stage.client_certificate_id.as_ref().filter(|id| !known.contains_key(*id)) else { continue };
        let message = format!(
            "client certificate `{id}` is not in the deployment document: say under `clientCertificates` where it is"
        );
        problems.push(Problem::error(&stage.place.then("clientCertificateId"), message));
    }
}

/// A host leads to one API by stage segment, to one stage, or where its mappings say.
fn check_hosts(apis: &[Api], domain_names: &[DomainName], problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for DomainName { name, place, .. } in domain_names {
        if !seen.insert(name) {
            problems.push(Problem::error(&place.then("domainName"), format!("`{name}` is another domain name too")));
        }
    }
    for api in apis {
        let of_stages = api.stages.iter().map(|stage| (&stage.domain_name, &stage.place));
        for (name, place) in std::iter::once((&api.domain_name, &api.place)).chain(of_stages) {
            let Some(name) = name else { continue };
            if !seen.insert(name) {
                let message = format!("`{name}` is the host of another API or stage too");
                problems.push(Problem::error(&place.then("domainName"), message));
            }
        }
    }
}

#[cfg(test)]
mod tests;
