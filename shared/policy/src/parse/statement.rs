//! One statement: its elements, each at most once, no element beside its negation.

use std::borrow::Cow;

use super::Parser;
use crate::action::{ActionPattern, Actions, WILD_VENDOR};
use crate::arn::Head;
use crate::invalid::{At, LEGACY, Rank};
use crate::json::Json;
use crate::kind::PolicyKind;
use crate::resource::{ResourcePattern, Resources};
use crate::statement::{Effect, Statement};

/// What stands in a statement, and whether it is negated.
#[derive(Default)]
pub(super) struct Elements<'j> {
    sid: Option<&'j str>,
    effect: Option<Effect>,
    pub(super) principal: Option<Element<'j>>,
    action: Option<Element<'j>>,
    resource: Option<Element<'j>>,
    condition: Option<&'j Json<'j>>,
}

/// `Action`, `NotAction` and their likes.
#[derive(Clone, Copy)]
pub(super) struct Element<'j> {
    pub(super) name: &'static str,
    pub(super) negated: bool,
    pub(super) json: &'j Json<'j>,
}

impl Parser {
    /// A statement; none if something is wrong with it, or was found to be wrong before.
    pub(super) fn statement(&mut self, json: &Json<'_>, index: usize, at: &At<'_>) -> Option<Statement> {
        let Json::Map(entries) = json else {
            self.findings.syntax(at, format!("{} instead of a statement", json.kind()));
            return None;
        };
        let elements = self.elements(entries, at);
        if elements.effect.is_none() && !entries.iter().any(|(key, _)| key == "Effect") {
            self.findings.syntax(at, "a statement without effect");
        }
        let principals = self.principals(&elements, at);
        let actions = self.actions(elements.action, elements.effect, at);
        let resources = self.resources(elements.resource, elements.effect, at);
        let conditions =
            elements.condition.map_or(Some(Vec::new()), |json| self.conditions(json, &at.key("Condition")));
        let statement = Statement {
            index,
            sid: elements.sid.map(Box::from),
            effect: elements.effect?,
            principals: principals?,
            actions: actions?,
            resources: resources?,
            conditions: conditions?.into(),
        };
        self.check_rcp(&statement, at);
        Some(statement)
    }

