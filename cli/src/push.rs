//! `gatehouse push`: every filter into an OCI registry, in the forms that its readers accept, with what it is made of and,
//! given a key, signed.
//!
//! ```text
//!  cargo ─► plugins ─┬─ raw ────┐                       X.Y.Z, X.Y, X, latest
//!                    ├─ compat ─┼─► manifest, blobs ─►  X.Y.Z-compat           ─► digests
//!   git ─► origin ───┴─ wasm ───┘        │              X.Y.Z-wasm
//!                                        ├─ CycloneDX   sha256-….sbom, and as a referrer
//!                                        └─ signature   sha256-….sig
//! ```
//!
//! The same commit gives the same bytes: a second push finds everything there and sends nothing.

mod artifact;
mod credentials;
mod digests;
mod identity;
mod moving;
mod origin;
mod plugin;
mod refusal;
mod registry;
mod sbom;
mod signature;
mod upload;

use futures_util::future::try_join_all;
use serde_json::{Value, json};

use crate::args::Push;
use crate::compile::write;
use crate::finding::Finding;
use crate::report::Format;
use artifact::{Artifact, Blob, Form, digest};
use digests::Published;
use origin::Origin;
use plugin::{Plugin, plugins};
use registry::{Counts, Place, Registry, Repository};
use sbom::{CYCLONEDX, Checksums};
use signature::{Key, Signed};

/// How a push ended.
#[derive(Debug)]
pub enum Ended {
    /// Everything is there: what to print, and what the operator should know.
    Pushed(String, Vec<Finding>),
    /// What was given is wrong: nothing was sent.
    Refused(Vec<Finding>),
    /// The registry does not do what it was asked.
    Failed(Finding),
}

/// Publishes the filters.
pub fn push(args: &Push, format: Format) -> Ended {
    let release = match Release::prepare(args) {
        Ok(release) => release,
        Err(findings) => return Ended::Refused(findings),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Ended::Failed(Finding::error(None, format!("nothing can be sent: {error}"))),
    };
    let sent = runtime.block_on(release.send(args)).and_then(|sent| {
        let document = digests::document(&sent.published);
        if let Some(path) = &args.digests {
            match path.extension().is_some_and(|it| it == "yaml") {
                true => write(path, &digests::config_map(&sent.published))?,
                false => write(path, &format!("{document:#}\n"))?,
            }
        }
        Ok((format!("{document:#}\n"), sent))
    });
    match sent {
        Ok((document, sent)) => match format {
            Format::Json => Ended::Pushed(document, [release.warnings, sent.warnings].concat()),
            Format::Text => Ended::Pushed(sent.text(&release.place), [release.warnings, sent.warnings].concat()),
        },
        Err(finding) => Ended::Failed(finding),
    }
}

/// Everything that is known before anything is sent.
struct Release {
    place: Place,
    plugins: Vec<Ready>,
    origin: Origin,
    key: Option<Key>,
    warnings: Vec<Finding>,
}

/// A filter, ready to be sent.
struct Ready {
    plugin: Plugin,
    forms: Vec<(Form, Artifact)>,
    sbom: Option<Blob>,
}

/// What was sent.
struct Sent {
    published: Vec<Published>,
    counts: Counts,
    warnings: Vec<Finding>,
}

