//! What a template renders to.

/// Output, and what was overridden on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub output: String,
    /// What the template assigned to `$context.requestOverride` and `$context.responseOverride`.
    pub overrides: Overrides,
}

/// A name and its value, or its values.
pub type Override = (String, Vec<String>);

/// Applied after the whole template was rendered; they beat parameter mappings.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `requestOverride.header`
    pub request_header: Vec<Override>,
    /// `requestOverride.path`
    pub request_path: Vec<Override>,
    /// `requestOverride.querystring`
    pub request_querystring: Vec<Override>,
    /// `responseOverride.header`
    pub response_header: Vec<Override>,
    /// `responseOverride.status`, if it is one: a whole number from 100 to 599.
    pub status: Option<u16>,
    /// Whatever else was put into `responseOverride`: the response's template sees it.
    pub custom: Vec<(String, String)>,
}
