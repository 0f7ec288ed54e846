//! A registry, asked politely: what is there is not sent again.

use std::cell::Cell;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use serde_json::Value;

use super::artifact::{Artifact, Blob, INDEX, MANIFEST};
use super::credentials::Credentials;
use super::identity::Challenge;
use super::refusal::{Refusal, innermost};
use super::upload;
use crate::finding::Finding;

const CONNECT: Duration = Duration::from_secs(10);
/// Between two pieces of an answer.
const READ: Duration = Duration::from_secs(60);

/// Where images go: a registry's host, and what their names begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    path: String,
}

impl Place {
    /// `ghcr.io/owner/gatehouse`, `127.0.0.1:5000`
    pub(super) fn parse(text: &str) -> Result<Self, Finding> {
        let wrong = |why: &str| Finding::error(None, format!("`{text}` {why}"));
        if text.contains("://") {
            return Err(wrong("is an address: write a registry as `ghcr.io/owner`")
                .help("`--plain-http` says that a registry has no TLS"));
        }
        let (host, path) = text.trim_end_matches('/').split_once('/').unwrap_or((text.trim_end_matches('/'), ""));
        let is_host = host.contains(['.', ':']) || host == "localhost";
        if !is_host || host.contains(|c: char| c.is_whitespace() || matches!(c, '@' | '?' | '#' | '%')) {
            return Err(wrong("names no registry: begin with its host, such as `ghcr.io/owner` or `docker.io/owner`"));
        }
        if !path.is_empty() && !path.split('/').all(is_component) {
            return Err(wrong(
                "is no place for images: use lower-case letters, digits, and `.`, `_`, `__` and `-` between them",
            ));
        }
        Ok(Self { host: host.to_owned(), path: path.to_owned() })
    }

    /// The name of a filter's repository in its registry.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}/{name}", self.path) }
    }

    /// The same, with the registry.
    pub(super) fn repository(&self, name: &str) -> String {
        format!("{}/{}", self.host, self.path(name))
    }

    /// Who is on this machine needs no TLS.
    fn is_loopback(&self) -> bool {
        let host = self.host.rsplit_once(':').map_or(self.host.as_str(), |(host, _)| host);
        let address = host.trim_start_matches('[').trim_end_matches(']').parse();
        host == "localhost" || address.is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
fn is_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends = |c: Option<char>| c.is_some_and(plain);
    let is_separator = |text: &str| matches!(text, "" | "." | "_" | "__") || text.bytes().all(|byte| byte == b'-');
    ends(text.chars().next()) && ends(text.chars().last()) && text.split(plain).all(is_separator)
}

/// What was sent, and what was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) blobs: usize,
    pub(super) manifests: usize,
    pub(super) there: usize,
}

/// A registry that answers.
pub(super) struct Registry {
    client: Client,
    who: Option<Credentials>,
    place: Place,
    scheme: &'static str,
    /// What blobs are sent with.
    uploads: reqwest::Client,
    /// How it asks who this is; nothing where it does not.
    asks: Option<String>,
    pub(super) counts: Cell<Counts>,
}

/// A filter's repository in a registry.
pub(super) struct Repository<'a> {
    registry: &'a Registry,
    path: String,
    client: Client,
    auth: RegistryAuth,
}

impl Registry {
    /// Finds out whether there is a registry.
    pub(super) async fn connect(place: Place, plain_http: bool, who: Option<Credentials>) -> Result<Self, Finding> {
        // The first who chooses wins; it is this one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plain = plain_http || place.is_loopback();
        let scheme = if plain { "http" } else { "https" };
        let asks = ping(scheme, &place.host).await?;
        let client = client(scheme).map_err(|error| failed(scheme, &place.host, &error.into()))?;
        let uploads = upload::client().map_err(|error| failed(scheme, &place.host, &error.into()))?;
        Ok(Self { client, who, place, scheme, uploads, asks, counts: Cell::default() })
    }

    /// The repository of a filter, once the registry has let us in.
    pub(super) async fn repository(&self, name: &str) -> Result<Repository<'_>, Finding> {
        let path = self.place.path(name);
        let (client, auth) = self.entered(&path).await.map_err(|refusal| self.failed(refusal))?;
        let repository = Repository { registry: self, path, client, auth };
        repository.authorization().await?;
        Ok(repository)
    }

    /// What a repository is asked with. A client keeps one token for a registry where it is given one: a repository has its own then.
    async fn entered(&self, path: &str) -> Result<(Client, RegistryAuth), Refusal> {
        let identity = match &self.who {
            None => return Ok((self.client.clone(), RegistryAuth::Anonymous)),
            Some(Credentials::Password { user, password }) => {
                return Ok((self.client.clone(), RegistryAuth::Basic(user.clone(), password.clone())));
            }
            Some(Credentials::Identity(identity)) => identity,
        };
        let Some(asks) = &self.asks else { return Ok((self.client.clone(), RegistryAuth::Anonymous)) };
        let challenge = Challenge::parse(asks).ok_or_else(|| {
            "it takes a name and a password, and `docker login` has left an identity token".to_owned()
        })?;
        let token = challenge.token(&self.uploads, self.scheme == "https", path, identity).await?;
        Ok((client(self.scheme)?, RegistryAuth::Bearer(token)))
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.get();
        change(&mut counts);
        self.counts.set(counts);
    }

    fn failed(&self, refusal: impl Into<Refusal>) -> Finding {
        let refusal = refusal.into();
        let finding = failed(self.scheme, &self.place.host, &refusal);
        match refusal.help(self.who.is_none()) {
            Some(help) => finding.help(help),
            None => finding,
        }
    }
}

