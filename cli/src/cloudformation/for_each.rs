//! Loops: `Fn::ForEach` writes out a fragment for every item of a list, in maps of any kind.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use super::environment::Environment;
use super::function::{function, resolve};
use crate::finding::Finding;
use crate::source::{At, Entries, Entry, MAX_DEPTH, MAX_NODES, Tree, Value};

const LOOP: &str = "Fn::ForEach::";

/// The template with its loops written out.
///
/// # Errors
/// A loop that is not written as CloudFormation wants it, whose items nothing says, that writes a name twice, or too much.
pub(crate) fn for_each(template: &Tree, environment: Environment<'_>) -> Result<Tree, Vec<Finding>> {
    if !has_loops(template, 0) {
        return Ok(template.clone());
    }
    let mut loops = Loops { environment, items: Vec::new(), written: 0 };
    loops.tree(template, 0)
}

fn has_loops(tree: &Tree, depth: usize) -> bool {
    let within = |tree: &Tree| depth < MAX_DEPTH && has_loops(tree, depth + 1);
    tree.entries().iter().any(|entry| entry.key.starts_with(LOOP) || within(&entry.value))
        || tree.items().iter().any(within)
}

/// The loops that a value stands in.
struct Loops<'a> {
    environment: Environment<'a>,
    /// What each one's identifier stands for, the innermost last.
    items: Vec<(String, String)>,
    /// How much has been written out: loops within loops multiply.
    written: usize,
}

impl Loops<'_> {
    fn tree(&mut self, tree: &Tree, depth: usize) -> Result<Tree, Vec<Finding>> {
        self.count(tree, depth)?;
        let value = match &tree.value {
            Value::Map(entries) => match self.reference(tree) {
                Some(item) => Value::String(item.to_owned()),
                None => {
                    let mut all = Entries::default();
                    self.entries(entries, &mut all, depth)?;
                    all.into_value()
                }
            },
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.tree(item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Value::String(text) => Value::String(self.text(text, tree.at)?),
            other => other.clone(),
        };
        Ok(Tree { value, at: tree.at })
    }

    fn entries(&mut self, entries: &[Entry], all: &mut Entries, depth: usize) -> Result<(), Vec<Finding>> {
        for Entry { key, at, value } in entries {
            match key.strip_prefix(LOOP) {
                Some(name) => self.write_out(name, *at, value, all, depth)?,
                None => {
                    let entry = Entry { key: self.text(key, *at)?, at: *at, value: self.tree(value, depth + 1)? };
                    all.push(entry).map_err(|finding| vec![finding])?;
                }
            }
        }
        Ok(())
    }

    /// The fragment of a loop, once for every item.
    fn write_out(
        &mut self,
        name: &str,
        at: At,
        written: &Tree,
        all: &mut Entries,
        depth: usize,
    ) -> Result<(), Vec<Finding>> {
        self.count(written, depth)?;
        let [identifier, items, Tree { value: Value::Map(fragment), .. }] = written.items() else {
            return wrong(at, format!("`{LOOP}{name}` is no list of an identifier, a list of items and a map"));
        };
        let Some(identifier) = identifier.text().filter(|it| !it.is_empty()) else {
            return wrong(identifier.at, format!("the identifier of `{LOOP}{name}` is no name"));
        };
        for item in self.list(name, items, depth)? {
            self.items.push((identifier.to_owned(), item));
            self.entries(fragment, all, depth + 1)?;
            self.items.pop();
        }
        Ok(())
    }

    /// The items, which may be a parameter's, or in a mapping.
    fn list(&mut self, name: &str, items: &Tree, depth: usize) -> Result<Vec<String>, Vec<Finding>> {
        let list = resolve(&self.tree(items, depth + 1)?, self.environment)?;
        let texts: Option<Vec<_>> = list.items().iter().map(Tree::scalar).collect();
        match (&list.value, texts) {
            (Value::List(_), Some(texts)) => Ok(texts),
            _ => Err(vec![Finding::error(items.at, format!("the items of `{LOOP}{name}` are no list of texts"))]),
        }
    }

    /// What `Ref` of an identifier stands for.
    fn reference(&self, tree: &Tree) -> Option<&str> {
        let ("Ref", name) = function(tree)? else { return None };
        self.items.iter().rev().find(|(identifier, _)| name.text() == Some(identifier)).map(|(_, item)| item.as_str())
    }

    /// A text with `${identifier}`, and `&{identifier}`, which has its item's letters and digits alone.
    fn text(&mut self, text: &str, at: At) -> Result<String, Vec<Finding>> {
        let mut text = text.to_owned();
        for place in (0..self.items.len()).rev() {
            let Some((identifier, item)) = self.items.get(place) else { continue };
            let (whole, plain) = (format!("${{{identifier}}}"), format!("&{{{identifier}}}"));
            let times = text.matches(&whole).count() + text.matches(&plain).count();
            if times == 0 {
                continue;
            }
            let letters: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
            let grown = times.saturating_mul(item.len());
            let item = item.clone();
            self.add(grown / 64, at)?;
            text = text.replace(&whole, &item).replace(&plain, &letters);
        }
        Ok(text)
    }

    fn count(&mut self, tree: &Tree, depth: usize) -> Result<(), Vec<Finding>> {
        if depth > MAX_DEPTH {
            return wrong(tree.at, format!("nested too deep: {MAX_DEPTH} levels are allowed"));
        }
        self.add(tree.own_size(), tree.at)
    }

    fn add(&mut self, size: usize, at: At) -> Result<(), Vec<Finding>> {
        self.written = self.written.saturating_add(size);
        if self.written > MAX_NODES {
            return wrong(at, format!("loops write out more than {MAX_NODES} values"));
        }
        Ok(())
    }
}

fn wrong<T>(at: At, message: String) -> Result<T, Vec<Finding>> {
    Err(vec![Finding::error(at, message)])
}
