//! `gatehouse template render` without a file: a line of JSON in, what it renders to out, as often as there are lines.

use std::io::{BufRead, Write};

use gatehouse_vtl::{Input, Limits, Overrides, Template};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::render::{Named, borrowed, text};

/// What a line may hold, and more that is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    template: String,
    /// Text, or JSON as it stands.
    body: Option<Box<RawValue>>,
    #[serde(deserialize_with = "params")]
    params: Params,
    /// By dotted names, by groups in groups, or both.
    #[serde(deserialize_with = "or_nothing")]
    context: Map<String, Value>,
    #[serde(rename = "stageVariables", deserialize_with = "or_nothing")]
    stage_variables: Named,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Params {
    #[serde(deserialize_with = "or_nothing")]
    path: Named,
    #[serde(deserialize_with = "or_nothing")]
    querystring: Named,
    #[serde(deserialize_with = "or_nothing")]
    header: Named,
}

/// `null` is nothing.
fn or_nothing<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Groups of parameters; a list is none.
fn params<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Params, D::Error> {
    match Option::<Box<RawValue>>::deserialize(deserializer)? {
        Some(groups) if groups.get().starts_with('{') => serde_json::from_str(groups.get()).map_err(Error::custom),
        Some(_) => Err(Error::custom("`params` is no object")),
        None => Ok(Params::default()),
    }
}

/// Answers every line; one that cannot be rendered is answered with why.
///
/// # Errors
/// The input can't be read, or nobody reads the output.
pub fn render(input: &mut dyn BufRead, output: &mut dyn Write) -> std::io::Result<()> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            let answer = match rendered(&line) {
                Ok(output) => json!({"out": output}),
                Err(why) => json!({"error": why}),
            };
            writeln!(output, "{answer}")?;
            output.flush()?;
        }
        line.clear();
    }
    Ok(())
}

fn rendered(line: &[u8]) -> Result<String, String> {
    if !line.trim_ascii().starts_with(b"{") {
        return Err("the line is no JSON object".to_owned());
    }
    let line: Line = serde_json::from_slice(line).map_err(|why| why.to_string())?;
    let template = Template::parse("template", &line.template).map_err(|error| error.to_string())?;
    let body = body(line.body.as_deref())?;
    let (mut context, mut carried) = (Vec::new(), Overrides::default());
    flatten("", line.context, &mut |name, value| match name.split_once("Override.") {
        Some(("request", name)) => set(&mut carried, name, value, false),
        Some(("response", name)) => set(&mut carried, name, value, true),
        _ => context.push((name.to_owned(), text(value))),
    });
    let (path, querystring) = (borrowed(&line.params.path.0), borrowed(&line.params.querystring.0));
    let (header, variables) = (borrowed(&line.params.header.0), borrowed(&line.stage_variables.0));
    let input = Input {
        body: body.as_bytes(),
        path: &path,
        querystring: &querystring,
        header: &header,
        context: &context,
        stage_variables: &variables,
        carried: Some(&carried),
    };
    template.render(&input, &Limits::default()).map(|rendered| rendered.output).map_err(|error| error.to_string())
}

fn body(written: Option<&RawValue>) -> Result<String, String> {
    let Some(written) = written.map(RawValue::get).filter(|written| *written != "null") else {
        return Ok(String::new());
    };
    if !written.starts_with('"') {
        return Ok(written.to_owned());
    }
    serde_json::from_str(written).map_err(|why| format!("the body is no text: {why}"))
}

/// Tells every value by its dotted name.
fn flatten(prefix: &str, group: Map<String, Value>, tell: &mut dyn FnMut(&str, Value)) {
    for (name, value) in group {
        match value {
            Value::Object(inner) => flatten(&format!("{prefix}{name}."), inner, tell),
            value => tell(&format!("{prefix}{name}"), value),
        }
    }
}

/// What an earlier template left.
fn set(carried: &mut Overrides, name: &str, value: Value, of_response: bool) {
    let values = |value| match value {
        Value::Array(values) => values.into_iter().map(text).collect(),
        value => vec![text(value)],
    };
    match (name.split_once('.'), of_response) {
        (Some(("header", name)), false) => carried.request_header.push((name.to_owned(), values(value))),
        (Some(("path", name)), false) => carried.request_path.push((name.to_owned(), values(value))),
        (Some(("querystring", name)), false) => carried.request_querystring.push((name.to_owned(), values(value))),
        (Some(("header", name)), true) => carried.response_header.push((name.to_owned(), values(value))),
        (None, true) if name == "status" => carried.status = text(value).parse().ok(),
        (_, true) => carried.custom.push((name.to_owned(), text(value))),
        (_, false) => {}
    }
}
