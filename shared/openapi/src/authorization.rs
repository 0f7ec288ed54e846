//! Who may call a method: what an operation's `security` comes to.

use gatehouse_api::{Authorization, AuthorizerType, Node, Problem};

use crate::at::At;
use crate::importer::Importer;
use crate::security::Scheme;

/// What SAM writes where an event of a function asks for `Authorizer: NONE`; API Gateway imports it as nothing.
const OF_NOBODY: &str = "NONE";

impl<'a> Importer<'a> {
    /// The authorization of an operation, and whether it asks for an API key.
    ///
    /// API Gateway has one authorizer for a method, and beside it a key or none; it exports both as alternatives and
    /// imports them as one condition. What it could not do is an error: nothing that guards a method is left out.
    pub(crate) fn authorization(&mut self, operation: &At<'a>) -> (Authorization, bool) {
        let mut required = Required::default();
        for requirement in self.requirements(operation) {
            for (name, scopes) in self.map(&requirement) {
                self.require(&mut required, name, &scopes);
            }
        }
        let by_auth = self.auth(operation);
        let authorization = match (by_auth, required.authorization) {
            (None, by_security) => by_security.unwrap_or_default(),
            (Some(by_auth), None) => by_auth,
            (Some(by_auth), Some(by_security)) => {
                if by_auth != by_security {
                    let (auth, security) = (by_auth.name(), by_security.name());
                    let message = format!("`x-amazon-apigateway-auth` says `{auth}`, but `security` `{security}`");
                    self.problems.push(Problem::error(&operation.place.then("x-amazon-apigateway-auth"), message));
                }
                by_security
            }
        };
        (authorization, required.api_key)
    }

    /// The alternatives of `security`, the document's where the operation has none; an empty one among others would make
    /// the rest a choice.
    ///
    /// API Gateway's guide says that it ignores `security` at the root. Recordings of imports show that it does not.
    fn requirements(&mut self, operation: &At<'a>) -> Vec<At<'a>> {
        let Some(at) = operation.get("security").or_else(|| self.root.get("security")) else { return Vec::new() };
        let requirements = self.list(&at);
        let (open, guarded): (Vec<_>, Vec<_>) =
            requirements.into_iter().partition(|it| matches!(it.node, Node::Map(entries) if entries.is_empty()));
        if let (Some(open), false) = (open.first(), guarded.is_empty()) {
            let message = "API Gateway can't leave the choice whether to authenticate: remove `{}` or the others";
            self.problems.push(Problem::error(&open.place, message));
        }
        guarded
    }

    fn require(&mut self, required: &mut Required, name: &'a str, scopes: &At<'a>) {
        let is_declared = self.schemes.iter().any(|(known, _)| *known == name);
        if name == OF_NOBODY && !is_declared {
            return;
        }
        let Some(scheme) = self.schemes.iter().find(|(known, _)| *known == name).map(|(_, scheme)| *scheme) else {
            let names: Vec<_> = self.schemes.iter().map(|(name, _)| format!("`{name}`")).collect();
            let there_are = if names.is_empty() { "there is none".to_owned() } else { names.join(", ") };
            let message = format!("`{name}` is no security scheme of this document: {there_are}");
            self.problems.push(Problem::error(&scopes.place, message));
            return;
        };
        // `api_key:` with nothing behind it has no scopes.
        let asked = if *scopes.node == Node::Null { Vec::new() } else { self.texts(scopes) };
        let authorizer = name.to_owned();
        match scheme {
            Scheme::Unknown => {}
            Scheme::ApiKey if self.is_http() => self.unguarded(scopes, "API keys"),
            Scheme::ApiKey => required.api_key = true,
            Scheme::AwsIam => self.require_one(required, Authorization::AwsIam, scopes),
            Scheme::Authorizer(AuthorizerType::CognitoUserPools) => {
                self.require_one(required, Authorization::CognitoUserPools { authorizer, scopes: asked }, scopes);
            }
            Scheme::Authorizer(AuthorizerType::Jwt) => {
                self.require_one(required, Authorization::Jwt { authorizer, scopes: asked }, scopes);
            }
            Scheme::Authorizer(AuthorizerType::Token | AuthorizerType::Request) => {
                if !asked.is_empty() {
                    let kind = if self.is_http() { "JWT" } else { "Cognito" };
                    let message = format!("`{name}` is no {kind} authorizer: API Gateway can't check scopes with it");
                    self.problems.push(Problem::error(&scopes.place, message));
                }
                self.require_one(required, Authorization::Custom { authorizer }, scopes);
            }
            Scheme::Unchecked => {
                let message =
                    format!("API Gateway does not check `{name}`: it has no `x-amazon-apigateway-authorizer`");
                self.problems.push(Problem::warning(&scopes.place, message));
            }
        }
    }

    fn require_one(&mut self, required: &mut Required, new: Authorization, at: &At<'a>) {
        match (&mut required.authorization, new) {
            (None, new) => required.authorization = Some(new),
            (
                Some(Authorization::CognitoUserPools { authorizer, scopes }),
                Authorization::CognitoUserPools { authorizer: other, scopes: more },
            ) if *authorizer == other => scopes.extend(more),
            (
                Some(Authorization::Jwt { authorizer, scopes }),
                Authorization::Jwt { authorizer: other, scopes: more },
            ) if *authorizer == other => {
                scopes.extend(more);
            }
            (Some(known), new) if *known == new => {}
            (Some(_), _) => {
                let message = "a method has one authorizer: API Gateway can't check another one beside it";
                self.problems.push(Problem::error(&at.place, message));
            }
        }
    }

    /// `x-amazon-apigateway-auth`, if the operation has it.
    fn auth(&mut self, operation: &At<'a>) -> Option<Authorization> {
        let at = operation.get("x-amazon-apigateway-auth")?;
        self.map(&at);
        self.known_fields(&at, &["type"]);
        if at.get("type").is_none() {
            let message = "`x-amazon-apigateway-auth` has no `type`: use `NONE` or `AWS_IAM`";
            self.problems.push(Problem::error(&at.place, message));
        }
        let kinds = [false, true];
        let is_iam = self.named_of(&at, "type", &kinds, |is_iam| if is_iam { "AWS_IAM" } else { "NONE" })?;
        Some(if is_iam { Authorization::AwsIam } else { Authorization::None })
    }
}

#[derive(Default)]
struct Required {
    authorization: Option<Authorization>,
    api_key: bool,
}
