//! Why a request is decided as it is: for every statement whether it applies, and if not, what is different.
//!
//! An explanation asks the same questions as a decision, one statement after the other and to the end.

use std::fmt;

use crate::condition::Condition;
use crate::decision::{Decision, Policies, PolicySet, Reason};
use crate::policy::Policy;
use crate::request::Request;
use crate::resource::Heads;
use crate::statement::{Caller, Effect, Statement};
use crate::truth::Truth;

/// Why a request was decided so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation<'p> {
    /// What was decided.
    pub decision: Decision,
    /// The rule that decided.
    pub reason: Reason,
    /// Every statement of every policy, in the order of the sets and of the documents.
    pub statements: Vec<Explained<'p>>,
}

/// One statement, and what it says of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained<'p> {
    /// Which policies.
    pub set: PolicySet,
    /// Which of them, counted from 0.
    pub policy: usize,
    /// Which statement of it, counted from 0.
    pub statement: usize,
    /// The statement's id, if it has one.
    pub sid: Option<&'p str>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whether it applies, and if not, why.
    pub outcome: Outcome<'p>,
}

/// What a statement says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'p> {
    /// It applies.
    Applies,
    /// It denies because it cannot be told whether it applies.
    AppliesInDoubt,
    /// It is about another action.
    OtherAction,
    /// It is about another resource.
    OtherResource,
    /// It is for other principals.
    OtherPrincipal,
    /// One of its conditions does not hold.
    Condition {
        /// The operator, as it is written.
        operator: &'p str,
        /// The key, in lower case.
        key: String,
        /// What is the matter with the key.
        why: Unfulfilled,
    },
}

/// Why a condition does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unfulfilled {
    /// The request does not have the key.
    Absent,
    /// The request has other values.
    Different,
    /// The request has several values, and the operator has no `ForAllValues` or `ForAnyValue`.
    SeveralValues,
    /// The request's value cannot be compared.
    Incomparable,
}

impl<'p> Policies<'p> {
    /// What these policies say of a request, and why. It decides as [`Policies::decide`] does, and takes its time.
    #[must_use]
    pub fn explain(&self, request: &Request<'_>) -> Explanation<'p> {
        let reason = self.judge(request);
        let mut statements = Vec::new();
        for (set, policies) in self.sets(&request.principal) {
            for (at, policy) in policies.iter().enumerate() {
                policy.explain(request, self.caller(), |statement, outcome| {
                    let Statement { index, sid, effect, .. } = statement;
                    let sid = sid.as_deref();
                    statements.push(Explained { set, policy: at, statement: *index, sid, effect: *effect, outcome });
                });
            }
        }
        Explanation { decision: reason.decision(), reason, statements }
    }
}

impl Policy {
    fn explain<'p>(&'p self, request: &Request<'_>, caller: Caller, mut say: impl FnMut(&'p Statement, Outcome<'p>)) {
        let mut heads = Heads::new(&self.heads);
        let mut statements: Vec<&Statement> = self.statements.iter().collect();
        statements.sort_by_key(|statement| statement.index);
        for statement in statements {
            say(statement, statement.explain(request, caller, &mut heads));
        }
    }
}

impl Statement {
    fn explain(&self, request: &Request<'_>, caller: Caller, heads: &mut Heads<'_>) -> Outcome<'_> {
        if !self.actions.matches(&request.action) {
            return Outcome::OtherAction;
        }
        let about = self.about(request, heads);
        if !self.effect.accepts(about) {
            return Outcome::OtherResource;
        }
        if self.reaches(request, caller).is_none() {
            return Outcome::OtherPrincipal;
        }
        let mut doubt = about == Truth::Unknown;
        for condition in &self.conditions {
            let holds = condition.holds(request.context);
            if !self.effect.accepts(holds) {
                return condition.unfulfilled(request, holds);
            }
            doubt |= holds == Truth::Unknown;
        }
        if doubt { Outcome::AppliesInDoubt } else { Outcome::Applies }
    }
}

impl Condition {
    fn unfulfilled(&self, request: &Request<'_>, holds: Truth) -> Outcome<'_> {
        let why = match (request.context.values(&self.key).len(), holds) {
            (0, _) => Unfulfilled::Absent,
            (_, Truth::Unknown) => Unfulfilled::Incomparable,
            (2.., _) if self.operator.is_single() => Unfulfilled::SeveralValues,
            _ => Unfulfilled::Different,
        };
        Outcome::Condition { operator: &self.written, key: self.key.to_string(), why }
    }
}

impl<'p> Explanation<'p> {
    /// The statements that made the decision: those that deny, or all that allow. None made an implicit denial.
    pub fn matched(&self) -> impl Iterator<Item = &Explained<'p>> {
        let effect = match self.decision {
            Decision::Allowed => Some(Effect::Allow),
            Decision::ExplicitlyDenied => Some(Effect::Deny),
            Decision::ImplicitlyDenied => None,
        };
        self.statements.iter().filter(move |it| Some(it.effect) == effect && it.outcome.applies())
    }
}