impl Release {
    fn prepare(args: &Push) -> Result<Self, Vec<Finding>> {
        let one = |finding: Finding| vec![finding];
        let place = Place::parse(&args.registry).map_err(one)?;
        let key = args.sign_key.as_deref().map(Key::read).transpose().map_err(one)?;
        let (origin, warnings) = Origin::of(&args.sources).map_err(one)?;
        let checksums = Checksums::of(&args.sources).map_err(one)?;
        let plugins = plugins(&args.sources, &args.wasm_dir, &args.only)?;
        let ready = |plugin: Plugin| {
            let sbom = match args.no_sbom {
                true => None,
                false => Some(Blob::json(&sbom::sbom(&plugin, &args.sources, &origin, &checksums)?)),
            };
            Ready::new(plugin, &origin, sbom)
        };
        // Cargo takes its time: it is asked about all of them at once.
        let plugins = std::thread::scope(|scope| {
            let started: Vec<_> = plugins.into_iter().map(|plugin| scope.spawn(|| ready(plugin))).collect();
            let lost = |_| Err(Finding::error(None, "a filter can't be packed"));
            started
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(lost))
                .collect::<Result<Vec<Ready>, Finding>>()
        });
        let plugins = plugins.map_err(one)?;
        Ok(Self { place, plugins, origin, key, warnings })
    }

    async fn send(&self, args: &Push) -> Result<Sent, Finding> {
        let who = match credentials::config_file() {
            Some(path) => credentials::credentials(&path, &self.place.host)?,
            None => None,
        };
        let registry = Registry::connect(self.place.clone(), args.plain_http, who).await?;
        if !args.replace {
            let checked = self.plugins.iter().map(|ready| ready.is_as_before(&self.place, &registry));
            try_join_all(checked).await?;
        }
        let sent = self.plugins.iter().map(|ready| self.send_filter(ready, &registry));
        let warnings = try_join_all(sent).await?.concat();
        let published = self.plugins.iter().map(|ready| ready.published(&self.place)).collect();
        Ok(Sent { published, counts: registry.counts.get(), warnings })
    }

    async fn send_filter(&self, ready: &Ready, registry: &Registry) -> Result<Vec<Finding>, Finding> {
        let repository = registry.repository(&ready.plugin.name).await?;
        for (form, artifact) in &ready.forms {
            repository.put(&ready.tag(*form), artifact).await?;
            self.send_sbom(ready, artifact, &repository).await?;
            self.sign(ready, artifact, &repository).await?;
        }
        ready.move_tags(&repository).await
    }

    /// As a referrer, and under the tag where cosign looks.
    async fn send_sbom(&self, ready: &Ready, of: &Artifact, repository: &Repository<'_>) -> Result<(), Finding> {
        let Some(sbom) = &ready.sbom else { return Ok(()) };
        let empty = Blob::new(b"{}".to_vec());
        let attached = Artifact::new(
            json!({
                "artifactType": CYCLONEDX,
                "config": empty.descriptor("application/vnd.oci.empty.v1+json", None),
                "layers": [sbom.descriptor(CYCLONEDX, Some(&format!("{}.cdx.json", ready.plugin.name)))],
                "subject": of.descriptor(),
                "annotations": {"org.opencontainers.image.created": self.origin.created},
            }),
            vec![empty, sbom.clone()],
        );
        let tag = of.manifest.digest.replace(':', "-");
        repository.put(&format!("{tag}.sbom"), &attached).await?;
        // A registry that knows of referrers has put it on its list; on that of another we do.
        if repository.lists(&attached.manifest.digest, &of.manifest.digest).await {
            return Ok(());
        }
        let listed = repository.manifest(&tag).await?;
        let mut listed = listed.and_then(|index| index.get("manifests")?.as_array().cloned()).unwrap_or_default();
        if listed.iter().any(|it| it.get("digest").and_then(Value::as_str) == Some(&attached.manifest.digest)) {
            return Ok(());
        }
        let mut entry = attached.descriptor();
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("artifactType".into(), CYCLONEDX.into());
        }
        listed.push(entry);
        repository.put(&tag, &Artifact::index(&listed)).await
    }

    async fn sign(&self, ready: &Ready, of: &Artifact, repository: &Repository<'_>) -> Result<(), Finding> {
        let Some(key) = &self.key else { return Ok(()) };
        let tag = signature::tag(&of.manifest.digest);
        let signed = Signed::new(key, &self.place.repository(&ready.plugin.name), &of.manifest.digest);
        match signed.beside(repository.manifest(&tag).await?.as_ref()) {
            Some(image) => repository.put(&tag, &image).await,
            None => Ok(()),
        }
    }
}

impl Ready {
    fn new(plugin: Plugin, origin: &Origin, sbom: Option<Blob>) -> Result<Self, Finding> {
        let made = |form: Form| Ok((form, form.artifact(&plugin, origin)?));
        let forms = Form::ALL.into_iter().map(made).collect::<std::io::Result<Vec<_>>>();
        let forms =
            forms.map_err(|error| Finding::error(None, format!("`{}` can't be packed: {error}", plugin.name)))?;
        Ok(Self { plugin, forms, sbom })
    }

    fn tag(&self, form: Form) -> String {
        format!("{}{}", self.plugin.version, form.suffix())
    }

    /// A version is published once: its tags never come to mean something else.
    async fn is_as_before(&self, place: &Place, registry: &Registry) -> Result<(), Finding> {
        let repository = registry.repository(&self.plugin.name).await?;
        for (form, artifact) in &self.forms {
            let tag = self.tag(*form);
            if let Some(there) = repository.digest(&tag).await?.filter(|there| *there != artifact.manifest.digest) {
                let image = place.repository(&self.plugin.name);
                let message = format!("`{image}:{tag}` is there, and something else: `{there}`");
                return Err(Finding::error(None, message).help("raise the version, or say `--replace`"));
            }
        }
        Ok(())
    }

    /// Moves the tags that are for people alone to this version, unless a newer one has them.
    async fn move_tags(&self, repository: &Repository<'_>) -> Result<Vec<Finding>, Finding> {
        let mut warnings = Vec::new();
        let Some((_, raw)) = self.forms.iter().find(|(form, _)| *form == Form::Raw) else { return Ok(warnings) };
        for tag in moving::tags(&self.plugin.version) {
            let there = repository.manifest(&tag).await?;
            match there.as_ref().and_then(moving::version) {
                Some(newer) if moving::is_newer(newer, &self.plugin.version) => {
                    let message = format!("`{}:{tag}` stays at {newer}, which is newer", self.plugin.name);
                    warnings.push(Finding::warning(None, message));
                }
                _ => repository.put(&tag, raw).await?,
            }
        }
        Ok(warnings)
    }

    fn published(&self, place: &Place) -> Published {
        Published {
            name: self.plugin.name.clone(),
            version: self.plugin.version.clone(),
            repository: place.repository(&self.plugin.name),
            manifests: self.forms.iter().map(|(form, artifact)| (*form, artifact.manifest.digest.clone())).collect(),
            module: self.plugin.module.clone(),
            wasm: digest(&self.plugin.wasm),
        }
    }
}

impl Sent {
    fn text(&self, place: &Place) -> String {
        let Counts { blobs, manifests, there } = self.counts;
        let did = match blobs + manifests {
            0 => "already there, nothing was sent".to_owned(),
            _ => format!("{blobs} blobs and {manifests} manifests sent, {there} were there"),
        };
        format!("{}\n{} filters in {}: {did}\n", digests::text(&self.published), self.published.len(), place.host)
    }
}
