//! Text or bytes: what `binaryMediaTypes` and `contentHandling` make of a body.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html>

use std::borrow::Cow;
use std::rc::Rc;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use gatehouse_api::ContentHandling;
use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_http::media_type_or_json;

/// `java.util.Base64`'s decoder: padding may be missing, and nobody looks at the bits behind the last byte.
const JAVA: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A body on its way through an integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// Templates read it.
    Text(Cow<'a, str>),
    /// Passes as it is; a template for it fails.
    Binary(Cow<'a, [u8]>),
}

impl<'a> Payload<'a> {
    /// The bytes to send.
    #[must_use]
    pub fn into_bytes(self) -> Cow<'a, [u8]> {
        match self {
            Payload::Text(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
            Payload::Text(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            Payload::Binary(bytes) => bytes,
        }
    }

    /// Bytes as text: what is not UTF-8 becomes U+FFFD, as recorded on the real service.
    #[must_use]
    pub fn text(bytes: &'a [u8]) -> Self {
        Payload::Text(String::from_utf8_lossy(bytes))
    }

    /// What base64 stands for.
    ///
    /// # Errors
    /// 500 for what is none.
    pub fn decoded(bytes: &[u8]) -> Result<Self, Rejection> {
        let decoded = JAVA.decode(bytes.trim_ascii());
        let failed = Rejection::new(ResponseType::ApiConfigurationError);
        decoded.map(|bytes| Payload::Binary(Cow::Owned(bytes))).map_err(|_| failed)
    }

    fn encoded(bytes: &[u8]) -> Self {
        Payload::Text(Cow::Owned(STANDARD.encode(bytes)))
    }
}

/// The media types whose bodies are bytes.
#[derive(Clone, Debug, Default)]
pub struct BinaryMediaTypes(Rc<[String]>);

impl BinaryMediaTypes {
    /// Those of an API.
    #[must_use]
    pub fn new(types: &[String]) -> Self {
        Self(types.iter().map(|it| it.to_ascii_lowercase()).collect())
    }

    /// Is this media type one of them? `type/*` stands for every subtype, `*/*` for everything.
    #[must_use]
    pub fn has(&self, media_type: &str) -> bool {
        let media_type = media_type.to_ascii_lowercase();
        self.0.iter().any(|binary| match binary.strip_suffix("/*") {
            Some("*") => true,
            Some(kind) => media_type.split_once('/').is_some_and(|(other, _)| other == kind),
            None => *binary == media_type,
        })
    }

    /// What a request's body is.
    ///
    /// # Errors
    /// 500 where it is to be decoded and is no base64.
    pub fn request<'a>(
        &self,
        body: &'a [u8],
        content_type: Option<&str>,
        handling: Option<ContentHandling>,
    ) -> Result<Payload<'a>, Rejection> {
        let binary = self.has(content_type.map_or("application/json", media_type_or_json));
        match (binary, handling) {
            (false, None | Some(ContentHandling::ConvertToText)) => Ok(Payload::text(body)),
            (false, Some(ContentHandling::ConvertToBinary)) => Payload::decoded(body),
            (true, None | Some(ContentHandling::ConvertToBinary)) => Ok(Payload::Binary(Cow::Borrowed(body))),
            (true, Some(ContentHandling::ConvertToText)) => Ok(Payload::encoded(body)),
        }
    }

    /// What a backend's body is to the client. Only the first type of `accept` counts.
    ///
    /// # Errors
    /// 500 where it is to be decoded and is no base64.
    pub fn response<'a>(
        &self,
        body: &'a [u8],
        content_type: Option<&str>,
        accept: Option<&str>,
        handling: Option<ContentHandling>,
    ) -> Result<Payload<'a>, Rejection> {
        let binary = self.has(content_type.map_or("application/json", media_type_or_json));
        let wanted = accept.and_then(|accept| accept.split(',').next()).map(media_type_or_json);
        let wants_binary = wanted.is_some_and(|wanted| self.has(wanted));
        match (binary, handling) {
            (false, Some(ContentHandling::ConvertToText)) => Ok(Payload::text(body)),
            (false, Some(ContentHandling::ConvertToBinary)) => Payload::decoded(body),
            (false, None) if wants_binary => Payload::decoded(body),
            (false, None) => Ok(Payload::text(body)),
            (true, Some(ContentHandling::ConvertToBinary)) => Ok(Payload::Binary(Cow::Borrowed(body))),
            (true, Some(ContentHandling::ConvertToText)) => Ok(Payload::encoded(body)),
            (true, None) if wants_binary => Ok(Payload::Binary(Cow::Borrowed(body))),
            (true, None) => Ok(Payload::encoded(body)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContentHandling::{ConvertToBinary, ConvertToText};

    const PNG: &[u8] = b"\x89PNG";
    const TEXT: &[u8] = b"aGk=";

    fn types(list: &[&str]) -> BinaryMediaTypes {
        BinaryMediaTypes::new(&list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_request_is_what_its_content_type_and_handling_say() {
        let types = types(&["image/png", "audio/*", "*/zip"]);
        let check = |content_type, handling, body, expected: Option<Payload<'_>>| {
            assert_eq!(types.request(body, content_type, handling).ok(), expected, "{content_type:?} {handling:?}");
        };
        let text = |text: &'static str| Some(Payload::Text(text.into()));
        let bytes = |bytes: &'static [u8]| Some(Payload::Binary(bytes.into()));
        check(None, None, b"a\xffb", text("a\u{fffd}b"));
        check(Some("text/plain"), Some(ConvertToText), TEXT, text("aGk="));
        check(Some("text/plain"), Some(ConvertToBinary), TEXT, bytes(b"hi"));
        check(Some("text/plain"), Some(ConvertToBinary), b"no base64", None);
        check(Some("text/plain"), Some(ConvertToBinary), b"aGk", bytes(b"hi"));
        check(Some("text/plain"), Some(ConvertToBinary), b"aGl=", bytes(b"hi"));
        for wrong in [&b"aGk=="[..], b"aGk=aGk=", b"a", b"=", b"aG-_", b"a Gk="] {
            check(Some("text/plain"), Some(ConvertToBinary), wrong, None);
        }
        check(Some("image/png; q=1"), None, PNG, bytes(PNG));
        check(Some("Image/PNG"), Some(ConvertToBinary), PNG, bytes(PNG));
        check(Some("audio/mp3"), Some(ConvertToText), PNG, text("iVBORw=="));
        check(Some("application/zip"), None, TEXT, text("aGk="));
    }

    #[test]
    fn a_response_is_what_its_type_the_first_accepted_and_handling_say() {
        let types = types(&["image/*"]);
        let check = |content_type, accept, handling, expected: Option<Payload<'_>>| {
            let body = if content_type == "image/png" { PNG } else { TEXT };
            let got = types.response(body, Some(content_type), accept, handling).ok();
            assert_eq!(got, expected, "{content_type} {accept:?} {handling:?}");
        };
        let text = |text: &'static str| Some(Payload::Text(text.into()));
        let bytes = |bytes: &'static [u8]| Some(Payload::Binary(bytes.into()));
        for accept in [None, Some("text/html,image/png"), Some("*/*")] {
            check("text/plain", accept, None, text("aGk="));
            check("text/plain", accept, Some(ConvertToBinary), bytes(b"hi"));
            check("text/plain", accept, Some(ConvertToText), text("aGk="));
            check("image/png", accept, None, text("iVBORw=="));
            check("image/png", accept, Some(ConvertToBinary), bytes(PNG));
            check("image/png", accept, Some(ConvertToText), text("iVBORw=="));
        }
        check("text/plain", Some("image/webp, text/html"), None, bytes(b"hi"));
        check("text/plain", Some("image/webp"), Some(ConvertToText), text("aGk="));
        check("image/png", Some("image/webp;q=0.1"), None, bytes(PNG));
        check("image/png", Some("image/webp"), Some(ConvertToText), text("iVBORw=="));
    }

    #[test]
    fn without_binary_media_types_everything_is_text() {
        let none = BinaryMediaTypes::default();
        assert_eq!(none.response(PNG, Some("image/png"), Some("image/png"), None).ok(), Some(Payload::text(PNG)));
        assert!(types(&["*/*"]).has("anything/else"));
    }
}
