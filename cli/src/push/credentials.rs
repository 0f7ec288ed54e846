//! Who pushes: what `docker login` has left, in its configuration or with a helper program.
//!
//! <https://docs.docker.com/reference/cli/docker/login/#credential-stores>

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::finding::Finding;
use crate::source::reason;

/// Who pushes.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    Password {
        user: String,
        password: String,
    },
    /// What a registry has given at the login, to be changed for tokens.
    Identity(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user, .. } => f.debug_struct("Password").field("user", user).finish_non_exhaustive(),
            Self::Identity(_) => f.debug_struct("Identity").finish_non_exhaustive(),
        }
    }
}

/// Docker's configuration, as far as it is about registries.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    auths: BTreeMap<String, Auth>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

/// What a helper answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Helped {
    username: String,
    secret: String,
}

/// Where docker's configuration is: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`.
pub(super) fn config_file() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let directory = of("DOCKER_CONFIG").or_else(|| Some(of("HOME")?.join(".docker")))?;
    Some(directory.join("config.json"))
}

/// The credentials for a registry; none where nobody has logged in to it.
///
/// # Errors
/// The configuration cannot be understood, or a helper fails.
pub(super) fn credentials(config: &Path, registry: &str) -> Result<Option<Credentials>, Finding> {
    let text = match std::fs::read_to_string(config) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(config, format!("can't be read: {}", reason(&error)))),
    };
    let config_of: Config = serde_json::from_str(&text)
        .map_err(|error| wrong(config, format!("is no configuration of docker's: {error}")))?;
    let key = config_of.key(registry);
    let helper = config_of.cred_helpers.get(&key).or(config_of.creds_store.as_ref());
    if let Some(helper) = helper
        && let Some(credentials) = ask(helper, &key)?
    {
        return Ok(Some(credentials));
    }
    match config_of.auths.get(&key) {
        Some(auth) => auth.credentials().map_err(|why| wrong(config, format!("has for `{key}` {why}"))),
        None => Ok(None),
    }
}

fn wrong(config: &Path, why: String) -> Finding {
    Finding::error(None, format!("`{}` {why}", config.display()))
}

impl Config {
    /// What a registry is called here: by its host, or by an address, as Docker Hub is.
    fn key(&self, registry: &str) -> String {
        let keys = self.auths.keys().chain(self.cred_helpers.keys());
        let found = keys.filter(|key| is_same_host(key, registry)).max_by_key(|key| *key == registry);
        found.cloned().unwrap_or_else(|| match registry {
            "docker.io" => "https://index.docker.io/v1/".to_owned(),
            _ => registry.to_owned(),
        })
    }
}

fn is_same_host(key: &str, registry: &str) -> bool {
    let host = key.split_once("://").map_or(key, |(_, rest)| rest).split('/').next().unwrap_or_default();
    host == registry || (registry == "docker.io" && host == "index.docker.io")
}

impl Auth {
    fn credentials(&self) -> Result<Option<Credentials>, &'static str> {
        if let Some(token) = self.identitytoken.as_ref().filter(|token| !token.is_empty()) {
            return Ok(Some(Credentials::Identity(token.clone())));
        }
        if let (Some(user), Some(password)) = (&self.username, &self.password) {
            return Ok(Some(Credentials::Password { user: user.clone(), password: password.clone() }));
        }
        // Where a helper keeps them, the entry is empty.
        let Some(auth) = self.auth.as_ref().filter(|auth| !auth.is_empty()) else { return Ok(None) };
        let decoded = STANDARD.decode(auth.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let (user, password) = decoded
            .as_deref()
            .and_then(|text| text.split_once(':'))
            .ok_or("an `auth` that is not `NAME:PASSWORD` in base64")?;
        let password = password.trim_end_matches('\0').to_owned();
        Ok(Some(Credentials::Password { user: user.to_owned(), password }))
    }
}