impl Repository<'_> {
    /// What tells the registry who writes; nothing where it does not ask.
    async fn authorization(&self) -> Result<Option<HeaderValue>, Finding> {
        let Self { registry, client, auth, .. } = self;
        let entered = client.auth(&self.tagged("latest"), auth, RegistryOperation::Push).await;
        let token = entered.map_err(|error| registry.failed(error))?;
        let value = match (token, auth) {
            (Some(token), _) => format!("Bearer {token}"),
            (None, RegistryAuth::Basic(user, password)) if registry.asks.is_some() => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
            }
            _ => return Ok(None),
        };
        let unwritable = |_| registry.failed("its token cannot be sent".to_owned());
        HeaderValue::try_from(value).map(Some).map_err(unwritable)
    }

    fn tagged(&self, tag: &str) -> Reference {
        Reference::with_tag(self.registry.place.host.clone(), self.path.clone(), tag.to_owned())
    }

    /// The digest that a tag has; `None` if there is no such tag.
    pub(super) async fn digest(&self, tag: &str) -> Result<Option<String>, Finding> {
        let Self { client, auth, .. } = self;
        match client.fetch_manifest_digest(&self.tagged(tag), auth).await {
            Ok(digest) => Ok(Some(digest)),
            Err(error) if is_not_there(&error) => Ok(None),
            Err(error) => Err(self.registry.failed(error)),
        }
    }

    /// The manifest that a tag has; `None` if there is no such tag.
    pub(super) async fn manifest(&self, tag: &str) -> Result<Option<Value>, Finding> {
        let Self { client, auth, .. } = self;
        match client.pull_manifest_raw(&self.tagged(tag), auth, &[MANIFEST, INDEX]).await {
            Ok((bytes, _)) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if is_not_there(&error) => Ok(None),
            Err(error) => Err(self.registry.failed(error)),
        }
    }

    /// Puts a manifest under a tag, its blobs before it.
    pub(super) async fn put(&self, tag: &str, artifact: &Artifact) -> Result<(), Finding> {
        if self.digest(tag).await?.is_some_and(|there| there == artifact.manifest.digest) {
            self.registry.count(|counts| counts.there += 1);
            return Ok(());
        }
        for blob in &artifact.blobs {
            self.put_blob(blob).await?;
        }
        let (bytes, kind) = (artifact.manifest.bytes.clone(), HeaderValue::from_static(artifact.media_type));
        let pushed = self.client.push_manifest_raw(&self.tagged(tag), bytes, kind).await;
        pushed.map_err(|error| self.registry.failed(error))?;
        self.registry.count(|counts| counts.manifests += 1);
        Ok(())
    }

    async fn put_blob(&self, blob: &Blob) -> Result<(), Finding> {
        let (image, Registry { uploads, scheme, .. }) = (self.tagged("latest"), self.registry);
        let there = self.client.blob_exists(&image, &blob.digest).await;
        if there.map_err(|error| self.registry.failed(error))? {
            self.registry.count(|counts| counts.there += 1);
            return Ok(());
        }
        let at = format!("{scheme}://{}/v2/{}/blobs/uploads/", image.resolve_registry(), self.path);
        let authorization = self.authorization().await?;
        let sent = upload::upload(uploads, &at, authorization, blob).await;
        sent.map_err(|error| self.registry.failed(error))?;
        self.registry.count(|counts| counts.blobs += 1);
        Ok(())
    }

    /// Whether the registry's own list of what refers to a manifest has another. Registries without such lists answer 404, 400, 405
    /// or 406, or lead to a page for people (ghcr.io): whatever is no list says no.
    ///
    /// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers>
    pub(super) async fn lists(&self, referrer: &str, of: &str) -> bool {
        let image = Reference::with_digest(self.registry.place.host.clone(), self.path.clone(), of.to_owned());
        let index = self.client.pull_referrers(&image, None).await;
        index.is_ok_and(|index| index.manifests.iter().any(|entry| entry.digest == referrer))
    }
}

fn client(scheme: &str) -> Result<Client, OciDistributionError> {
    Client::try_from(ClientConfig {
        protocol: if scheme == "http" { ClientProtocol::Http } else { ClientProtocol::Https },
        connect_timeout: Some(CONNECT),
        read_timeout: Some(READ),
        user_agent: concat!("gatehouse/", env!("CARGO_PKG_VERSION")),
        ..ClientConfig::default()
    })
}

