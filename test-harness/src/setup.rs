//! From cases to what a world is set up with: the configuration with the runner's own ports, and the upstreams.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gatehouse_api::Node;
use gatehouse_api::deployment::Origin;

use crate::case::{Case, Config, Step};
use crate::outcome::{Setup, Upstream};

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Where a plugin's module is: in `$GATEHOUSE_WASM_DIR`, else where the build puts it.
///
/// # Errors
/// It is not there.
pub fn module(plugin: &str) -> Result<PathBuf, String> {
    let folder = std::env::var_os("GATEHOUSE_WASM_DIR").map_or_else(|| root().join("target/wasm"), PathBuf::from);
    let path = folder.join(format!("{plugin}.wasm"));
    match path.is_file() {
        true => Ok(path),
        false => Err(format!("{} is not there: `make wasm` builds it", path.display())),
    }
}

/// Every case under `cases/`, by name.
///
/// # Errors
/// The first case that cannot be read.
pub fn cases() -> Result<Vec<Case>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut cases = Vec::new();
    for plugin in entries(&folder)? {
        let name = plugin.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for path in entries(&plugin)?.iter().filter(|path| path.extension().is_some_and(|it| it == "case")) {
            cases.push(Case::read(path, &name)?);
        }
    }
    Ok(cases)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

/// Do two cases run in the same world?
pub fn alike(one: &Case, other: &Case) -> bool {
    let direct = |case: &Case| (case.direct.status, case.direct.body.clone());
    (&one.plugin, &one.config, one.workers, direct(one), one.rejected.is_some(), &one.upstreams)
        == (&other.plugin, &other.config, other.workers, direct(other), other.rejected.is_some(), &other.upstreams)
}

/// The world of cases that are alike.
///
/// # Errors
/// The configuration cannot be read.
pub fn setup(cases: &[&Case], mut port: impl FnMut() -> u16) -> Result<Setup, String> {
    let first = cases.first().ok_or("no cases")?;
    let mut names: BTreeSet<String> = called(cases);
    let mut setup = Setup {
        plugin: first.plugin.clone(),
        direct: first.direct.clone(),
        workers: first.workers,
        ..Setup::default()
    };
    match &first.config {
        Config::None => {}
        Config::Text(text) => setup.configuration = to_json(text)?.into_bytes(),
        Config::Deployment { text, folder } => {
            let mut document = yaml(text)?;
            names.extend(origins(&document));
            let ports: BTreeMap<String, u16> = names.iter().map(|name| (name.clone(), port())).collect();
            put_definitions(&mut document, folder)?;
            put_endpoints(&mut document, &ports);
            setup.configuration = serde_json::to_vec(&document).map_err(|error| error.to_string())?;
            setup.upstreams = ports.into_iter().map(|(name, port)| upstream_of_origin(name, port)).collect();
            return Ok(setup);
        }
    }
    for declared in first.upstreams.iter().filter(|declared| !declared.has_hosts) {
        names.remove(&declared.name);
        setup.upstreams.push(Upstream { name: declared.name.clone(), cluster: declared.name.clone(), port: None });
    }
    names.extend(first.upstreams.iter().filter(|it| it.has_hosts).map(|it| it.name.clone()));
    let upstreams = names.into_iter().map(|name| Upstream { cluster: name.clone(), name, port: Some(port()) });
    setup.upstreams.extend(upstreams);
    Ok(setup)
}

fn called(cases: &[&Case]) -> BTreeSet<String> {
    let exchanges = cases.iter().flat_map(|case| &case.steps).filter_map(|step| match step {
        Step::Exchange(exchange) => Some(exchange),
        Step::Wait(_) => None,
    });
    exchanges.flat_map(|exchange| &exchange.calls).map(|call| call.upstream.clone()).collect()
}

/// The cluster that the gateway calls an origin's endpoint by.
fn upstream_of_origin(name: String, port: u16) -> Upstream {
    let endpoint = Origin::parse(&endpoint(port)).expect("an origin");
    Upstream { name, cluster: gatehouse_api::cluster_name(&endpoint, false, None), port: Some(port) }
}

fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn to_json(text: &str) -> Result<String, String> {
    // JSON is handed on as it is, even where it is wrong: that may be the case.
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    serde_json::to_string(&yaml(text)?).map_err(|error| error.to_string())
}

fn yaml(text: &str) -> Result<Node, String> {
    serde_yaml_ng::from_str(text).map_err(|error| error.to_string())
}

/// What the document says to live somewhere: origins of integrations, what is behind VPC links, functions, the credential provider.
fn origins(document: &Node) -> Vec<String> {
    let entries = ["endpoints", "functions", VPC_LINKS].into_iter().filter_map(|key| match document.get(key) {
        Some(Node::Map(entries)) => Some(entries),
        _ => None,
    });
    let provider = document.pointer("/iam/credentialProvider").map(|_| PROVIDER.to_owned());
    let store = document.get("usageStore").map(|_| STORE.to_owned());
    entries.flatten().map(|(name, _)| name.clone()).chain(provider).chain(store).collect()
}

/// Where the document says where VPC links lead.
const VPC_LINKS: &str = "vpcLinks";
/// What cases call the credential provider.
const PROVIDER: &str = "credential-provider";
/// What cases call the store that proxies count in.
const STORE: &str = "usage-store";

fn put_definitions(document: &mut Node, folder: &Path) -> Result<(), String> {
    let Some(Node::List(apis)) = get_mut(document, "apis") else { return Ok(()) };
    for api in apis {
        if let Some(definition) = get_mut(api, "definition")
            && let Node::String(path) = definition
        {
            let path = folder.join(path);
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            *definition = yaml(&text)?;
        }
    }
    Ok(())
}

/// Lets every origin and function live at the runner's port for it; what else is said about it stays.
fn put_endpoints(document: &mut Node, ports: &BTreeMap<String, u16>) {
    for (name, port) in ports {
        if name == PROVIDER {
            let provider = get_mut(document, "iam").and_then(|iam| get_mut(iam, "credentialProvider"));
            if let Some(url) = provider.and_then(|provider| get_mut(provider, "url")) {
                move_to(url, *port);
            }
            continue;
        }
        if name == STORE {
            if let Some(url) = get_mut(document, "usageStore").and_then(|store| get_mut(store, "url")) {
                move_to(url, *port);
            }
            continue;
        }
        let key = match document.get(VPC_LINKS).and_then(|links| links.get(name)) {
            Some(_) => VPC_LINKS,
            None if name.starts_with("arn:") => "functions",
            None => "endpoints",
        };
        let Node::Map(entries) = document else { return };
        if !entries.iter().any(|(other, _)| other == key) {
            entries.push((key.to_owned(), Node::Map(Vec::new())));
        }
        let Some(Node::Map(places)) = get_mut(document, key) else { return };
        match places.iter_mut().find(|(other, _)| other == name) {
            Some((_, Node::Map(fields))) => match fields.iter_mut().find(|(field, _)| field == "url") {
                Some((_, url)) => move_to(url, *port),
                None => fields.push(("url".to_owned(), Node::String(endpoint(*port)))),
            },
            Some((_, url)) => move_to(url, *port),
            None => places.push((name.clone(), Node::String(endpoint(*port)))),
        }
    }
}

/// The path of a URL stays.
fn move_to(url: &mut Node, port: u16) {
    let path = match url {
        Node::String(text) => Origin::split(text).map(|(_, path)| path.to_owned()),
        _ => None,
    };
    *url = Node::String(format!("{}{}", endpoint(port), path.unwrap_or_default()));
}

fn get_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match node {
        Node::Map(entries) => entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value),
        _ => None,
    }
}
