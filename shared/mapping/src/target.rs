//! Where a request mapping puts its value.

use crate::InvalidMapping;

/// A parameter of the integration request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestTarget {
    /// `integration.request.header.Name`, lower case.
    Header(String),
    /// `integration.request.querystring.name`
    QueryString(String),
    /// `integration.request.path.name`: fills `{name}` of the integration's URI.
    Path(String),
}

const ALLOWED: &str = "`integration.request.{header|querystring|path}.NAME`";

impl RequestTarget {
    /// Reads a target as an API definition writes it.
    ///
    /// # Errors
    /// [`InvalidMapping`] if there is no such target.
    pub fn parse(text: &str) -> Result<Self, InvalidMapping> {
        let target = text.strip_prefix("integration.request.").and_then(|rest| rest.split_once('.'));
        match target {
            Some(("header", name)) if !name.is_empty() => Ok(RequestTarget::Header(name.to_ascii_lowercase())),
            Some(("querystring", name)) if !name.is_empty() => Ok(RequestTarget::QueryString(name.to_owned())),
            Some(("path", name)) if !name.is_empty() => Ok(RequestTarget::Path(name.to_owned())),
            _ => Err(InvalidMapping::Unknown { text: text.to_owned(), allowed: ALLOWED }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_header_a_query_parameter_or_a_path_parameter() {
        let check = |text: &str, target| assert_eq!(RequestTarget::parse(text).ok(), target, "{text}");
        check("integration.request.header.X-A", Some(RequestTarget::Header("x-a".into())));
        check("integration.request.querystring.Page", Some(RequestTarget::QueryString("Page".into())));
        check("integration.request.path.petId", Some(RequestTarget::Path("petId".into())));
        for wrong in ["", "integration.request.path.", "integration.request.body", "method.response.header.a"] {
            check(wrong, None);
        }
    }
}
