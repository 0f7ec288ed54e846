//! A directory for the configuration while Envoy runs: for this user's eyes only, as stage variables may be secret.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use crate::finding::Finding;
use crate::source::reason;

/// A directory that is removed when this ends.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Self, Finding> {
        let path = std::env::temp_dir().join(format!("gatehouse-{}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => Ok(Self(path)),
            Err(error) => Err(Finding::error(None, format!("`{}` can't be made: {}", path.display(), reason(&error)))),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
