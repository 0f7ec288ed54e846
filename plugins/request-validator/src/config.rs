//! The configuration of the filter: what API Gateway has of a method that validates its requests.

use std::collections::BTreeMap;

use gatehouse_api::{
    Authorization, HttpMethod, Method, Model, Node, Place, RequestValidator as Validator, resource_id,
};
use gatehouse_filter::InvalidConfig;
use serde::Deserialize;

/// The validator and what it validates, as written.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-method.html>
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestValidator {
    /// Whether required parameters must be there.
    #[serde(default)]
    pub validate_request_parameters: bool,
    /// Whether the body must satisfy its model.
    #[serde(default)]
    pub validate_request_body: bool,
    /// `method.request.{header|querystring}.NAME` → whether it is required.
    #[serde(default)]
    pub request_parameters: BTreeMap<String, bool>,
    /// Content type, or `$default` → the name of a model.
    #[serde(default)]
    pub request_models: BTreeMap<String, String>,
    /// The models, JSON schemas of draft 4, by name.
    #[serde(default)]
    pub models: BTreeMap<String, Node>,
}

impl RequestValidator {
    /// The method and the models in the model's terms.
    pub(crate) fn method(self) -> Result<(Method, Vec<Model>), InvalidConfig> {
        if !self.validate_request_parameters && !self.validate_request_body {
            let reason = "nothing would be validated: set `validateRequestParameters`, `validateRequestBody` or both";
            return Err(InvalidConfig::new("", reason));
        }
        for key in self.request_parameters.keys() {
            if key.starts_with("method.request.path.") {
                let reason = format!(
                    "`{key}`: a filter alone has no resource with path parameters, use `header` or `querystring`"
                );
                return Err(InvalidConfig::new("requestParameters", reason));
            }
        }
        let validator = Validator {
            name: "validator".to_owned(),
            validate_request_body: self.validate_request_body,
            validate_request_parameters: self.validate_request_parameters,
            place: Place::root(),
        };
        let method = Method {
            http_method: HttpMethod::Any,
            resource_path: "/{proxy+}".to_owned(),
            resource_id: resource_id("/{proxy+}"),
            operation_name: None,
            authorization: Authorization::None,
            api_key_required: false,
            request_validator: Some(validator),
            request_parameters: self.request_parameters.into_iter().collect(),
            request_models: self.request_models.into_iter().collect(),
            method_responses: Vec::new(),
            integration: None,
            place: Place::root().then("requestParameters"),
        };
        let model =
            |(name, schema): (String, Node)| Model { place: Place::root().then("models").then(&name), name, schema };
        Ok((method, self.models.into_iter().map(model).collect()))
    }
}
