//! `method.request.body` and `integration.response.body` as sources of a parameter mapping, with a JSONPath behind them.

use std::borrow::Cow;
use std::rc::Rc;

use gatehouse_vtl::{Input, Limits, Template, check_path};

/// Where in a body a value is.
#[derive(Clone, Debug)]
pub struct BodySource {
    /// `None`: all of it.
    path: Option<Rc<Template>>,
    /// Fails for what is no JSON.
    whole: Rc<Template>,
}

/// A body that begins like JSON and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidJson;

impl BodySource {
    /// Reads what stands behind `method.request.body`: nothing, `.a.b` or `[0]`; `None` where it is no such source.
    ///
    /// # Errors
    /// Why the path is none.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let rest =
            text.strip_prefix("method.request.body").or_else(|| text.strip_prefix("integration.response.body"))?;
        let path = match rest {
            "" => None,
            _ if rest.starts_with(['.', '[']) => Some(format!("${rest}")),
            _ => return None,
        };
        Some(Self::compile(path.as_deref()).map_err(|reason| format!("`{text}`: {reason}")))
    }

    fn compile(path: Option<&str>) -> Result<Self, String> {
        let template = |source: &str| Template::parse("path", source).map(Rc::new).map_err(|error| error.reason);
        let at = |path: &str| {
            check_path(path)?;
            template(&format!("$input.json('{}')", path.replace('\'', "''")))
        };
        Ok(Self { path: path.map(at).transpose()?, whole: template("#set($whole = $util.parseJson($input.body))")? })
    }

    /// Is it all of the body?
    pub(crate) fn is_whole(&self) -> bool {
        self.path.is_none()
    }

    /// The value: a text without its quotes, everything else as JSON; `None` where there is none, or an empty one.
    ///
    /// # Errors
    /// [`InvalidJson`]
    pub fn value<'a>(&self, body: &'a [u8]) -> Result<Option<Cow<'a, [u8]>>, InvalidJson> {
        let trimmed = body.trim_ascii();
        if matches!(trimmed.first(), Some(b'{' | b'[' | b'"' | b'\'')) && rendered(&self.whole, body).is_none() {
            return Err(InvalidJson);
        }
        let Some(path) = &self.path else {
            return Ok(Some(if body.is_empty() { Cow::Borrowed(b"{}") } else { Cow::Borrowed(body) }));
        };
        let found = rendered(path, body).ok_or(InvalidJson)?;
        let value = if found.starts_with('"') { serde_json::from_str(&found).unwrap_or(found) } else { found };
        Ok(Some(value).filter(|value| !value.is_empty()).map(|value| Cow::Owned(value.into_bytes())))
    }
}

fn rendered(template: &Template, body: &[u8]) -> Option<String> {
    let input = Input { body, ..Input::default() };
    template.render(&input, &Limits::default()).ok().map(|rendered| rendered.output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_out_of_a_body() {
        let check = |source: &str, body: &str, expected: Result<Option<&str>, InvalidJson>| {
            let source = BodySource::parse(source).unwrap().unwrap();
            let got =
                source.value(body.as_bytes()).map(|value| value.map(|it| String::from_utf8_lossy(&it).into_owned()));
            assert_eq!(got, expected.map(|value| value.map(str::to_owned)), "{body}");
        };
        let body = r#"{"a": {"b": ["x\"y", 1.50, true, {"c": null}], "it's": 7}}"#;
        check("method.request.body.a.b[0]", body, Ok(Some("x\"y")));
        check("method.request.body.a.b[1]", body, Ok(Some("1.5")));
        check("integration.response.body.a.b[2]", body, Ok(Some("true")));
        check("method.request.body.a.b[3]", body, Ok(Some(r#"{"c":null}"#)));
        check("method.request.body.a['b'][1]", body, Ok(Some("1.5")));
        check("method.request.body.a.b[3].c", body, Ok(None));
        check("method.request.body.none", body, Ok(None));
        check("method.request.body", body, Ok(Some(body)));
        check("method.request.body", "", Ok(Some("{}")));
        check("method.request.body", "plain", Ok(Some("plain")));
        check("method.request.body", "\"\"", Ok(Some("\"\"")));
        check("method.request.body.a", "''", Ok(None));
        check("method.request.body", "{\"a\": ", Err(InvalidJson));
        check("method.request.body.a", "[1", Err(InvalidJson));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for wrong in ["method.request.body[", "method.request.body.", "integration.response.body.a[?(]"] {
            assert!(BodySource::parse(wrong).unwrap().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_body_is_left_to_others() {
        assert!(BodySource::parse("method.request.bodyguard").is_none());
        assert!(BodySource::parse("method.request.header.a").is_none());
    }
}
