//! What was published, for pasting and for programs: images by their digests.

use serde_json::{Value, json};

use super::artifact::Form;

/// A published filter.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) name: String,
    pub(super) version: String,
    /// Its repository, with the registry.
    pub(super) repository: String,
    /// The manifests' digests, by form.
    pub(super) manifests: Vec<(Form, String)>,
    /// The name of the module's file.
    pub(super) module: String,
    /// The digest of the module itself.
    pub(super) wasm: String,
}

impl Published {
    fn json(&self) -> Value {
        let mut document = json!({
            "repository": self.repository,
            "version": self.version,
            "module": self.module,
            "sha256": self.wasm.trim_start_matches("sha256:"),
        });
        let Some(fields) = document.as_object_mut() else { return document };
        for (form, digest) in &self.manifests {
            fields.insert(form.name().into(), digest.as_str().into());
        }
        document
    }

    fn text(&self) -> String {
        let Self { name, version, repository, manifests, wasm, .. } = self;
        let mut text = format!("{name} {version}\n");
        for (form, digest) in manifests {
            let whose = match form {
                Form::Raw => "Istio, Envoy Gateway",
                Form::Compat => "images",
                Form::Wasm => "wkg",
            };
            text.push_str(&format!("  {whose:<21}{repository}@{digest}\n"));
        }
        text + &format!("  {:<21}sha256 {}\n", "Envoy", wasm.trim_start_matches("sha256:"))
    }
}

/// The document that manifests take digests from: a filter → its repository, the digest of each form, and the module's hash.
pub(super) fn document(published: &[Published]) -> Value {
    published.iter().map(|it| (it.name.clone(), it.json())).collect::<serde_json::Map<String, Value>>().into()
}

/// The same as a ConfigMap that kustomize takes replacements from and never applies: per filter the address with its
/// digest, the image with its version, and the digest of the manifest.
pub(super) fn config_map(published: &[Published]) -> String {
    let mut text = String::from(
        "# Made by `gatehouse push`. Only kustomize reads it: it is not applied.\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: gatehouse-digests\n  \
         annotations: { config.kubernetes.io/local-config: \"true\" }\ndata:\n",
    );
    for Published { name, version, repository, manifests, .. } in published {
        let Some((_, digest)) = manifests.iter().find(|(form, _)| *form == Form::Raw) else { continue };
        text.push_str(&format!("  {name}-url: \"oci://{repository}@{digest}\"\n"));
        text.push_str(&format!("  {name}-image: \"{repository}:{version}\"\n"));
        text.push_str(&format!("  {name}-sha256: \"{}\"\n", digest.trim_start_matches("sha256:")));
    }
    text
}

/// The same for people.
pub(super) fn text(published: &[Published]) -> String {
    published.iter().map(Published::text).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_can_be_pasted() {
        let published = [Published {
            name: "mock".into(),
            version: "0.1.0".into(),
            repository: "ghcr.io/owner/mock".into(),
            manifests: vec![(Form::Raw, "sha256:aa".into()), (Form::Compat, "sha256:bb".into())],
            module: "mock.wasm".into(),
            wasm: "sha256:cc".into(),
        }];
        let expected = json!({"mock": {"repository": "ghcr.io/owner/mock", "version": "0.1.0", "module": "mock.wasm", "raw": "sha256:aa",
            "compat": "sha256:bb", "sha256": "cc"}});
        assert_eq!(document(&published), expected);
        let expected = "mock 0.1.0\n  Istio, Envoy Gateway ghcr.io/owner/mock@sha256:aa\n  \
            images               ghcr.io/owner/mock@sha256:bb\n  Envoy                sha256 cc\n";
        assert_eq!(text(&published), expected);
        let map = config_map(&published);
        assert!(map.ends_with(
            "data:\n  mock-url: \"oci://ghcr.io/owner/mock@sha256:aa\"\n  \
             mock-image: \"ghcr.io/owner/mock:0.1.0\"\n  mock-sha256: \"aa\"\n"
        ));
    }
}
