//! What AWS saves without a word, and what hardly does what was meant.
//!
//! The likes of Access Analyzer's warnings, for what goes wrong at an API.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>

use std::fmt;

use crate::condition::{Condition, Test};
use crate::glob::Glob;
use crate::invalid::At;
use crate::key::{GlobalKey, Key};
use crate::kind::PolicyKind;
use crate::operator::{Comparison, Quantifier};
use crate::policy::Policy;
use crate::resource::ResourcePattern;
use crate::statement::{Effect, Statement};
use crate::template::Pattern;

/// Something that is valid and doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where: a JSON pointer. Statements are counted even where there is one, and keys of conditions are in lower case.
    pub path: String,
    /// What is doubtful.
    pub doubt: Doubt,
}

/// What is doubtful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// A resource policy allows some addresses and denies none. Beside a Lambda authorizer or IAM authorization of the same
    /// account, whoever is allowed there passes from every other address too.
    AllowsAddressesOnly,
    /// `ForAllValues` in an Allow: it holds of a request that does not have the key.
    AllowsOnAbsence,
    /// An operator without `ForAllValues` or `ForAnyValue` on a key that has several values: it never holds of two, and a
    /// Deny of that kind does not deny.
    MissingQualifier,
    /// `${…}` in a document of 2008, or of no version, where it is no policy variable.
    VariableAsText,
    /// A resource that no request has.
    MatchesNothing(Nothing),
}

/// Why a resource matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nothing {
    /// Fewer than six sections.
    Short,
    /// Its actions are those of execute-api, and it is a resource of another service.
    OtherService,
    /// An API is in a region and of an account.
    WithoutRegionOrAccount,
    /// Policy variables are not replaced before the last section.
    VariableInHead,
    /// No stage, or nothing behind it: `api/stage/METHOD/path`.
    WithoutMethod,
    /// Methods are in upper case.
    MethodCase,
    /// A request has a method: `ANY` is none.
    AnyMethod,
    /// A request has a path, where a resource of the API has `{name}`.
    PathParameter,
}

impl Policy {
    /// What is doubtful in this document, in its order.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let mut statements: Vec<&Statement> = self.statements.iter().collect();
        statements.sort_by_key(|statement| statement.index);
        let mut warnings = Vec::new();
        for statement in statements {
            let at = At::Root;
            let at = at.key("Statement");
            let at = at.index(statement.index);
            self.resources(statement, &at, &mut warnings);
            self.conditions(statement, &at, &mut warnings);
        }
        warnings
    }

    fn resources(&self, statement: &Statement, at: &At<'_>, warnings: &mut Vec<Warning>) {
        let at = at.key(if statement.resources.negated { "NotResource" } else { "Resource" });
        for (index, pattern) in statement.resources.patterns.iter().enumerate() {
            let doubt = match pattern.last() {
                Some(last) if has_variable_as_text(last) => Some(Doubt::VariableAsText),
                _ => self.matches_nothing(statement, pattern).map(Doubt::MatchesNothing),
            };
            warnings.extend(doubt.map(|doubt| Warning { path: at.index(index).to_string(), doubt }));
        }
    }

    fn matches_nothing(&self, statement: &Statement, pattern: &ResourcePattern) -> Option<Nothing> {
        match pattern {
            ResourcePattern::Any => None,
            ResourcePattern::Nothing => Some(Nothing::Short),
            // As if the API's id stood before it.
            ResourcePattern::OfThisApi(Pattern::Glob(last)) => path(last, 1),
            ResourcePattern::OfThisApi(Pattern::Template(_)) => None,
            ResourcePattern::Arn(head, last) => {
                let head = self.heads.get(*head)?;
                let services = statement.actions.services().unwrap_or_default();
                let invokes = !services.is_empty() && services.iter().all(|service| *service == "execute-api");
                match last {
                    _ if invokes && !head.is_of("execute-api") => Some(Nothing::OtherService),
                    _ if head.has_variable() => Some(Nothing::VariableInHead),
                    _ if !head.is_exactly_of("execute-api") => None,
                    _ if head.is_nowhere() => Some(Nothing::WithoutRegionOrAccount),
                    Pattern::Glob(last) => path(last, 2),
                    Pattern::Template(_) => None,
                }
            }
        }
    }

    fn conditions(&self, statement: &Statement, at: &At<'_>, warnings: &mut Vec<Warning>) {
        let at = at.key("Condition");
        for condition in &statement.conditions {
            let doubts = [
                (condition.lacks_qualifier(), Doubt::MissingQualifier),
                (condition.test.patterns().into_iter().any(has_variable_as_text), Doubt::VariableAsText),
                (holds_of_nothing(condition, statement), Doubt::AllowsOnAbsence),
                (self.allows_addresses_only(condition, statement), Doubt::AllowsAddressesOnly),
            ];
            let (at, key) = (at.key(&condition.written), condition.key.to_string());
            let doubts = doubts.into_iter().filter(|(doubtful, _)| *doubtful);
            warnings.extend(doubts.map(|(_, doubt)| Warning { path: at.key(&key).to_string(), doubt }));
        }
    }

    fn allows_addresses_only(&self, condition: &Condition, statement: &Statement) -> bool {
        let denies = |it: &Statement| it.effect == Effect::Deny && it.conditions.iter().any(is_about_address);
        let limits = self.kind == PolicyKind::Resource && statement.effect == Effect::Allow;
        limits && is_about_address(condition) && !self.statements.iter().any(denies)
    }
}

