//! `gatehouse template render` without a file: a line of JSON in, what it renders to out, as often as there are lines.

use std::io::{BufRead, Write};

use gatehouse_vtl::{Input, Limits, Template};
use serde::Deserialize;
use serde_json::json;

use super::render::{Named, borrowed};

/// What a line may hold, and more that is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    template: String,
    body: String,
    params: Params,
    context: Named,
    #[serde(rename = "stageVariables")]
    stage_variables: Named,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Params {
    path: Named,
    querystring: Named,
    header: Named,
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
    let line: Line = serde_json::from_slice(line).map_err(|why| why.to_string())?;
    let template = Template::parse("template", &line.template).map_err(|error| error.to_string())?;
    let (path, querystring) = (borrowed(&line.params.path.0), borrowed(&line.params.querystring.0));
    let (header, variables) = (borrowed(&line.params.header.0), borrowed(&line.stage_variables.0));
    let input = Input {
        body: line.body.as_bytes(),
        path: &path,
        querystring: &querystring,
        header: &header,
        context: &line.context.0,
        stage_variables: &variables,
        carried: None,
    };
    template.render(&input, &Limits::default()).map(|rendered| rendered.output).map_err(|error| error.to_string())
}
