//! The stage that SAM's transform makes of each API, and what of a custom domain name it maps to it.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html>

use gatehouse_api::deployment::DEFAULT_STAGE;

use super::events;
use super::parts::{put, reference};
use crate::cloudformation::{DOMAIN, Environment, OF_STAGES, entry, kind, map, resolve, text};
use crate::source::{Entry, Tree, Value};

const NAME: &str = "StageName";
const ROUTES: &str = "RouteSettings";
/// How the transform calls the stage `$default`, behind its API's name.
const OF_DEFAULT_STAGE: &str = "ApiGatewayDefaultStage";

/// Adds the stage of each API.
pub(super) fn add(template: &mut Tree, environment: Environment<'_>) {
    let Some(resources) = template.get_mut("Resources") else { return };
    let created = resources.clone();
    for api in created.entries() {
        let properties = api.value.get("Properties");
        let own = properties.map(Tree::entries).unwrap_or_default().iter();
        let mut stage: Vec<Entry> = own.filter(|it| OF_STAGES.contains(&it.key.as_str())).cloned().collect();
        let has_name = stage.iter().any(|it| it.key == NAME);
        let (resource, id) = match kind(&api.value) {
            "AWS::Serverless::Api" if has_name => ("AWS::ApiGateway::Stage", "RestApiId"),
            "AWS::Serverless::HttpApi" => ("AWS::ApiGatewayV2::Stage", "ApiId"),
            _ => continue,
        };
        if !has_name {
            stage.push(text(NAME, DEFAULT_STAGE, api.at));
        }
        stage.push(entry(id, api.at, reference(&api.key, api.at)));
        let mut stage = Tree { value: Value::Map(stage), at: api.at };
        for (route, settings) in events::route_settings(created.entries(), &api.key) {
            if stage.get(ROUTES).is_none() {
                stage.set(ROUTES, Tree { value: Value::Map(Vec::new()), at: api.at });
            }
            if let Some(routes) = stage.get_mut(ROUTES) {
                routes.set(&route, settings.clone());
            }
        }
        let stage_id = match properties.and_then(|it| it.get(NAME)) {
            None => format!("{}{OF_DEFAULT_STAGE}", api.key),
            Some(name) if name.text() == Some(DEFAULT_STAGE) => format!("{}{OF_DEFAULT_STAGE}", api.key),
            name => id_of(&api.key, name),
        };
        put(resources, &stage_id, resource, stage);
        if let Some(domain) = properties.and_then(|it| it.get(DOMAIN)) {
            map_domain(resources, domain, api, &stage_id, environment);
            define_domain(resources, domain, api);
        }
    }
}

/// A mapping for each of its base paths.
fn map_domain(resources: &mut Tree, domain: &Tree, api: &Entry, stage: &str, environment: Environment<'_>) {
    let (kind, id, key) = match kind(&api.value) {
        "AWS::Serverless::Api" => ("AWS::ApiGateway::BasePathMapping", "RestApiId", "BasePath"),
        _ => ("AWS::ApiGatewayV2::ApiMapping", "ApiId", "ApiMappingKey"),
    };
    // The transform knows parameters. What nobody knows is told with the mapping.
    let known = |it: &Tree| resolve(it, environment).unwrap_or_else(|_| it.clone());
    // Of a REST API's path letters and digits are left, unless that is not wanted.
    let normalize = domain.get("NormalizeBasePath").map(known).and_then(|it| it.scalar());
    let is_normalized = key == "BasePath" && !normalize.is_some_and(|it| it.eq_ignore_ascii_case("false"));
    let one = |it: &Tree| match known(it) {
        Tree { value: Value::String(path), at } if is_normalized => {
            Tree::string(path.chars().filter(|c| c.is_alphanumeric()).collect::<String>(), at)
        }
        path => path,
    };
    let paths: Vec<Option<Tree>> = match domain.get("BasePath").map(known) {
        None => vec![None],
        Some(Tree { value: Value::List(paths), .. }) => paths.iter().map(|path| Some(one(path))).collect(),
        Some(path) => vec![Some(one(&path))],
    };
    for (number, path) in paths.into_iter().enumerate() {
        let at = domain.at;
        let mut mapping = vec![entry(id, at, reference(&api.key, at)), entry("Stage", at, reference(stage, at))];
        mapping.extend(domain.get("DomainName").map(|name| entry("DomainName", name.at, name.clone())));
        let name = match &path {
            Some(path) => path.text().map_or_else(|| number.to_string(), str::to_owned),
            None => String::new(),
        };
        mapping.extend(path.map(|path| entry(key, path.at, path)));
        put(resources, &id_of_mapping(&api.key, &name, kind), kind, map(mapping, at));
    }
}

/// The domain name itself, as far as it is read.
fn define_domain(resources: &mut Tree, domain: &Tree, api: &Entry) {
    const READ: [&str; 2] = ["DomainName", "MutualTlsAuthentication"];
    let kind = match kind(&api.value) {
        "AWS::Serverless::Api" => "AWS::ApiGateway::DomainName",
        _ => "AWS::ApiGatewayV2::DomainName",
    };
    let read = READ.iter().filter_map(|name| Some(entry(name, domain.at, domain.get(name)?.clone())));
    // The transform makes its id of a digest: nothing refers to it, and no resource of the template has this one.
    put(resources, &format!("{}.Domain", api.key), kind, map(read.collect(), domain.at));
}

/// What the transform calls a mapping of a base path.
fn id_of_mapping(api: &str, path: &str, kind: &str) -> String {
    let path = path.replace(['-', '_', '/'], "");
    format!("{api}{path}{}", kind.rsplit("::").next().unwrap_or_default())
}

/// What the transform calls a stage; where it would make a name of a digest, nobody refers to it by that.
pub(super) fn id_of(api: &str, name: Option<&Tree>) -> String {
    let name = name.and_then(Tree::text).filter(|name| name.chars().all(char::is_alphanumeric));
    format!("{api}{}Stage", name.unwrap_or_default())
}
