//! What the configurations of filters alone have of an `x-amazon-apigateway-integration`, as API definitions write it.

use std::fmt;
use std::marker::PhantomData;

use gatehouse_api::{ContentHandling, IntegrationResponse, ParameterMapping, PassthroughBehavior, Place, Problem};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

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
    /// `CONVERT_TO_TEXT` or `CONVERT_TO_BINARY`.
    #[serde(default)]
    pub content_handling: Option<String>,
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

impl Ordered<Response> {
    /// The integration responses in the model's terms, those of selection pattern `default` as the default.
    ///
    /// # Errors
    /// What cannot be used, with its place below `responses`.
    pub fn integration_responses(self) -> Result<Vec<IntegrationResponse>, Problem> {
        self.0.into_iter().map(|(pattern, response)| integration_response(pattern, response)).collect()
    }
}

impl Ordered<String> {
    /// The mappings of targets to their sources, in the model's terms.
    #[must_use]
    pub fn parameter_mappings(self, place: &Place) -> Vec<ParameterMapping> {
        let mapping =
            |(target, source): (String, String)| ParameterMapping { place: place.then(&target), target, source };
        self.0.into_iter().map(mapping).collect()
    }
}

/// Reads `passthroughBehavior`, WHEN_NO_MATCH where it is absent.
///
/// # Errors
/// It is none.
pub fn passthrough_behavior(text: Option<&str>) -> Result<PassthroughBehavior, Problem> {
    let Some(text) = text else { return Ok(PassthroughBehavior::WhenNoMatch) };
    PassthroughBehavior::parse(text).ok_or_else(|| {
        let message = format!("`{text}` is not one of `when_no_match`, `when_no_templates`, `never`");
        Problem::error(&Place::root().then("passthroughBehavior"), message)
    })
}

/// Reads a `contentHandling` at its place.
///
/// # Errors
/// It is none.
pub fn content_handling(text: Option<&str>, place: &Place) -> Result<Option<ContentHandling>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let unknown = || Problem::error(place, format!("`{text}` is not one of `CONVERT_TO_TEXT`, `CONVERT_TO_BINARY`"));
    ContentHandling::parse(text).ok_or_else(unknown).map(Some)
}

fn integration_response(pattern: String, response: Response) -> Result<IntegrationResponse, Problem> {
    let place = Place::root().then("responses").then(&pattern);
    let status_code = match response.status_code {
        StatusCode::Number(status) => Some(status),
        StatusCode::Text(text) => text.parse().ok(),
    };
    let no_status = || Problem::error(&place.then("statusCode"), "not a status code, use 200 to 599");
    Ok(IntegrationResponse {
        selection_pattern: Some(pattern).filter(|pattern| !pattern.is_empty() && pattern != "default"),
        status_code: status_code.ok_or_else(no_status)?,
        response_parameters: response.response_parameters.parameter_mappings(&place.then("responseParameters")),
        response_templates: response.response_templates.0,
        content_handling: content_handling(response.content_handling.as_deref(), &place.then("contentHandling"))?,
        place,
    })
}
