//! Where what Envoy needs is on this machine: the filter, the certificate authorities, Envoy itself.

use std::path::{Path, PathBuf};

use crate::args::Where;
use crate::bootstrap::{Surroundings, Tls};
use crate::finding::Finding;

/// What the command line says about where to listen, and where the filter is.
///
/// # Errors
/// There is no filter.
pub(crate) fn surroundings(place: &Where) -> Result<Surroundings, Finding> {
    Ok(Surroundings {
        address: place.address().to_string(),
        port: place.port(),
        admin_port: place.admin_port,
        wasm: wasm(place.wasm.as_deref())?,
        authorities: place.ca_file.clone().unwrap_or_else(authorities),
        tls: place.tls_certificate.as_deref().zip(place.tls_private_key.as_deref()).map(|(certificate, key)| Tls {
            certificate: absolute(certificate),
            private_key: absolute(key),
            truststore: place.truststore.as_deref().map(absolute),
        }),
    })
}

/// The filter: the one that is named, even if it is not on this machine, else the first of the usual places.
fn wasm(named: Option<&Path>) -> Result<PathBuf, Finding> {
    if let Some(path) = named {
        return Ok(absolute(path));
    }
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("gateway.wasm")));
    let places = [
        std::env::var_os("GATEHOUSE_WASM").filter(|it| !it.is_empty()).map(PathBuf::from),
        Some(PathBuf::from("target/wasm/gateway.wasm")),
        beside,
    ];
    let found = places.into_iter().flatten().find(|path| path.is_file());
    found.map(|path| absolute(&path)).ok_or_else(|| {
        Finding::error(None, "the filter `gateway.wasm` is neither in `target/wasm` nor beside this program")
            .help("build it with `make wasm`, or say where it is with `--wasm`")
    })
}

/// Envoy: the one that is named, else the first of the usual places.
///
/// # Errors
/// There is none.
pub(crate) fn envoy_binary(named: Option<&Path>) -> Result<PathBuf, Finding> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let places = [
        std::env::var_os("ENVOY").filter(|it| !it.is_empty()).map(PathBuf::from),
        Some(PathBuf::from(".tools/envoy/envoy")),
    ];
    let in_path = std::env::split_paths(&in_path).map(|directory| directory.join("envoy"));
    let found = places.into_iter().flatten().chain(in_path).find(|path| path.is_file());
    found.map(|path| absolute(&path)).ok_or_else(|| {
        Finding::error(None, "there is no Envoy in `.tools/envoy` or in $PATH")
            .help("get one with `make envoy`, or say where it is with `--envoy` or $ENVOY")
    })
}

fn authorities() -> PathBuf {
    const PLACES: [&str; 4] = [
        // Debian, Ubuntu, Alpine, and Envoy's own image
        "/etc/ssl/certs/ca-certificates.crt",
        // Fedora, Red Hat
        "/etc/pki/tls/certs/ca-bundle.crt",
        // SUSE
        "/etc/ssl/ca-bundle.pem",
        // macOS
        "/etc/ssl/cert.pem",
    ];
    let found = PLACES.into_iter().find(|path| Path::new(path).is_file());
    PathBuf::from(found.unwrap_or(PLACES[0]))
}

/// Envoy may be started elsewhere.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
