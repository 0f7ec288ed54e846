//! Where secrets are, and what they are now.

use std::fmt;

use gatehouse_api::deployment::config;
use gatehouse_filter::Host;
use gatehouse_sort::sort;
use zeroize::Zeroizing;

/// A secret as it is found.
#[derive(Clone)]
pub(crate) enum Source {
    /// It is known. Erased when dropped.
    Text(Zeroizing<String>),
    /// Envoy has it in this string of the filter state: it may change from request to request.
    FilterState(String),
    /// It is in an environment variable that has not been read: only whoever serves reads it.
    Environment(String),
}

/// A secret that cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Absent;

/// The name in Envoy's filter state under which a file's content is found.
fn file_state(path: &str) -> String {
    format!("gatehouse.secret.{path}")
}

/// The filter-state names and paths of all files that hold secrets, each once.
#[must_use]
pub fn secret_files(iam: &config::Iam) -> Vec<(String, String)> {
    let secrets =
        iam.access_keys.iter().flat_map(|key| std::iter::once(&key.secret_access_key).chain(&key.session_token));
    let mut files: Vec<(String, String)> = secrets
        .filter_map(|secret| match secret {
            config::Secret::File(path) => Some((file_state(path), path.clone())),
            config::Secret::Environment(_) | config::Secret::FilterState(_) | config::Secret::PlainText(_) => None,
        })
        .collect();
    sort(&mut files);
    files.dedup();
    files
}

impl Source {
    pub(crate) fn new(written: &config::Secret) -> Self {
        match written {
            config::Secret::PlainText(text) => Source::Text(Zeroizing::new(text.clone())),
            config::Secret::FilterState(name) => Source::FilterState(name.clone()),
            config::Secret::File(path) => Source::FilterState(file_state(path)),
            config::Secret::Environment(name) => Source::Environment(name.clone()),
        }
    }

    /// Reads the environment variable, if it is one.
    ///
    /// # Errors
    /// Its name, if there is none or it is empty.
    pub(crate) fn resolve(&mut self, environment: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
        if let Source::Environment(name) = self {
            let value = environment(name).filter(|value| !value.is_empty()).ok_or_else(|| name.clone())?;
            *self = Source::Text(Zeroizing::new(value));
        }
        Ok(())
    }

    /// What the secret is now, without white space around it: files end in a line feed.
    pub(crate) fn current(&self, host: &dyn Host) -> Result<Zeroizing<String>, Absent> {
        let text = match self {
            Source::Text(text) => text.clone(),
            Source::FilterState(name) => {
                let bytes = host.property(&["filter_state", name]).ok_or(Absent)?;
                Zeroizing::new(String::from_utf8(bytes).map_err(|_| Absent)?)
            }
            Source::Environment(_) => return Err(Absent),
        };
        let trimmed = text.trim();
        match trimmed.len() {
            0 => Err(Absent),
            length if length == text.len() => Ok(text),
            _ => Ok(Zeroizing::new(trimmed.to_owned())),
        }
    }

    /// Is it the same for every request?
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self, Source::Text(_))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Text(_) => f.write_str("Text([redacted])"),
            Source::FilterState(name) => write!(f, "FilterState({name:?})"),
            Source::Environment(name) => write!(f, "Environment({name:?})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_filter::testing::TestHost;

    use super::*;

    #[test]
    fn a_secret_is_what_it_is_now() {
        let mut host = TestHost::default();
        let mut check = |source: &Source, state: Option<&str>, expected: Option<&str>| {
            host.properties.clear();
            host.properties.extend(state.map(|text| ("filter_state.s".to_owned(), text.as_bytes().to_vec())));
            assert_eq!(source.current(&host).ok().as_deref().map(String::as_str), expected, "{source:?} {state:?}");
        };
        let state = Source::new(&config::Secret::FilterState("s".into()));
        check(&state, Some("one"), Some("one"));
        check(&state, Some("two\n"), Some("two"));
        check(&state, Some(" \n"), None);
        check(&state, None, None);
        let mut variable = Source::new(&config::Secret::Environment("NAME".into()));
        check(&variable, None, None);
        assert_eq!(variable.resolve(&|_| None), Err("NAME".into()));
        assert_eq!(variable.resolve(&|_| Some(String::new())), Err("NAME".into()));
        assert_eq!(variable.resolve(&|name| Some(format!("of {name}"))), Ok(()));
        check(&variable, None, Some("of NAME"));
        assert!(!format!("{variable:?}").contains("of NAME"));
    }
}
