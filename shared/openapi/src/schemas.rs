//! Models: the schemas that request bodies must satisfy.

use gatehouse_api::{Model, Node, Problem};

use crate::at::At;
use crate::importer::{Dialect, Importer};
use crate::reference;

/// What JSON schema has learnt since draft 4, with which API Gateway validates.
const NEWER_KEYWORDS: &[&str] = &[
    "const",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "maxContains",
    "minContains",
    "prefixItems",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];

impl<'a> Importer<'a> {
    /// Notes the models that the document names.
    pub(crate) fn schemas(&mut self) {
        let schemas = match self.dialect {
            Dialect::Swagger2 => self.root.get("definitions"),
            Dialect::OpenApi30 | Dialect::OpenApi31 => {
                self.root.get("components").and_then(|components| components.get("schemas"))
            }
        };
        let Some(schemas) = schemas else { return };
        for (name, schema) in self.map(&schemas) {
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                let message =
                    format!("`{name}` has more than letters and digits: API Gateway does not import the model");
                self.problems.push(Problem::warning(&schema.place, message));
            }
            self.add_model(name.to_owned(), &schema);
        }
    }

    /// The name of the model that a body's schema is; a schema of its own becomes a model named after the method.
    pub(crate) fn model_of(&mut self, schema: &At<'a>, method: &str) -> Option<String> {
        if let Some(name) = model_name(schema) {
            return Some(name.to_owned());
        }
        let schema = self.follow(schema.clone())?;
        if let Some(known) = self.models.iter().find(|model| model.place == schema.place) {
            return Some(known.name.clone());
        }
        let base: String = method.chars().filter(char::is_ascii_alphanumeric).collect();
        let free = |name: &String| !self.models.iter().any(|model| model.name == *name);
        let name = (0..=self.models.len()).map(|number| format!("{base}Body{number}")).find(free)?;
        self.add_model(name.clone(), &schema);
        Some(name)
    }

    fn add_model(&mut self, name: String, schema: &At<'a>) {
        if !matches!(schema.node, Node::Map(_) | Node::Bool(_)) {
            self.wrong_type(schema, "a schema");
        }
        if self.dialect == Dialect::OpenApi31 {
            self.report_newer_keywords(schema);
        }
        self.models.push(Model { name, schema: schema.node.clone(), place: schema.place.clone() });
    }

    /// Recursion ends at the depth that the walk has checked.
    fn report_newer_keywords(&mut self, at: &At<'a>) {
        for (key, value) in at.entries() {
            let newer = NEWER_KEYWORDS.contains(&key)
                || (matches!(key, "exclusiveMinimum" | "exclusiveMaximum") && matches!(value.node, Node::Number(_)));
            if newer {
                let message = format!("`{key}` is not in JSON schema draft 4, which API Gateway validates with");
                self.problems.push(Problem::warning(&value.place, message));
            }
            match key {
                "properties" | "patternProperties" | "definitions" | "$defs" => {
                    value.entries().iter().for_each(|(_, schema)| self.report_newer_keywords(schema));
                }
                "enum" | "default" | "example" | "examples" | "const" => {}
                _ => self.report_newer_keywords(&value),
            }
        }
        at.items().iter().for_each(|item| self.report_newer_keywords(item));
    }
}

/// The name of the model that a schema refers to.
pub(crate) fn model_name<'a>(schema: &At<'a>) -> Option<&'a str> {
    let Node::String(target) = schema.node.get("$ref")? else { return None };
    let name = ["#/definitions/", "#/components/schemas/"].iter().find_map(|start| target.strip_prefix(start));
    name.filter(|name| !name.contains(['/', '~', '%'])).or_else(|| reference::model_of_address(target))
}
