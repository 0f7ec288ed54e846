//! The definition of an HTTP API, with the routes of events and what the properties of `AWS::Serverless::HttpApi` say.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html>

use super::Api;
use super::auth::Auth;
use super::events::{Event, Target};
use super::parts::{ANY, INTEGRATION, boolean, child};
use crate::cloudformation::{CORS, map, text};
use crate::source::{Tree, Value};

const CORS_OF_DEFINITION: &str = "x-amazon-apigateway-cors";

impl Api<'_> {
    pub(super) fn http(&mut self, definition: &mut Tree) {
        let Some(auth) = self.auth() else { return };
        if let Some(cors) = self.resolved("CorsConfiguration") {
            self.cors_configuration(definition, &cors);
        }
        for event in self.events() {
            match self.is_elsewhere() {
                true => self.left_out(definition, &event),
                false => self.route(definition, &event, &auth),
            }
        }
        if !self.is_elsewhere() {
            self.guard_all(definition, &auth);
        }
    }

    /// What the API's own property says stands in the place of what the definition says under the same key; it is put in later.
    fn cors_configuration(&mut self, definition: &mut Tree, cors: &Tree) {
        if !matches!(cors.value, Value::Bool(_)) {
            self.knows(cors, "`CorsConfiguration`", &CORS.map(|(name, _)| name));
        }
        let Some(there) = definition.get_mut(CORS_OF_DEFINITION).filter(|_| !self.is_elsewhere()) else { return };
        for (name, key) in CORS {
            let is_any_origin = key == "allowOrigins" && matches!(cors.value, Value::Bool(true));
            if is_any_origin || cors.get(name).is_some_and(says) {
                there.remove(key);
            }
        }
    }

    /// Adds the route of an event; one that the definition has keeps its integration.
    fn route(&mut self, definition: &mut Tree, event: &Event, auth: &Auth) {
        let at = event.at;
        let is_managed = self.is_managed();
        let Some(paths) = child(definition, "paths", at) else { return };
        // The default route may be written without a slash.
        let plain = event.path.trim_start_matches('/');
        let path = if plain == "$default" && paths.get(plain).is_some() { plain } else { &event.path };
        let Some(item) = child(paths, path, at) else { return };
        let is_there = item.get(&event.method).is_some_and(|it| it.get(INTEGRATION).is_some());
        if is_managed && is_there {
            let message = format!("the event `{}` is for a method of `{path}` that another event has", event.name);
            return self.wrong(at, message);
        }
        let Some(operation) = child(item, &event.method, at) else { return };
        if !is_there {
            let integration = vec![
                text("type", "aws_proxy", at),
                text("httpMethod", "POST", at),
                text("payloadFormatVersion", "2.0", at),
            ];
            let mut integration = map(integration, at);
            if let Target::Function(uri) = &event.target {
                integration.set("uri", uri.clone());
            }
            operation.set(INTEGRATION, integration);
            if plain == "$default" && event.method == ANY {
                operation.set("isDefaultRoute", boolean(true, at));
            }
            if operation.get("responses").is_none() {
                operation.set("responses", map(Vec::new(), at));
            }
        }
        for (property, key) in
            [("PayloadFormatVersion", "payloadFormatVersion"), ("TimeoutInMillis", "timeoutInMillis")]
        {
            if let (Some(value), Some(integration)) = (event.has(property), operation.get_mut(INTEGRATION)) {
                integration.set(key, value.clone());
            }
        }
        self.guard(operation, event, auth);
    }
}

/// Whether the transform takes it: an empty list, and `false`, say nothing.
fn says(written: &Tree) -> bool {
    match &written.value {
        Value::List(items) => !items.is_empty(),
        Value::Bool(value) => *value,
        _ => true,
    }
}
