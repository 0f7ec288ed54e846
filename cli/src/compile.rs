//! `gatehouse compile`: the Envoy configuration that serves an API, as a file.

use std::io::Write;
use std::path::Path;

use crate::args::Compile;
use crate::bootstrap::bootstrap;
use crate::finding::Finding;
use crate::project::Project;
use crate::source::{Files, as_seen_from_here, reason};
use crate::surroundings::surroundings;

/// Compiles, and writes the configuration; gives what the operator should know.
///
/// # Errors
/// Everything that is wrong; nothing has been written then.
pub fn compile(args: &Compile, files: &mut Files) -> Result<Vec<Finding>, Vec<Finding>> {
    let project = Project::load(files, &args.served.input(Some(&args.place.deployment)))?;
    let gateway = project.compile()?;
    let around = surroundings(&args.place).map_err(|finding| vec![finding])?;
    let text = bootstrap(&project, &gateway, &around);
    match &args.output {
        Some(path) => write(path, &text).map_err(|finding| vec![finding])?,
        // A reader that wants no more is no error.
        None => drop(std::io::stdout().write_all(text.as_bytes())),
    }
    Ok(project.warnings)
}

/// Writes a file as a whole or not at all.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Finding> {
    let unwritable = |error: std::io::Error| {
        let path = as_seen_from_here(path);
        Finding::error(None, format!("`{}` can't be written: {}", path.display(), reason(&error)))
    };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    std::fs::write(&part, text).map_err(unwritable)?;
    std::fs::rename(&part, path).map_err(|error| {
        let _ = std::fs::remove_file(&part);
        unwritable(error)
    })
}