/// Where variables are replaced, none is left in a text, but for who writes `${$}{…}`.
fn has_variable_as_text(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Glob(text) if text.holds("${"))
}

fn is_about_address(condition: &Condition) -> bool {
    let address = matches!(condition.key, Key::Global(GlobalKey::SourceIp | GlobalKey::VpcSourceIp));
    address && condition.operator.comparison == Comparison::Ip
}

/// Unless the statement also asks that the key is there.
fn holds_of_nothing(condition: &Condition, statement: &Statement) -> bool {
    let asks = |other: &Condition| {
        let exists = matches!(&other.test, Test::Null(wanted) if **wanted == [false]);
        exists && other.operator.is_single() && other.key == condition.key
    };
    let all = condition.operator.quantifier == Quantifier::All;
    all && statement.effect == Effect::Allow && !statement.conditions.iter().any(asks)
}

/// What is wrong with `api/stage/METHOD/path`, where the method stands behind so many slashes.
fn path(last: &Glob, method: usize) -> Option<Nothing> {
    method_at(last, method).or_else(|| has_path_parameter(last).then_some(Nothing::PathParameter))
}

fn method_at(last: &Glob, method: usize) -> Option<Nothing> {
    let (text, exact) = match last {
        Glob::Exact(text) => (text, true),
        Glob::Prefix(text) => (text, false),
        _ => return None,
    };
    let segments: Vec<&str> = text.split('/').collect();
    match segments.get(method) {
        None | Some(&"") if exact => Some(Nothing::WithoutMethod),
        // The last segment of a prefix goes on.
        Some(name) if segments.len() > method + 1 && is_method_in_other_case(name) => Some(Nothing::MethodCase),
        Some(name) if segments.len() > method + 1 && name.eq_ignore_ascii_case("ANY") => Some(Nothing::AnyMethod),
        _ => None,
    }
}

fn is_method_in_other_case(name: &str) -> bool {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    methods.iter().any(|method| *method != name && method.eq_ignore_ascii_case(name))
}

/// The path of a request is what the client sent: `pets/1`, not `pets/{id}`.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>
fn has_path_parameter(last: &Glob) -> bool {
    let parameter = |segment: &str| segment.len() > 2 && segment.starts_with('{') && segment.ends_with('}');
    let within = |text: &str| text.split('/').any(parameter);
    match last {
        Glob::Exact(text) | Glob::Prefix(text) | Glob::Suffix(text) | Glob::Contains(text) => within(text),
        Glob::Around(before, behind) => within(before) || within(behind),
        Glob::Any | Glob::Fixed(_) | Glob::Starred(_) => false,
    }
}

