//! The text of a resource: what IAM refuses, in its words, and what an ARN that lacks sections means.

use std::borrow::Cow;

use super::ResourcePattern;
use crate::arn::{Head, sections};
use crate::invalid::{LEGACY, Rank};
use crate::kind::{PolicyKind, ShortArn};
use crate::template::Pattern;
use crate::text_pattern::{Syntax, tokens};

const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/// What a resource of IAM may begin with.
const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// What else it may begin with, which is not in IAM's own words for a refusal: policies of AWS have them.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>
const OTHER_IAM_PATHS: [&str; 3] = ["assumed-role/", "delegation-request/", "role-template/"];

const VENDOR: &str = "Resource vendor must be fully qualified and cannot contain regexes.";

type Refusal = (Rank, Cow<'static, str>, Option<&'static str>);

impl ResourcePattern {
    /// Compiles a resource; its head is added to the policy's.
    ///
    /// # Errors
    /// What IAM says, and what exactly is wrong where it does not tell.
    pub(crate) fn new(
        text: &str,
        kind: PolicyKind,
        variables: bool,
        heads: &mut Vec<(Vec<String>, Head)>,
    ) -> Result<Self, Refusal> {
        let syntax = Syntax { wildcards: true, variables };
        let pattern = |text: &str| {
            Pattern::new(text, syntax).map_err(|why| (Rank::Syntax, crate::invalid::SYNTAX.into(), Some(why)))
        };
        if text == "*" {
            return Ok(ResourcePattern::Any);
        }
        if let Some(rest) = text.strip_prefix("execute-api:/").filter(|_| kind.is_attached_to_resource()) {
            return Ok(ResourcePattern::OfThisApi(pattern(rest)?));
        }
        let sections = checked_sections(text, kind)?;
        let last = match sections.as_slice() {
            [_, _, _, _, _, resource] => pattern(resource)?,
            short if fills(short, kind)? => pattern("*")?,
            _ => return Ok(ResourcePattern::Nothing),
        };
        Ok(ResourcePattern::Arn(head(&sections, heads), last))
    }
}

/// The place of the head among the policy's, which gets it if it is new.
fn head(sections: &[&str], heads: &mut Vec<(Vec<String>, Head)>) -> usize {
    let written: Vec<String> = sections.iter().take(5).map(|section| (*section).to_owned()).collect();
    heads.iter().position(|(known, _)| *known == written).unwrap_or_else(|| {
        heads.push((written, Head::new(sections)));
        heads.len() - 1
    })
}

/// Whether the sections that are missing are `*`.
fn fills(sections: &[&str], kind: PolicyKind) -> Result<bool, Refusal> {
    let refusal = (Rank::Resource, VENDOR.into(), Some("an arn with fewer than six sections"));
    match kind.short_arn() {
        ShortArn::Fill => Ok(true),
        ShortArn::FillIfWild => Ok(sections.iter().any(|section| section.contains(['*', '?']))),
        ShortArn::FillIfOpen if sections.last().is_some_and(|last| last.ends_with('*')) => Ok(true),
        ShortArn::FillIfOpen | ShortArn::Refuse => Err(refusal),
    }
}