impl Outcome<'_> {
    /// Whether the statement applies.
    #[must_use]
    pub fn applies(&self) -> bool {
        matches!(self, Outcome::Applies | Outcome::AppliesInDoubt)
    }
}

impl fmt::Display for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicySet::Identity => f.write_str("identity"),
            PolicySet::Resource => f.write_str("resource"),
            PolicySet::Boundary => f.write_str("boundary"),
            PolicySet::Session => f.write_str("session"),
            PolicySet::Vpce => f.write_str("vpce"),
            PolicySet::Scp(level) => write!(f, "scp[{level}]"),
            PolicySet::Rcp(level) => write!(f, "rcp[{level}]"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Denied(set) => write!(f, "a statement of {set} denies"),
            Reason::Silent(set) => write!(f, "{set} must allow, and no statement of it does"),
            Reason::NothingAllows => {
                f.write_str("no statement of identity allows, and none of resource allows the caller")
            }
            Reason::FederatedWithoutSession => f.write_str("a federated user's session needs a session policy"),
            Reason::AllowedByResource => f.write_str("resource allows the caller"),
            Reason::AllowedByIdentity => f.write_str("identity allows"),
            Reason::AllowedAsRoot => f.write_str("the root user may do what nothing denies"),
            Reason::AllowedByBoth => f.write_str("identity and resource allow, each in its account"),
        }
    }
}

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Applies => f.write_str("applies"),
            Outcome::AppliesInDoubt => f.write_str("applies, for it cannot be told whether it does"),
            Outcome::OtherAction => f.write_str("is about another action"),
            Outcome::OtherResource => f.write_str("is about another resource"),
            Outcome::OtherPrincipal => f.write_str("is for other principals"),
            Outcome::Condition { operator, key, why } => write!(f, "needs {operator} of `{key}`, {why}"),
        }
    }
}

impl fmt::Display for Unfulfilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unfulfilled::Absent => "which the request does not have",
            Unfulfilled::Different => "which does not hold",
            Unfulfilled::SeveralValues => "which has several values and needs ForAllValues or ForAnyValue",
            Unfulfilled::Incomparable => "whose value cannot be compared",
        })
    }
}

/// `resource[0]/Statement/2 (sid) Deny: is about another action`
impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set, policy, statement, sid, effect, outcome } = self;
        write!(f, "{set}[{policy}]/Statement/{statement}")?;
        if let Some(sid) = sid.filter(|sid| !sid.is_empty()) {
            write!(f, " ({sid})")?;
        }
        write!(f, " {effect:?}: {outcome}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::context::RequestContext;
    use crate::kind::PolicyKind;
    use crate::principal::Principal;

    #[test]
    fn every_statement_says_whether_it_applies_and_if_not_why() {
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Sid":"a","Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"},
            {"Effect":"Allow","Action":"s3:*","Resource":"*"},
            {"Effect":"Allow","Action":"*","Resource":"arn:aws:execute-api:*:*:abc/*"},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:UserAgent":"curl*"}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:TagKeys":"x"}}},
            {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"aws:MultiFactorAuthAge":"1"}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericEquals":{"aws:MultiFactorAuthAge":"1"}}}
        ]}"#;
        let identity = [Policy::parse(text, PolicyKind::Identity).unwrap()];
        let mut context = RequestContext::new();
        context.insert("aws:UserAgent", "wget");
        context.insert("aws:MultiFactorAuthAge", "old");
        context.insert_many("aws:TagKeys", ["x", "y"]);
        let arn = "arn:aws:execute-api:us-east-1:111122223333:xyz/prod/GET/";
        let request = Request::new(Principal::Anonymous, Action::INVOKE, arn, &context);
        let policies = Policies { identity: &identity, ..Policies::default() };
        let explanation = policies.explain(&request);
        let lines: Vec<_> = explanation.statements.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "identity[0]/Statement/0 (a) Allow: applies",
                "identity[0]/Statement/1 Allow: is about another action",
                "identity[0]/Statement/2 Allow: is about another resource",
                "identity[0]/Statement/3 Deny: needs Bool of `aws:securetransport`, which the request does not have",
                "identity[0]/Statement/4 Deny: needs StringLike of `aws:useragent`, which does not hold",
                "identity[0]/Statement/5 Deny: needs StringEquals of `aws:tagkeys`, which has several values and needs \
                 ForAllValues or ForAnyValue",
                "identity[0]/Statement/6 Allow: needs NumericEquals of `aws:multifactorauthage`, whose value cannot be \
                 compared",
                "identity[0]/Statement/7 Deny: applies, for it cannot be told whether it does",
            ]
        );
        assert_eq!(explanation.reason.to_string(), "a statement of identity denies");
        let matched: Vec<_> = explanation.matched().map(|it| it.statement).collect();
        assert_eq!((explanation.decision, matched), (policies.decide(&request), vec![7]));
    }
}
