//! Fields of the document: types checked, names checked, every mistake reported at its place.

use gatehouse_api::{Node, ParameterMapping, Problem};

use crate::at::At;
use crate::importer::Importer;
use crate::placeholders::placeholders;
use crate::spelling::nearest;
use crate::walk::intrinsic;

impl<'a> Importer<'a> {
    /// Reports that this is not what is expected here. A function of CloudFormation's has been reported by the walk.
    pub(crate) fn wrong_type(&mut self, at: &At<'a>, expected: &str) {
        let is_intrinsic = matches!(at.node, Node::Map(entries) if intrinsic(entries).is_some());
        if !is_intrinsic {
            let message = format!("{} where {expected} is expected", described(at.node));
            self.problems.push(Problem::error(&at.place, message));
        }
    }

    /// Reports fields that API Gateway does not know here: a likely misspelling is an error, anything else is ignored as
    /// API Gateway ignores it. Other extensions are nobody's business.
    pub(crate) fn known_fields(&mut self, at: &At<'a>, known: &[&str]) {
        for (key, field) in at.entries() {
            if known.contains(&key) || key.starts_with("x-") || key.starts_with("Fn::") {
                continue;
            }
            self.problems.push(match nearest(key, known.iter().copied()) {
                Some(name) => Problem::error(&field.place, format!("`{key}` is not known: did you mean `{name}`?")),
                None => Problem::warning(&field.place, format!("`{key}` is not known here and is ignored")),
            });
        }
    }

    /// The entries of a map.
    pub(crate) fn map(&mut self, at: &At<'a>) -> Vec<(&'a str, At<'a>)> {
        if !matches!(at.node, Node::Map(_)) {
            self.wrong_type(at, "a map");
        }
        at.entries()
    }

