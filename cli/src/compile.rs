//! `gatehouse compile`: the Envoy configuration that serves an API, or the manifests that do in Kubernetes, as a file.

use std::io::Write;
use std::path::Path;

use crate::args::{Compile, Target};
use crate::bootstrap::{bootstrap, bootstrap_as_json, unreachable};
use crate::finding::Finding;
use crate::manifests::{for_kubernetes_alone, manifests};
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
    let (text, warnings) = match args.target {
        Target::Envoy => {
            let misplaced = for_kubernetes_alone(&args.kubernetes);
            if !misplaced.is_empty() {
                return Err(misplaced);
            }
            let around = surroundings(&args.place).map_err(|finding| vec![finding])?;
            let is_json = args.output.as_ref().is_some_and(|path| path.extension().is_some_and(|it| it == "json"));
            let text = match is_json {
                true => bootstrap_as_json(&project, &gateway, &around)?,
                false => bootstrap(&project, &gateway, &around),
            };
            (text, unreachable(&project, around.tls.as_ref()))
        }
        Target::Istio | Target::EnvoyGateway => manifests(args, &project, &gateway)?,
    };
    match &args.output {
        Some(path) => write(path, &text).map_err(|finding| vec![finding])?,
        // A reader that wants no more is no error.
        None => drop(std::io::stdout().write_all(text.as_bytes())),
    }
    Ok([project.warnings(&gateway), warnings].concat())
}

/// Writes a file as a whole or not at all. What is no file (`/dev/stdout`, a pipe) is written to, never replaced.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Finding> {
    let unwritable = |error: std::io::Error| {
        let path = as_seen_from_here(path);
        Finding::error(None, format!("`{}` can't be written: {}", path.display(), reason(&error)))
    };
    match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => std::fs::write(path, text).map_err(unwritable),
        // A link stays one: what it leads to is replaced.
        Ok(_) => replace(&path.canonicalize().map_err(unwritable)?, text).map_err(unwritable),
        Err(_) => replace(path, text).map_err(unwritable),
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let replaced = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path));
    if replaced.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    replaced
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileTypeExt, symlink};

    use super::*;

    #[test]
    fn what_is_no_regular_file_is_not_replaced() {
        let directory = std::env::temp_dir().join(format!("gatehouse-write-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let (file, link) = (directory.join("file"), directory.join("link"));
        write(&file, "one").unwrap();
        symlink(&file, &link).unwrap();
        write(&link, "two").unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "two");
        assert!(write(&directory, "x").unwrap_err().message.contains("can't be written"));
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 2);

        let socket = directory.join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(write(&socket, "x").is_err());
        assert!(std::fs::symlink_metadata(&socket).unwrap().file_type().is_socket());
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
