//! What a plan's unknown values are made of: references, followed through arguments and outputs of modules.
//!
//! A plan tells what an expression refers to, and not the expression. So one that refers to several resources of the kind that is
//! asked for, or to what the configuration does not show (`local.…`), is not guessed at.

use super::document::{Document, Module, Resource};
use crate::source::{MAX_DEPTH, Tree};

/// More than any configuration of use has.
const MOST: usize = 10_000;

/// What an argument's references lead to.
#[derive(Default)]
pub(super) struct Referred<'d> {
    /// The resources of the kinds that were asked for, with the attribute of each; none where it is not in the plan.
    pub(super) found: Vec<(&'d Resource<'d>, String)>,
    /// Whether something is referred to that may be anything.
    pub(super) is_open: bool,
    /// Whether the instance was found by the key of the one that refers to it.
    pub(super) is_by_key: bool,
    /// How many references there are.
    pub(super) count: usize,
    /// How many expressions were followed: modules can refer to each other without bound.
    followed: usize,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'d, 'k> {
    pub(super) document: &'d Document<'d>,
    pub(super) kinds: &'k [&'k str],
    /// The argument's own name.
    pub(super) argument: &'d str,
}

/// Whose argument it is.
#[derive(Clone, Copy)]
struct Whose<'d> {
    module: usize,
    index: &'d str,
}

impl<'d> Asked<'d, '_> {
    /// What an argument of a resource refers to.
    pub(super) fn of(self, resource: &'d Resource<'d>, expression: &'d Tree) -> Referred<'d> {
        let mut referred = Referred::default();
        let whose = Whose { module: resource.module, index: &resource.index };
        self.follow(&mut referred, whose, expression, 0);
        referred
    }

    fn follow(self, referred: &mut Referred<'d>, whose: Whose<'d>, expression: &'d Tree, depth: usize) {
        referred.followed += 1;
        let is_endless = depth > MAX_DEPTH || referred.followed > MOST;
        let references = references(expression);
        for reference in longest(&references) {
            referred.count += 1;
            let steps = steps(reference);
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            match steps.as_slice() {
                _ if is_endless => referred.is_open = true,
                // These say which instance, and no id.
                ["each", "key"] | ["count", "index"] => referred.count -= 1,
                ["path" | "terraform", ..] | ["data", "aws_region" | "aws_partition" | "aws_caller_identity", ..] => {}
                ["each" | "local" | "self" | "data", ..] => referred.is_open = true,
                ["var", name, rest @ ..] => self.variable(referred, whose, name, !rest.is_empty(), depth),
                ["module", name, rest @ ..] => self.output(referred, whose, name, rest, depth),
                [kind, name, rest @ ..] => {
                    let by_key = has_key(&references).then_some(whose.index);
                    self.resource(referred, whose.module, (kind, name), rest, by_key, depth);
                }
                _ => referred.is_open = true,
            }
        }
    }

    /// What a module is called with; what the root is called with is known.
    fn variable(self, referred: &mut Referred<'d>, whose: Whose<'d>, name: &str, is_part: bool, depth: usize) {
        let Some(module) = self.document.modules.get(whose.module) else { return };
        let Some(argument) = module.arguments.and_then(|arguments| arguments.get(name)) else { return };
        if references(argument).is_empty() {
            return;
        }
        if is_part {
            referred.is_open = true;
            return;
        }
        referred.count -= 1;
        let whose = Whose { module: module.parent, index: &module.index };
        self.follow(referred, whose, argument, depth + 1);
    }

    fn output(self, referred: &mut Referred<'d>, whose: Whose<'d>, name: &str, rest: &[&str], depth: usize) {
        let (index, output) = match rest {
            [index, output] if index.starts_with('[') => (Some(*index), *output),
            [output] => (None, *output),
            _ => return referred.is_open = true,
        };
        let is_meant = |(number, module): &(usize, &'d Module<'d>)| {
            *number != 0
                && module.parent == whose.module
                && module.name == name
                && index.is_none_or(|it| it == module.index)
        };
        let modules = self.document.modules.iter().enumerate().filter(is_meant);
        let modules: Vec<(usize, &'d Module<'d>)> = modules.collect();
        let outputs = |module: &'d Module<'d>| module.configuration?.get("outputs")?.get(output)?.get("expression");
        match modules.as_slice() {
            [(number, module)] => match outputs(module) {
                Some(expression) => {
                    referred.count -= 1;
                    self.follow(referred, Whose { module: *number, index: "" }, expression, depth + 1);
                }
                None => referred.is_open = true,
            },
            _ => referred.is_open = true,
        }
    }

    fn resource(
        self,
        referred: &mut Referred<'d>,
        module: usize,
        (kind, name): (&str, &str),
        rest: &[&str],
        by_key: Option<&str>,
        depth: usize,
    ) {
        let (index, attribute) = match rest {
            [index, rest @ ..] if index.starts_with('[') => (Some(*index), rest.first().copied()),
            rest => (None, rest.first().copied()),
        };
        let instances = self.document.resources.iter();
        let instances = instances.filter(|it| it.module == module && it.kind == kind && it.name == name);
        let instances: Vec<&'d Resource<'d>> =
            instances.filter(|it| index.is_none_or(|index| index == it.index)).collect();
        let by_key = by_key.and_then(|key| instances.iter().find(|it| it.index == key));
        let target = match (instances.as_slice(), by_key) {
            ([one], _) => *one,
            (_, Some(one)) => {
                referred.is_by_key = true;
                one
            }
            // One of several; none at all can't be meant.
            _ => return referred.is_open |= !instances.is_empty(),
        };
        // Where an index is computed, the attribute is not told: it is the id, or what is called like the argument itself.
        let is_wanted = self.kinds.contains(&kind);
        let attribute = attribute.unwrap_or(if is_wanted { "" } else { self.argument });
        let further = target.expressions.and_then(|it| it.get(attribute)).filter(|it| !references(it).is_empty());
        match further {
            Some(expression) => {
                referred.count -= 1;
                self.follow(referred, Whose { module: target.module, index: &target.index }, expression, depth + 1);
            }
            None if is_wanted && !referred.found.iter().any(|(it, _)| it.address == target.address) => {
                referred.found.push((target, attribute.to_owned()));
            }
            None => {}
        }
    }
}

