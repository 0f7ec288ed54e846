//! What a template is rendered with.

use std::borrow::Cow;

use crate::rendered::Overrides;

/// `$context`, by AWS's dotted names: `identity.sourceIp`, `authorizer.claims.email`. `requestTimeEpoch` is a number to a template.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>
pub trait Context {
    /// One value.
    fn get(&self, name: &str) -> Option<Cow<'_, str>>;
    /// Shows every value. Asked for when a template looks at `$context` or at a group of it as a whole.
    fn each(&self, show: &mut dyn FnMut(&str, &str));
}

/// No context at all.
impl Context for () {
    fn get(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn each(&self, _: &mut dyn FnMut(&str, &str)) {}
}

/// Names and values.
impl<N: AsRef<str>, V: AsRef<str>> Context for Vec<(N, V)> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value.as_ref().into())
    }

    fn each(&self, show: &mut dyn FnMut(&str, &str)) {
        self.iter().for_each(|(name, value)| show(name.as_ref(), value.as_ref()));
    }
}

/// Names and values in their order; a name that stands twice has two values.
pub type Values<'a> = &'a [(&'a str, &'a str)];

/// A request, or a response on its way back.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// `$input.body`; what is no UTF-8 in it is replaced as Java does. Nothing counts as `{}`.
    pub body: &'a [u8],
    /// Path parameters.
    pub path: Values<'a>,
    /// Query string parameters, decoded.
    pub querystring: Values<'a>,
    /// Headers. Their names are looked up whatever their case, unlike AWS's: Envoy has them in lower case.
    pub header: Values<'a>,
    /// `$context`
    pub context: &'a dyn Context,
    /// `$stageVariables`
    pub stage_variables: Values<'a>,
    /// What the request's template left in `$context.requestOverride` and `responseOverride`, for the response's.
    pub carried: Option<&'a Overrides>,
}

impl Default for Input<'_> {
    fn default() -> Self {
        Self { body: b"", path: &[], querystring: &[], header: &[], context: &(), stage_variables: &[], carried: None }
    }
}

impl std::fmt::Debug for Input<'_> {
    /// Without values: they may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("body", &self.body.len()).finish_non_exhaustive()
    }
}
