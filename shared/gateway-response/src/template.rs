//! The template language of gateway responses: text with variables, and nothing else.
//!
//! `$context.x`, `$stageVariables.x` and `$method.request.{header|querystring|path}.x`, with or without braces. What
//! is undefined renders to nothing; what is no variable stays as it is. It is not Velocity.

use gatehouse_mapping::{InvalidMapping, MethodRequest, Source};

/// A template, cut into text and variables.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Variable(Source),
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidMapping> {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut from = 0;
        while let Some(at) = rest.get(from..).and_then(|tail| tail.find('$')).map(|at| at + from) {
            let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            match variable(tail) {
                Some((name, length)) => {
                    parts.push(Part::Text(before.to_owned()));
                    if let Some(source) = source(name)? {
                        parts.push(Part::Variable(source));
                    }
                    rest = tail.get(length..).unwrap_or_default();
                    from = 0;
                }
                None => from = at + 1,
            }
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Self(parts))
    }

    pub(crate) fn render(&self, from: &MethodRequest<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Variable(source) => out.extend_from_slice(&source.value(from).unwrap_or_default()),
            }
        }
        out
    }
}

/// The variable's name and the length of its spelling, if `text` begins with one: `$name` or `${name}`.
fn variable(text: &str) -> Option<(&str, usize)> {
    let body = text.strip_prefix('$')?;
    let (name, length) = match body.strip_prefix('{') {
        Some(inner) => inner.split_once('}').map(|(name, _)| (name, name.len() + 3))?,
        None => {
            let end = body.find(|c: char| !is_name(c) && c != '.').unwrap_or(body.len());
            let name = body.get(..end)?.trim_end_matches('.');
            (name, name.len() + 1)
        }
    };
    let known = ["context.", "stageVariables.", "method.request."].iter().any(|root| name.starts_with(root));
    (known && name.chars().all(|c| is_name(c) || c == '.')).then_some((name, length))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// A variable that API Gateway does not know renders to nothing; one that reads the body is refused.
fn source(name: &str) -> Result<Option<Source>, InvalidMapping> {
    match Source::parse(name) {
        Ok(source) => Ok(Some(source)),
        Err(InvalidMapping::Unknown { .. }) => Ok(None),
        Err(unserved @ InvalidMapping::Body { .. }) => Err(unserved),
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_context::Context;
    use gatehouse_http::{Body, Headers, Request};
    use gatehouse_mapping::{PathParameters, StageVariables};

    use super::*;

    fn check(template: &str, expected: &str) {
        let request = Request { headers: Headers::from_pairs([(":path", "/?q=1"), ("x-a", "b")]), body: Body::Empty };
        let mut context = Context { stage: Some("dev".into()), ..Context::default() };
        context.error.message_string = Some("\"no\"".into());
        let stage_variables = StageVariables::from([("v".into(), "1".into())]);
        let path_parameters = PathParameters(&[("petId", b"7")]);
        let from =
            MethodRequest { request: &request, path_parameters, context: &context, stage_variables: &stage_variables };
        let rendered = Template::parse(template).unwrap().render(&from);
        assert_eq!(String::from_utf8_lossy(&rendered), expected, "{template}");
    }

    #[test]
    fn variables_are_substituted_and_everything_else_stays() {
        check("", "");
        check(r#"{"message":$context.error.messageString}"#, r#"{"message":"no"}"#);
        check("$context.stage/$context.stage.", "dev/dev.");
        check("${context.stage}s $stageVariables.v$stageVariables.v", "devs 11");
        check("$method.request.header.X-A,$method.request.querystring.q,$method.request.path.petId", "b,1,7");
        check("[$context.apiId][$context.nothing][$stageVariables.none]", "[][][]");
        check(
            "$5 $ $$context.stage #if(true) ${unclosed $input.body ${a b}",
            "$5 $ $dev #if(true) ${unclosed $input.body ${a b}",
        );
    }

    #[test]
    fn a_body_cannot_be_read() {
        assert!(Template::parse("$method.request.body.a").is_err());
    }
}
