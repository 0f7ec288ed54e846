//! Where a release comes from: the commit, and its date. Never the time of day: the same commit gives the same digests.

use std::path::Path;
use std::process::Command;

use gatehouse_sigv4::{basic_date, parse_basic_date};

use crate::finding::Finding;

/// Where a release comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// `2026-11-21T10:00:00Z`
    pub(super) created: String,
    /// The commit; none where the sources are no clean checkout of one.
    pub(super) revision: Option<String>,
}

impl Origin {
    /// What is known of the sources in a folder, and what the operator should know of them.
    ///
    /// # Errors
    /// Nothing says when they were made.
    pub(super) fn of(sources: &Path) -> Result<(Self, Vec<Finding>), Finding> {
        let created = created(sources)?;
        let Some(revision) = git(sources, &["rev-parse", "HEAD"]) else {
            return Ok((Self { created, revision: None }, Vec::new()));
        };
        match git(sources, &["status", "--porcelain", "--untracked-files=no"]) {
            Some(changes) if changes.is_empty() => Ok((Self { created, revision: Some(revision) }, Vec::new())),
            _ => {
                let message =
                    format!("the sources have changes that commit `{revision}` has not: no revision is named");
                Ok((Self { created, revision: None }, vec![Finding::warning(None, message)]))
            }
        }
    }
}

/// <https://reproducible-builds.org/specs/source-date-epoch/>
fn created(sources: &Path) -> Result<String, Finding> {
    if let Some(epoch) = std::env::var("SOURCE_DATE_EPOCH").ok().filter(|it| !it.is_empty()) {
        return epoch
            .parse()
            .ok()
            .and_then(rfc3339)
            .ok_or_else(|| Finding::error(None, format!("SOURCE_DATE_EPOCH is `{epoch}`: write seconds since 1970")));
    }
    let committed = git(sources, &["log", "-1", "--format=%ct"]).and_then(|epoch| epoch.parse().ok());
    committed.and_then(rfc3339).ok_or_else(|| {
        Finding::error(None, format!("`{}` is no git checkout: nothing says when this was made", sources.display()))
            .help("say it with SOURCE_DATE_EPOCH, in seconds since 1970")
    })
}

/// What git says, without the end of the line; nothing where it says no.
fn git(sources: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(sources).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}

/// Seconds since 1970 as RFC 3339 has them, up to the year 9999.
fn rfc3339(epoch: u64) -> Option<String> {
    let basic = basic_date(epoch);
    // What lies beyond is written as the last second that can be.
    if parse_basic_date(basic.as_bytes()) != Some(epoch) {
        return None;
    }
    let part = |range| basic.get(range);
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    Some(format!("{year}-{month}-{day}T{}:{}:{}Z", part(9..11)?, part(11..13)?, part(13..15)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_rfc_3339_has_it() {
        let check = |epoch: u64, expected: Option<&str>| assert_eq!(rfc3339(epoch).as_deref(), expected, "{epoch}");
        check(0, Some("1970-01-01T00:00:00Z"));
        check(951_782_399, Some("2000-02-28T23:59:59Z"));
        check(951_782_400, Some("2000-02-29T00:00:00Z"));
        check(951_868_800, Some("2000-03-01T00:00:00Z"));
        check(1_795_283_748, Some("2026-11-21T17:55:48Z"));
        check(4_107_542_400, Some("2100-03-01T00:00:00Z"));
        check(253_402_300_799, Some("9999-12-31T23:59:59Z"));
        check(253_402_300_800, None);
    }
}