    /// The items of a list.
    pub(crate) fn list(&mut self, at: &At<'a>) -> Vec<At<'a>> {
        if !matches!(at.node, Node::List(_)) {
            self.wrong_type(at, "a list");
        }
        at.items()
    }

    /// A text; numbers and booleans are texts too, as API Gateway takes them.
    pub(crate) fn text(&mut self, at: &At<'a>) -> Option<String> {
        match at.node {
            Node::String(text) => Some(text.clone()),
            Node::Number(number) => Some(number.to_string()),
            Node::Bool(value) => Some(value.to_string()),
            Node::Null | Node::List(_) | Node::Map(_) => {
                self.wrong_type(at, "a text");
                None
            }
        }
    }

    /// The text of a field, if there is one.
    pub(crate) fn text_of(&mut self, at: &At<'a>, key: &str) -> Option<String> {
        at.get(key).and_then(|at| self.text(&at))
    }

    /// The text of a field in which only `${stageVariables.name}` means something: a URI, an ARN, an id.
    pub(crate) fn address_of(&mut self, at: &At<'a>, key: &str) -> Option<String> {
        let at = at.get(key)?;
        let text = self.text(&at)?;
        self.address(&at, &text)
    }

    fn address(&mut self, at: &At<'a>, text: &str) -> Option<String> {
        let found = placeholders(text);
        for name in &found.unresolved {
            let message = format!(
                "`${{{name}}}` in `{text}` was left by a deployment tool: only `${{stageVariables.name}}` is known here"
            );
            self.problems.push(Problem::error(&at.place, message));
        }
        if found.escaped {
            let message = format!("`$${{` in `{text}` is a deployment tool's escape: it is read as `${{`");
            self.problems.push(Problem::warning(&at.place, message));
        }
        Some(found.text.into_owned())
    }

    /// A list of texts in which only `${stageVariables.name}` means something.
    pub(crate) fn addresses_of(&mut self, at: &At<'a>, key: &str) -> Vec<String> {
        let Some(at) = at.get(key) else { return Vec::new() };
        let mut addresses = Vec::new();
        for item in self.list(&at) {
            let text = self.text(&item);
            addresses.extend(text.and_then(|text| self.address(&item, &text)));
        }
        addresses
    }

    /// A list of texts.
    pub(crate) fn texts_of(&mut self, at: &At<'a>, key: &str) -> Vec<String> {
        let Some(at) = at.get(key) else { return Vec::new() };
        self.texts(&at)
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, at: &At<'a>) -> Vec<String> {
        let items = self.list(at);
        items.iter().filter_map(|item| self.text(item)).collect()
    }

    /// A map of texts.
    pub(crate) fn text_map_of(&mut self, at: &At<'a>, key: &str) -> Vec<(String, String)> {
        let Some(at) = at.get(key) else { return Vec::new() };
        let entries = self.map(&at);
        entries.iter().filter_map(|(key, value)| Some(((*key).to_owned(), self.text(value)?))).collect()
    }

    /// The templates of an integration by content type; the service itself writes `null` for one that is empty.
    pub(crate) fn templates_of(&mut self, at: &At<'a>, key: &str) -> Vec<(String, String)> {
        let Some(at) = at.get(key) else { return Vec::new() };
        let mut templates = Vec::new();
        for (content_type, template) in self.map(&at) {
            let text = match template.node {
                Node::Null => Some(String::new()),
                _ => self.text(&template),
            };
            templates.extend(text.map(|text| (content_type.to_owned(), text)));
        }
        templates
    }

    /// Parameter mappings, as written; API Gateway leaves out those that are no text, with a warning.
    pub(crate) fn mappings_of(&mut self, at: &At<'a>, key: &str) -> Vec<ParameterMapping> {
        let Some(at) = at.get(key) else { return Vec::new() };
        let mut mappings = Vec::new();
        for (target, source) in self.map(&at) {
            if matches!(source.node, Node::Bool(_) | Node::Number(_)) {
                let message = "a text is expected: API Gateway would not import this mapping";
                self.problems.push(Problem::warning(&source.place, message));
                continue;
            }
            if let Some(text) = self.text(&source) {
                mappings.push(ParameterMapping { target: target.to_owned(), source: text, place: source.place });
            }
        }
        mappings
    }

    /// The boolean of a field, if there is one; API Gateway takes texts for booleans too.
    pub(crate) fn boolean_of(&mut self, at: &At<'a>, key: &str) -> Option<bool> {
        let at = at.get(key)?;
        match at.node {
            Node::Bool(value) => Some(*value),
            Node::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Node::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => {
                self.wrong_type(&at, "`true` or `false`");
                None
            }
        }
    }

    /// The number of a field, if there is one; API Gateway takes texts for numbers too.
    pub(crate) fn number_of(&mut self, at: &At<'a>, key: &str, min: u32, max: u32) -> Option<u32> {
        let at = at.get(key)?;
        self.number(&at, min, max)
    }

    /// A number between two others.
    pub(crate) fn number(&mut self, at: &At<'a>, min: u32, max: u32) -> Option<u32> {
        let number = match at.node {
            Node::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
            Node::String(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (min..=max).contains(number));
        if number.is_none() {
            self.wrong_type(at, &format!("a whole number from {min} to {max}"));
        }
        number
    }

    /// A status code: a number, or a text that is one.
    pub(crate) fn status_of(&mut self, at: &At<'a>, key: &str) -> Option<u16> {
        self.number_of(at, key, 100, 599).and_then(|status| u16::try_from(status).ok())
    }

    /// One of a number of names, in any case.
    pub(crate) fn named_of<T: Copy>(
        &mut self,
        at: &At<'a>,
        key: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let at = at.get(key)?;
        self.named(&at, all, name)
    }

    /// One of a number of names, in any case.
    pub(crate) fn named<T: Copy>(&mut self, at: &At<'a>, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
        let found = match at.node {
            Node::String(text) => all.iter().copied().find(|one| name(*one).eq_ignore_ascii_case(text)),
            _ => None,
        };
        if found.is_none() {
            let names: Vec<_> = all.iter().map(|one| format!("`{}`", name(*one))).collect();
            self.wrong_type(at, &format!("one of {}", names.join(", ")));
        }
        found
    }
}

/// What a value is, for an error text: the value itself if it is short, else its kind.
fn described(node: &Node) -> String {
    const SHORT: usize = 60;
    let text = match node {
        Node::String(text) => text.clone(),
        Node::Number(number) => number.to_string(),
        Node::Bool(value) => value.to_string(),
        Node::Null | Node::List(_) | Node::Map(_) => return node.kind().to_owned(),
    };
    match text.len() <= SHORT && !text.contains(['\n', '`']) {
        true => format!("`{text}`"),
        false => node.kind().to_owned(),
    }
}
