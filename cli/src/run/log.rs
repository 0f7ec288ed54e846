//! What Envoy says, and what of it matters.

/// The format that Envoy is asked for: level, component, message.
pub(super) const FORMAT: &str = "%L|%n|%v";

/// A line of Envoy's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line with a level: `W`, `E` or `C`, as Envoy is told to say no less.
    Entry {
        /// The level.
        level: char,
        /// Which part of Envoy says it.
        component: String,
        /// What it says.
        message: String,
    },
    /// Something else: what belongs to the entry before.
    Rest(String),
}

impl Line {
    pub(super) fn parse(line: &str) -> Self {
        let mut parts = line.splitn(3, '|');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(level @ ("W" | "E" | "C")), Some(component), Some(message)) => Line::Entry {
                level: level.chars().next().unwrap_or('E'),
                component: component.to_owned(),
                message: message.to_owned(),
            },
            _ => Line::Rest(line.to_owned()),
        }
    }

    /// What a user should see; nothing where it only says that it was told to stop.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Line::Entry { message, .. }
                if message.starts_with("caught ENVOY_SIG") || message.starts_with("caught SIG") =>
            {
                None
            }
            Line::Entry { level: 'W', component, message } => Some(format!("envoy: warning: {component}: {message}")),
            Line::Entry { component, message, .. } => Some(format!("envoy: error: {component}: {message}")),
            Line::Rest(text) if text.trim().is_empty() => None,
            Line::Rest(text) => Some(format!("envoy: {text}")),
        }
    }
}

/// Why Envoy ended, in one line: what the filter has against its configuration, else Envoy's own reason.
pub(super) fn reason(lines: &[Line]) -> Option<String> {
    let mut messages = lines.iter().filter_map(|line| match line {
        Line::Entry { component, message, level } if *level != 'W' => Some((component.as_str(), message.as_str())),
        _ => None,
    });
    let of_the_filter = messages.clone().find_map(|(_, message)| from(message, "invalid configuration: "));
    let panicked = messages.clone().find_map(|(_, message)| from(message, "panicked at "));
    let of_the_vm = messages.clone().find_map(|(_, message)| message.strip_prefix("Wasm VM failed "));
    let of_envoy = messages.clone().find(|(component, _)| *component == "main").map(|(_, message)| quoted(message));
    let of_envoy = match (of_envoy, of_the_vm) {
        (Some(envoy), Some(vm)) => Some(format!("{envoy}: {vm}")),
        (envoy, vm) => envoy.or(vm.map(str::to_owned)),
    };
    of_the_filter.or(panicked).or(of_envoy).or(messages.next_back().map(|(_, message)| message.to_owned()))
}

fn from(message: &str, what: &str) -> Option<String> {
    message.find(what).and_then(|at| message.get(at..)).map(str::to_owned)
}

/// What stands in the backticks of: error `cannot bind …` initializing config …
fn quoted(message: &str) -> String {
    let inner = message.split_once('`').and_then(|(_, rest)| rest.split_once("` initializing config"));
    inner.map_or(message, |(inner, _)| inner).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(log: &[&str], expected: &str) {
        let lines: Vec<Line> = log.iter().map(|line| Line::parse(line)).collect();
        assert_eq!(reason(&lines).as_deref(), Some(expected));
    }

    #[test]
    fn the_filters_reason_comes_before_envoys() {
        let envoys = "C|main|error `Unable to create Wasm plugin gateway` initializing config 'goo.gle/debugproto  ";
        check(
            &[
                "E|wasm|wasm log gateway gatehouse: gatehouse gateway: invalid configuration: /region: `x` is no region",
                "C|wasm|Plugin gateway failed to load",
                envoys,
                "  envoy.yaml'",
            ],
            "invalid configuration: /region: `x` is no region",
        );
        check(&["W|misc|deprecated", envoys], "Unable to create Wasm plugin gateway");
        check(&["E|wasm|Wasm VM failed Failed to load Wasm code"], "Failed to load Wasm code");
        assert_eq!(reason(&[Line::Rest("x".into())]), None);
    }

    #[test]
    fn a_user_sees_what_matters() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(Line::parse(line).shown().as_deref(), expected);
        };
        check("W|main|caught ENVOY_SIGTERM", None);
        check("W|main|caught SIGINT", None);
        check("W|upstream|no|thing", Some("envoy: warning: upstream: no|thing"));
        check("E|wasm|panicked", Some("envoy: error: wasm: panicked"));
        check("free text", Some("envoy: free text"));
        check("", None);
    }
}
