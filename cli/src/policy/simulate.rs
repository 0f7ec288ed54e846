//! `gatehouse policy simulate`: a line of JSON in, a decision out, as often as there are lines.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{BufRead, Write};

use gatehouse_policy::{
    Action, Explanation, Invalid, Policies, Policy, PolicyKind, Principal, Request, RequestContext,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::asked::{Asked, Known, principal};
use crate::object::Object;

/// What a line may hold, and more that is not looked at.
#[derive(Debug, Deserialize)]
struct Line<'l> {
    #[serde(borrow, default)]
    policies: Option<Object<Sets<'l>>>,
    request: Object<Asked>,
}

/// Of each kind a policy or a list of them; of control policies a list of levels.
#[derive(Debug, Default, Deserialize)]
struct Sets<'l> {
    #[serde(borrow)]
    identity: Option<&'l RawValue>,
    #[serde(borrow)]
    resource: Option<&'l RawValue>,
    #[serde(borrow)]
    boundary: Option<&'l RawValue>,
    #[serde(borrow)]
    session: Option<&'l RawValue>,
    #[serde(borrow)]
    vpce: Option<&'l RawValue>,
    #[serde(borrow)]
    scp: Option<&'l RawValue>,
    #[serde(borrow)]
    rcp: Option<&'l RawValue>,
}

/// The key that says whose a resource is.
const RESOURCE_ACCOUNT: &str = "aws:ResourceAccount";

/// The same, compiled.
struct Compiled {
    identity: Vec<Policy>,
    resource: Vec<Policy>,
    boundary: Vec<Policy>,
    session: Vec<Policy>,
    vpce: Vec<Policy>,
    scp: Vec<Vec<Policy>>,
    rcp: Vec<Vec<Policy>>,
}

/// Answers every line; one that cannot be decided is answered with what is wrong with it.
///
/// # Errors
/// The input can't be read, or nobody reads the output.
pub fn simulate(input: &mut dyn BufRead, output: &mut dyn Write, explain: bool) -> std::io::Result<()> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            output.write_all(answer(&line, explain).as_bytes())?;
            output.flush()?;
        }
        line.clear();
    }
    Ok(())
}

fn answer(line: &[u8], explain: bool) -> String {
    let id = id(line);
    match decided(line, |explanation| if explain { told(id, explanation) } else { noted(id, explanation) }) {
        Ok(text) => text,
        Err(why) if explain => format!("{id}: error: {why}\n"),
        Err(error) => written(&Refused { error, id }),
    }
}

/// Which line it is, as far as that can be told, to the letter: who asks compares it with what was sent.
fn id(line: &[u8]) -> &RawValue {
    #[derive(Deserialize)]
    struct Named<'l> {
        #[serde(borrow, default)]
        id: Option<&'l RawValue>,
    }
    let named = serde_json::from_slice::<Object<Named<'_>>>(line).ok();
    named.and_then(|Object(named)| named.id).unwrap_or(RawValue::NULL)
}

fn decided(line: &[u8], tell: impl FnOnce(&Explanation<'_>) -> String) -> Result<String, String> {
    let text = std::str::from_utf8(line).map_err(|why| why.to_string())?;
    let Object(line) = serde_json::from_str::<Object<Line<'_>>>(text).map_err(|why| why.to_string())?;
    let compiled = line.policies.map(|Object(sets)| sets).unwrap_or_default().compile()?;
    let Object(asked) = &line.request;
    let values = asked.values()?;
    let mut context = RequestContext::new();
    for (key, value) in &values {
        match value {
            Known::One(value) => context.insert(*key, value),
            Known::Several(values) => context.insert_many(*key, values.iter().map(String::as_str)),
        }
    }
    if let Some(owner) = asked.resource.account_id().filter(|_| !context.contains(RESOURCE_ACCOUNT)) {
        context.insert(RESOURCE_ACCOUNT, owner);
    }
    let namesake = asked.namesake();
    let principal = match principal(&asked.principal)? {
        Principal::FederatedUser { account, session, user } => {
            Principal::FederatedUser { account, session, user: user.or(namesake.as_deref()) }
        }
        principal => principal,
    };
    let request = Request::new(principal, Action::new(&asked.action), asked.resource.arn(), &context);
    let policies = match asked.is_by_service_linked_role(&values) {
        true => compiled.policies().without_control_policies(),
        false => compiled.policies(),
    };
    Ok(tell(&policies.explain(&request)))
}

/// `{"id", "decision", "matched"}`
#[derive(Serialize)]
struct Decided<'e> {
    decision: &'static str,
    id: &'e RawValue,
    matched: Vec<Matched<'e>>,
}

