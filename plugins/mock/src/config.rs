//! The configuration of the filter: an `x-amazon-apigateway-integration` of type `mock`, as an API definition has it.

use std::fmt;
use std::marker::PhantomData;

use gatehouse_api::{Integration, IntegrationResponse, IntegrationType, ParameterMapping, PassthroughBehavior, Place};
use gatehouse_filter::InvalidConfig;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// The integration, as written.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mock {
    /// `mock`, in any case; may be left out.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// A template by content type; what it renders to says the status code.
    #[serde(default)]
    pub request_templates: Ordered<String>,
    /// `when_no_match`, `when_no_templates` or `never`.
    #[serde(default)]
    pub passthrough_behavior: Option<String>,
    /// A response by selection pattern; `default` for every other status.
    #[serde(default)]
    pub responses: Ordered<Response>,
}

/// One integration response, as written.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Response {
    /// The client's status: a number or its text.
    pub status_code: StatusCode,
    /// `method.response.header.Name` → expression.
    #[serde(default)]
    pub response_parameters: Ordered<String>,
    /// A template by content type.
    #[serde(default)]
    pub response_templates: Ordered<String>,
}

/// A status code as exports write it: `"200"`, or as people do: `200`.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum StatusCode {
    /// `200`
    Number(u16),
    /// `"200"`
    Text(String),
}

/// A map that keeps the order in which it was written.
#[derive(Debug)]
pub struct Ordered<T>(pub Vec<(String, T)>);

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Ordered<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        std::collections::BTreeMap::<String, T>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        std::collections::BTreeMap::<String, T>::json_schema(generator)
    }
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

impl Mock {
    /// The integration in the model's terms.
    pub(crate) fn integration(self) -> Result<Integration, InvalidConfig> {
        if let Some(kind) = self.kind.filter(|kind| !kind.eq_ignore_ascii_case("mock")) {
            return Err(InvalidConfig::new("type", format!("`{kind}` is not served by this filter, use `mock`")));
        }
        let mut integration = Integration::new(IntegrationType::Mock, Place::root());
        integration.request_templates = self.request_templates.0;
        integration.passthrough_behavior = passthrough(self.passthrough_behavior.as_deref())?;
        for (pattern, response) in self.responses.0 {
            integration.responses.push(integration_response(pattern, response)?);
        }
        Ok(integration)
    }
}

fn passthrough(text: Option<&str>) -> Result<PassthroughBehavior, InvalidConfig> {
    let Some(text) = text else { return Ok(PassthroughBehavior::WhenNoMatch) };
    PassthroughBehavior::parse(text).ok_or_else(|| {
        let reason = format!("`{text}` is not one of `when_no_match`, `when_no_templates`, `never`");
        InvalidConfig::new("passthroughBehavior", reason)
    })
}

fn integration_response(pattern: String, response: Response) -> Result<IntegrationResponse, InvalidConfig> {
    let place = Place::root().then("responses").then(&pattern);
    let status_code = match response.status_code {
        StatusCode::Number(status) => Some(status),
        StatusCode::Text(text) => text.parse().ok(),
    };
    let status_code = status_code
        .ok_or_else(|| InvalidConfig::new(place.then("statusCode").as_str(), "not a status code, use 200 to 599"))?;
    let mapping = |(target, source): (String, String)| {
        let place = place.then("responseParameters").then(&target);
        ParameterMapping { target, source, place }
    };
    Ok(IntegrationResponse {
        selection_pattern: Some(pattern).filter(|pattern| !pattern.is_empty() && pattern != "default"),
        status_code,
        response_parameters: response.response_parameters.0.into_iter().map(mapping).collect(),
        response_templates: response.response_templates.0,
        content_handling: None,
        place,
    })
}