/// Asks `docker-credential-HELPER`.
///
/// <https://github.com/docker/docker-credential-helpers>
fn ask(helper: &str, key: &str) -> Result<Option<Credentials>, Finding> {
    let program = format!("docker-credential-{helper}");
    let failed = |why: String| Finding::error(None, format!("`{program}` {why}"));
    let unstartable = |error: std::io::Error| failed(format!("can't be asked for credentials: {}", reason(&error)));
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(unstartable)?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read its question answers all the same.
        let _ = input.write_all(key.as_bytes());
    }
    let output = child.wait_with_output().map_err(unstartable)?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        if said.contains("credentials not found") {
            return Ok(None);
        }
        return Err(failed(format!("gives no credentials for `{key}`: {}", said.trim())));
    }
    // What it said may be a secret: it is not shown.
    let helped: Helped = serde_json::from_str(&said).map_err(|_| failed("answers what is not understood".into()))?;
    Ok(Some(match helped.username.as_str() {
        "<token>" => Credentials::Identity(helped.secret),
        _ => Credentials::Password { user: helped.username, password: helped.secret },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(config: &str, registry: &str) -> Result<Option<(String, String)>, String> {
        let name = format!(
            "gatehouse-docker-{}-{}.json",
            std::process::id(),
            super::super::artifact::digest(config.as_bytes())
        );
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, config).unwrap();
        let found = credentials(&path, registry);
        std::fs::remove_file(&path).unwrap();
        let told = |it: Credentials| match it {
            Credentials::Password { user, password } => (user, password),
            Credentials::Identity(token) => ("<token>".to_owned(), token),
        };
        found.map(|it| it.map(told)).map_err(|finding| finding.message)
    }

    fn ann(config: &str, registry: &str) {
        let expected = Ok(Some(("ann".to_owned(), "se:cret".to_owned())));
        assert_eq!(found(config, registry), expected, "{config} {registry}");
    }

    #[test]
    fn a_registry_is_found_by_its_host() {
        // `ann:se:cret`
        ann(r#"{"auths": {"ghcr.io": {"auth": "YW5uOnNlOmNyZXQ="}}}"#, "ghcr.io");
        ann(r#"{"auths": {"127.0.0.1:5000": {"auth": "YW5uOnNlOmNyZXQ="}}}"#, "127.0.0.1:5000");
        ann(r#"{"auths": {"https://ghcr.io/v2/": {"username": "ann", "password": "se:cret"}}}"#, "ghcr.io");
        ann(r#"{"auths": {"https://index.docker.io/v1/": {"auth": "YW5uOnNlOmNyZXQ="}}}"#, "docker.io");
        assert_eq!(found(r#"{"auths": {"ghcr.io.evil.example": {"auth": "YW5uOnNlOmNyZXQ="}}}"#, "ghcr.io"), Ok(None));
        assert_eq!(found(r#"{"auths": {"ghcr.io": {}}, "HttpHeaders": {}}"#, "ghcr.io"), Ok(None));
        assert_eq!(credentials(Path::new("/nowhere/config.json"), "ghcr.io"), Ok(None));
        let identity = r#"{"auths": {"a.azurecr.io": {"auth": "MDAwMDo=", "identitytoken": "eyJh"}}}"#;
        assert_eq!(found(identity, "a.azurecr.io"), Ok(Some(("<token>".into(), "eyJh".into()))));
    }

    #[test]
    fn what_is_not_understood_is_an_error_that_holds_no_secret() {
        let check = |config: &str, expected: &str| {
            let error = found(config, "ghcr.io").unwrap_err();
            assert!(error.contains(expected) && !error.contains("se:cret"), "{error}");
        };
        check("nonsense", "is no configuration of docker's");
        check(r#"{"auths": {"ghcr.io": {"auth": "!"}}}"#, "an `auth` that is not `NAME:PASSWORD` in base64");
        check(
            r#"{"credsStore": "of-nobody"}"#,
            "`docker-credential-of-nobody` can't be asked for credentials: there is no such file",
        );
        let shown = format!("{:?}", Credentials::Password { user: "ann".into(), password: "se:cret".into() });
        assert!(!shown.contains("cret\""), "{shown}");
    }
}
