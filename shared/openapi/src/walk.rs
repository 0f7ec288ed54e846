//! One walk over the whole document, for what can stand anywhere: how deep it is, references that name nothing,
//! CloudFormation functions that nobody resolved, and extensions where they do not belong.

use gatehouse_api::{Node, Place, Problem};

use crate::extensions::{self, Site};
use crate::reference;

/// As deep as any definition of use; recursion over a document is bounded by it.
const MAX_DEPTH: usize = 100;

/// Far more than API Gateway takes (6 MB of text).
const MAX_NODES: usize = 2_000_000;

/// The document can't be read any further; the problem says why.
pub(crate) struct Unreadable;

/// Walks over the document and reports what it finds.
pub(crate) fn walk(document: &Node, problems: &mut Vec<Problem>) -> Result<(), Unreadable> {
    let mut walk = Walk { document, steps: Vec::new(), nodes: 0, problems };
    walk.visit(document, Site::Root)
}

struct Walk<'a, 'p> {
    document: &'a Node,
    steps: Vec<Step<'a>>,
    nodes: usize,
    problems: &'p mut Vec<Problem>,
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Walk<'a, '_> {
    fn visit(&mut self, node: &'a Node, site: Site) -> Result<(), Unreadable> {
        self.nodes += 1;
        if self.steps.len() > MAX_DEPTH || self.nodes > MAX_NODES {
            let why = if self.nodes > MAX_NODES { "the document is too large" } else { "the document is too deep" };
            let message = format!("{why}: {MAX_DEPTH} levels and {MAX_NODES} values are allowed");
            self.problems.push(Problem::error(&self.place(), message));
            return Err(Unreadable);
        }
        match node {
            Node::Map(entries) => self.visit_map(entries, site),
            Node::List(items) => items.iter().enumerate().try_for_each(|(index, item)| {
                self.steps.push(Step::Index(index));
                self.visit(item, site.item())?;
                self.steps.pop();
                Ok(())
            }),
            Node::Null | Node::Bool(_) | Node::Number(_) | Node::String(_) => Ok(()),
        }
    }

    fn visit_map(&mut self, entries: &'a [(String, Node)], site: Site) -> Result<(), Unreadable> {
        if site == Site::Example {
            return entries.iter().try_for_each(|(key, value)| self.step(key, value, site));
        }
        self.report_intrinsics(entries);
        for (key, value) in entries {
            self.steps.push(Step::Key(key));
            if let Some(problem) = extensions::misplaced(key, site, || self.place()) {
                self.problems.push(problem);
            }
            if let ("$ref", Node::String(target)) = (key.as_str(), value) {
                self.report_reference(target);
            }
            self.steps.pop();
            self.step(key, value, site.under(key))?;
        }
        Ok(())
    }

    fn step(&mut self, key: &'a str, value: &'a Node, site: Site) -> Result<(), Unreadable> {
        self.steps.push(Step::Key(key));
        self.visit(value, site)?;
        self.steps.pop();
        Ok(())
    }

    fn report_intrinsics(&mut self, entries: &'a [(String, Node)]) {
        if let Some(name) = intrinsic(entries) {
            let message = format!("`{name}` is not resolved: give its value, or write the value itself");
            self.problems.push(Problem::error(&self.place(), message));
        }
    }

    fn report_reference(&mut self, target: &str) {
        let message = match reference::pointer(target) {
            Some(pointer) if self.document.pointer(&pointer).is_some() => return,
            Some(pointer) if self.model().and_then(|model| model.pointer(&pointer)).is_some() => return,
            Some(_) if self.is_model_of_a_response() => {
                let message = format!("`{target}` names nothing in this document: the response is without its model");
                return self.problems.push(Problem::warning(&self.place(), message));
            }
            Some(_) => format!("`{target}` names nothing in this document"),
            None if reference::model_of_address(target).is_some() => return,
            None => format!("`{target}` is not in this document: references here begin with `#/`"),
        };
        self.problems.push(Problem::error(&self.place(), message));
    }

    /// Which nothing that is served depends on: documents that are deployed name the model `Empty` without defining it.
    fn is_model_of_a_response(&self) -> bool {
        let inside = match self.steps.as_slice() {
            [Step::Key("paths"), Step::Key(_), Step::Key(_), Step::Key("responses"), Step::Key(_), inside @ ..] => {
                inside
            }
            _ => return false,
        };
        inside.iter().any(|step| matches!(step, Step::Key("schema")))
    }

    /// The model that we are in: it may refer to places in itself, as where it was written by itself.
    fn model(&self) -> Option<&'a Node> {
        match self.steps.as_slice() {
            [Step::Key("definitions"), Step::Key(name), ..] => self.document.get("definitions")?.get(name),
            [Step::Key("components"), Step::Key("schemas"), Step::Key(name), ..] => {
                self.document.get("components")?.get("schemas")?.get(name)
            }
            _ => None,
        }
    }

    fn place(&self) -> Place {
        self.steps.iter().fold(Place::root(), |place, step| match step {
            Step::Key(key) => place.then(key),
            Step::Index(index) => place.then(index),
        })
    }
}

/// The CloudFormation function that a map is, if it is one.
pub(crate) fn intrinsic(entries: &[(String, Node)]) -> Option<&str> {
    match entries {
        [(name, Node::String(_))] if name == "Ref" => Some(name),
        _ => entries.iter().map(|(name, _)| name.as_str()).find(|name| name.starts_with("Fn::")),
    }
}
