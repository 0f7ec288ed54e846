//! Who may import whom. The rules are ARCHITECTURE.md's; a new edge between crates is a decision, made here.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// What a shared crate may import of the workspace. One that is not here is knowledge: `http` at most.
const SHARED: [(&str, &[&str]); 15] = [
    ("http", &[]),
    ("calendar", &[]),
    ("pattern", &[]),
    ("sort", &[]),
    ("api", &[]),
    ("context", &[]),
    ("openapi", &["api"]),
    ("mapping", &["context", "http"]),
    // Gateway responses are part of the model, and substitute like mappings do.
    ("gateway-response", &["api", "context", "http", "mapping"]),
    ("integration", &["api", "context", "gateway-response", "http", "mapping", "vtl"]),
    // How functions are asked and answer: a part of the model and what mappings read.
    ("lambda", &["api", "context", "http", "mapping"]),
    // Of the model the contract knows its problems; signatures are for its host in memory alone.
    ("filter", &["api", "context", "gateway-response", "http", "jwt"]),
    ("proxy-wasm-shell", &["context", "filter", "http"]),
    ("authorization", &["context", "filter", "http", "policy"]),
    // A phase that two filters and the gateway share: it asks, waits and keeps, by the contract.
    ("lambda-authorizer", &["api", "authorization", "context", "filter", "http", "lambda", "mapping", "policy"]),
];
const KNOWLEDGE: &[&str] = &["http"];
/// What anyone may import, as one may std.
const LIKE_STD: [&str; 3] = ["calendar", "pattern", "sort"];

/// Nothing that ends in a `.wasm` may need a thread, a socket or an engine.
const NATIVE_ONLY: [&str; 4] = ["tokio", "wasmtime", "libtest-mimic", "clap"];

/// A package of the workspace.
struct Package {
    /// Without `gatehouse-`.
    name: String,
    ring: Ring,
    manifest: PathBuf,
    imports: Vec<Import>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ring {
    Shared,
    Plugin,
    Cli,
    Harness,
}

struct Import {
    name: String,
    of_workspace: bool,
    is_dev: bool,
    target: Option<String>,
}

#[test]
fn crates_import_only_what_lies_further_in() {
    let packages = packages();
    let mut wrong = Vec::new();
    for package in &packages {
        for import in package.imports.iter().filter(|import| import.of_workspace && !import.is_dev) {
            if !may_import(package, import, &packages) {
                wrong.push(format!("{} imports {}", package.name, import.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_shell_knows_the_host() {
    for package in packages() {
        for import in &package.imports {
            match import.name.as_str() {
                "proxy-wasm" => {
                    let may = package.name == "proxy-wasm-shell" || package.ring == Ring::Harness;
                    assert!(may, "{} imports proxy-wasm, which is the shell's alone", package.name);
                }
                // So that no native test can link a host call.
                "proxy-wasm-shell" => {
                    let target = import.target.as_deref();
                    assert_eq!(target, Some("cfg(target_arch = \"wasm32\")"), "{} imports the shell", package.name);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn what_ends_in_a_wasm_needs_no_threads_and_no_sockets() {
    for package in packages().iter().filter(|package| matches!(package.ring, Ring::Shared | Ring::Plugin)) {
        for import in package.imports.iter().filter(|import| !import.is_dev) {
            assert!(!NATIVE_ONLY.contains(&import.name.as_str()), "{} imports {}", package.name, import.name);
        }
    }
}

#[test]
fn every_crate_is_under_the_lints_of_the_workspace() {
    for package in packages() {
        let manifest = std::fs::read_to_string(&package.manifest).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} has lints of its own", package.name);
    }
}

fn may_import(package: &Package, import: &Import, packages: &[Package]) -> bool {
    let ring = packages.iter().find(|other| other.name == import.name).map(|other| other.ring);
    match (package.ring, ring.unwrap()) {
        (Ring::Harness, _) => true,
        (_, Ring::Harness | Ring::Cli) => false,
        (Ring::Shared, Ring::Shared) if LIKE_STD.contains(&import.name.as_str()) => true,
        (Ring::Shared, Ring::Shared) => {
            let own = SHARED.iter().find(|(name, _)| *name == package.name);
            own.map_or(KNOWLEDGE, |(_, imports)| imports).contains(&import.name.as_str())
        }
        (Ring::Shared, Ring::Plugin) => false,
        (Ring::Plugin | Ring::Cli, Ring::Shared) => true,
        // The gateway composes the other filters.
        (Ring::Plugin, Ring::Plugin) => package.name == "gateway",
        // Compiling a deployment is the gateway's own knowledge.
        (Ring::Cli, Ring::Plugin) => matches!(import.name.as_str(), "gateway" | "sigv4-verifier"),
    }
}

fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = PathBuf::from(metadata["workspace_root"].as_str().unwrap());
    let packages: Vec<Package> =
        metadata["packages"].as_array().unwrap().iter().map(|package| read(package, &root)).collect();
    assert!(packages.len() > 5, "cargo metadata tells of {} packages only", packages.len());
    packages
}

fn read(package: &Value, root: &PathBuf) -> Package {
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let place = manifest.strip_prefix(root).unwrap();
    let ring = match place.iter().next().unwrap().to_str().unwrap() {
        "shared" => Ring::Shared,
        "plugins" => Ring::Plugin,
        "cli" => Ring::Cli,
        "test-harness" => Ring::Harness,
        other => panic!("`{other}` is no ring: say in this test what it may import"),
    };
    let imports = package["dependencies"].as_array().unwrap().iter().map(import).collect();
    Package { name: short(package["name"].as_str().unwrap()), ring, imports, manifest }
}

fn import(dependency: &Value) -> Import {
    Import {
        name: short(dependency["name"].as_str().unwrap()),
        of_workspace: dependency["path"].is_string(),
        is_dev: dependency["kind"] == "dev",
        target: dependency["target"].as_str().map(str::to_owned),
    }
}

fn short(name: &str) -> String {
    name.strip_prefix("gatehouse-").unwrap_or(name).to_owned()
}
