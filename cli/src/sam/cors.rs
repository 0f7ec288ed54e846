//! `Cors`: the OPTIONS methods that answer preflights.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-corsconfiguration.html>

use super::Api;
use super::parts::{ANY, INTEGRATION};
use crate::cloudformation::{entry, map, single, text};
use crate::source::{At, Tree, Value};

const KEYS: &[&str] = &["AllowMethods", "AllowHeaders", "AllowOrigin", "MaxAge", "AllowCredentials"];
const ANYBODY: &str = "'*'";
/// What `ANY` stands for.
const ALL: &[&str] = &["options", "get", "head", "post", "put", "delete", "patch"];

impl Api<'_> {
    /// Gives every path an OPTIONS method that has none.
    pub(super) fn cors(&mut self, definition: &mut Tree) {
        let Some(cors) = self.resolved("Cors") else { return };
        let at = cors.at;
        let cors = if cors.text().is_some() { single("AllowOrigin", cors, at) } else { cors };
        self.knows(&cors, "`Cors`", KEYS);
        let with_credentials = self.flag(&cors, "AllowCredentials", false);
        let origin = cors.get("AllowOrigin").cloned().unwrap_or_else(|| Tree::string(ANYBODY, at));
        if with_credentials && origin.text() == Some(ANYBODY) {
            self.wrong(at, "`AllowCredentials` cannot be with an `AllowOrigin` of `'*'`");
        }
        let Some(Tree { value: Value::Map(paths), .. }) = definition.get_mut("paths") else { return };
        let mut done: Vec<String> = Vec::new();
        for path in paths {
            // With a slash at its end it is the same resource.
            let resource = path.key.trim_end_matches('/').to_owned();
            if done.contains(&resource) {
                continue;
            }
            done.push(resource);
            if path.value.get("options").is_none() {
                let methods = cors.get("AllowMethods").cloned().unwrap_or_else(|| methods(&path.value, at));
                let preflight = preflight(&cors, &origin, &methods, with_credentials, at);
                path.value.set("options", preflight);
            }
        }
    }
}

/// The methods of a path.
fn methods(path: &Tree, at: At) -> Tree {
    let own = path.entries().iter().map(|entry| entry.key.as_str());
    let methods = if path.get(ANY).is_some() { ALL.to_vec() } else { own.chain(["options"]).collect() };
    let mut methods: Vec<String> = methods.into_iter().map(str::to_ascii_uppercase).collect();
    methods.sort();
    methods.dedup();
    Tree::string(format!("'{}'", methods.join(",")), at)
}

fn preflight(cors: &Tree, origin: &Tree, methods: &Tree, with_credentials: bool, at: At) -> Tree {
    let mut headers = vec![("Origin", origin.clone())];
    headers.extend(cors.get("AllowHeaders").filter(says).map(|it| ("Headers", it.clone())));
    headers.extend(Some(methods).filter(says).map(|it| ("Methods", it.clone())));
    headers.extend(with_credentials.then(|| ("Credentials", Tree::string("'true'", at))));
    let mut headers: Vec<(String, Tree)> =
        headers.into_iter().map(|(name, value)| (format!("Access-Control-Allow-{name}"), value)).collect();
    headers.extend(cors.get("MaxAge").map(|it| ("Access-Control-Max-Age".to_owned(), it.clone())));
    let parameter = |(name, value): &(String, Tree)| {
        // A number is no expression of a mapping.
        let value = value.scalar().map_or_else(|| value.clone(), |text| Tree::string(text, value.at));
        entry(&format!("method.response.header.{name}"), value.at, value)
    };
    let schema = single("schema", single("type", Tree::string("string", at), at), at);
    let declared = headers.iter().map(|(name, _)| entry(name, at, schema.clone())).collect();
    let response = map(
        vec![
            text("statusCode", "200", at),
            entry("responseParameters", at, map(headers.iter().map(parameter).collect(), at)),
            entry("responseTemplates", at, single("application/json", Tree::string("{}\n", at), at)),
        ],
        at,
    );
    let request = Tree::string("{\n  \"statusCode\" : 200\n}\n", at);
    let integration = map(
        vec![
            text("type", "mock", at),
            entry("requestTemplates", at, single("application/json", request, at)),
            entry("responses", at, single("default", response, at)),
        ],
        at,
    );
    let answered = map(
        vec![text("description", "Default response for CORS method", at), entry("headers", at, map(declared, at))],
        at,
    );
    map(
        vec![
            text("summary", "CORS support", at),
            entry(INTEGRATION, at, integration),
            entry("responses", at, single("200", answered, at)),
        ],
        at,
    )
}

fn says(written: &&Tree) -> bool {
    written.text() != Some("")
}