/// All references of an expression, which of a block's is a list of maps.
fn references(expression: &Tree) -> Vec<&str> {
    expression.get("references").map(Tree::items).unwrap_or_default().iter().filter_map(Tree::text).collect()
}

/// Without those that others begin with: `a.b.id` is followed by `a.b`.
fn longest<'a>(references: &[&'a str]) -> Vec<&'a str> {
    let goes_on = |short: &str, long: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
    };
    let mut longest: Vec<&str> = Vec::new();
    for reference in references {
        if !longest.contains(reference) && !references.iter().any(|other| goes_on(reference, other)) {
            longest.push(reference);
        }
    }
    longest
}

/// Whether the key of an instance is all that chooses another's.
fn has_key(references: &[&str]) -> bool {
    references.iter().any(|it| matches!(*it, "each.key" | "count.index"))
        && !references.iter().any(|it| it.starts_with("each.value"))
}

/// `a.b["c.d"].id` is `a`, `b`, `["c.d"]`, `id`.
fn steps(reference: &str) -> Vec<String> {
    let (mut steps, mut step, mut is_quoted, mut is_escaped) = (Vec::new(), String::new(), false, false);
    for char in reference.chars() {
        if !is_quoted && matches!(char, '.' | '[') {
            steps.push(std::mem::take(&mut step));
        }
        if is_quoted || char != '.' {
            step.push(char);
        }
        is_quoted ^= char == '"' && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
    }
    steps.push(step);
    steps
}
