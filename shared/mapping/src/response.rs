//! Response mappings: from what the integration answered to the headers of the method response.

use std::borrow::Cow;

use gatehouse_context::Context;
use gatehouse_http::Headers;

use crate::source::joined;
use crate::{InvalidMapping, MethodRequest, quoted};

/// A source of a response mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseSource {
    /// `'text'`
    Static(String),
    /// `context.requestId`
    Context(String),
    /// `stageVariables.name`
    StageVariable(String),
    /// `integration.response.header.Name`: the last value.
    Header(String),
    /// `integration.response.multivalueheader.Name`: every value, joined by commas.
    MultiValueHeader(String),
}

/// What a [`ResponseSource`] reads from.
#[derive(Clone, Copy, Debug)]
pub struct IntegrationReply<'a> {
    /// The headers that the backend sent.
    pub headers: &'a Headers,
    /// The method request that it answers.
    pub from: MethodRequest<'a>,
}

const ALLOWED: &str = "`integration.response.{header|multivalueheader}.NAME`, `stageVariables.NAME`, `context.NAME` \
                       or a static value in 'single quotes'";

impl ResponseSource {
    /// Reads an expression as an API definition writes it.
    ///
    /// # Errors
    /// [`InvalidMapping`] if there is no such expression, or if it reads the body.
    pub fn parse(text: &str) -> Result<Self, InvalidMapping> {
        let unknown = || InvalidMapping::Unknown { text: text.to_owned(), allowed: ALLOWED };
        if let Some(value) = quoted(text) {
            return Ok(ResponseSource::Static(value.to_owned()));
        }
        if let Some(name) = text.strip_prefix("context.") {
            return if Context::knows(name) { Ok(ResponseSource::Context(name.to_owned())) } else { Err(unknown()) };
        }
        if let Some(name) = text.strip_prefix("stageVariables.") {
            return if name.is_empty() { Err(unknown()) } else { Ok(ResponseSource::StageVariable(name.to_owned())) };
        }
        let rest = text.strip_prefix("integration.response.").ok_or_else(unknown)?;
        if rest == "body" || rest.starts_with("body.") || rest.starts_with("body[") {
            return Err(InvalidMapping::Body { text: text.to_owned() });
        }
        match rest.split_once('.') {
            Some((_, "")) | None => Err(unknown()),
            Some(("header", name)) => Ok(ResponseSource::Header(name.to_ascii_lowercase())),
            Some(("multivalueheader", name)) => Ok(ResponseSource::MultiValueHeader(name.to_ascii_lowercase())),
            Some(_) => Err(unknown()),
        }
    }

    /// The value; `None` if absent, and then the header is left out.
    #[must_use]
    pub fn value<'a>(&'a self, from: &IntegrationReply<'a>) -> Option<Cow<'a, [u8]>> {
        match self {
            ResponseSource::Static(text) => Some(Cow::Borrowed(text.as_bytes())),
            ResponseSource::Context(name) => {
                from.from.context.lookup(name).map(|text| Cow::Owned(text.into_owned().into_bytes()))
            }
            ResponseSource::StageVariable(name) => {
                from.from.stage_variables.get(name).map(|text| Cow::Borrowed(text.as_bytes()))
            }
            ResponseSource::Header(name) => from.headers.all(name).last().map(Cow::Borrowed),
            ResponseSource::MultiValueHeader(name) => joined(from.headers.all(name).map(Cow::Borrowed)),
        }
    }
}

/// The header name, lower case, of a target `method.response.header.Name`.
///
/// # Errors
/// [`InvalidMapping`] for any other target.
pub fn response_header_target(text: &str) -> Result<String, InvalidMapping> {
    match text.strip_prefix("method.response.header.") {
        Some(name) if !name.is_empty() => Ok(name.to_ascii_lowercase()),
        _ => Err(InvalidMapping::Unknown { text: text.to_owned(), allowed: "`method.response.header.NAME`" }),
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_http::Request;

    use super::*;
    use crate::{PathParameters, StageVariables};

    #[test]
    fn a_response_source_reads_what_it_names() {
        let headers = Headers::from_pairs([("x-a", "1"), ("x-a", "2")]);
        let context = Context { stage: Some("dev".into()), ..Context::default() };
        let (request, stage_variables) = (Request::default(), StageVariables::new());
        let path_parameters = PathParameters::default();
        let from =
            MethodRequest { request: &request, path_parameters, context: &context, stage_variables: &stage_variables };
        let from = IntegrationReply { headers: &headers, from };
        let check = |text: &str, value: Option<&str>| {
            let source = ResponseSource::parse(text).unwrap();
            assert_eq!(source.value(&from).as_deref(), value.map(str::as_bytes), "{text}");
        };
        check("'*'", Some("*"));
        check("context.stage", Some("dev"));
        check("stageVariables.a", None);
        check("integration.response.header.X-A", Some("2"));
        check("integration.response.multivalueheader.X-A", Some("1,2"));
        check("integration.response.header.X-B", None);
    }

    #[test]
    fn what_is_no_response_source_is_refused() {
        for text in
            ["", "*", "method.request.header.a", "integration.response.header.", "integration.response.cookie.a"]
        {
            assert!(matches!(ResponseSource::parse(text), Err(InvalidMapping::Unknown { .. })), "{text}");
        }
        assert!(matches!(ResponseSource::parse("integration.response.body.a"), Err(InvalidMapping::Body { .. })));
        assert_eq!(response_header_target("method.response.header.X-A").as_deref(), Ok("x-a"));
        assert!(response_header_target("method.response.header.").is_err());
    }
}
