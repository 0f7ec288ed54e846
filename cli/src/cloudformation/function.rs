//! Functions, resolved wherever they stand.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use std::collections::HashSet;

use super::environment::Environment;
use super::identity::likely;
use super::sub::{Piece, pieces};
use crate::finding::Finding;
use crate::source::{At, Entry, MAX_DEPTH, MAX_NODES, Tree, Value};

/// How much functions may write out.
const MOST: usize = 4 * MAX_NODES;

/// The document with every function replaced by its value.
///
/// # Errors
/// Every function whose value nothing says, and every one that is not written as CloudFormation wants it.
pub(crate) fn resolve(tree: &Tree, environment: Environment<'_>) -> Result<Tree, Vec<Finding>> {
    let mut resolver = Resolver::new(environment);
    let resolved = resolver.tree(tree, 0);
    match (resolved, resolver.findings.is_empty()) {
        (Some(tree), true) => Ok(tree),
        (None, true) => Ok(Tree { value: Value::Null, at: tree.at }),
        (_, false) => Err(once(resolver.findings)),
    }
}

/// What one value would mend is told once.
fn once(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut told = HashSet::new();
    findings.retain(|finding| told.insert(finding.message.clone()));
    findings
}

/// The function that a map is, and its argument.
pub(crate) fn function(tree: &Tree) -> Option<(&str, &Tree)> {
    match tree.entries() {
        [Entry { key, value, .. }] if key.starts_with("Fn::") => Some((key, value)),
        // A schema's property may have these names: its value is a map then.
        [Entry { key, value, .. }] if matches!(key.as_str(), "Ref" | "Condition") && value.text().is_some() => {
            Some((key, value))
        }
        _ => None,
    }
}

pub(super) struct Resolver<'a> {
    pub(super) environment: Environment<'a>,
    findings: Vec<Finding>,
    /// Within mapping templates, which have `${names}` of their own.
    in_velocity: bool,
    /// How much has been written out: functions within functions, and conditions of conditions, grow without bound.
    written: usize,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(environment: Environment<'a>) -> Self {
        Self { environment, findings: Vec::new(), in_velocity: false, written: 0 }
    }
}