/// Whether a registry lives there, and how it asks who this is. A client that pushes would follow a redirection and fail where
/// nobody looks.
async fn ping(scheme: &str, host: &str) -> Result<Option<String>, Finding> {
    let unreachable = |error: reqwest::Error| unreachable(scheme, host, &error);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).connect_timeout(CONNECT);
    let client = client.read_timeout(READ).build().map_err(unreachable)?;
    let answer = client.get(format!("{scheme}://{}/v2/", address(host))).send().await.map_err(unreachable)?;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let is_registry = header("docker-distribution-api-version").is_some()
        || header("www-authenticate").is_some()
        || !header("content-type").unwrap_or_default().contains("text/html");
    let no_registry = |why: String| Finding::error(None, format!("`{host}` is no registry: {why}"));
    match answer.status().as_u16() {
        200 if is_registry => Ok(None),
        401 if is_registry => Ok(Some(header("www-authenticate").unwrap_or_default().to_owned())),
        status @ 300..=399 => {
            let to = header("location").unwrap_or("nowhere");
            Err(no_registry(format!("it redirects to `{to}` ({status})")).help("name the registry that it leads to"))
        }
        403 => Err(Finding::error(None, format!("`{host}` lets nobody in (403)"))),
        status @ (429 | 500..) => Err(Finding::error(None, format!("`{host}` answers {status}: try again later"))),
        status => Err(no_registry(format!("it answers {status} to `/v2/`"))),
    }
}

fn unreachable(scheme: &str, host: &str, error: &reqwest::Error) -> Finding {
    let why = innermost(error);
    let finding = |why: &str| Finding::error(None, format!("`{host}` {why}"));
    match why.as_str() {
        _ if error.is_timeout() => finding("does not answer: it takes too long"),
        certificate if certificate.starts_with("invalid peer certificate") => {
            let unknown = ["UnknownIssuer", "CaUsedAsEndEntity"].iter().any(|it| certificate.contains(it));
            let why = certificate.replace("DnsName(\"", "`").replace("\")", "`");
            let why = if unknown { "nobody who is trusted has issued its certificate" } else { &why };
            finding(&format!("is not trusted: {why}")).help("`SSL_CERT_FILE` names a file of authorities of one's own")
        }
        no_tls if no_tls.starts_with("received corrupt message") => {
            finding("speaks no TLS").help("`--plain-http` says that a registry has none")
        }
        other if scheme == "http" => finding(&format!("does not answer: {other}")).help("is the registry running?"),
        other => finding(&format!("does not answer: {other}")),
    }
}

/// Docker Hub's registry has another name than its images.
fn address(host: &str) -> &str {
    if host == "docker.io" { "index.docker.io" } else { host }
}

fn failed(scheme: &str, host: &str, refusal: &Refusal) -> Finding {
    let verb = match refusal.status {
        Some(401 | 403) => "refuses",
        _ => "fails",
    };
    Finding::error(None, format!("`{scheme}://{host}` {verb}: {}", refusal.why))
}

fn is_not_there(error: &OciDistributionError) -> bool {
    match error {
        OciDistributionError::ImageManifestNotFoundError(_) => true,
        OciDistributionError::ServerError { code, .. } => *code == 404,
        OciDistributionError::RegistryError { envelope, .. } => envelope.errors.iter().any(|it| {
            matches!(it.code, OciErrorCode::ManifestUnknown | OciErrorCode::NameUnknown | OciErrorCode::NotFound)
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_host_and_a_path() {
        let check =
            |text: &str, repository: &str| assert_eq!(Place::parse(text).unwrap().repository("mock"), repository);
        check("ghcr.io/owner/gatehouse", "ghcr.io/owner/gatehouse/mock");
        check("127.0.0.1:5000/", "127.0.0.1:5000/mock");
        check("localhost", "localhost/mock");
        check("ghcr.io/a__b/c--d.e", "ghcr.io/a__b/c--d.e/mock");
        for (text, expected) in [
            ("https://ghcr.io/owner", "is an address"),
            ("owner/gatehouse", "names no registry"),
            ("", "names no registry"),
            ("user@ghcr.io/x", "names no registry"),
            ("ghcr.io/Owner", "is no place for images"),
            ("ghcr.io/a//b", "is no place for images"),
            ("ghcr.io/a..b", "is no place for images"),
            ("ghcr.io/a.-b", "is no place for images"),
            ("ghcr.io/a:1", "is no place for images"),
        ] {
            let message = Place::parse(text).unwrap_err().message;
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_without_tls_unasked() {
        let check =
            |text: &str, expected: bool| assert_eq!(Place::parse(text).unwrap().is_loopback(), expected, "{text}");
        check("127.0.0.1:5000", true);
        check("localhost:5000/x", true);
        check("[::1]:5000", true);
        check("10.0.0.1:5000", false);
        check("127.0.0.1.example.com", false);
        check("ghcr.io", false);
    }
}