fn checked_sections(text: &str, kind: PolicyKind) -> Result<Vec<&str>, Refusal> {
    let not_an_arn = || (Rank::Resource, format!("Resource {text} must be in ARN format or \"*\".").into(), None);
    if text.chars().count() > kind.max_arn() {
        return Err((Rank::Resource, "the resource's arn is too long".into(), None));
    }
    let sections = sections(text);
    let [first, partition, rest @ ..] = sections.as_slice() else { return Err(not_an_arn()) };
    if !is_partition(partition) {
        return Err((Rank::Resource, not_a_partition(partition, rest).into(), None));
    }
    let Some((service, rest)) = rest.split_first() else { return Err((Rank::Resource, VENDOR.into(), None)) };
    if kind.saved_by_iam() && (service.is_empty() || (sections.len() < 6 && text.contains("::"))) {
        return Err((Rank::Legacy, LEGACY.into(), Some("an arn with fewer than six sections, or without service")));
    }
    if service.is_empty() || service.contains(['*', '?', '$']) {
        return Err((Rank::Resource, VENDOR.into(), None));
    }
    if *first != "arn" {
        return Err(not_an_arn());
    }
    match rest {
        [region, rest @ ..] if sections.len() == 6 || kind.saved_by_iam() => {
            let [account, resource] = [0, 1].map(|at| rest.get(at).copied().unwrap_or("*"));
            if kind.saved_by_iam() && sections.len() == 6 && !account.bytes().all(is_of_an_account) {
                return Err((Rank::Legacy, LEGACY.into(), Some("an account that is none")));
            }
            let arn = format!("{first}:{partition}:{service}:{region}:{account}:{resource}");
            check_sections(&arn, kind, service, [*region, account, resource])?;
        }
        _ => {}
    }
    Ok(sections)
}

/// What is there in place of an account's number may be a word, but neither a policy variable nor `<account>`.
fn is_of_an_account(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*' | b'?')
}

fn is_partition(pattern: &str) -> bool {
    let tokens = tokens(pattern, Syntax { wildcards: true, variables: false }).unwrap_or_default();
    crate::glob::Glob::new(&tokens).is_ok_and(|glob| PARTITIONS.iter().any(|partition| glob.matches(partition)))
}

/// IAM repeats the ARN, with `*` for what is missing.
fn not_a_partition(partition: &str, rest: &[&str]) -> String {
    let section = |at: usize| match (rest.get(at), rest.len()) {
        (Some(&""), 1) | (None, _) => "*",
        (Some(section), _) => section,
    };
    let arn = format!("arn:{partition}:{}:{}:{}:{}", section(0), section(1), section(2), section(3));
    format!("Partition \"{partition}\" is not valid for resource \"{arn}\".")
}

/// The services whose ARNs IAM knows. An ARN of S3 with a slash may be an access point's, which has a region. A wildcard is
/// none: AWS's own guides have `arn:aws:iam:*:*:role/name`.
/// <https://docs.aws.amazon.com/mediastore/latest/ug/security_iam_resource-based-policy-examples.html>
fn check_sections(
    arn: &str,
    kind: PolicyKind,
    service: &str,
    [region, account, resource]: [&str; 3],
) -> Result<(), Refusal> {
    let refusal = |message: String| Err((Rank::Resource, message.into(), None));
    let is_known = kind.saved_by_iam() && (service == "route53" || service == "s3" && !resource.contains('/'));
    let is_written = |section: &str| !section.is_empty() && !section.contains(['*', '?']);
    match service {
        "iam" if is_written(region) => refusal(format!("IAM resource {arn} cannot contain region information.")),
        "s3" if is_written(region) && account.is_empty() => {
            refusal(format!("Resource {arn} can not contain region information."))
        }
        _ if is_known && is_written(region) => refusal(format!("Resource {arn} can not contain region information.")),
        "s3" if is_known && region.is_empty() && is_written(account) => {
            refusal(format!("Resource {arn} cannot contain an account id."))
        }
        "iam" if !is_iam_path(resource, kind) => {
            refusal(format!("IAM resource path must either be \"*\", root, or start with {}.", IAM_PATHS.join(", ")))
        }
        _ => Ok(()),
    }
}

/// To IAM itself a wildcard is none of these words: it was seen to refuse `*/name` and `*name*`. Of others that is not known.
fn is_iam_path(resource: &str, kind: PolicyKind) -> bool {
    let (first, _) = resource.split_once('/').unwrap_or((resource, ""));
    let is_open = !kind.saved_by_iam() && first.contains(['*', '?']);
    let mut paths = IAM_PATHS.iter().chain(&OTHER_IAM_PATHS);
    matches!(resource, "*" | "root") || is_open || paths.any(|path| resource.starts_with(path))
}
