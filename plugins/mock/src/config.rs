//! The configuration of the filter: an `x-amazon-apigateway-integration` of type `mock`, as an API definition has it.

use gatehouse_api::{Integration, IntegrationType, Place};
use gatehouse_filter::InvalidConfig;
use gatehouse_integration::config::{Ordered, Response, passthrough_behavior};
use serde::Deserialize;

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

impl Mock {
    /// The integration in the model's terms.
    pub(crate) fn integration(self) -> Result<Integration, InvalidConfig> {
        if let Some(kind) = self.kind.filter(|kind| !kind.eq_ignore_ascii_case("mock")) {
            return Err(InvalidConfig::new("type", format!("`{kind}` is not served by this filter, use `mock`")));
        }
        let mut integration = Integration::new(IntegrationType::Mock, Place::root());
        integration.request_templates = self.request_templates.0;
        integration.passthrough_behavior = passthrough_behavior(self.passthrough_behavior.as_deref())?;
        integration.responses = self.responses.integration_responses()?;
        Ok(integration)
    }
}
