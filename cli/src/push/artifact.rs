//! What a registry keeps: blobs, and manifests that name them; and the three forms in which a filter is one.
//!
//! | form | layers | read by |
//! |---|---|---|
//! | raw | a configuration, the wasm as it is | Istio, Envoy Gateway; Envoy itself loads the second layer's blob |
//! | compat | a gzipped tar with `plugin.wasm` | the same, and whoever unpacks images: docker, image volumes |
//! | wasm | the wasm as it is, alone | wkg, and what else follows the CNCF's form |
//!
//! <https://github.com/solo-io/wasm/blob/master/spec/README.md>,
//! <https://github.com/istio/istio/blob/master/pkg/wasm/imagefetcher.go>,
//! <https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/>

use std::io::Write;

use flate2::{Compression, GzBuilder};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::origin::Origin;
use super::plugin::Plugin;

/// The media type of a manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of a list of manifests.
pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The configuration of an image that is run or unpacked.
pub(super) const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MODULE_CONFIG: &str = "application/vnd.module.wasm.config.v1+json";
const MODULE: &str = "application/vnd.module.wasm.content.layer.v1+wasm";
const TAR: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
const WASM: &str = "application/wasm";

/// The name that an image of the compat form has its wasm by.
const PLUGIN_WASM: &str = "plugin.wasm";

/// `sha256:` and the hash of bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Bytes by their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blob {
    pub(super) digest: String,
    pub(super) bytes: Vec<u8>,
}

impl Blob {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { digest: digest(&bytes), bytes }
    }

    pub(super) fn json(value: &Value) -> Self {
        Self::new(value.to_string().into_bytes())
    }

    /// How a manifest names it; a layer's title is the name of its file.
    pub(super) fn descriptor(&self, media_type: &str, title: Option<&str>) -> Value {
        let mut descriptor = json!({"mediaType": media_type, "digest": self.digest, "size": self.bytes.len()});
        if let (Some(title), Some(fields)) = (title, descriptor.as_object_mut()) {
            fields.insert("annotations".into(), json!({"org.opencontainers.image.title": title}));
        }
        descriptor
    }
}

/// A manifest, and the blobs that must be there before it.
#[derive(Clone, Debug)]
pub(super) struct Artifact {
    pub(super) manifest: Blob,
    pub(super) media_type: &'static str,
    pub(super) blobs: Vec<Blob>,
}

impl Artifact {
    /// A manifest out of what it says, besides being one.
    pub(super) fn new(fields: Value, blobs: Vec<Blob>) -> Self {
        Self { manifest: Blob::json(&with_type(fields, MANIFEST)), media_type: MANIFEST, blobs }
    }

    /// A list of manifests, which are there.
    pub(super) fn index(manifests: &[Value]) -> Self {
        let index = with_type(json!({"manifests": manifests}), INDEX);
        Self { manifest: Blob::json(&index), media_type: INDEX, blobs: Vec::new() }
    }

    /// How another manifest names this one.
    pub(super) fn descriptor(&self) -> Value {
        self.manifest.descriptor(self.media_type, None)
    }
}

fn with_type(mut fields: Value, media_type: &str) -> Value {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("schemaVersion".into(), 2.into());
        fields.insert("mediaType".into(), media_type.into());
    }
    fields
}

/// A form in which a filter is in a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// For Istio, Envoy Gateway and Envoy.
    Raw,
    /// For whoever unpacks images.
    Compat,
    /// For `wkg`.
    Wasm,
}

impl Form {
    pub(super) const ALL: [Form; 3] = [Form::Raw, Form::Compat, Form::Wasm];

    /// What a tag of this form ends with, after the version.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Form::Raw => "",
            Form::Compat => "-compat",
            Form::Wasm => "-wasm",
        }
    }

    /// What it is called in the document of digests.
    pub(super) fn name(self) -> &'static str {
        match self {
            Form::Raw => "raw",
            Form::Compat => "compat",
            Form::Wasm => "wasm",
        }
    }

    /// A filter in this form.
    ///
    /// # Errors
    /// Its archive cannot be written, which memory alone can cause.
    pub(super) fn artifact(self, plugin: &Plugin, origin: &Origin) -> std::io::Result<Artifact> {
        match self {
            Form::Raw => Ok(raw(plugin, origin)),
            Form::Compat => compat(plugin, origin),
            Form::Wasm => Ok(wasm(plugin, origin)),
        }
    }
}

/// Two layers: readers look for the second by its media type. The first is the manifest's configuration too.
fn raw(plugin: &Plugin, origin: &Origin) -> Artifact {
    let name = &plugin.name;
    // What wasme's specification wants to know of a filter.
    let config = json!({"type": "envoy_proxy", "abi_version": "0.2.1", "config": {"root_ids": [name]}});
    let (config, module) = (Blob::json(&config), Blob::new(plugin.wasm.clone()));
    let fields = json!({
        "config": config.descriptor(MODULE_CONFIG, None),
        "layers": [
            config.descriptor(MODULE_CONFIG, Some("runtime-config.json")),
            module.descriptor(MODULE, Some(&format!("{name}.wasm"))),
        ],
        "annotations": annotations(plugin, origin),
    });
    Artifact::new(fields, vec![config, module])
}

