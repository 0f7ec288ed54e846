//! What a template says about an API beside its definition: an extension of the definition stands for each.

use super::function::function;
use super::parts::{entry, list, map, misread, renamed};
use super::template::kind;
use crate::finding::Finding;
use crate::source::{Entry, Tree, Value};

pub(super) const GATEWAY_RESPONSE: &str = "AWS::ApiGateway::GatewayResponse";

/// An extension that belongs into a definition.
#[derive(Clone, Debug)]
pub(crate) struct Addition {
    extension: &'static str,
    value: Tree,
}

impl Addition {
    /// The same with its value made into another one.
    ///
    /// # Errors
    /// Those of what makes it.
    pub(crate) fn with(self, value: impl FnOnce(&Tree) -> Result<Tree, Vec<Finding>>) -> Result<Self, Vec<Finding>> {
        Ok(Self { value: value(&self.value)?, ..self })
    }
}

pub(crate) const CORS: [(&str, &str); 6] = [
    ("AllowOrigins", "allowOrigins"),
    ("AllowCredentials", "allowCredentials"),
    ("ExposeHeaders", "exposeHeaders"),
    ("MaxAge", "maxAge"),
    ("AllowMethods", "allowMethods"),
    ("AllowHeaders", "allowHeaders"),
];

const ENDPOINT: &[(&str, &str)] = &[
    ("Types", "types"),
    ("VpcEndpointIds", "vpcEndpointIds"),
    ("VPCEndpointIds", "vpcEndpointIds"),
    ("IpAddressType", "ipAddressType"),
];

/// The properties of an API's resource that are extensions of its definition.
const EXTENSIONS: &[&str] = &[
    "ApiKeySourceType",
    "BinaryMediaTypes",
    "CorsConfiguration",
    "DisableExecuteApiEndpoint",
    "EndpointConfiguration",
    "MinimumCompressionSize",
    "Policy",
];

/// The same, with SAM's short form.
const OF_ENDPOINT: &[&str] = &["Type", "Types", "VpcEndpointIds", "VPCEndpointIds", "IpAddressType"];

/// What tells the definition of an HTTP API from that of a REST API.
pub(super) fn of_http_api(api: &Entry) -> Addition {
    Addition { extension: "x-amazon-apigateway-importexport-version", value: Tree::string("1.0", api.at) }
}

/// What is wrong with a property that is an extension of the definition: nothing of it may be lost.
pub(super) fn wrong(property: &Entry) -> Vec<Finding> {
    let is_endpoint = property.key == "EndpointConfiguration" && function(&property.value).is_none();
    match &property.value.value {
        Value::Null => vec![Finding::error(property.at, format!("`{}` has no value", property.key))],
        Value::Map(_) if is_endpoint => misread("`EndpointConfiguration`", &property.value, OF_ENDPOINT),
        _ => Vec::new(),
    }
}

/// Does a property stand for an extension of the definition?
pub(super) fn is_extension(property: &Entry) -> bool {
    EXTENSIONS.contains(&property.key.as_str())
}

/// The extension that a property of an API's resource stands for.
pub(super) fn of_property(property: &Entry) -> Option<Addition> {
    let at = property.at;
    let (extension, value) = match property.key.as_str() {
        "ApiKeySourceType" => ("x-amazon-apigateway-api-key-source", property.value.clone()),
        "BinaryMediaTypes" => ("x-amazon-apigateway-binary-media-types", media_types(&property.value)),
        // SAM's short form: any origin.
        "CorsConfiguration" => match property.value.value {
            Value::Bool(true) => {
                let anybody = list(vec![Tree::string("*", at)], at);
                ("x-amazon-apigateway-cors", map(vec![entry("allowOrigins", at, anybody)], at))
            }
            Value::Bool(false) => return None,
            _ => ("x-amazon-apigateway-cors", map(renamed(&property.value, &CORS), at)),
        },
        "DisableExecuteApiEndpoint" => {
            let entry = entry("disableExecuteApiEndpoint", at, property.value.clone());
            ("x-amazon-apigateway-endpoint-configuration", map(vec![entry], at))
        }
        "EndpointConfiguration" => ("x-amazon-apigateway-endpoint-configuration", endpoint(&property.value)),
        "MinimumCompressionSize" => ("x-amazon-apigateway-minimum-compression-size", property.value.clone()),
        // The Serverless Framework writes an empty text for an API without a policy, and CloudFormation takes it (recorded:
        // `test_serverless_like_deployment_with_update`).
        "Policy" if property.value.text() == Some("") => return None,
        "Policy" => ("x-amazon-apigateway-policy", property.value.clone()),
        _ => return None,
    };
    Some(Addition { extension, value })
}

