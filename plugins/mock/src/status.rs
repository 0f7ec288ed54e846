//! Reads `statusCode` out of what a request template rendered to, as leniently as API Gateway does.
//!
//! API Gateway reads it with json-smart in its permissive mode: quotes of either kind or none, commas to spare, text
//! after the object. Recorded on the real service: `{ statusCode: 200 }` is accepted, `{"statusCode": "200"}` is not.

/// The status code: the integer under `statusCode` in the object that `text` is; `None` if there is none.
pub(crate) fn status_code(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    Reader { rest: text.trim_start() }.object()
}

/// How deep values may nest.
const DEPTH: usize = 64;

struct Reader<'a> {
    rest: &'a str,
}

enum Value {
    Integer(i64),
    Other,
}

impl<'a> Reader<'a> {
    /// `{ key: value, … }`, returning the last `statusCode`.
    fn object(mut self) -> Option<i64> {
        self.take('{').then_some(())?;
        let mut found = None;
        loop {
            while self.take(',') {}
            if self.take('}') {
                return found;
            }
            let key = self.key()?;
            let value = self.value(&[',', '}'], 0)?;
            if key == "statusCode" {
                found = match value {
                    Value::Integer(status) => Some(status),
                    Value::Other => None,
                };
            }
            if !self.rest.starts_with([',', '}']) {
                return None;
            }
        }
    }

    /// A key and its colon: quoted, or everything up to the colon.
    fn key(&mut self) -> Option<&'a str> {
        let key = match self.quoted() {
            Some(quoted) => quoted?,
            None if self.rest.starts_with(['{', '[', ']', ':']) => return None,
            None => self.until(&[':'])?,
        };
        self.take(':').then_some(key)
    }

    fn value(&mut self, stops: &[char], depth: usize) -> Option<Value> {
        if depth > DEPTH {
            return None;
        }
        if let Some(quoted) = self.quoted() {
            return quoted.map(|_| Value::Other);
        }
        if self.take('[') {
            loop {
                while self.take(',') {}
                if self.take(']') {
                    return Some(Value::Other);
                }
                self.value(&[',', ']'], depth + 1)?;
            }
        }
        if self.take('{') {
            loop {
                while self.take(',') {}
                if self.take('}') {
                    return Some(Value::Other);
                }
                self.key()?;
                self.value(&[',', '}'], depth + 1)?;
            }
        }
        let word = self.until(stops)?;
        Some(word.parse().map_or(Value::Other, Value::Integer))
    }

    /// The inside of a quoted text, if one begins here; `Some(None)` if it never ends.
    fn quoted(&mut self) -> Option<Option<&'a str>> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let body = self.rest.get(1..)?;
        let mut escaped = false;
        for (at, c) in body.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == quote => {
                    let (inside, after) = body.split_at_checked(at)?;
                    self.rest = after.get(1..)?.trim_start();
                    return Some(Some(inside));
                }
                _ => {}
            }
        }
        Some(None)
    }

    /// The text before the first of `stops`, which must come.
    fn until(&mut self, stops: &[char]) -> Option<&'a str> {
        let (word, rest) = self.rest.split_at_checked(self.rest.find(stops)?)?;
        self.rest = rest;
        Some(word.trim_end())
    }

    fn take(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, status: Option<i64>) {
        assert_eq!(status_code(text.as_bytes()), status, "{text}");
    }

    #[test]
    fn what_api_gateway_accepts_is_accepted() {
        // Recorded on the real service.
        check(r#"{"statusCode": 200}"#, Some(200));
        check("{ statusCode: 200 }", Some(200));
        check("{'statusCode': 200, '': ''}", Some(200));
        check(r#"{"statusCode": 200 , }"#, Some(200));
        check(r#"{"statusCode": 200 ,, }"#, Some(200));
        check("{statusCode: 200, foo}: [ba r]}", Some(200));
        check(r#"{"statusCode": 0}"#, Some(0));
        check(r#"{"statusCode": -1000}"#, Some(-1000));
        check("\n  {\n  \"statusCode\" : 204\n}\n", Some(204));
        check(r#"{"a": {"b": [1, {"statusCode": 1}]}, "statusCode": 201, "c": "}"}"#, Some(201));
        check(r#"{"statusCode": 200, "statusCode": 404}"#, Some(404));
    }

    #[test]
    fn what_api_gateway_refuses_is_refused() {
        // Recorded on the real service.
        check(r#"{"statusCode": "200"}"#, None);
        check(r#"{"statusCode": 200"#, None);
        check(r#"{"statusCode': 200}"#, None);
        check("statusCode: 200", None);
        check("{statusCode: 200, {foo: [ba r]}", None);
        // By the same rules.
        check("", None);
        check("{}", None);
        check("[]", None);
        check(r#"{"statusCode": 200.5}"#, None);
        check(r#"{"statusCode": null}"#, None);
        check(r#"{"StatusCode": 200}"#, None);
        check(r#"{"statusCode": 99999999999999999999}"#, None);
    }

    #[test]
    fn hostile_text_costs_bounded_time_and_depth() {
        check(&"{\"a\":".repeat(100_000), None);
        check(&format!("{{\"a\":{}", "[".repeat(1_000_000)), None);
        check(&format!("{{{}", ",".repeat(1_000_000)), None);
        assert_eq!(status_code(b"{\xff: 200}"), None);
    }
}
