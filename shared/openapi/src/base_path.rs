//! The base path of a definition, and what an import makes of it.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html>

use gatehouse_api::Node;
use gatehouse_api::deployment::config::Basepath;

/// What is to be put before every path: nothing, or `/a/b`.
pub(crate) fn base_path(document: &Node, how: Basepath) -> String {
    let written = match how {
        Basepath::Ignore => return String::new(),
        Basepath::Prepend | Basepath::Split => written(document).unwrap_or_default(),
    };
    let mut parts: Vec<&str> = written.split('/').filter(|part| !part.is_empty()).collect();
    if how == Basepath::Split && !parts.is_empty() {
        parts.remove(0);
    }
    parts.iter().map(|part| format!("/{part}")).collect()
}

/// `basePath` of OpenAPI 2; of OpenAPI 3 the first server's variable of this name, or else the path of the first server's URL that
/// has one.
fn written(document: &Node) -> Option<String> {
    if let Some(path) = text(document, "basePath") {
        return Some(path.to_owned());
    }
    let Some(Node::List(servers)) = document.get("servers") else { return None };
    let variable = |server: &Node| text(server.get("variables")?.get("basePath")?, "default").map(str::to_owned);
    servers.iter().find_map(variable).or_else(|| servers.iter().find_map(path_of))
}

/// The path of a server's URL, with its variables filled by their defaults.
fn path_of(server: &Node) -> Option<String> {
    let url = text(server, "url")?;
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let (_, path) = rest.split_once('/').filter(|(_, path)| !path.is_empty())?;
    Some(filled(path, server.get("variables")))
}

/// A path with its variables' defaults, which are no paths with variables: those that name each other would grow without bound.
fn filled(path: &str, variables: Option<&Node>) -> String {
    let (mut filled, mut rest) = (String::with_capacity(path.len()), path);
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, rest)| Some((variables?.get(name)?, rest)));
        match named {
            Some((variable, after)) => {
                filled.push_str(text(variable, "default").unwrap_or_default());
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    match node.get(key) {
        Some(Node::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_name_each_other_do_not_grow() {
        let check = |path: &str, expected: &str| {
            let variables = serde_json::from_str(r#"{"a": {"default": "{b}{b}"}, "b": {"default": "{a}"}, "c": {}}"#);
            assert_eq!(filled(path, Some(&variables.unwrap())), expected, "{path}");
        };
        check("{a}/{b}", "{b}{b}/{a}");
        check("x{c}y{d}{", "xy{d}{");
        check("{{a}}", "{{b}{b}}");
        assert_eq!(filled("{a}", None), "{a}");
    }
}
