//! A policy: compiled once, asked for every request.

use gatehouse_sort::{sort, sort_by_key};

use crate::arn::Head;
use crate::decision::Decision;
use crate::invalid::Invalid;
use crate::key::{GlobalKey, Key, Needs};
use crate::kind::PolicyKind;
use crate::principals::Grant;
use crate::request::Request;
use crate::resource::{Heads, ResourcePattern};
use crate::statement::{Caller, Effect, Statement};

/// A document that AWS would save, compiled.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) kind: PolicyKind,
    /// Denies first, each group in the document's order.
    pub(crate) statements: Box<[Statement]>,
    pub(crate) heads: Box<[Head]>,
    /// The global keys that are read.
    needs: Needs,
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
        sort_by_key(&mut statements, |statement| statement.effect == Effect::Allow);
        let mut policy = Self { kind, statements: statements.into(), heads: heads.into(), needs: Needs::default() };
        let mut needs = Needs::default();
        policy.for_each_key(|key| {
            if let Key::Global(key) = key {
                needs.add(*key);
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
        self.needs.has(key)
    }

    /// All the global keys that a decision may read.
    #[must_use]
    pub fn all_needs(&self) -> Needs {
        self.needs
    }

    /// The names of all keys that a decision may read, in lower case, each once.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.for_each_key(|key| names.push(key.to_string()));
        sort(&mut names);
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

    /// What this policy says of a request on its own, as of a Lambda authorizer's answer. Nothing is allocated.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        match self.verdict(request, Caller::default()) {
            Verdict::Denied => Decision::ExplicitlyDenied,
            Verdict::Granted(_) => Decision::Allowed,
            Verdict::Silent => Decision::ImplicitlyDenied,
        }
    }

    /// What the policy says of a request.
    pub(crate) fn verdict(&self, request: &Request<'_>, caller: Caller) -> Verdict {
        let mut heads = Heads::new(&self.heads);
        let mut widest = None;
        for statement in &self.statements {
            let Some(grant) = statement.applies(request, caller, &mut heads) else { continue };
            match statement.effect {
                Effect::Deny => return Verdict::Denied,
                // Denies stand first: nothing that follows could say more.
                Effect::Allow if grant == Grant::Direct => return Verdict::Granted(grant),
                Effect::Allow => widest = widest.max(Some(grant)),
            }
        }
        widest.map_or(Verdict::Silent, Verdict::Granted)
    }
}

/// What a policy, or a set of them, says of a request. Of several the last of these counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// No statement applies.
    Silent,
    /// A statement allows, and reaches so far.
    Granted(Grant),
    /// A statement denies.
    Denied,
}
