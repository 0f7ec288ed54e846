//! Where a request's key is.

/// The header with the key.
pub const HEADER: &str = "x-api-key";

/// An API's source of keys: `x-amazon-apigateway-api-key-source`.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiKeySource {
    /// `x-api-key`.
    #[default]
    Header,
    /// What the Lambda authorizer answered as `usageIdentifierKey`.
    Authorizer,
}

impl ApiKeySource {
    /// The key's value: the header that stands once, or the authorizer's word. The other one does not count.
    #[must_use]
    pub fn value<'a>(self, header: Option<&'a [u8]>, usage_identifier_key: Option<&'a [u8]>) -> Option<&'a [u8]> {
        match self {
            ApiKeySource::Header => header,
            ApiKeySource::Authorizer => usage_identifier_key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_source_counts() {
        let (header, key) = (Some(b"header".as_slice()), Some(b"key".as_slice()));
        assert_eq!(ApiKeySource::Header.value(header, key), header);
        assert_eq!(ApiKeySource::Header.value(None, key), None);
        assert_eq!(ApiKeySource::Authorizer.value(header, key), key);
        assert_eq!(ApiKeySource::Authorizer.value(header, None), None);
    }
}