impl Resolver<'_> {
    /// A value without functions; none for `AWS::NoValue`.
    fn tree(&mut self, tree: &Tree, depth: usize) -> Option<Tree> {
        if depth > MAX_DEPTH {
            self.findings.push(Finding::error(tree.at, format!("nested too deep: {MAX_DEPTH} levels are allowed")));
            return None;
        }
        if self.written > MOST {
            return None;
        }
        if let Err(finding) = self.count(tree.own_size(), tree.at) {
            self.findings.push(finding);
            return None;
        }
        if let Some((name, argument)) = function(tree).filter(|(name, _)| *name != "Condition") {
            return self.call(name, argument, tree.at, depth).unwrap_or_else(|finding| {
                self.findings.push(finding);
                None
            });
        }
        let value = match &tree.value {
            Value::Null | Value::Bool(_) | Value::Number(_) => tree.value.clone(),
            Value::String(text) => Value::String(self.placeholders(text, tree.at)),
            Value::List(items) => Value::List(items.iter().filter_map(|item| self.tree(item, depth + 1)).collect()),
            Value::Map(entries) => {
                let entries = entries.iter().filter_map(|entry| self.entry(entry, depth + 1));
                Value::Map(entries.collect())
            }
        };
        Some(Tree { value, at: tree.at })
    }

    /// Notes how much more was written out.
    pub(super) fn count(&mut self, size: usize, at: At) -> Result<(), Finding> {
        self.written = self.written.saturating_add(size);
        match self.written > MOST {
            true => Err(Finding::error(at, "with its functions written out, the document is too large")),
            false => Ok(()),
        }
    }

    fn entry(&mut self, entry: &Entry, depth: usize) -> Option<Entry> {
        let outer = self.in_velocity;
        let value = match entry.key.as_str() {
            // What an example shows is nobody's function.
            "example" | "examples" if self.environment.template.is_none() => Some(entry.value.clone()),
            "requestTemplates" | "responseTemplates" => {
                self.in_velocity = true;
                self.tree(&entry.value, depth)
            }
            "info" if depth == 1 && self.environment.template.is_some() => self.info(&entry.value, depth),
            _ => self.tree(&entry.value, depth),
        };
        self.in_velocity = outer;
        Some(Entry { value: value?, ..entry.clone() })
    }

    /// Only people read it: SAM makes its title of the stack's name, which no deployment document needs to say.
    fn info(&mut self, written: &Tree, depth: usize) -> Option<Tree> {
        let before = self.findings.len();
        let resolved = self.tree(written, depth);
        if self.findings.len() == before || self.written > MOST {
            return resolved;
        }
        self.findings.truncate(before);
        let title = self.environment.api.map_or("API", |(resource, _)| resource);
        let entry = |key: &str, value: &str| Entry {
            key: key.to_owned(),
            at: written.at,
            value: Tree::string(value, written.at),
        };
        Some(Tree { value: Value::Map(vec![entry("title", title), entry("version", "1.0")]), at: written.at })
    }

    /// `${Name}` outside of `Fn::Sub`, as deployment tools leave it: replaced where a value is given.
    fn placeholders(&mut self, text: &str, at: At) -> String {
        if text.contains("{{resolve:") {
            let message = "dynamic references (`{{resolve:…}}`) are not resolved: write the value itself";
            self.findings.push(Finding::error(at, message));
        }
        if self.in_velocity || !text.contains("${") || text.contains("$${") {
            return text.to_owned();
        }
        let given = |name: &str| {
            let is_given = self.environment.given.is_some_and(|given| given.get(name).is_some());
            (is_given || name.starts_with("AWS::"))
                .then(|| self.environment.reference(name, at).ok()?.scalar())
                .flatten()
        };
        let mut whole = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            whole.push_str(before);
            match after.split_once('}').and_then(|(name, rest)| Some((given(name)?, rest))) {
                Some((value, after)) => {
                    whole.push_str(&value);
                    rest = after;
                }
                None => {
                    whole.push_str("${");
                    rest = after;
                }
            }
        }
        whole + rest
    }

    /// A function's value; none for `AWS::NoValue`.
    fn call(&mut self, name: &str, argument: &Tree, at: At, depth: usize) -> Result<Option<Tree>, Finding> {
        if name == "Fn::If" {
            return self.choose(argument, at, depth);
        }
        if name == "Ref" && argument.text() == Some("AWS::NoValue") {
            return Ok(None);
        }
        let value = match name {
            "Ref" => self.environment.reference(argument.text().unwrap_or_default(), at)?,
            "Fn::GetAtt" => self.attribute(argument, at)?,
            "Fn::Sub" => Tree::string(self.sub(argument, at, depth)?, at),
            "Fn::Join" => self.join(argument, at, depth)?,
            "Fn::Split" => self.split(argument, at, depth)?,
            "Fn::Select" => self.select(argument, at, depth)?,
            "Fn::FindInMap" => self.find_in_map(argument, at, depth)?,
            "Fn::ImportValue" => {
                let export = self.text(argument, "the name of an export", depth)?;
                let imported = self.environment.reference(&export, at);
                let likely = || Tree::string(likely(&export, self.environment.deployment), at);
                imported.map_err(|finding| finding.assuming(&export, likely))?
            }
            "Fn::ToJsonString" => {
                let value = self.value(argument, depth + 1)?;
                Tree::string(serde_json::to_string(&value.node()).unwrap_or_default(), at)
            }
            "Fn::Transform" => {
                return Err(Finding::error(at, "`Fn::Transform` is not resolved").help(
                    "of `AWS::Include` a file beside the template is read, alone in its place: name it as `Location`",
                ));
            }
            _ => return Err(Finding::error(at, format!("`{name}` is not resolved: write the value itself"))),
        };
        self.count(value.size(), at)?;
        Ok(Some(value))
    }

    /// A value that must be there.
    pub(super) fn value(&mut self, tree: &Tree, depth: usize) -> Result<Tree, Finding> {
        let before = self.findings.len();
        match self.tree(tree, depth) {
            Some(value) if self.findings.len() == before => Ok(value),
            _ if self.findings.len() > before => Err(self.findings.swap_remove(before)),
            _ => Err(Finding::error(tree.at, "`AWS::NoValue` stands where a value is needed")),
        }
    }

    fn text(&mut self, tree: &Tree, what: &str, depth: usize) -> Result<String, Finding> {
        let value = self.value(tree, depth + 1)?;
        value.scalar().ok_or_else(|| Finding::error(tree.at, format!("{} where {what} is expected", value.kind())))
    }

    fn choose(&mut self, argument: &Tree, at: At, depth: usize) -> Result<Option<Tree>, Finding> {
        let [condition, one, other] = argument.items() else {
            return Err(Finding::error(at, "`Fn::If` takes a condition's name and two values"));
        };
        let name = condition.text().or_else(|| condition.get("Condition")?.text());
        let name = name.ok_or_else(|| Finding::error(condition.at, "`Fn::If` takes the name of a condition"))?;
        let chosen = if self.condition(name, condition.at, depth)? { one } else { other };
        Ok(self.tree(chosen, depth + 1))
    }

    /// `Fn::GetAtt: [Function, Arn]` is what `parameters` has as `Function.Arn`.
    fn attribute(&mut self, argument: &Tree, at: At) -> Result<Tree, Finding> {
        let name = match (argument.items(), argument.text()) {
            ([resource, attribute], _) => {
                resource.scalar().zip(attribute.scalar()).map(|(one, two)| format!("{one}.{two}"))
            }
            (_, Some(name)) => Some(name.to_owned()),
            _ => None,
        };
        let name = name.ok_or_else(|| Finding::error(at, "`Fn::GetAtt` takes a resource's name and an attribute's"))?;
        self.environment.reference(&name, at)
    }

    fn sub(&mut self, argument: &Tree, at: At, depth: usize) -> Result<String, Finding> {
        let (text, names) = match (argument.text(), argument.items()) {
            (Some(text), _) => (text, None),
            (None, [text, names @ Tree { value: Value::Map(_), .. }]) if text.text().is_some() => {
                (text.text().unwrap_or_default(), Some(names))
            }
            _ => return Err(Finding::error(at, "`Fn::Sub` takes a text, or a list of a text and a map")),
        };
        let mut whole = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Name(name) => match names.and_then(|names| names.get(name)) {
                    Some(value) => whole.push_str(&self.text(value, "a text", depth)?),
                    None => whole.push_str(&self.named(name, argument.at)?),
                },
            }
        }
        Ok(whole)
    }

    fn named(&self, name: &str, at: At) -> Result<String, Finding> {
        let value = self.environment.reference(name, at).map_err(|finding| {
            if self.environment.has(name) {
                return finding;
            }
            let help = finding.help.clone().unwrap_or_default();
            finding.help(format!("{help}\nwrite `${{!{name}}}` if it is not CloudFormation's"))
        })?;
        value
            .scalar()
            .ok_or_else(|| Finding::error(at, format!("`{name}` is {} where a text is expected", value.kind())))
    }

    fn join(&mut self, argument: &Tree, at: At, depth: usize) -> Result<Tree, Finding> {
        let [delimiter, items] = argument.items() else {
            return Err(Finding::error(at, "`Fn::Join` takes a delimiter and a list"));
        };
        let (delimiter, items) = (self.text(delimiter, "a delimiter", depth)?, self.list(items, depth)?);
        let texts: Option<Vec<String>> = items.iter().map(Tree::scalar).collect();
        let texts = texts.ok_or_else(|| Finding::error(at, "`Fn::Join` joins texts, and here is something else"))?;
        Ok(Tree::string(texts.join(&delimiter), at))
    }

    fn split(&mut self, argument: &Tree, at: At, depth: usize) -> Result<Tree, Finding> {
        let [delimiter, text] = argument.items() else {
            return Err(Finding::error(at, "`Fn::Split` takes a delimiter and a text"));
        };
        let (delimiter, text) = (self.text(delimiter, "a delimiter", depth)?, self.text(text, "a text", depth)?);
        if delimiter.is_empty() {
            return Err(Finding::error(at, "`Fn::Split` needs a delimiter"));
        }
        let items = text.split(&delimiter).map(|item| Tree::string(item, at)).collect();
        Ok(Tree { value: Value::List(items), at })
    }

    fn select(&mut self, argument: &Tree, at: At, depth: usize) -> Result<Tree, Finding> {
        let [index, items] = argument.items() else {
            return Err(Finding::error(at, "`Fn::Select` takes an index and a list"));
        };
        let (index, items) = (self.text(index, "an index", depth)?, self.list(items, depth)?);
        let item = index.parse::<usize>().ok().and_then(|index| items.get(index));
        item.cloned().ok_or_else(|| {
            Finding::error(
                at,
                format!("`{index}` is no index of this list: 0 to {} are", items.len().saturating_sub(1)),
            )
        })
    }

    fn find_in_map(&mut self, argument: &Tree, at: At, depth: usize) -> Result<Tree, Finding> {
        let (names, default) = match argument.items() {
            [names @ .., default] if names.len() == 3 && default.get("DefaultValue").is_some() => {
                (names, default.get("DefaultValue"))
            }
            names => (names, None),
        };
        let [map, top, second] = names else {
            return Err(Finding::error(at, "`Fn::FindInMap` takes the names of a mapping and of two keys"));
        };
        let map = self.text(map, "a mapping's name", depth)?;
        let (top, second) = (self.text(top, "a key", depth)?, self.text(second, "a key", depth)?);
        match (self.environment.in_mapping(&map, &top, &second).cloned(), default) {
            (Some(found), _) => Ok(Tree { at, ..found }),
            (None, Some(default)) => self.value(default, depth + 1),
            (None, None) => {
                Err(Finding::error(at, format!("the template's mappings have no `{map}` / `{top}` / `{second}`")))
            }
        }
    }

    fn list(&mut self, tree: &Tree, depth: usize) -> Result<Vec<Tree>, Finding> {
        match self.value(tree, depth + 1)? {
            Tree { value: Value::List(items), .. } => Ok(items),
            other => Err(Finding::error(tree.at, format!("{} where a list is expected", other.kind()))),
        }
    }
}
