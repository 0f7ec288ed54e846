//! An API's `body`: a definition in a text, JSON or YAML, that is a file of its own for all that is said of it.

use std::path::PathBuf;

use super::attributes::Attributes;
use crate::finding::Finding;
use crate::source::{Entry, Files, Tree, Value};

/// Extensions that the provider sets anew after it has imported a body, where the argument has a value.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/api_gateway_rest_api>
const OVERRIDDEN: &[(&str, &str)] = &[
    ("ApiKeySourceType", "x-amazon-apigateway-api-key-source"),
    ("BinaryMediaTypes", "x-amazon-apigateway-binary-media-types"),
    ("MinimumCompressionSize", "x-amazon-apigateway-minimum-compression-size"),
    ("Policy", "x-amazon-apigateway-policy"),
];
const CORS: &str = "x-amazon-apigateway-cors";
const ENDPOINT: &str = "x-amazon-apigateway-endpoint-configuration";

/// Reads the bodies of all APIs.
pub(super) fn read(files: &mut Files, resources: &mut [Entry], attributes: &mut Attributes<'_>) {
    for resource in resources {
        let address = resource.key.clone();
        let Some(properties) = resource.value.get_mut("Properties") else { continue };
        let Some(Tree { value: Value::String(text), at }) = properties.get("Body").cloned() else { continue };
        attributes.about(&address);
        let shown = files.get(at.file).map(|file| file.path.display().to_string()).unwrap_or_default();
        match files.parse(&PathBuf::from(format!("{shown} (body of {address})")), text) {
            Ok(mut body) => {
                override_body(&mut body, properties, attributes);
                properties.set("Body", body);
            }
            Err(findings) => findings.into_iter().for_each(|finding| attributes.tell(finding)),
        }
    }
}

fn override_body(body: &mut Tree, properties: &Tree, attributes: &mut Attributes<'_>) {
    for (property, extension) in OVERRIDDEN {
        if properties.get(property).is_some() {
            body.remove(extension);
        }
    }
    if let Some(endpoint) = body.get_mut(ENDPOINT) {
        if properties.get("EndpointConfiguration").is_some() {
            ["types", "vpcEndpointIds", "ipAddressType"].iter().for_each(|key| drop(endpoint.remove(key)));
        }
        if properties.get("DisableExecuteApiEndpoint").is_some() {
            endpoint.remove("disableExecuteApiEndpoint");
        }
    }
    // Of an HTTP API the provider takes it away where there is no `cors_configuration`.
    let cors = body.get(CORS).map(|cors| cors.at).filter(|_| properties.get("ProtocolType").is_some());
    let Some(at) = cors else { return };
    body.remove(CORS);
    if properties.get("CorsConfiguration").is_none() {
        let message = format!("Terraform takes `{CORS}` of a `body` away where there is no `cors_configuration`");
        attributes.tell(Finding::warning(at, message).help("write a `cors_configuration`"));
    }
}
