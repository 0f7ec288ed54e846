//! What a token claims, and how API Gateway writes it.

use gatehouse_calendar::DateTime;

use crate::json::{self, Json, Object};

/// The claims of a token, in its order.
#[derive(Clone, PartialEq)]
pub struct Claims<'a>(Object<'a>);

impl<'a> Claims<'a> {
    /// Reads them, as they are in a token: a JSON object without duplicate names. `None` if it is none.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        json::object(text).map(Self)
    }

    /// The names, in the token's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        json::text(&self.0, name)
    }

    /// A claim that is a time, in seconds since 1970; fractions do not count. `None` if it is none, or no such time.
    pub(crate) fn time(&self, name: &str) -> Option<Time> {
        json::get(&self.0, name).map(Time::of)
    }

    /// The texts of a claim that is one text or a list of texts; `None` for anything else.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<&str>> {
        match json::get(&self.0, name)? {
            Json::Text(text) => Some(vec![text]),
            Json::List(items) => items
                .iter()
                .map(|item| match item {
                    Json::Text(text) => Some(&**text),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }

    /// The scopes: `scope`, divided by spaces, or `scp`, a list or divided by spaces.
    #[must_use]
    pub fn scopes(&self) -> Vec<&str> {
        let written = self.texts("scope").or_else(|| self.texts("scp")).unwrap_or_default();
        written.into_iter().flat_map(|text| text.split(' ')).filter(|scope| !scope.is_empty()).collect()
    }

    /// A claim as `$context.authorizer.claims.NAME` of a REST API: a text in any case, lists with commas, and the times
    /// `exp` and `iat` as Java prints a date.
    #[must_use]
    pub fn rest_text(&self, name: &str) -> Option<String> {
        json::get(&self.0, name).map(|value| rest_text(name, value))
    }

    /// Every claim with its text as [`Claims::rest_text`] has it, in the token's order.
    pub fn rest_texts(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(name, value)| (&**name, rest_text(name, value)))
    }

    /// Every claim with its text as [`Claims::http_text`] has it, in the token's order. Those that are null are not told:
    /// seen on AWS by <https://github.com/floci-io/floci/pull/2011>.
    pub fn http_texts(&self) -> impl Iterator<Item = (&str, String)> {
        let told = self.0.iter().filter(|(_, value)| !matches!(value, Json::Null));
        told.map(|(name, value)| (&**name, text_of(value, " ", "[", "]")))
    }

    /// A claim as `$context.authorizer.jwt.claims.NAME` of an HTTP API: a text in any case, lists as `[a b]`.
    #[must_use]
    pub fn http_text(&self, name: &str) -> Option<String> {
        json::get(&self.0, name).map(|value| text_of(value, " ", "[", "]"))
    }
}

/// A claim that should be a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    At(i64),
    /// It is there, and no time.
    Nonsense,
}

impl Time {
    fn of(value: &Json<'_>) -> Self {
        let Json::Number(number) = value else { return Time::Nonsense };
        match (number.as_i64(), number.as_f64()) {
            (Some(seconds), _) => Time::At(seconds),
            #[allow(clippy::cast_possible_truncation, reason = "the bounds are checked before")]
            (None, Some(seconds)) if seconds.abs() < 1e15 => Time::At(seconds.floor() as i64),
            _ => Time::Nonsense,
        }
    }
}

fn rest_text(name: &str, value: &Json<'_>) -> String {
    match (name, Time::of(value)) {
        ("exp" | "iat", Time::At(seconds)) => DateTime::of_seconds(seconds).java_text(),
        _ => text_of(value, ",", "", ""),
    }
}

fn text_of(value: &Json<'_>, between: &str, before: &str, after: &str) -> String {
    match value {
        Json::Null => String::new(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::Text(text) => text.to_string(),
        Json::List(items) => {
            let items: Vec<String> = items.iter().map(|item| text_of(item, between, before, after)).collect();
            format!("{before}{}{after}", items.join(between))
        }
        Json::Map(_) => to_value(value).to_string(),
    }
}

fn to_value(json: &Json<'_>) -> serde_json::Value {
    match json {
        Json::Null => serde_json::Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => serde_json::Value::Number(number.clone()),
        Json::Text(text) => (&**text).into(),
        Json::List(items) => items.iter().map(to_value).collect(),
        Json::Map(entries) => {
            let mut object = serde_json::Map::new();
            for (name, value) in entries {
                object.insert(name.to_string(), to_value(value));
            }
            serde_json::Value::Object(object)
        }
    }
}

impl std::fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(text: &str) -> Claims<'_> {
        Claims::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn claims_are_texts() {
        let it = claims(
            r#"{"sub":"a","exp":1512477889,"auth_time":1512474289,"email_verified":true,"cognito:groups":["x","y"],
                "n":1.5,"none":null,"map":{"b":1}}"#,
        );
        let check = |name: &str, rest: &str, http: &str| {
            assert_eq!(
                (it.rest_text(name).as_deref(), it.http_text(name).as_deref()),
                (Some(rest), Some(http)),
                "{name}"
            );
        };
        check("sub", "a", "a");
        check("exp", "Tue Dec 05 12:44:49 UTC 2017", "1512477889");
        check("auth_time", "1512474289", "1512474289");
        check("email_verified", "true", "true");
        check("cognito:groups", "x,y", "[x y]");
        check("n", "1.5", "1.5");
        check("none", "", "");
        check("map", r#"{"b":1}"#, r#"{"b":1}"#);
        assert_eq!((it.rest_text("missing"), it.http_text("missing")), (None, None));
    }

    #[test]
    fn dates_are_javas() {
        for (seconds, expected) in [
            (0, "Thu Jan 01 00:00:00 UTC 1970"),
            (951_782_400, "Tue Feb 29 00:00:00 UTC 2000"),
            (4_107_542_399, "Sun Feb 28 23:59:59 UTC 2100"),
            (-1, "Wed Dec 31 23:59:59 UTC 1969"),
        ] {
            assert_eq!(DateTime::of_seconds(seconds).java_text(), expected);
        }
    }

    #[test]
    fn scopes_are_found_in_either_claim() {
        for (text, expected) in [
            (r#"{"scope":"a b  c"}"#, vec!["a", "b", "c"]),
            (r#"{"scp":["a","b c"]}"#, vec!["a", "b", "c"]),
            (r#"{"scp":"a"}"#, vec!["a"]),
            (r#"{"scope":"a","scp":["b"]}"#, vec!["a"]),
            (r#"{"scope":7}"#, vec![]),
            (r#"{"scp":["a",7]}"#, vec![]),
            ("{}", vec![]),
        ] {
            assert_eq!(claims(text).scopes(), expected, "{text}");
        }
    }
}
