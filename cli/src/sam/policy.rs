//! `ResourcePolicy`: lists of who may call and who may not, as the statements of a policy.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html>

use super::Api;
use super::parts::ANY;
use crate::cloudformation::{entry, list, map, single, text};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

const KEYS: &[&str] = &[
    "AwsAccountWhitelist",
    "AwsAccountBlacklist",
    "IpRangeWhitelist",
    "IpRangeBlacklist",
    "SourceVpcWhitelist",
    "SourceVpcBlacklist",
    "IntrinsicVpcWhitelist",
    "IntrinsicVpceWhitelist",
    "IntrinsicVpcBlacklist",
    "IntrinsicVpceBlacklist",
    "CustomStatements",
];
const POLICY: &str = "x-amazon-apigateway-policy";

impl Api<'_> {
    /// Adds the statements of an event. The transform does not look what a `StageName` will be, and writes `Stage` into them.
    pub(super) fn policy_of_event(&mut self, definition: &mut Tree, written: &Tree, path: &String) {
        let stage = self.property("StageName").filter(|stage| stage.text().is_none());
        if let Some(stage) = stage.map(|stage| stage.at) {
            let message = "SAM writes this `ResourcePolicy` for a stage of the name `Stage`: it would hold nowhere";
            let help = "write it as the API's own, or a `StageName` without functions";
            let because = "for the `StageName` is not written out here";
            self.findings.push(Finding::error(written.at, message).also(stage, because).help(help));
        }
        self.policy(definition, written, std::slice::from_ref(path));
    }

    /// Adds the statements for those paths.
    pub(super) fn policy(&mut self, definition: &mut Tree, written: &Tree, paths: &[String]) {
        let (at, stage) = (written.at, self.stage());
        self.knows(written, "`ResourcePolicy`", KEYS);
        let mut statements: Vec<Tree> = match definition.get(POLICY) {
            None => Vec::new(),
            Some(policy) => match policy.get("Statement").map(|it| (&it.value, it)) {
                Some((Value::List(statements), _)) => statements.clone(),
                Some((Value::Map(_), statement)) => vec![statement.clone()],
                _ => return self.wrong(at, "the definition has a policy that is not understood"),
            },
        };
        for path in paths {
            let item = definition.get("paths").and_then(|paths| paths.get(path));
            let resources = list(item.map(|item| resources(path, item, &stage, at)).unwrap_or_default(), at);
            for made in self.statements(written, &resources, at) {
                if !statements.iter().any(|known| known.node() == made.node()) {
                    statements.push(made);
                }
            }
        }
        match written.get("CustomStatements").map(|it| (&it.value, it)) {
            None => {}
            Some((Value::List(own), _)) => statements.extend(own.iter().cloned()),
            Some((Value::Map(_), own)) => statements.push(own.clone()),
            Some((_, own)) => self.wrong(own.at, format!("{} where statements are expected", own.kind())),
        }
        let statements = entry("Statement", at, list(statements, at));
        definition.set(POLICY, map(vec![text("Version", "2012-10-17", at), statements], at));
    }

    fn statements(&mut self, written: &Tree, resources: &Tree, at: At) -> Vec<Tree> {
        let statement = |effect: &str, principal: Tree, condition: Option<Entry>| {
            let mut statement = vec![
                text("Effect", effect, at),
                text("Action", "execute-api:Invoke", at),
                entry("Resource", at, resources.clone()),
                entry("Principal", at, principal),
            ];
            statement.extend(condition);
            map(statement, at)
        };
        let everybody = || Tree::string("*", at);
        let mut made = Vec::new();
        for (key, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
            if let Some(accounts) = self.values(written, key) {
                made.push(statement(effect, single("AWS", accounts, at), None));
            }
        }
        let mut conditions = Vec::new();
        for (key, operator) in [("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")] {
            let ranges = self.values(written, key);
            conditions.extend(ranges.map(|ranges| single(operator, single("aws:SourceIp", ranges, at), at)));
        }
        for (end, operator) in [("Blacklist", "StringEquals"), ("Whitelist", "StringNotEquals")] {
            let sources = self.sources_of_vpc(written, end);
            conditions.extend((!sources.is_empty()).then(|| single(operator, map(sources, at), at)));
        }
        for condition in conditions {
            made.push(statement("Allow", everybody(), None));
            made.push(statement("Deny", everybody(), Some(entry("Condition", at, condition))));
        }
        made
    }

    /// The VPCs and the endpoints of a list.
    fn sources_of_vpc(&mut self, written: &Tree, end: &str) -> Vec<Entry> {
        let at = written.at;
        let mut of = |key: String| self.values(written, &key).map(|it| it.items().to_vec()).unwrap_or_default();
        let (mixed, own_vpcs, own_endpoints) =
            (of(format!("SourceVpc{end}")), of(format!("IntrinsicVpc{end}")), of(format!("IntrinsicVpce{end}")));
        for other in
            mixed.iter().filter(|it| it.text().is_none_or(|it| !it.starts_with("vpc-") && !it.starts_with("vpce-")))
        {
            self.wrong(other.at, format!("what is in `SourceVpc{end}` begins with `vpc-` or `vpce-`"));
        }
        let (endpoints, vpcs): (Vec<Tree>, Vec<Tree>) =
            mixed.into_iter().partition(|it| it.text().is_some_and(|text| text.starts_with("vpce-")));
        let sources =
            [("aws:SourceVpc", [vpcs, own_vpcs].concat()), ("aws:SourceVpce", [endpoints, own_endpoints].concat())];
        let sources = sources.into_iter().filter(|(_, values)| !values.is_empty());
        sources.map(|(key, values)| entry(key, at, list(values, at))).collect()
    }

    /// A list of texts that says something; one text is a list, too.
    fn values(&mut self, written: &Tree, key: &str) -> Option<Tree> {
        let values = written.get(key)?;
        let items: Vec<Tree> = match &values.value {
            Value::List(items) => items.clone(),
            _ => vec![values.clone()],
        };
        let texts: Option<Vec<Tree>> = items.iter().map(|it| Some(Tree::string(it.scalar()?, it.at))).collect();
        if texts.as_ref().is_none_or(Vec::is_empty) {
            self.wrong(values.at, format!("`{key}` is no list of texts"));
        }
        texts.map(|texts| list(texts, values.at))
    }

    /// The stage that statements are about.
    fn stage(&mut self) -> String {
        let stage = self.resolved("StageName");
        stage.and_then(|stage| stage.scalar()).unwrap_or_else(|| "*".to_owned())
    }
}

/// The ARNs of a path's methods: what stands in braces is anything.
fn resources(path: &str, item: &Tree, stage: &str, at: At) -> Vec<Tree> {
    let mut anything = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, (_, after))) = rest.split_once('{').and_then(|(it, rest)| Some((it, rest.split_once('}')?)))
    {
        anything.push_str(before);
        anything.push('*');
        rest = after;
    }
    let path = anything + rest;
    let method = |key: &str| if key == ANY { "*".to_owned() } else { key.to_ascii_uppercase() };
    let arn = |it: &Entry| Tree::string(format!("execute-api:/{stage}/{}{path}", method(&it.key)), at);
    item.entries().iter().map(arn).collect()
}