/// The extension that another resource of the template stands for.
pub(super) fn of_resource(resource: &Entry) -> Option<Addition> {
    if kind(&resource.value) != GATEWAY_RESPONSE {
        return None;
    }
    let properties = resource.value.get("Properties")?;
    let written = [
        ("statusCode", "StatusCode"),
        ("responseParameters", "ResponseParameters"),
        ("responseTemplates", "ResponseTemplates"),
    ];
    let written =
        written.into_iter().filter_map(|(key, name)| Some(entry(key, resource.at, properties.get(name)?.clone())));
    let response = map(written.collect(), resource.at);
    let responses = map(vec![entry(properties.get("ResponseType")?.text()?, resource.at, response)], resource.at);
    Some(Addition { extension: "x-amazon-apigateway-gateway-responses", value: responses })
}

/// How the API is reached; SAM has one type instead of a list, or nothing but the type.
fn endpoint(written: &Tree) -> Tree {
    let at = written.at;
    let one = |kind: &Tree| list(vec![kind.clone()], at);
    let mut endpoint = renamed(written, ENDPOINT);
    let is_type = |it: &&Tree| function(it).is_some() || !matches!(it.value, Value::Map(_));
    let kind = written.get("Type").or(Some(written).filter(is_type));
    endpoint.extend(kind.map(|kind| entry("types", at, one(kind))));
    map(endpoint, at)
}

/// SAM writes the slash of a media type as a JSON pointer would.
fn media_types(written: &Tree) -> Tree {
    let Value::List(types) = &written.value else { return written.clone() };
    let media_type = |written: &Tree| match written.text() {
        Some(text) => Tree::string(text.replace("~1", "/"), written.at),
        None => written.clone(),
    };
    list(types.iter().map(media_type).collect(), written.at)
}

/// Puts what the template says beside a definition into it.
///
/// # Errors
/// What both of them say, and not alike.
pub(crate) fn add(definition: &mut Tree, additions: &[Addition]) -> Result<(), Vec<Finding>> {
    let twice = additions.iter().filter_map(|addition| {
        let Some(there) = definition.get_mut(addition.extension) else {
            definition.set(addition.extension, addition.value.clone());
            return None;
        };
        join(there, &addition.value, addition.extension).err()
    });
    let twice: Vec<Finding> = twice.collect();
    if twice.is_empty() { Ok(()) } else { Err(twice) }
}

/// Lists become one without what both have, maps one that has the entries of both. Two policies are never one, nor are two lists
/// of who may call from a browser: that would let in more than either of them.
fn join(there: &mut Tree, other: &Tree, name: &str) -> Result<(), Finding> {
    let at = there.at;
    if there.node() == other.node() {
        return Ok(());
    }
    match (&mut there.value, &other.value) {
        (Value::List(items), Value::List(others)) if others.is_empty() || !is_of_cors(name) => {
            let missing = |other: &&Tree| !items.iter().any(|item| item.node() == other.node());
            let missing: Vec<Tree> = others.iter().filter(missing).cloned().collect();
            items.extend(missing);
        }
        (Value::Map(_), Value::Map(others)) if !is_policy(name) => {
            for other in others {
                match there.get_mut(&other.key) {
                    Some(there) => join(there, &other.value, &other.key)?,
                    None => there.set(&other.key, other.value.clone()),
                }
            }
        }
        _ => {
            let message = format!("the definition and its template say different things about `{name}`");
            return Err(Finding::error(other.at, message)
                .also(at, "the definition says this")
                .help("keep one of them"));
        }
    }
    Ok(())
}

fn is_policy(name: &str) -> bool {
    name == "x-amazon-apigateway-policy"
}

fn is_of_cors(name: &str) -> bool {
    CORS.iter().any(|(_, key)| *key == name)
}
