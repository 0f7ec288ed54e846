//! Renders lines of JSON, as the driver of the real Velocity does: for differential tests.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a tool for tests")]

use std::io::{BufRead, Write};

use gatehouse_vtl::{Input, Limits, Template};
use serde_json::{Map, Value, json};

fn pairs(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let empty = Map::new();
    value.as_object().unwrap_or(&empty).iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn answer(line: &str) -> Value {
    let asked: Value = serde_json::from_str(line).expect("a line of JSON");
    let (path, querystring, header) =
        (pairs(&asked["params"]["path"]), pairs(&asked["params"]["querystring"]), pairs(&asked["params"]["header"]));
    let (path, querystring, header) = (borrowed(&path), borrowed(&querystring), borrowed(&header));
    let context = pairs(&asked["context"]);
    let variables = pairs(&asked["stageVariables"]);
    let variables = borrowed(&variables);
    let mut body = asked["body"].as_str().unwrap_or("").to_owned();
    let mut source = asked["template"].as_str().unwrap_or("").to_owned();
    if let Some(json) = asked["json"].as_str() {
        body = json.to_owned();
        source = match asked["path"].as_str() {
            Some(path) => format!("$input.json('{}')", path.replace('\'', "''")),
            None => "#set($x = $util.parseJson($input.body))$input.json('$')".to_owned(),
        };
    }
    let input = Input {
        body: body.as_bytes(),
        path: &path,
        querystring: &querystring,
        header: &header,
        context: &context,
        stage_variables: &variables,
        carried: None,
    };
    match Template::parse("t", &source) {
        Err(error) => json!({"error": error.to_string()}),
        Ok(template) => match template.render(&input, &Limits::default()) {
            Ok(rendered) => json!({"out": rendered.output}),
            Err(error) => json!({"error": error.to_string()}),
        },
    }
}

fn main() -> std::io::Result<()> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        writeln!(output, "{}", answer(&line?))?;
    }
    output.flush()
}
