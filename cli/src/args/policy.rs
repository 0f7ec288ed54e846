//! `gatehouse policy`: policies without a gateway around them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gatehouse_policy::PolicyKind;

/// `gatehouse policy`
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Decide requests: lines of JSON on standard input, one decision a line on standard output.
    #[command(after_help = SIMULATE_EXAMPLES)]
    Simulate(PolicySimulate),
    /// Say whether AWS would save a policy, and what in it hardly means what was meant.
    #[command(after_help = POLICY_CHECK_EXAMPLES)]
    Check(PolicyCheck),
}

/// `gatehouse policy simulate`
#[derive(Args, Debug)]
pub struct PolicySimulate {
    /// For people: the decision, its reason, and what each statement says of the request
    #[arg(long)]
    pub explain: bool,
}

/// `gatehouse policy check`
#[derive(Args, Debug)]
pub struct PolicyCheck {
    /// The policy, as JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What it is attached to; else a resource if it names principals, and an identity if not
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<PolicyIs>,
}

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum PolicyIs {
    /// An identity's, inline
    Identity,
    /// An identity's, managed
    Managed,
    /// A permissions boundary
    Boundary,
    /// A session's
    Session,
    /// A service control policy
    Scp,
    /// A resource control policy
    Rcp,
    /// An API's, or a private custom domain's
    Resource,
    /// A VPC endpoint's
    Vpce,
    /// A Lambda authorizer's answer
    Authorizer,
}

impl PolicyIs {
    /// As the library has it.
    #[must_use]
    pub fn kind(self) -> PolicyKind {
        match self {
            PolicyIs::Identity => PolicyKind::Identity,
            PolicyIs::Managed => PolicyKind::Managed,
            PolicyIs::Boundary => PolicyKind::Boundary,
            PolicyIs::Session => PolicyKind::Session,
            PolicyIs::Scp => PolicyKind::Scp,
            PolicyIs::Rcp => PolicyKind::Rcp,
            PolicyIs::Resource => PolicyKind::Resource,
            PolicyIs::Vpce => PolicyKind::Vpce,
            PolicyIs::Authorizer => PolicyKind::Authorizer,
        }
    }
}

const SIMULATE_EXAMPLES: &str = r#"Examples:
  gatehouse policy simulate < requests.jsonl > decisions.jsonl
  gatehouse policy simulate --explain < requests.jsonl

A line in:
  {"id": 1, "policies": {"identity": {"Version": "2012-10-17", "Statement": {
     "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "b"}}}}},
   "request": {"principal": "arn:aws:iam::111122223333:user/ann", "action": "execute-api:Invoke",
               "resource": "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets",
               "context": {"aws:SourceIp": "192.0.2.1", "aws:TagKeys": ["a", "b"]}}}
`identity`, `resource`, `boundary`, `session` and `vpce` are a policy or a list of them; `scp` and `rcp` a list of
levels, each a list. A policy may be a string that holds it. The principal is an ARN, an account's number or a service's
name, or an object with one of AWS, Service, Federated, CanonicalUser; none, or {"type": "Anonymous"}, is an anonymous
caller. A federated user's session is of the `user` that stands beside its AWS, or of the user of the same name. Where
an ARN does not say whose the resource is, {"resource": ARN, "accountId": ACCOUNT} or aws:ResourceAccount does. A context
is what it says: nothing else is added to it, and a list of one is one value but for keys that AWS documents with several.
A resource is taken as it is written, as by IAM; a gateway denies a path however it is spelled.

A line out:
  {"id": 1, "decision": "Allowed", "matched": [{"set": "identity", "policy": 0, "statement": 0, "sid": null}]}
The decision is Allowed, ImplicitlyDenied or ExplicitlyDenied. A line that cannot be decided, and a policy that AWS would
refuse to save, is answered with {"id": 1, "error": "..."}, and the next line is read. The exit code is 0 all the same."#;

const POLICY_CHECK_EXAMPLES: &str = "Examples:
  gatehouse policy check policy.json
  gatehouse policy check answer.json --kind authorizer --format json

Exit codes: 0 AWS would save it; 1 it would, but something is doubtful; 2 it would not.";