fn compat(plugin: &Plugin, origin: &Origin) -> std::io::Result<Artifact> {
    let tar = tar(&plugin.wasm)?;
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(&tar)?;
    let layer = Blob::new(gzip.finish()?);
    let config = Blob::json(&json!({
        "created": origin.created,
        // It runs nowhere by itself: these are what those ask for who take one image out of several.
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest(&tar)]},
        "history": [{"created": origin.created, "comment": "the filter as plugin.wasm"}],
    }));
    let mut annotations = annotations(plugin, origin);
    annotations.insert("module.wasm.image/variant".into(), "compat".into());
    let fields = json!({
        "config": config.descriptor(IMAGE_CONFIG, None),
        "layers": [layer.descriptor(TAR, None)],
        "annotations": annotations,
    });
    Ok(Artifact::new(fields, vec![config, layer]))
}

fn tar(wasm: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_path(PLUGIN_WASM)?;
    header.set_size(wasm.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_cksum();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append(&header, wasm)?;
    archive.into_inner()
}

fn wasm(plugin: &Plugin, origin: &Origin) -> Artifact {
    let module = Blob::new(plugin.wasm.clone());
    let config = Blob::json(&json!({
        "created": origin.created,
        "architecture": "wasm",
        "os": "wasip1",
        "layerDigests": [module.digest],
    }));
    let fields = json!({
        "config": config.descriptor(WASM_CONFIG, None),
        "layers": [module.descriptor(WASM, Some(&format!("{}.wasm", plugin.name)))],
        "annotations": annotations(plugin, origin),
    });
    Artifact::new(fields, vec![config, module])
}

/// <https://github.com/opencontainers/image-spec/blob/main/annotations.md>
fn annotations(plugin: &Plugin, origin: &Origin) -> Map<String, Value> {
    let said = [
        ("title", Some(&plugin.name)),
        ("description", Some(&plugin.description)),
        ("version", Some(&plugin.version)),
        ("licenses", plugin.license.as_ref()),
        ("source", plugin.repository.as_ref()),
        ("url", plugin.repository.as_ref()),
        ("documentation", plugin.documentation().as_ref()),
        ("revision", origin.revision.as_ref()),
        ("created", Some(&origin.created)),
    ]
    .map(|(name, value)| (format!("org.opencontainers.image.{name}"), value.cloned()));
    said.into_iter().filter_map(|(name, value)| Some((name, Value::from(value?)))).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn plugin() -> Plugin {
        Plugin {
            name: "mock".into(),
            package: "gatehouse-mock".into(),
            version: "1.2.3".into(),
            description: "answers".into(),
            license: Some("Apache-2.0".into()),
            repository: Some("https://example.com/gatehouse".into()),
            folder: "plugins/mock".into(),
            module: "mock.wasm".into(),
            wasm: b"\0asm\x01\0\0\0".to_vec(),
        }
    }

    fn origin() -> Origin {
        Origin { created: "2026-11-21T10:00:00Z".into(), revision: Some("abc".into()) }
    }

    fn made(form: Form) -> (Artifact, Value) {
        let artifact = form.artifact(&plugin(), &origin()).unwrap();
        let manifest = serde_json::from_slice(&artifact.manifest.bytes).unwrap();
        (artifact, manifest)
    }

    #[test]
    fn raw_has_two_layers_of_which_the_second_is_the_wasm() {
        let (artifact, manifest) = made(Form::Raw);
        let layers = manifest["layers"].as_array().unwrap();
        assert_eq!(layers.len(), 2);
        assert_eq!(layers[1]["mediaType"], "application/vnd.module.wasm.content.layer.v1+wasm");
        assert_eq!(layers[1]["digest"], digest(&plugin().wasm));
        assert_eq!(artifact.blobs[1].bytes, plugin().wasm);
    }

    #[test]
    fn compat_is_one_gzipped_tar_with_plugin_wasm_and_no_time() {
        let (artifact, manifest) = made(Form::Compat);
        assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
        assert_eq!(manifest["layers"][0]["mediaType"], TAR);
        let gzip = &artifact.blobs[1].bytes;
        assert_eq!(gzip[4..8], [0; 4], "the time of the gzip");
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(gzip.as_slice()).read_to_end(&mut tar).unwrap();
        let config: Value = serde_json::from_slice(&artifact.blobs[0].bytes).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"][0], digest(&tar));
        let mut archive = tar::Archive::new(tar.as_slice());
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.header().mtime().unwrap(), 0);
        assert_eq!(entry.path().unwrap().to_str(), Some("plugin.wasm"));
        let mut wasm = Vec::new();
        entry.read_to_end(&mut wasm).unwrap();
        assert_eq!(wasm, plugin().wasm);
    }

    #[test]
    fn wasm_has_one_layer_which_its_configuration_names() {
        let (artifact, manifest) = made(Form::Wasm);
        assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
        assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
        assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
        let config: Value = serde_json::from_slice(&artifact.blobs[0].bytes).unwrap();
        assert_eq!(config["layerDigests"][0], digest(&plugin().wasm));
        assert_eq!((&config["architecture"], &config["os"]), (&json!("wasm"), &json!("wasip1")));
    }

    #[test]
    fn the_same_filter_of_the_same_commit_is_the_same_bytes() {
        for form in Form::ALL {
            let (once, manifest) = made(form);
            assert_eq!(once.manifest, made(form).0.manifest, "{form:?}");
            assert_eq!(manifest["annotations"]["org.opencontainers.image.created"], "2026-11-21T10:00:00Z");
            assert_eq!(manifest["annotations"]["org.opencontainers.image.version"], "1.2.3");
            for blob in &once.blobs {
                assert_eq!(blob.digest, digest(&blob.bytes));
            }
        }
    }
}
