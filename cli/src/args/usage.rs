//! `gatehouse usage`: what keys have used.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Served;

/// `gatehouse usage`
#[derive(Debug, Subcommand)]
pub enum Usage {
    /// What GetUsage tells: requests and what remained, by keys and days.
    #[command(after_help = USAGE_EXAMPLES)]
    Get(UsageGet),
    /// All of the quota remains again, until the period ends.
    #[command(after_help = USAGE_EXAMPLES)]
    Reset(UsageReset),
    /// What UpdateUsage does: more remains than the quota says, until the period ends.
    #[command(after_help = USAGE_EXAMPLES)]
    Extend(Extend),
    /// The limits that Limitador needs in its file: it does not take them from who asks, as other rate limit services do.
    #[command(after_help = LIMITS_EXAMPLES)]
    Limits(UsageLimits),
}

/// `gatehouse usage limits`
#[derive(Args, Debug)]
pub struct UsageLimits {
    /// The API, where plans are in its template, and the deployment document does not name that.
    #[command(flatten)]
    pub served: Served,
    /// The deployment document, which has the plans and a `usageStore` of type `RATE_LIMIT_SERVICE`
    #[arg(long, short, value_name = "FILE")]
    pub deployment: PathBuf,
}

/// A usage plan of a deployment.
#[derive(Args, Debug)]
pub struct UsageOf {
    /// The API, where plans are in its template, and the deployment document does not name that.
    #[command(flatten)]
    pub served: Served,
    /// The deployment document, which has the plan, its keys, and where the store is
    #[arg(long, short, value_name = "FILE")]
    pub deployment: PathBuf,
    /// The plan
    #[arg(long, value_name = "ID")]
    pub usage_plan_id: String,
}

/// `gatehouse usage get`
#[derive(Args, Debug)]
pub struct UsageGet {
    /// The plan.
    #[command(flatten)]
    pub of: UsageOf,
    /// The key; all of the plan without it
    #[arg(long, value_name = "ID")]
    pub key_id: Option<String>,
    /// The first day, as 2026-11-01; the last one without it
    #[arg(long, value_name = "DATE")]
    pub start_date: Option<String>,
    /// The last day; today, by the store's clock, without it
    #[arg(long, value_name = "DATE")]
    pub end_date: Option<String>,
}

/// `gatehouse usage reset`
#[derive(Args, Debug)]
pub struct UsageReset {
    /// The plan.
    #[command(flatten)]
    pub of: UsageOf,
    /// The key
    #[arg(long, value_name = "ID")]
    pub key_id: String,
}

/// `gatehouse usage extend`
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("much").required(true))]
pub struct Extend {
    /// The plan.
    #[command(flatten)]
    pub of: UsageOf,
    /// The key
    #[arg(long, value_name = "ID")]
    pub key_id: String,
    /// How many requests more
    #[arg(long, value_name = "NUMBER", group = "much", value_parser = clap::value_parser!(u32).range(..=2_147_483_647))]
    pub by: Option<u32>,
    /// How many requests remain then, as UpdateUsage has it
    #[arg(long, value_name = "NUMBER", group = "much", value_parser = clap::value_parser!(u32).range(..=2_147_483_647))]
    pub remaining: Option<u32>,
}

const USAGE_EXAMPLES: &str = r#"Examples:
  gatehouse usage get -d deployment.yaml --usage-plan-id basic --start-date 2026-11-01 --end-date 2026-11-03
  gatehouse usage extend -d deployment.yaml --usage-plan-id basic --key-id ann --by 100
  gatehouse usage extend -d deployment.yaml --usage-plan-id basic --key-id ann --remaining 10
  gatehouse usage reset -d deployment.yaml --usage-plan-id basic --key-id ann

What is printed, a pair of requests and what remained for each day:
  {"usagePlanId": "basic", "startDate": "2026-11-01", "endDate": "2026-11-03", "items": {"ann": [[12, 488], [0, 488], [7, 481]]}}

The store must be of type REDIS: a rate limit service can only count.

Exit codes: 0 it is told; 2 what was given is wrong, or the store does not answer."#;

const LIMITS_EXAMPLES: &str = r#"Example:
  gatehouse usage limits -d deployment.yaml >limits.yaml && limitador-server limits.yaml redis redis://127.0.0.1:6379

Exit codes: 0 they are printed; 2 the document is wrong."#;
