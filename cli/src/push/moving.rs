//! The tags that move from version to version: `1.2`, `1`, `latest`. They are for people; manifests name digests.

use serde_json::Value;

/// The tags that a version moves; none where it is one before a release.
pub(super) fn tags(version: &str) -> Vec<String> {
    match numbers(version) {
        Some([major, minor, _]) => vec![format!("{major}.{minor}"), major.to_string(), "latest".to_owned()],
        None => Vec::new(),
    }
}

/// Whether the first version is newer than the second.
pub(super) fn is_newer(one: &str, other: &str) -> bool {
    matches!((numbers(one), numbers(other)), (Some(one), Some(other)) if one > other)
}

/// The version that a published manifest says it is of.
pub(super) fn version(manifest: &Value) -> Option<&str> {
    manifest.get("annotations")?.get("org.opencontainers.image.version")?.as_str()
}

/// `1.2.3`, and nothing after it.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let numbers: Vec<u64> = version.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_moves_tags_and_a_candidate_does_not() {
        assert_eq!(tags("1.2.3"), ["1.2", "1", "latest"]);
        assert_eq!(tags("0.1.0"), ["0.1", "0", "latest"]);
        assert!(tags("1.2.3-rc.1").is_empty());
        assert!(is_newer("1.10.0", "1.9.9"));
        assert!(!is_newer("1.2.3", "1.2.3"));
        assert!(!is_newer("1.2.3-rc.1", "1.2.2"), "a candidate has no tags to keep");
    }
}
