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
    let mut path = path.to_owned();
    if let Some(Node::Map(variables)) = server.get("variables") {
        for (name, variable) in variables {
            path = path.replace(&format!("{{{name}}}"), text(variable, "default").unwrap_or_default());
        }
    }
    Some(path)
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    match node.get(key) {
        Some(Node::String(text)) => Some(text),
        _ => None,
    }
}
