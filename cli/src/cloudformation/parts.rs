//! What is the same for both kinds of APIs that a template makes of single resources.

use super::function::function;
use super::template::{kind, refers_to};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// The resources of one API.
pub(super) struct Parts<'a> {
    resources: &'a [Entry],
    api: &'a Entry,
    service: Service,
    /// What cannot be used.
    pub(super) findings: Vec<Finding>,
}

/// How a family of resources says what it is, and what API it belongs to.
#[derive(Clone, Copy)]
struct Service {
    prefix: &'static str,
    api_id: &'static str,
}

impl<'a> Parts<'a> {
    pub(super) fn of_rest_api(resources: &'a [Entry], api: &'a Entry) -> Self {
        let service = Service { prefix: "AWS::ApiGateway::", api_id: "RestApiId" };
        Self { resources, api, service, findings: Vec::new() }
    }

    pub(super) fn of_http_api(resources: &'a [Entry], api: &'a Entry) -> Self {
        let service = Service { prefix: "AWS::ApiGatewayV2::", api_id: "ApiId" };
        Self { resources, api, service, findings: Vec::new() }
    }

    /// The API's logical id.
    pub(super) fn api_id(&self) -> &'a str {
        &self.api.key
    }

    /// The API's resources of one kind, with their properties.
    pub(super) fn of(&self, part: &'static str) -> impl Iterator<Item = (&'a Entry, &'a Tree)> + use<'a> {
        let (api, Service { prefix, api_id }) = (self.api_id(), self.service);
        self.resources.iter().filter_map(move |entry| {
            let properties = entry.value.get("Properties")?;
            let is_part = kind(&entry.value).strip_prefix(prefix) == Some(part);
            (is_part && refers_to(properties.get(api_id)?, api)).then_some((entry, properties))
        })
    }

    /// The API's resource of one kind that a property refers to.
    pub(super) fn referred(&self, part: &'static str, id: &Tree) -> Option<&'a Entry> {
        let (name, _) = reference(id)?;
        self.of(part).map(|(entry, _)| entry).find(|entry| entry.key == name)
    }

    /// That the resources of one kind have those properties alone, and each with a value. CloudFormation takes no others; one that
    /// is misspelt would guard nobody.
    pub(super) fn only(&mut self, part: &'static str, known: &[&str]) {
        for (resource, properties) in self.of(part) {
            self.only_of(&format!("`{}`", resource.key), properties, known);
        }
    }

    /// The same of a map.
    pub(super) fn only_of(&mut self, what: &str, written: &Tree, known: &[&str]) {
        self.findings.extend(misread(what, written, known));
    }

    pub(super) fn wrong(&mut self, at: At, message: impl Into<String>) {
        self.findings.push(Finding::error(at, message));
    }

    /// Scopes that nothing reads would guard nothing: "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types".
    pub(super) fn no_unread_scopes(&mut self, method: &Entry, properties: &Tree) {
        let Some(scopes) = properties.get("AuthorizationScopes").filter(|scopes| !scopes.items().is_empty()) else {
            return;
        };
        let by = properties.get("AuthorizationType").map_or(Some("NONE"), Tree::text);
        if let Some(by @ ("NONE" | "AWS_IAM" | "CUSTOM")) = by {
            let message = format!("the `AuthorizationType` of `{}` is {by}, which reads no scopes", method.key);
            self.wrong(scopes.at, message);
        }
    }

    /// That the authorizer of a method is of none of these types, which its `AuthorizationType` is not for.
    pub(super) fn not_of_type(&mut self, method: &Entry, authorizer: &Entry, property: &str, types: &[&str]) {
        let written = authorizer.value.get("Properties").and_then(|properties| properties.get(property));
        let Some(found) = written.and_then(Tree::text).filter(|found| types.contains(found)) else { return };
        let message = format!("the `AuthorizationType` of `{}` is for no authorizer of type `{found}`", method.key);
        self.wrong(method.at, message);
    }

    /// Puts an operation to the others of its path.
    pub(super) fn add(&mut self, paths: &mut Vec<Entry>, path: &str, operation: Entry) {
        let at = operation.at;
        let operations = match paths.iter_mut().find(|known| known.key == path) {
            Some(Entry { value: Tree { value: Value::Map(operations), .. }, .. }) => operations,
            _ => return paths.push(entry(path, at, map(vec![operation], at))),
        };
        match operations.iter().find(|known| known.key == operation.key) {
            Some(known) => {
                let message = format!("this is the same method of `{path}` as another resource");
                self.findings.push(Finding::error(at, message).also(known.at, "which is this one"));
            }
            None => operations.push(operation),
        }
    }

    /// The definition, or what was found wrong.
    pub(super) fn definition(
        self,
        paths: Vec<Entry>,
        components: Vec<Entry>,
        extensions: Vec<Entry>,
    ) -> Result<Tree, Vec<Finding>> {
        let at = self.api.at;
        let title = self.api.value.get("Properties").and_then(|it| it.get("Name")).cloned();
        let title = title.unwrap_or_else(|| Tree::string(self.api_id(), at));
        let mut document = vec![
            text("openapi", "3.0.1", at),
            entry("info", at, map(vec![entry("title", at, title), text("version", "1.0", at)], at)),
            entry("paths", at, map(paths, at)),
            entry("components", at, map(components, at)),
        ];
        document.extend(extensions);
        if self.findings.is_empty() { Ok(map(document, at)) } else { Err(self.findings) }
    }
}

/// The methods that API Gateway has, in its words.
pub(super) const METHODS: &str = "GET, PUT, POST, DELETE, PATCH, OPTIONS, HEAD, ANY";

/// The key of a method's operation; none of what is no method.
pub(super) fn operation_key(method: &str) -> Option<String> {
    match METHODS.split(", ").find(|known| known.eq_ignore_ascii_case(method))? {
        "ANY" => Some("x-amazon-apigateway-any-method".to_owned()),
        known => Some(known.to_ascii_lowercase()),
    }
}

/// What of a map is none of what it can have, or has no value.
pub(super) fn misread(what: &str, written: &Tree, known: &[&str]) -> Vec<Finding> {
    let wrong = |Entry { key, at, value }: &Entry| {
        let message = match &value.value {
            _ if !known.contains(&key.as_str()) => format!("`{key}` of {what} is not known"),
            Value::Null => format!("`{key}` of {what} has no value"),
            _ => return None,
        };
        Some(Finding::error(*at, message))
    };
    written.entries().iter().filter_map(wrong).collect()
}

/// What `Ref`, `Fn::GetAtt` and a `Fn::Sub` of nothing else refer to: a resource, and an attribute of it or nothing.
pub(super) fn reference(tree: &Tree) -> Option<(&str, &str)> {
    match function(tree)? {
        ("Ref", name) => Some((name.text()?, "")),
        ("Fn::GetAtt", argument) => match argument.items() {
            [resource, attribute] => resource.text().zip(attribute.text()),
            _ => argument.text()?.split_once('.'),
        },
        ("Fn::Sub", text) => {
            let name = text.text()?.strip_prefix("${")?.strip_suffix('}').filter(|name| !name.contains('$'))?;
            Some(name.split_once('.').unwrap_or((name, "")))
        }
        _ => None,
    }
}

/// The properties of those names, under their names in a definition.
pub(crate) fn renamed(properties: &Tree, names: &[(&str, &str)]) -> Vec<Entry> {
    let present = names.iter().filter_map(|(name, key)| Some((*key, properties.get(name)?)));
    present.map(|(key, value)| entry(key, value.at, value.clone())).collect()
}

/// A number, which a template may have as a text.
pub(super) fn number(value: &Tree) -> Tree {
    match value.text().and_then(|text| serde_json::from_str(text.trim()).ok()) {
        Some(number) => Tree { value: Value::Number(number), at: value.at },
        None => value.clone(),
    }
}

pub(crate) fn text(key: &str, value: &str, at: At) -> Entry {
    entry(key, at, Tree::string(value, at))
}

pub(crate) fn entry(key: &str, at: At, value: Tree) -> Entry {
    Entry { key: key.to_owned(), at, value }
}

/// A map of one key.
pub(crate) fn single(key: &str, value: Tree, at: At) -> Tree {
    map(vec![entry(key, at, value)], at)
}

pub(crate) fn list(items: Vec<Tree>, at: At) -> Tree {
    Tree { value: Value::List(items), at }
}

/// A function of CloudFormation's.
pub(crate) fn call(function: &str, argument: Tree) -> Tree {
    let at = argument.at;
    single(function, argument, at)
}

/// The URI by which API Gateway calls a function: `version` is that of Lambda's path, `end` what follows the function's ARN.
pub(crate) fn function_uri(arn: Tree, version: &str, end: &str) -> Tree {
    let at = arn.at;
    let uri = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/${{FunctionArn}}{end}"
    );
    call("Fn::Sub", list(vec![Tree::string(uri, at), single("FunctionArn", arn, at)], at))
}

pub(crate) fn map(entries: Vec<Entry>, at: At) -> Tree {
    Tree { value: Value::Map(entries), at }
}
