//! Where a request's key is: the other place does not count.

/// The header with the key.
pub const HEADER: &str = "x-api-key";

/// An API's source of keys: `x-amazon-apigateway-api-key-source`.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiKeySource {
    /// `x-api-key`, which stands once.
    #[default]
    Header,
    /// What the Lambda authorizer answered as `usageIdentifierKey`.
    Authorizer,
}
