//! API Gateway's extensions: which there are, and where each belongs.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>

use gatehouse_api::{HttpMethod, Place, Problem};

use crate::spelling::nearest;

/// What kind of place in a document something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    Root,
    Servers,
    Server,
    Tags,
    Tag,
    Paths,
    PathItem,
    Operation,
    Components,
    SecuritySchemes,
    SecurityScheme,
    /// Somewhere else in the document.
    Elsewhere,
    /// Inside of an extension, which knows its own fields.
    Extension,
    /// Inside of an example, which may hold anything.
    Example,
}

impl Site {
    /// What is under a key here.
    pub(crate) fn under(self, key: &str) -> Site {
        match (self, key) {
            (Site::Example, _) | (_, "example" | "examples") => Site::Example,
            (Site::PathItem, ANY_METHOD) => Site::Operation,
            (Site::Components, "x-amazon-apigateway-integrations") => Site::Extension,
            (Site::Extension, _) => Site::Extension,
            (_, key) if find(key).is_some() => Site::Extension,
            (Site::Root, "servers") | (Site::PathItem | Site::Operation, "servers") => Site::Servers,
            (Site::Root, "tags") => Site::Tags,
            (Site::Root, "paths") | (Site::Components, "pathItems") => Site::Paths,
            (Site::Root, "components") => Site::Components,
            (Site::Root, "securityDefinitions") | (Site::Components, "securitySchemes") => Site::SecuritySchemes,
            (Site::SecuritySchemes, _) => Site::SecurityScheme,
            (Site::Paths, key) if !key.starts_with("x-") => Site::PathItem,
            // `trace` is refused elsewhere, and need not be refused twice.
            (Site::PathItem, key) if key == "trace" || HttpMethod::parse(key).is_some() => Site::Operation,
            _ => Site::Elsewhere,
        }
    }

    /// What is in a list here.
    pub(crate) fn item(self) -> Site {
        match self {
            Site::Servers => Site::Server,
            Site::Tags => Site::Tag,
            Site::Extension | Site::Example => self,
            _ => Site::Elsewhere,
        }
    }
}

/// The method for every verb.
pub(crate) const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

struct Extension {
    name: &'static str,
    /// Where it belongs.
    sites: &'static [Site],
    /// The same, for humans.
    belongs: &'static str,
    /// Whether an API is less guarded without it.
    guards: bool,
}

const fn extension(name: &'static str, sites: &'static [Site], belongs: &'static str, guards: bool) -> Extension {
    Extension { name, sites, belongs, guards }
}

const ROOT: &[Site] = &[Site::Root];
const AT_ROOT: &str = "at the root of the document";
const SCHEME: &[Site] = &[Site::SecurityScheme];
const OPERATION: &[Site] = &[Site::Operation];

const EXTENSIONS: &[Extension] = &[
    extension("x-amazon-apigateway-api-key-source", ROOT, AT_ROOT, true),
    extension("x-amazon-apigateway-binary-media-types", ROOT, AT_ROOT, false),
    extension("x-amazon-apigateway-cors", ROOT, AT_ROOT, false),
    extension("x-amazon-apigateway-documentation", ROOT, AT_ROOT, false),
    extension(
        "x-amazon-apigateway-endpoint-configuration",
        &[Site::Root, Site::Server],
        "in a server or at the root of the document",
        true,
    ),
    extension("x-amazon-apigateway-endpoint-access-mode", ROOT, AT_ROOT, true),
    extension("x-amazon-apigateway-gateway-responses", ROOT, AT_ROOT, false),
    extension("x-amazon-apigateway-importexport-version", ROOT, AT_ROOT, false),
    extension("x-amazon-apigateway-minimum-compression-size", ROOT, AT_ROOT, false),
    extension("x-amazon-apigateway-policy", ROOT, AT_ROOT, true),
    extension("x-amazon-apigateway-request-validators", ROOT, AT_ROOT, true),
    extension(
        "x-amazon-apigateway-request-validator",
        &[Site::Root, Site::Operation],
        "at the root of the document or in an operation",
        true,
    ),
    extension("x-amazon-apigateway-security-policy", ROOT, AT_ROOT, true),
    extension("x-amazon-apigateway-tag-value", &[Site::Tag], "in a tag", false),
    extension(ANY_METHOD, &[Site::PathItem], "in a path, beside its methods", true),
    extension("x-amazon-apigateway-auth", OPERATION, "in an operation", true),
    extension("x-amazon-apigateway-integration", OPERATION, "in an operation", false),
    extension("x-amazon-apigateway-integrations", &[Site::Components], "in `components`", false),
    extension("x-amazon-apigateway-authorizer", SCHEME, "in a security scheme", true),
    extension("x-amazon-apigateway-authtype", SCHEME, "in a security scheme", true),
];

fn find(name: &str) -> Option<&'static Extension> {
    EXTENSIONS.iter().find(|extension| extension.name == name)
}

/// What is wrong with a key that is, or looks like, an extension of API Gateway's; the place is asked for if need be.
pub(crate) fn misplaced(key: &str, site: Site, place: impl Fn() -> Place) -> Option<Problem> {
    if !key.starts_with("x-") || matches!(site, Site::Extension | Site::Example) {
        return None;
    }
    match find(key) {
        Some(extension) if extension.sites.contains(&site) => None,
        Some(Extension { belongs, guards, .. }) => {
            let message = format!("`{key}` means nothing here: it belongs {belongs}");
            Some(if *guards { Problem::error(&place(), message) } else { Problem::warning(&place(), message) })
        }
        None => match nearest(key, EXTENSIONS.iter().map(|extension| extension.name)) {
            Some(name) => Some(Problem::error(&place(), format!("`{key}` is no extension: did you mean `{name}`?"))),
            None if key.starts_with("x-amazon-apigateway-") => {
                Some(Problem::error(&place(), format!("`{key}` is no extension that is known here")))
            }
            None => None,
        },
    }
}
