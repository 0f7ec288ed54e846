//! A policy: compiled once, asked for every request.

use crate::arn::Head;
use crate::invalid::Invalid;
use crate::key::{GlobalKey, Key};
use crate::kind::PolicyKind;
use crate::principals::Grant;
use crate::request::Request;
use crate::resource::{Heads, ResourcePattern};
use crate::statement::{Caller, Statement};

/// A document that AWS would save, compiled.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) kind: PolicyKind,
    /// Denies first, each group in the document's order.
    pub(crate) statements: Box<[Statement]>,
    pub(crate) denies: usize,
    pub(crate) heads: Box<[Head]>,
    /// The global keys that are read: a bit for each.
    needs: u64,
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// Why AWS would not save it: everything that was found, what AWS would report first.
    pub fn parse(text: &str, kind: PolicyKind) -> Result<Self, Vec<Invalid>> {
        crate::parse::parse(text, kind)
    }

    pub(crate) fn new(kind: PolicyKind, mut statements: Vec<Statement>, heads: Vec<Head>) -> Self {
        statements.sort_by_key(|statement| statement.effect == crate::statement::Effect::Allow);
        let denies = statements.iter().filter(|it| it.effect == crate::statement::Effect::Deny).count();
        let mut policy = Self { kind, statements: statements.into(), denies, heads: heads.into(), needs: 0 };
        let mut needs = 0;
        policy.for_each_key(|key| {
            if let Key::Global(key) = key {
                needs |= 1 << (*key as u64);
            }
        });
        policy.needs = needs;
        policy
    }

    /// What it is attached to.
    #[must_use]
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Whether a decision may read this key: what no policy reads need not be set.
    #[must_use]
    pub fn needs(&self, key: GlobalKey) -> bool {
        self.needs & (1 << (key as u64)) != 0
    }

    /// The names of all keys that a decision may read, in lower case, each once.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.for_each_key(|key| names.push(key.to_string()));
        names.sort_unstable();
        names.dedup();
        names
    }

    fn for_each_key(&self, mut read: impl FnMut(&Key)) {
        for statement in &self.statements {
            for condition in &statement.conditions {
                read(&condition.key);
                condition.test.for_each_variable(&mut |variable| read(&variable.key));
            }
            for pattern in &statement.resources.patterns {
                if let ResourcePattern::Arn(_, last) | ResourcePattern::OfThisApi(last) = pattern {
                    last.variables().for_each(|variable| read(&variable.key));
                }
            }
            // What a unique id is compared with.
            if statement.principals.as_ref().is_some_and(|principals| principals.has_unique_id()) {
                read(&Key::Global(GlobalKey::UserId));
            }
        }
    }

    /// Whether a statement denies the request.
    pub(crate) fn denies(&self, request: &Request<'_>, caller: Caller) -> bool {
        let mut heads = Heads::new(&self.heads);
        let mut denies = self.statements.iter().take(self.denies);
        denies.any(|statement| statement.applies(request, caller, &mut heads).is_some())
    }

    /// How far the widest Allow for the request reaches, if there is one.
    pub(crate) fn grant(&self, request: &Request<'_>, caller: Caller) -> Option<Grant> {
        let mut heads = Heads::new(&self.heads);
        let mut widest = None;
        for statement in self.statements.iter().skip(self.denies) {
            widest = widest.max(statement.applies(request, caller, &mut heads));
            if widest == Some(Grant::Direct) {
                break;
            }
        }
        widest
    }
}
