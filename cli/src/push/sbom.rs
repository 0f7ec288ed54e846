//! What a filter is made of: a CycloneDX document of the crates that are linked into its `.wasm`.
//!
//! Which those are, `cargo tree` says: unlike `cargo metadata`, it chooses the features of a package as its build does.
//!
//! <https://cyclonedx.org/docs/1.5/json/>

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::artifact::digest;
use super::origin::Origin;
use super::plugin::{Plugin, cargo};
use crate::finding::Finding;
use crate::source::reason;

/// The media type of such a document.
pub(super) const CYCLONEDX: &str = "application/vnd.cyclonedx+json";

/// What filters are built for.
const TARGET: &str = "wasm32-wasip1";

/// The document of a filter.
///
/// # Errors
/// Cargo does not say what the filter is made of.
pub(super) fn sbom(plugin: &Plugin, sources: &Path, origin: &Origin, checksums: &Checksums) -> Result<Value, Finding> {
    let tree = cargo(
        sources,
        &[
            "tree",
            "--locked",
            "--package",
            &plugin.package,
            "--target",
            TARGET,
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "depth",
            "--no-dedupe",
            "--format",
            "\t{p}\t{l}\t{r}",
        ],
    )?;
    Ok(document(plugin, origin, &Crates::read(&tree), checksums))
}

/// The crates of a filter.
#[derive(Debug, Default)]
struct Crates {
    /// By purl.
    all: BTreeMap<String, Crate>,
    /// A purl → the purls of what it imports.
    imports: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug)]
struct Crate {
    name: String,
    version: String,
    license: String,
    repository: String,
}

impl Crates {
    /// Lines such as `1⇥serde v1.0.228⇥MIT OR Apache-2.0⇥https://github.com/serde-rs/serde`, each under its importer.
    fn read(tree: &str) -> Self {
        let mut crates = Self::default();
        let mut path: Vec<String> = Vec::new();
        for line in tree.lines() {
            let Some((depth, found)) = Crate::read(line) else { continue };
            let purl = found.purl();
            path.truncate(depth);
            if let Some(importer) = path.last() {
                crates.imports.entry(importer.clone()).or_default().insert(purl.clone());
            }
            path.push(purl.clone());
            crates.all.insert(purl, found);
        }
        crates
    }
}

impl Crate {
    fn read(line: &str) -> Option<(usize, Self)> {
        let mut fields = line.split('\t');
        let depth = fields.next()?.parse().ok()?;
        let mut named = fields.next()?.split(' ');
        let name = named.next()?.to_owned();
        let version = named.next()?.strip_prefix('v')?.to_owned();
        let mut text = || fields.next().unwrap_or_default().to_owned();
        Some((depth, Self { name, version, license: text(), repository: text() }))
    }

    /// <https://github.com/package-url/purl-spec>
    fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version.replace('+', "%2B"))
    }

    fn component(&self, purl: &str, checksums: &Checksums) -> Value {
        let Self { name, version, license, repository } = self;
        let mut component = json!({"type": "library", "bom-ref": purl, "purl": purl, "name": name, "version": version});
        let Some(fields) = component.as_object_mut() else { return component };
        if !license.is_empty() {
            // What SPDX took over from older crates' slash.
            fields.insert("licenses".into(), json!([{"expression": license.replace('/', " OR ")}]));
        }
        if !repository.is_empty() {
            fields.insert("externalReferences".into(), json!([{"type": "vcs", "url": repository}]));
        }
        if let Some(checksum) = checksums.0.get(&(name.clone(), version.clone())) {
            fields.insert("hashes".into(), json!([{"alg": "SHA-256", "content": checksum}]));
        }
        component
    }
}