impl Doubt {
    /// What to write instead.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Doubt::AllowsAddressesOnly => "deny all others: an effect of Deny with NotIpAddress",
            Doubt::AllowsOnAbsence => "ask that the key is there: `\"Null\": {key: \"false\"}`",
            Doubt::MissingQualifier => "write `ForAnyValue:` or `ForAllValues:` before the operator",
            Doubt::VariableAsText => "write `\"Version\": \"2012-10-17\"`, which has policy variables",
            Doubt::MatchesNothing(Nothing::Short) => "an ARN has six sections",
            Doubt::MatchesNothing(Nothing::OtherService) => {
                "execute-api's resources are `arn:aws:execute-api:region:account:api/stage/METHOD/path`"
            }
            Doubt::MatchesNothing(Nothing::WithoutRegionOrAccount) => "write the region and the account, or `*`",
            Doubt::MatchesNothing(Nothing::VariableInHead) => "write the section, or `*`",
            Doubt::MatchesNothing(Nothing::WithoutMethod) => "write `/*` behind it for all that it has",
            Doubt::MatchesNothing(Nothing::MethodCase) => "write the method in upper case",
            Doubt::MatchesNothing(Nothing::AnyMethod) => "write `*` for every method",
            Doubt::MatchesNothing(Nothing::PathParameter) => "write `*` for what the parameter stands for",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Doubt::AllowsAddressesOnly => {
                "only allows these addresses: beside an authorizer that allows, all others pass too"
            }
            Doubt::AllowsOnAbsence => "ForAllValues holds of a request without the key, and this allows it",
            Doubt::MissingQualifier => {
                "the key has several values, and without a qualifier this holds of none or one only"
            }
            Doubt::VariableAsText => "a policy variable is only text in a policy that is not of version 2012-10-17",
            Doubt::MatchesNothing(why) => return write!(f, "matches nothing: {why}"),
        })
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Nothing::Short => "an ARN that lacks sections",
            Nothing::OtherService => "a resource of another service than its actions",
            Nothing::WithoutRegionOrAccount => "an API without region or account",
            Nothing::VariableInHead => "a policy variable before the last section is not replaced",
            Nothing::WithoutMethod => "an API without stage and method",
            Nothing::MethodCase => "a method that is not in upper case",
            Nothing::AnyMethod => "`ANY` is no method of a request",
            Nothing::PathParameter => "a path parameter's name is no path of a request",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "arn:aws:execute-api:us-east-1:111122223333";

    fn warnings(kind: PolicyKind, statements: &str) -> Vec<(String, Doubt)> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let policy = Policy::parse(&text, kind).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"));
        policy.warnings().into_iter().map(|warning| (warning.path, warning.doubt)).collect()
    }

    /// Iam.md, section 6, and API Gateway's documentation of the flow.
    #[test]
    fn a_list_of_allowed_addresses_does_not_block_the_others() {
        let allow = r#"{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*",
            "Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}"#;
        let deny = r#"{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*",
            "Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}"#;
        let path = "/Statement/0/Condition/IpAddress/aws:sourceip";
        assert_eq!(warnings(PolicyKind::Resource, allow), [(path.to_owned(), Doubt::AllowsAddressesOnly)]);
        assert_eq!(warnings(PolicyKind::Resource, &format!("{allow},{deny}")), []);
        assert_eq!(warnings(PolicyKind::Resource, deny), []);
    }

    /// Iam.md, sections 2.6 and 8.7.
    #[test]
    fn conditions_that_hold_where_nobody_expects_it() {
        for (effect, condition, expected) in [
            ("Allow", r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"}"#, Some(Doubt::AllowsOnAbsence)),
            (
                "Allow",
                r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"AWS:tagkeys":"true"}"#,
                Some(Doubt::AllowsOnAbsence),
            ),
            ("Allow", r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"AWS:tagkeys":false}"#, None),
            ("Allow", r#""ForAnyValue:StringEquals":{"aws:TagKeys":"a"}"#, None),
            ("Deny", r#""ForAllValues:StringEquals":{"aws:TagKeys":"a"}"#, None),
            ("Deny", r#""StringNotEquals":{"aws:PrincipalOrgPaths":"a"}"#, Some(Doubt::MissingQualifier)),
            ("Allow", r#""StringEquals":{"aws:UserAgent":"a"}"#, None),
            ("Deny", r#""Null":{"aws:TagKeys":"true"}"#, None),
        ] {
            let text = format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{{{condition}}}}}"#);
            let found = warnings(PolicyKind::Identity, &text);
            assert_eq!(found.first().map(|(_, doubt)| *doubt), expected, "{condition}");
        }
    }

    /// Iam.md, section 1: Access Analyzer's "variable not supported in version".
    #[test]
    fn a_variable_that_is_only_text() {
        let found = |version: &str, resource: &str, condition: &str| {
            let text = format!(
                r#"{{{version}"Statement":[{{"Effect":"Allow","Action":"*","Resource":["*","{resource}"],
                    "Condition":{{{condition}}}}}]}}"#
            );
            let warnings = Policy::parse(&text, PolicyKind::Identity).unwrap().warnings();
            warnings.into_iter().map(|it| (it.path, it.doubt)).collect::<Vec<_>>()
        };
        let (old, new) = (r#""Version":"2008-10-17","#, r#""Version":"2012-10-17","#);
        for resource in
            ["x/${aws:username}", "x/${aws:username}/*", "*/${aws:username}", "*/${aws:username}/*", "*a*${x}*b"]
        {
            let resource = format!("arn:aws:s3:::{resource}");
            let expected = [("/Statement/0/Resource/1".to_owned(), Doubt::VariableAsText)];
            assert_eq!(found(old, &resource, ""), expected, "{resource}");
            assert_eq!(found("", &resource, ""), expected, "{resource}");
            assert_eq!(found(new, &resource, ""), [], "{resource}");
        }
        for condition in [
            r#""StringEquals":{"a:b":["x","${aws:username}"]}"#,
            r#""StringEquals":{"a:b":"${aws:username}/*"}"#,
            r#""StringEquals":{"a:b":"${aws:username, 'x'}"}"#,
        ] {
            for operator in ["StringEquals", "StringNotEqualsIgnoreCase", "StringLike"] {
                let condition = condition.replace("StringEquals", operator);
                let expected = [(format!("/Statement/0/Condition/{operator}/a:b"), Doubt::VariableAsText)];
                assert_eq!(found(old, "*", &condition), expected, "{condition}");
                assert_eq!(found(new, "*", &condition), [], "{condition}");
            }
        }
        let arn = r#""ArnLike":{"a:b":"arn:aws:iam::1:user/${aws:username}"}"#;
        assert_eq!(found(old, "*", arn), [("/Statement/0/Condition/ArnLike/a:b".to_owned(), Doubt::VariableAsText)]);
        assert_eq!(found(old, "arn:aws:s3:::$default/$connect{x}", ""), []);
    }

    /// Iam.md, section 4.
    #[test]
    fn a_resource_that_no_request_has() {
        let check = |kind, principal: &str, resource: &str, expected: Option<Nothing>| {
            let text = format!(
                r#"{{"Effect":"Allow",{principal}"Action":"execute-api:Invoke","Resource":["*","{resource}"]}}"#
            );
            let expected = expected.map(|why| ("/Statement/0/Resource/1".to_owned(), Doubt::MatchesNothing(why)));
            assert_eq!(warnings(kind, &text), Vec::from_iter(expected), "{resource}");
        };
        for (resource, expected) in [
            (format!("{API}:abc/prod/GET/pets"), None),
            (format!("{API}:abc/prod/GET/"), None),
            (format!("{API}:abc/prod/$connect"), None),
            (format!("{API}:abc/*"), None),
            (format!("{API}:*"), None),
            (format!("{API}:abc*"), None),
            (format!("{API}:abc"), Some(Nothing::WithoutMethod)),
            (format!("{API}:abc/"), Some(Nothing::WithoutMethod)),
            (format!("{API}:abc/prod"), Some(Nothing::WithoutMethod)),
            (format!("{API}:abc/prod/get/pets"), Some(Nothing::MethodCase)),
            (format!("{API}:abc/prod/Post/*"), Some(Nothing::MethodCase)),
            (format!("{API}:abc/prod/get*"), None),
            (format!("{API}:abc/prod/ANY/pets"), Some(Nothing::AnyMethod)),
            (format!("{API}:abc/prod/any/*"), Some(Nothing::AnyMethod)),
            (format!("{API}:abc/prod/ANY*"), None),
            (format!("{API}:abc/*/ANY/pets"), None),
            (format!("{API}:abc/prod/GET/pets/{{petId}}"), Some(Nothing::PathParameter)),
            (format!("{API}:abc/*/GET/{{proxy+}}"), Some(Nothing::PathParameter)),
            (format!("{API}:*/GET/pets/{{petId}}/*"), Some(Nothing::PathParameter)),
            (format!("{API}:abc/prod/GET/{{}}/a{{b}}"), None),
            ("arn:aws:execute-api:::abc/*".to_owned(), Some(Nothing::WithoutRegionOrAccount)),
            ("arn:aws:execute-api:${aws:RequestedRegion}:*:abc/*".to_owned(), Some(Nothing::VariableInHead)),
            ("arn:aws:lambda:us-east-1:111122223333:function:f".to_owned(), Some(Nothing::OtherService)),
            ("arn:aws:execute-api".to_owned(), None),
        ] {
            check(PolicyKind::Identity, "", &resource, expected);
        }
        for (resource, expected) in [
            ("execute-api:/*", None),
            ("execute-api:/prod/GET/pets", None),
            ("execute-api:/prod", Some(Nothing::WithoutMethod)),
            ("execute-api:/prod/get/pets", Some(Nothing::MethodCase)),
            ("execute-api:/prod/ANY/pets", Some(Nothing::AnyMethod)),
            ("execute-api:/*/GET/pets/{petId}", Some(Nothing::PathParameter)),
            ("arn:aws:execute-api:us-east-1", Some(Nothing::Short)),
            ("arn:aws:execute-api:*:${aws:PrincipalAccount}:abc/*", Some(Nothing::VariableInHead)),
        ] {
            check(PolicyKind::Resource, r#""Principal":"*","#, resource, expected);
        }
    }
}
