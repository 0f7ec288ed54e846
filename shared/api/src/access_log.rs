//! The access log format of a stage, cut into what only the proxy knows at the end, and what the gateway renders.

/// A format: `$context.requestId $context.status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLogFormat(Vec<LogSegment>);

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogSegment {
    /// Known to the proxy alone, when the response has gone out.
    Native(NativeVariable),
    /// Rendered by the gateway: text and variables up to the next native one.
    Rendered(Vec<LogPart>),
}

/// What only the proxy knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeVariable {
    /// `$context.status`
    Status,
    /// `$context.responseLength`, in bytes.
    ResponseLength,
    /// `$context.responseLatency`, in milliseconds.
    ResponseLatency,
}

/// A piece of a rendered segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogPart {
    /// Text, as written.
    Text(String),
    /// `$context.<name>`
    Variable(String),
    /// `"$context.<name>"`: between quotation marks, which the value must not close.
    Quoted(String),
}

impl AccessLogFormat {
    /// Cuts a format. Whatever is no `$context` variable is text.
    #[must_use]
    pub fn parse(format: &str) -> Self {
        let mut segments = Vec::new();
        let mut rest = format;
        let mut quoted = false;
        while let Some((before, name, after)) = next_variable(rest) {
            text(&mut segments, before);
            quoted ^= quotation_marks(before) % 2 == 1;
            match native(name) {
                Some(variable) => segments.push(LogSegment::Native(variable)),
                None if quoted => push(&mut segments, LogPart::Quoted(name.to_owned())),
                None => push(&mut segments, LogPart::Variable(name.to_owned())),
            }
            rest = after;
        }
        text(&mut segments, rest);
        Self(segments)
    }

    /// The pieces of a line, in order.
    #[must_use]
    pub fn segments(&self) -> &[LogSegment] {
        &self.0
    }

    /// The rendered pieces, in order: the gateway publishes the n-th as `gatehouse_log_n`.
    pub fn rendered(&self) -> impl Iterator<Item = &[LogPart]> {
        self.0.iter().filter_map(|segment| match segment {
            LogSegment::Rendered(parts) => Some(parts.as_slice()),
            LogSegment::Native(_) => None,
        })
    }

    /// The names of the variables that the gateway must know.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.rendered().flatten().filter_map(|part| match part {
            LogPart::Variable(name) | LogPart::Quoted(name) => Some(name.as_str()),
            LogPart::Text(_) => None,
        })
    }
}

/// The text before the next `$context.name`, its name, and the text behind it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    const OPEN: &str = "$context.";
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(OPEN)?;
        let (before, rest) = text.split_at_checked(at)?;
        let rest = rest.get(OPEN.len()..)?;
        let name = rest.get(..name_length(rest))?.trim_end_matches(['.', '-']);
        if !name.is_empty() {
            return Some((before, name, rest.get(name.len()..)?));
        }
        from = at + OPEN.len();
    }
}

/// How many bytes of a text belong to the name that it begins with. Cognito's own claims, and those that a user pool
/// defines, have a colon in their names.
fn name_length(text: &str) -> usize {
    const WITH_COLON: [&str; 2] = ["authorizer.claims.cognito:", "authorizer.claims.custom:"];
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let length = |text: &str| text.find(|c| !is_part(c)).unwrap_or(text.len());
    let claim = WITH_COLON.into_iter().find_map(|begin| Some((begin.len(), length(text.strip_prefix(begin)?))));
    match claim {
        Some((begin, rest)) if rest > 0 => begin + rest,
        _ => length(text),
    }
}

/// How many quotation marks a text has that no backslash escapes.
fn quotation_marks(text: &str) -> usize {
    text.replace("\\\"", "").matches('"').count()
}

fn native(name: &str) -> Option<NativeVariable> {
    match name {
        "status" => Some(NativeVariable::Status),
        "responseLength" => Some(NativeVariable::ResponseLength),
        "responseLatency" => Some(NativeVariable::ResponseLatency),
        _ => None,
    }
}

fn text(segments: &mut Vec<LogSegment>, text: &str) {
    if !text.is_empty() {
        push(segments, LogPart::Text(text.to_owned()));
    }
}

fn push(segments: &mut Vec<LogSegment>, part: LogPart) {
    match segments.last_mut() {
        Some(LogSegment::Rendered(parts)) => parts.push(part),
        _ => segments.push(LogSegment::Rendered(vec![part])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, expected: &str) {
        let shown: Vec<String> = AccessLogFormat::parse(format)
            .segments()
            .iter()
            .map(|segment| match segment {
                LogSegment::Native(variable) => format!("{variable:?}"),
                LogSegment::Rendered(parts) => parts
                    .iter()
                    .map(|part| match part {
                        LogPart::Text(text) => text.clone(),
                        LogPart::Variable(name) => format!("<{name}>"),
                        LogPart::Quoted(name) => format!("'{name}'"),
                    })
                    .collect(),
            })
            .collect();
        assert_eq!(shown.join("|"), expected, "{format}");
    }

    #[test]
    fn a_format_is_cut_at_what_only_the_proxy_knows() {
        check("", "");
        check("$context.requestId", "<requestId>");
        check("$context.status", "Status");
        check(
            "$context.identity.sourceIp [$context.requestTime] \"$context.httpMethod\" $context.status $context.responseLength $context.requestId",
            "<identity.sourceIp> [<requestTime>] \"'httpMethod'\" |Status| |ResponseLength| <requestId>",
        );
        check(
            "{\"id\":\"$context.requestId\",\"ms\":$context.responseLatency}",
            "{\"id\":\"'requestId'\",\"ms\":|ResponseLatency|}",
        );
        check("\"$context.status $context.path\" $context.stage", "\"|Status| 'path'\" <stage>");
        check(r#""\"$context.path\"" $context.stage"#, r#""\"'path'\"" <stage>"#);
        check("$context.path.", "<path>.");
        check("$context.path:$context.stage", "<path>:<stage>");
        check("$context.authorizer.claims.cognito:username:", "<authorizer.claims.cognito:username>:");
        check("$context.authorizer.claims.custom: x", "<authorizer.claims.custom>: x");
        check("$context. $contextual $input.body 100%", "$context. $contextual $input.body 100%");
    }
}