/// A statement that decided.
#[derive(Serialize)]
struct Matched<'e> {
    policy: usize,
    set: String,
    sid: Option<&'e str>,
    statement: usize,
}

/// `{"id", "error"}`
#[derive(Serialize)]
struct Refused<'l> {
    error: String,
    id: &'l RawValue,
}

fn noted(id: &RawValue, explanation: &Explanation<'_>) -> String {
    let matched = explanation.matched().map(|it| Matched {
        policy: it.policy,
        set: it.set.to_string(),
        sid: it.sid,
        statement: it.statement,
    });
    written(&Decided { decision: explanation.decision.name(), id, matched: matched.collect() })
}

/// As a line. What is written are texts and numbers, which JSON has.
fn written(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).unwrap_or_default() + "\n"
}

/// The decision, its reason, and a line for each statement.
fn told(id: &RawValue, explanation: &Explanation<'_>) -> String {
    let mut text = format!("{id}: {}: {}\n", explanation.decision.name(), explanation.reason);
    for statement in &explanation.statements {
        let _ = writeln!(text, "  {statement}");
    }
    text
}

impl Sets<'_> {
    fn compile(&self) -> Result<Compiled, String> {
        Ok(Compiled {
            identity: set("identity", self.identity, PolicyKind::Identity)?,
            resource: set("resource", self.resource, PolicyKind::Resource)?,
            boundary: set("boundary", self.boundary, PolicyKind::Boundary)?,
            session: set("session", self.session, PolicyKind::Session)?,
            vpce: set("vpce", self.vpce, PolicyKind::Vpce)?,
            scp: levels("scp", self.scp, PolicyKind::Scp)?,
            rcp: levels("rcp", self.rcp, PolicyKind::Rcp)?,
        })
    }
}

impl Compiled {
    fn policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.identity,
            resource: &self.resource,
            boundary: &self.boundary,
            session: &self.session,
            vpce: &self.vpce,
            scp: &self.scp,
            rcp: &self.rcp,
            strict_not_principal: false,
        }
    }
}

fn set(name: &str, json: Option<&RawValue>, kind: PolicyKind) -> Result<Vec<Policy>, String> {
    let documents = documents(name, json)?;
    documents.into_iter().enumerate().map(|(at, text)| policy(&format!("{name}[{at}]"), text, kind)).collect()
}

fn levels(name: &str, json: Option<&RawValue>, kind: PolicyKind) -> Result<Vec<Vec<Policy>>, String> {
    let levels = documents(name, json)?;
    levels.into_iter().enumerate().map(|(level, list)| set(&format!("{name}[{level}]"), Some(list), kind)).collect()
}

/// One, or those of a list.
fn documents<'j>(name: &str, json: Option<&'j RawValue>) -> Result<Vec<&'j RawValue>, String> {
    match json {
        None => Ok(Vec::new()),
        Some(list) if list.get().starts_with('[') => {
            serde_json::from_str(list.get()).map_err(|why| format!("{name}: {why}"))
        }
        Some(one) => Ok(vec![one]),
    }
}

/// The text as it stands: what is written twice in it is refused, as by AWS. A string holds a text as AWS's own answers do.
fn policy(name: &str, json: &RawValue, kind: PolicyKind) -> Result<Policy, String> {
    let text = match json.get() {
        string if string.starts_with('"') => serde_json::from_str(string).map_err(|why| format!("{name}: {why}"))?,
        text => Cow::Borrowed(text),
    };
    let first = |invalid: Vec<Invalid>| invalid.first().map(ToString::to_string).unwrap_or_default();
    Policy::parse(&text, kind).map_err(|invalid| format!("{name}: {}", first(invalid)))
}
