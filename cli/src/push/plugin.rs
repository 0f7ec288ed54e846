//! The filters that are published: every plugin of the workspace, as cargo tells of it, with the `.wasm` that was built of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::finding::Finding;
use crate::source::reason;

/// A filter, built.
#[derive(Clone, Debug)]
pub(super) struct Plugin {
    /// What API Gateway calls it: the name of its folder, and of its repository in a registry.
    pub(super) name: String,
    /// Its package.
    pub(super) package: String,
    /// Its version.
    pub(super) version: String,
    /// What it is, in a line.
    pub(super) description: String,
    /// As SPDX has it.
    pub(super) license: Option<String>,
    /// Where its sources are.
    pub(super) repository: Option<String>,
    /// Its folder among them.
    pub(super) folder: String,
    /// The name of its module's file.
    pub(super) module: String,
    /// The module.
    pub(super) wasm: Vec<u8>,
}

impl Plugin {
    /// Its page.
    pub(super) fn documentation(&self) -> Option<String> {
        let Self { folder, version, .. } = self;
        self.repository.as_ref().map(|repository| format!("{repository}/blob/v{version}/{folder}/README.md"))
    }
}

/// What `cargo metadata` says.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    description: Option<String>,
    license: Option<String>,
    repository: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

/// The filters of a workspace whose modules are in a folder; only those with these names, where there are any.
///
/// # Errors
/// There is no such workspace, a name is not one of its filters, or a module was not built.
pub(super) fn plugins(sources: &Path, wasm_dir: &Path, only: &[String]) -> Result<Vec<Plugin>, Vec<Finding>> {
    let metadata = cargo(sources, &["metadata", "--no-deps", "--locked", "--format-version", "1"])
        .map_err(|finding| vec![finding])?;
    let metadata: Metadata = serde_json::from_str(&metadata).map_err(|error| {
        vec![Finding::error(None, format!("`cargo metadata` says what is not understood: {error}"))]
    })?;
    let mut found = published(&metadata);
    check_names(&found, only)?;
    found.retain(|filter| only.is_empty() || only.contains(&filter.name));
    let mut problems = Vec::new();
    let mut plugins = Vec::with_capacity(found.len());
    for filter in found {
        let path = wasm_dir.join(&filter.module);
        match std::fs::read(&path) {
            Ok(wasm) if wasm.starts_with(b"\0asm") => plugins.push(filter.plugin(wasm)),
            Ok(_) => problems.push(Finding::error(None, format!("`{}` is no wasm module", path.display()))),
            Err(error) => {
                let message = format!("`{}` can't be read: {}", path.display(), reason(&error));
                problems.push(Finding::error(None, message).help("build the filters with `make wasm`"));
            }
        }
    }
    if problems.is_empty() { Ok(plugins) } else { Err(problems) }
}

/// A package that is published.
struct Published<'a> {
    name: String,
    folder: String,
    /// The name of its file.
    module: String,
    package: &'a Package,
}

/// What lies under `plugins` and makes a module.
fn published(metadata: &Metadata) -> Vec<Published<'_>> {
    let mut found: Vec<Published<'_>> = metadata.packages.iter().filter_map(|it| it.published(metadata)).collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn check_names(found: &[Published<'_>], only: &[String]) -> Result<(), Vec<Finding>> {
    let names: Vec<String> = found.iter().map(|filter| format!("`{}`", filter.name)).collect();
    if names.is_empty() {
        return Err(vec![
            Finding::error(None, "there are no filters here: this is not Gatehouse's workspace")
                .help("say where its sources are with `--sources`"),
        ]);
    }
    let unknown = only.iter().filter(|name| found.iter().all(|filter| filter.name != **name));
    let unknown: Vec<Finding> = unknown
        .map(|name| Finding::error(None, format!("`{name}` is no filter: there are {}", names.join(", "))))
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(unknown) }
}

impl Package {
    fn published(&self, metadata: &Metadata) -> Option<Published<'_>> {
        let folder = self.manifest_path.parent()?.strip_prefix(&metadata.workspace_root).ok()?.to_str()?;
        let name = folder.strip_prefix("plugins/")?;
        let is_module = |target: &&Target| target.crate_types.iter().any(|kind| kind == "cdylib");
        let library = &self.targets.iter().find(is_module)?.name;
        let module = format!("{}.wasm", library.strip_prefix("gatehouse_").unwrap_or(library));
        Some(Published { name: name.to_owned(), folder: folder.to_owned(), module, package: self })
    }
}

impl Published<'_> {
    fn plugin(self, wasm: Vec<u8>) -> Plugin {
        let Self { name, folder, module, package } = self;
        Plugin {
            name,
            package: package.name.clone(),
            version: package.version.clone(),
            description: package.description.clone().unwrap_or_default(),
            license: package.license.clone(),
            repository: package.repository.clone(),
            folder,
            module,
            wasm,
        }
    }
}

/// What cargo says of the sources in a folder.
///
/// # Errors
/// There is no cargo, or it says no.
pub(super) fn cargo(sources: &Path, arguments: &[&str]) -> Result<String, Finding> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(sources).output().map_err(|error| {
        Finding::error(None, format!("cargo can't be started in `{}`: {}", sources.display(), reason(&error)))
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it does not say why");
        let command = arguments.first().unwrap_or(&"");
        return Err(Finding::error(None, format!("`cargo {command}` fails in `{}`: {said}", sources.display())));
    }
    String::from_utf8(output.stdout).map_err(|_| Finding::error(None, "what cargo says is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn every_plugin_is_published_and_no_filter_of_the_tests() {
        let text = cargo(&workspace(), &["metadata", "--no-deps", "--locked", "--format-version", "1"]).unwrap();
        let metadata: Metadata = serde_json::from_str(&text).unwrap();
        let found = published(&metadata);
        let names: Vec<&str> = found.iter().map(|filter| filter.name.as_str()).collect();
        let mut folders: Vec<String> = std::fs::read_dir(workspace().join("plugins"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        folders.sort();
        assert_eq!(names, folders);
        assert!(found.iter().any(|it| it.name == "usage-plan" && it.module == "usage_plan_filter.wasm"));
    }

    #[test]
    fn what_is_not_there_is_told() {
        let check = |wasm_dir: &str, only: &[&str], expected: &str| {
            let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
            let findings = plugins(&workspace(), Path::new(wasm_dir), &only).unwrap_err();
            assert!(findings[0].message.contains(expected), "{findings:?}");
        };
        check("/nowhere", &[], "`/nowhere/gateway.wasm` can't be read: there is no such file");
        check("/nowhere", &["mok"], "`mok` is no filter: there are `gateway`, ");
        let findings = plugins(Path::new("/"), Path::new("/"), &[]).unwrap_err();
        assert!(findings[0].message.starts_with("`cargo metadata` fails in `/`: could not find"), "{findings:?}");
    }
}
