//! The definition of a REST API, with the methods of events and what the properties of `AWS::Serverless::Api` say.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html>

use super::Api;
use super::auth::Auth;
use super::events::{Event, Target};
use super::parts::{ANY, INTEGRATION, boolean, child, operation, shared};
use crate::cloudformation::{entry, list, map, renamed, single, text};
use crate::finding::Finding;
use crate::source::{Entry, Tree, Value};

const MODEL: &[&str] = &["Model", "Required", "ValidateBody", "ValidateParameters"];
const RESPONSE: &[&str] = &["StatusCode", "ResponseParameters", "ResponseTemplates"];
const RESPONSE_PARAMETERS: &[(&str, &str)] =
    &[("Headers", "header"), ("Paths", "path"), ("QueryStrings", "querystring")];
const PARAMETER: &str = "method.request.";

impl Api<'_> {
    pub(super) fn rest(&mut self, definition: &mut Tree) {
        if self.is_managed() {
            self.version(definition);
        }
        let Some(auth) = self.auth() else { return };
        let models = self.property("Models").cloned();
        let merges = self.merges() && !self.is_elsewhere();
        let (mut put_in, mut left_out) = (Vec::new(), Vec::new());
        let events = self.events();
        for event in &events {
            let is_function = matches!(event.target, Target::Function(_));
            if self.is_managed() || (merges && is_function) {
                if !self.is_managed() {
                    self.check_merged(event);
                }
                self.method(definition, event, &auth, models.as_ref());
                put_in.push(event);
            } else if is_function && !self.is_elsewhere() && self.flag(&event.auth, "OverrideApiAuth", false) {
                self.guard_existing(definition, event, &auth);
                put_in.push(event);
            } else {
                left_out.push(event);
            }
        }
        if !self.is_elsewhere() {
            self.check_policies_of_nobody();
        }
        for event in put_in {
            if let Some(policy) = event.auth.get("ResourcePolicy") {
                self.policy_of_event(definition, policy, &event.path);
            }
        }
        if !self.is_elsewhere() {
            self.properties(definition, &auth, models.as_ref());
        }
        left_out.into_iter().for_each(|event| self.left_out(definition, event));
    }

    /// What the API's own properties say, in the transform's order: preflights are guarded as the others are.
    fn properties(&mut self, definition: &mut Tree, auth: &Auth, models: Option<&Tree>) {
        if self.resolved("BinaryMediaTypes").is_some_and(|types| !types.items().is_empty()) {
            // The property's are put in later, in their place.
            definition.remove("x-amazon-apigateway-binary-media-types");
        }
        self.cors(definition);
        self.guard_all(definition, auth);
        if let Some(policy) = auth.written.get("ResourcePolicy") {
            let paths = definition.get("paths").map(Tree::entries).unwrap_or_default();
            let paths: Vec<String> = paths.iter().map(|path| path.key.clone()).collect();
            self.policy(definition, policy, &paths);
        }
        self.gateway_responses(definition);
        self.models(definition, models);
    }

    /// Of which version of OpenAPI the transform's definition is.
    fn version(&mut self, definition: &mut Tree) {
        let Some(written) = self.resolved("OpenApiVersion") else { return };
        let version = written.scalar().unwrap_or_default();
        match version.split('.').next() {
            Some("3") => {
                definition.remove("swagger");
                definition.set("openapi", Tree::string(version, written.at));
            }
            Some("2") => {}
            _ => self.wrong(written.at, format!("`OpenApiVersion` is `{version}`: `2.0` or `3.0.1`")),
        }
    }

    fn merges(&mut self) -> bool {
        match self.resolved("MergeDefinitions").map(|it| (it.value, it.at)) {
            None => false,
            Some((Value::Bool(merges), _)) => merges,
            Some((_, at)) => {
                self.wrong(at, "`MergeDefinitions` is neither `true` nor `false`");
                false
            }
        }
    }

    /// What the transform does not merge as it is meant.
    fn check_merged(&mut self, event: &Event) {
        if event.method == ANY {
            let message = format!(
                "`MergeDefinitions` writes the method `any` of the event `{}` where API Gateway does not find it",
                event.name
            );
            self.findings
                .push(Finding::error(event.at, message).help("write out the methods, or this one in the definition"));
        }
        if let Some(policy) = event.auth.get("ResourcePolicy") {
            let message = format!("`MergeDefinitions` leaves the `ResourcePolicy` of the event `{}` out", event.name);
            self.findings.push(Finding::error(policy.at, message).help("write it as the API's own"));
        }
    }

    /// Adds the method of an event; where the definition has it, the event's parts count.
    fn method(&mut self, definition: &mut Tree, event: &Event, auth: &Auth, models: Option<&Tree>) {
        let at = event.at;
        let mut made = map(Vec::new(), at);
        let integration = self.integration(event, auth);
        made.set(INTEGRATION, integration);
        made.set("responses", self.responses(event));
        self.guard(&mut made, event, auth);
        self.request_model(definition, &mut made, event, models);
        self.request_parameters(&mut made, event);
        let paths = child(definition, "paths", at);
        let Some(item) = paths.and_then(|paths| child(paths, &event.path, at)) else { return };
        let there = item.get(&event.method).cloned();
        if self.is_managed() && there.is_some() {
            return self.wrong(
                at,
                format!("the event `{}` is for a method of `{}` that another event has", event.name, event.path),
            );
        }
        let mut operation = there.unwrap_or_else(|| map(Vec::new(), at));
        for Entry { key, value, .. } in made.entries() {
            operation.set(key, value.clone());
        }
        item.set(&event.method, operation);
    }

    fn responses(&self, event: &Event) -> Tree {
        let response = |status: &str, what: &str| {
            entry(status, event.at, map(vec![text("description", what, event.at)], event.at))
        };
        match event.target {
            Target::Function(_) => map(Vec::new(), event.at),
            Target::StateMachine(_) => map(vec![response("200", "OK"), response("400", "Bad Request")], event.at),
        }
    }

    fn integration(&mut self, event: &Event, auth: &Auth) -> Tree {
        let at = event.at;
        let uri = match &event.target {
            Target::Function(uri) => uri,
            Target::StateMachine(started) => {
                let response = |status: &str| entry(status, at, map(vec![text("statusCode", status, at)], at));
                let responses = entry("responses", at, map(vec![response("200"), response("400")], at));
                let mut integration = vec![text("type", "aws", at), text("httpMethod", "POST", at), responses];
                integration.extend(started.iter().cloned());
                return map(integration, at);
            }
        };
        let mut integration = map(vec![text("type", "aws_proxy", at), text("httpMethod", "POST", at)], at);
        integration.set("uri", uri.clone());
        if event.has("ResponseTransferMode").and_then(Tree::text) == Some("RESPONSE_STREAM") {
            integration.set("responseTransferMode", Tree::string("STREAM", at));
        }
        if let Some(credentials) = self.credentials(event, auth) {
            integration.set("credentials", credentials);
        }
        if let Some(timeout) = event.has("TimeoutInMillis") {
            integration.set("timeoutInMillis", timeout.clone());
        }
        integration
    }

    /// `OverrideApiAuth`: of a definition that somebody wrote, the `Auth` of an event is put into what is there.
    fn guard_existing(&mut self, definition: &mut Tree, event: &Event, auth: &Auth) {
        match operation(definition, &event.path, &event.method) {
            Some(there) => self.guard(there, event, auth),
            None => self.left_out(definition, event),
        }
    }

    fn request_model(&mut self, definition: &mut Tree, made: &mut Tree, event: &Event, models: Option<&Tree>) {
        let Some(written) = event.has("RequestModel") else { return };
        let at = written.at;
        self.knows(written, "a `RequestModel`", MODEL);
        let Some(model) = written.get("Model").and_then(Tree::text) else {
            return self.wrong(at, "a `RequestModel` needs a `Model`");
        };
        if models.is_none_or(|models| models.get(model).is_none()) {
            return self.wrong(at, format!("`{model}` is none of the API's `Models`"));
        }
        let name = model.to_ascii_lowercase();
        let required = written.get("Required").map(|it| entry("required", it.at, it.clone()));
        let is_swagger = definition.get("openapi").is_none();
        let base = if is_swagger { "#/definitions/" } else { "#/components/schemas/" };
        let schema = single("$ref", Tree::string(format!("{base}{name}"), at), at);
        if is_swagger {
            let mut body = vec![text("in", "body", at), text("name", &name, at), entry("schema", at, schema)];
            body.extend(required);
            made.set("parameters", list(vec![map(body, at)], at));
        } else {
            let content = single("application/json", single("schema", schema, at), at);
            let body = std::iter::once(entry("content", at, content)).chain(required);
            made.set("requestBody", map(body.collect(), at));
        }
        if written.get("ValidateBody").or(written.get("ValidateParameters")).is_some() {
            let body = self.flag(written, "ValidateBody", false);
            let parameters = self.flag(written, "ValidateParameters", false);
            let name = match (body, parameters) {
                (true, true) => "body-and-params",
                (true, false) => "body-only",
                (false, true) => "params-only",
                (false, false) => "no-validation",
            };
            let flags = [("validateRequestBody", body), ("validateRequestParameters", parameters)];
            let validator = map(flags.iter().map(|(key, is)| entry(key, at, boolean(*is, at))).collect(), at);
            if let Some(validators) = child(definition, "x-amazon-apigateway-request-validators", at)
                && validators.get(name).is_none()
            {
                validators.set(name, validator);
            }
            made.set("x-amazon-apigateway-request-validator", Tree::string(name, at));
        }
    }

    fn request_parameters(&mut self, made: &mut Tree, event: &Event) {
        let Some(written) = event.has("RequestParameters") else { return };
        if !matches!(written.value, Value::List(_)) {
            return self.wrong(written.at, format!("{} where a list of parameters is expected", written.kind()));
        }
        let (mut parameters, mut keys) =
            (made.get("parameters").map(Tree::items).unwrap_or_default().to_vec(), Vec::new());
        for item in written.items() {
            let nothing = map(Vec::new(), item.at);
            let named = match item.entries() {
                [Entry { key, value, .. }] => Some((key.as_str(), value)),
                _ => item.text().map(|name| (name, &nothing)),
            };
            let located = named.and_then(|(name, _)| name.strip_prefix(PARAMETER)?.split_once('.'));
            let ((name, settings), (location, own)) = match named.zip(located) {
                Some((named, (location @ ("querystring" | "path" | "header"), own))) => (named, (location, own)),
                _ => {
                    self.wrong(
                        item.at,
                        "a parameter is called `method.request.querystring.…`, `….path.…` or `….header.…`",
                    );
                    continue;
                }
            };
            self.knows(settings, &format!("`{name}`"), &["Required", "Caching"]);
            let required = boolean(self.flag(settings, "Required", false), settings.at);
            let location = if location == "querystring" { "query" } else { location };
            let schema = single("type", Tree::string("string", item.at), item.at);
            parameters.push(map(
                vec![
                    text("name", own, item.at),
                    text("in", location, item.at),
                    entry("required", item.at, required),
                    text("type", "string", item.at),
                    entry("schema", item.at, schema),
                ],
                item.at,
            ));
            if self.flag(settings, "Caching", false) {
                keys.push(Tree::string(name, item.at));
            }
        }
        made.set("parameters", list(parameters, written.at));
        if let Some(integration) = made.get_mut(INTEGRATION).filter(|_| !keys.is_empty()) {
            integration.set("cacheKeyParameters", list(keys, written.at));
        }
    }

    fn gateway_responses(&mut self, definition: &mut Tree) {
        let Some(written) = self.property("GatewayResponses").cloned() else { return };
        for Entry { key, at, value } in written.entries() {
            self.knows(value, &format!("the gateway response `{key}`"), RESPONSE);
            let mut response =
                renamed(value, &[("StatusCode", "statusCode"), ("ResponseTemplates", "responseTemplates")]);
            let mut parameters = Vec::new();
            if let Some(of) = value.get("ResponseParameters") {
                self.knows(of, "`ResponseParameters`", &["Headers", "Paths", "QueryStrings"]);
                for (name, prefix) in RESPONSE_PARAMETERS {
                    let of = of.get(name).map(Tree::entries).unwrap_or_default();
                    parameters.extend(
                        of.iter()
                            .map(|it| entry(&format!("gatewayresponse.{prefix}.{}", it.key), it.at, it.value.clone())),
                    );
                }
            }
            response.push(entry("responseParameters", *at, map(parameters, *at)));
            let Some(response) = self.resolve(&map(response, *at)) else { continue };
            if let Some(responses) = child(definition, "x-amazon-apigateway-gateway-responses", *at) {
                responses.set(key, response);
            }
        }
        if !matches!(written.value, Value::Map(_)) {
            self.wrong(written.at, format!("{} where gateway responses are expected", written.kind()));
        }
    }

    /// The transform writes their names in small letters.
    fn models(&mut self, definition: &mut Tree, models: Option<&Tree>) {
        for Entry { key, at, value } in models.map(Tree::entries).unwrap_or_default() {
            if value.get("type").is_none() {
                self.wrong(*at, format!("the model `{key}` has no `type`"));
            }
            let Some(schema) = self.resolve(value) else { continue };
            if let Some(schemas) = shared(definition, "definitions", "schemas", *at) {
                schemas.set(&key.to_ascii_lowercase(), schema);
            }
        }
    }
}