fn document(plugin: &Plugin, origin: &Origin, crates: &Crates, checksums: &Checksums) -> Value {
    let Plugin { name, package, version, license, .. } = plugin;
    let own = format!("pkg:cargo/{package}@{version}");
    let others = crates.all.iter().filter(|(purl, _)| **purl != own);
    let components: Vec<Value> = others.map(|(purl, it)| it.component(purl, checksums)).collect();
    let none = BTreeSet::new();
    let imports = |purl: &String| json!({"ref": purl, "dependsOn": crates.imports.get(purl).unwrap_or(&none)});
    let licenses: Vec<Value> = license.iter().map(|license| json!({"expression": license})).collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": origin.created,
            "component": {
                "type": "application",
                "bom-ref": own,
                "purl": own,
                "name": name,
                "version": version,
                "licenses": licenses,
                "hashes": [{"alg": "SHA-256", "content": digest(&plugin.wasm).trim_start_matches("sha256:")}],
            },
        },
        "components": components,
        "dependencies": crates.all.keys().map(imports).collect::<Vec<Value>>(),
    })
}

/// The hashes of crates as they were downloaded: what `Cargo.lock` pins.
#[derive(Debug, Default)]
pub(super) struct Checksums(BTreeMap<(String, String), String>);

impl Checksums {
    /// Of the workspace in a folder.
    ///
    /// # Errors
    /// It has no `Cargo.lock`.
    pub(super) fn of(sources: &Path) -> Result<Self, Finding> {
        let path = sources.join("Cargo.lock");
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Finding::error(None, format!("`{}` can't be read: {}", path.display(), reason(&error))))?;
        Ok(Self::read(&text))
    }

    /// Cargo writes the file itself, always in this form.
    fn read(lock: &str) -> Self {
        let package = |text: &str| {
            let field = |name: &str| {
                let quoted = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))?;
                Some(quoted.trim_matches('"').to_owned())
            };
            Some(((field("name")?, field("version")?), field("checksum")?))
        };
        Self(lock.split("[[package]]").filter_map(package).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0\tgatehouse-mock v0.1.0 (/x/plugins/mock)\tApache-2.0\thttps://example.com\n\
        1\tgatehouse-api v0.1.0 (/x/shared/api)\tApache-2.0\thttps://example.com\n\
        2\tserde v1.0.2\tMIT/Apache-2.0\thttps://github.com/serde-rs/serde\n\
        1\tserde v1.0.2\tMIT/Apache-2.0\thttps://github.com/serde-rs/serde\n\
        1\tlog v0.4.1+x\t\t\n";

    #[test]
    fn a_tree_becomes_components_and_who_imports_whom() {
        let plugin = Plugin {
            name: "mock".into(),
            package: "gatehouse-mock".into(),
            version: "0.1.0".into(),
            description: String::new(),
            license: Some("Apache-2.0".into()),
            repository: None,
            folder: "plugins/mock".into(),
            module: "mock.wasm".into(),
            wasm: b"\0asm".to_vec(),
        };
        let origin = Origin { created: "2026-11-21T10:00:00Z".into(), revision: None };
        let checksums = Checksums::read(
            "version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.2\"\nchecksum = \"aa\"\ndependencies = [\n]\n\n\
             [[package]]\nname = \"gatehouse-api\"\nversion = \"0.1.0\"\n",
        );
        let document = document(&plugin, &origin, &Crates::read(TREE), &checksums);
        let purls: Vec<&str> =
            document["components"].as_array().unwrap().iter().map(|it| it["purl"].as_str().unwrap()).collect();
        assert_eq!(purls, ["pkg:cargo/gatehouse-api@0.1.0", "pkg:cargo/log@0.4.1%2Bx", "pkg:cargo/serde@1.0.2"]);
        assert_eq!(document["components"][2]["hashes"][0]["content"], "aa");
        assert_eq!(document["components"][2]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(document["components"][1].get("licenses"), None);
        assert_eq!(document["metadata"]["component"]["licenses"][0]["expression"], "Apache-2.0");
        assert_eq!(
            document["dependencies"][0],
            json!({"ref": "pkg:cargo/gatehouse-api@0.1.0", "dependsOn": ["pkg:cargo/serde@1.0.2"]})
        );
        assert_eq!(
            document["dependencies"][1]["dependsOn"],
            json!(["pkg:cargo/gatehouse-api@0.1.0", "pkg:cargo/log@0.4.1%2Bx", "pkg:cargo/serde@1.0.2"])
        );
        assert!(!document.to_string().contains("/x/"), "no folder of this machine");
    }
}
