//! `gatehouse template render FILE`: a template with a request, for people; again whenever a file changes.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use gatehouse_vtl::{Input, Limits, Overrides, Rendered, Template};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::args::TemplateRender;
use crate::finding::Finding;
use crate::source::reason;

/// How often a watched file is looked at.
const INTERVAL: Duration = Duration::from_millis(200);

/// Names and values in the order in which they were written, numbers and booleans as their text.
#[derive(Debug, Default)]
pub(super) struct Named(pub(super) Vec<(String, String)>);

/// As a render takes them.
pub(super) fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Named;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    let values = match value {
                        Value::Array(values) => values,
                        value => vec![value],
                    };
                    pairs.extend(values.into_iter().map(|value| (name.clone(), text(value))));
                }
                Ok(Named(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// A value as text; nothing is none.
pub(super) fn text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        value => value.to_string(),
    }
}

/// Renders a file once.
///
/// # Errors
/// What is wrong with a file, with the template, or with its render.
pub fn once(args: &TemplateRender, file: &Path) -> Result<String, Vec<Finding>> {
    let wrong = |message: String| vec![Finding::error(None, message)];
    let unreadable = |path: &Path, why: String| wrong(format!("`{}` can't be read: {why}", path.display()));
    let read = |path: &Path| fs::read(path).map_err(|error| unreadable(path, reason(&error)));
    let source = String::from_utf8(read(file)?).map_err(|_| unreadable(file, "it is not UTF-8".to_owned()))?;
    let name = file.display().to_string();
    let template = Template::parse(&name, &source).map_err(|error| wrong(error.to_string()))?;
    let body = args.body.as_deref().map(read).transpose()?.unwrap_or_default();
    let (path, querystring) = (borrowed(&args.param), borrowed(&args.query));
    let (header, variables) = (borrowed(&args.header), borrowed(&args.variable));
    let input = Input {
        body: &body,
        path: &path,
        querystring: &querystring,
        header: &header,
        context: &args.context,
        stage_variables: &variables,
        carried: None,
    };
    match template.render(&input, &Limits::default()) {
        Ok(rendered) => Ok(shown(&rendered)),
        Err(error) => Err(wrong(format!("{name}: {error}"))),
    }
}

/// Renders, and again whenever the template or the body changes; what is wrong is said, and waited for to change.
///
/// # Errors
/// Nobody reads the output.
pub fn watch(
    args: &TemplateRender,
    file: &Path,
    output: &mut dyn Write,
    report: &mut dyn FnMut(&[Finding]),
) -> std::io::Result<()> {
    // Two writes within a tick of the file system's clock have one time: what is compared is what is written.
    let written = |path: &Path| fs::read(path).ok();
    let state = || (written(file), args.body.as_deref().and_then(written));
    loop {
        let seen = state();
        match once(args, file) {
            Ok(text) => writeln!(output, "{text}")?,
            Err(findings) => report(&findings),
        }
        output.flush()?;
        while state() == seen {
            wait();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a command may wait; only filters may not")]
fn wait() {
    std::thread::sleep(INTERVAL);
}

/// The output, and the overrides below it if there are any.
fn shown(rendered: &Rendered) -> String {
    let mut text = rendered.output.clone();
    let Overrides { request_header, request_path, request_querystring, response_header, status, custom } =
        &rendered.overrides;
    let groups = [
        ("requestOverride.header", request_header),
        ("requestOverride.path", request_path),
        ("requestOverride.querystring", request_querystring),
        ("responseOverride.header", response_header),
    ];
    for (group, values) in groups {
        for (name, values) in values {
            let _ = write!(text, "\n# $context.{group}.{name} = {}", values.join(","));
        }
    }
    if let Some(status) = status {
        let _ = write!(text, "\n# $context.responseOverride.status = {status}");
    }
    for (name, value) in custom {
        let _ = write!(text, "\n# $context.responseOverride.{name} = {value}");
    }
    text
}