    fn elements<'j>(&mut self, entries: &'j [(Cow<'j, str>, Json<'j>)], at: &At<'_>) -> Elements<'j> {
        let mut elements = Elements::default();
        for (key, json) in entries {
            let at = at.key(key);
            let mut pair = |slot: &mut Option<Element<'j>>, name, negated| {
                if let Some(other) = slot.replace(Element { name, negated, json }) {
                    self.findings.syntax(&at, format!("beside {}", other.name));
                }
            };
            match &**key {
                "Principal" => pair(&mut elements.principal, "Principal", false),
                "NotPrincipal" => pair(&mut elements.principal, "NotPrincipal", true),
                "Action" => pair(&mut elements.action, "Action", false),
                "NotAction" => pair(&mut elements.action, "NotAction", true),
                "Resource" => pair(&mut elements.resource, "Resource", false),
                "NotResource" => pair(&mut elements.resource, "NotResource", true),
                "Condition" => elements.condition = Some(json),
                "Sid" => elements.sid = self.sid(json, &at),
                "Effect" => elements.effect = self.effect(json, &at),
                _ => self.findings.syntax(&at, "an unknown element"),
            }
        }
        elements
    }

    /// A statement's id. In a policy that IAM saves it is alphanumeric, and no two are the same; an empty one is none. An
    /// underscore is documented as little as a hyphen, and was recorded in policies that were saved.
    fn sid<'j>(&mut self, json: &'j Json<'j>, at: &At<'_>) -> Option<&'j str> {
        let Json::Text(text) = json else {
            self.findings.syntax(at, format!("{} instead of a string", json.kind()));
            return None;
        };
        let sid: &str = text;
        if !self.kind.saved_by_iam() && self.kind != PolicyKind::Scp || sid.is_empty() {
            return Some(sid);
        }
        if !self.sids.insert(sid.to_owned()) {
            self.findings.add(Rank::Sid, at, "Statement IDs (SID) in a single policy must be unique.");
        }
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.findings.add(
                Rank::Sid,
                at,
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies \
                               the regular expression [0-9A-Za-z]*",
            );
        }
        Some(sid)
    }

    fn effect(&mut self, json: &Json<'_>, at: &At<'_>) -> Option<Effect> {
        match json {
            Json::Text(text) if text == "Allow" => return Some(Effect::Allow),
            Json::Text(text) if text == "Deny" => return Some(Effect::Deny),
            Json::Text(text) if text.eq_ignore_ascii_case("Allow") || text.eq_ignore_ascii_case("Deny") => {
                self.findings.detailed(Rank::Legacy, at, LEGACY, "an effect is Allow or Deny, in this case");
            }
            _ => self.findings.syntax(at, "neither Allow nor Deny"),
        }
        None
    }

    fn actions(&mut self, element: Option<Element<'_>>, effect: Option<Effect>, at: &At<'_>) -> Option<Actions> {
        let missing = (Rank::MissingActions, "Policy statement must contain actions.");
        let Some(Element { name, negated, json }) = element else {
            self.findings.add(missing.0, at, missing.1);
            return None;
        };
        let at = at.key(name);
        let texts = self.texts(json, &at)?;
        if texts.is_empty() && !self.kind.allows_empty_lists() {
            self.findings.add(missing.0, &at, missing.1);
        }
        let mut patterns = Vec::with_capacity(texts.len());
        for (index, text) in texts {
            match ActionPattern::new(text) {
                Ok(_) if self.kind.saved_by_iam() && !ActionPattern::is_saved_by_iam(text) => {
                    self.findings.add(Rank::Action, &place(&at, index), WILD_VENDOR);
                }
                Ok(pattern) => patterns.push(pattern),
                Err(why) => self.findings.add(Rank::Action, &place(&at, index), why),
            }
        }
        Some(Actions::new(negated && reaches_all_else(&patterns, effect), patterns))
    }

    fn resources(&mut self, element: Option<Element<'_>>, effect: Option<Effect>, at: &At<'_>) -> Option<Resources> {
        let missing = (Rank::MissingResources, "Policy statement must contain resources.");
        let Some(Element { name, negated, json }) = element else {
            if self.kind.is_attached_to_resource() {
                return Some(Resources { negated: false, patterns: [ResourcePattern::Any].into() });
            }
            self.findings.add(missing.0, at, missing.1);
            return None;
        };
        let at = at.key(name);
        let texts = self.texts(json, &at)?;
        if texts.is_empty() && !self.kind.allows_empty_lists() {
            self.findings.add(missing.0, &at, missing.1);
        }
        let mut patterns = Vec::with_capacity(texts.len());
        for (index, text) in texts {
            if let Some(pattern) = self.resource(text, &place(&at, index)) {
                patterns.push(pattern);
            }
        }
        Some(Resources { negated: negated && reaches_all_else(&patterns, effect), patterns: patterns.into() })
    }

    fn resource(&mut self, text: &str, at: &At<'_>) -> Option<ResourcePattern> {
        let heads: &mut Vec<(Vec<String>, Head)> = &mut self.heads;
        match ResourcePattern::new(text, self.kind, self.variables, heads) {
            Ok(pattern) => return Some(pattern),
            // IAM does not get to the legacy parsing of resources when it has already found one that it names.
            Err((Rank::Legacy, message, Some(detail))) if self.findings.has(Rank::Resource) => {
                self.findings.detailed(Rank::Resource, at, message, detail);
            }
            Err((rank, message, Some(detail))) => self.findings.detailed(rank, at, message, detail),
            Err((rank, message, None)) => self.findings.add(rank, at, message),
        }
        None
    }

    /// A string, or a list of them with the place of each; IAM skips what is null in a list.
    fn texts<'j>(&mut self, json: &'j Json<'j>, at: &At<'_>) -> Option<Vec<(Option<usize>, &'j str)>> {
        let list = match json {
            Json::Text(text) => return Some(vec![(None, text)]),
            Json::List(list) => list,
            other => {
                self.findings.syntax(at, format!("{} instead of a string or a list of strings", other.kind()));
                return None;
            }
        };
        let mut texts = Vec::with_capacity(list.len());
        for (index, json) in list.iter().enumerate() {
            match json {
                Json::Text(text) => texts.push((Some(index), &**text)),
                Json::Null => {}
                other => {
                    self.findings.syntax(&at.index(index), format!("{} instead of a string", other.kind()));
                    return None;
                }
            }
        }
        Some(texts)
    }

    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html>
    fn check_rcp(&mut self, statement: &Statement, at: &At<'_>) {
        if self.kind != PolicyKind::Rcp || statement.is_full_aws_access() {
            return;
        }
        if statement.effect == Effect::Allow {
            self.findings.syntax(&at.key("Effect"), "a resource control policy can only deny");
        }
        if statement.actions.is_negated() {
            self.findings.syntax(&at.key("NotAction"), "not in a resource control policy");
        }
        if statement.actions.has_bare_star() {
            self.findings.syntax(&at.key("Action"), "not every action of every service in a resource control policy");
        }
    }
}

/// Whether `NotAction` or `NotResource` is for everything that it does not list. One that lists nothing allows nothing: "when
/// the element is empty, the policy statement provides no permissions". What it denies is not documented: all.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-suggestion-empty-array-action>
fn reaches_all_else<P>(listed: &[P], effect: Option<Effect>) -> bool {
    !listed.is_empty() || effect == Some(Effect::Deny)
}

/// Where an entry of a list is; a string that stands for a list has the place of the list.
fn place<'p>(at: &'p At<'p>, index: Option<usize>) -> At<'p> {
    index.map_or(*at, |index| at.index(index))
}
