//! The resources of a state or a plan, and what is unknown of them.

use std::collections::HashMap;

use super::HOW_TO_SHOW;
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// A state or a plan.
pub(super) struct Document<'a> {
    pub(super) resources: Vec<Resource<'a>>,
    pub(super) modules: Vec<Module<'a>>,
    /// Where something is not as it should be.
    broken: Option<At>,
}

/// An instance of a resource.
pub(super) struct Resource<'a> {
    /// `module.pets["eu"].aws_api_gateway_method.get[0]`
    pub(super) address: String,
    pub(super) at: At,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    /// `[0]`, `["eu"]`, or nothing.
    pub(super) index: String,
    /// Its number among the modules.
    pub(super) module: usize,
    /// What is known of it.
    pub(super) values: &'a [Entry],
    /// Of what a plan does not know, `true` in its place.
    pub(super) unknown: Option<&'a Tree>,
    /// What a plan's configuration makes its arguments of.
    pub(super) expressions: Option<&'a Tree>,
}

/// An instance of a module; the first is the root.
pub(super) struct Module<'a> {
    address: String,
    pub(super) name: String,
    pub(super) index: String,
    pub(super) parent: usize,
    /// What a plan's configuration says of it.
    pub(super) configuration: Option<&'a Tree>,
    /// The arguments that it is called with.
    pub(super) arguments: Option<&'a Tree>,
}

impl<'a> Resource<'a> {
    /// What is known of an argument.
    pub(super) fn value(&self, name: &str) -> Option<&'a Tree> {
        self.values.iter().find(|entry| entry.key == name).map(|entry| &entry.value)
    }

    /// The address of all its instances.
    pub(super) fn block(&self) -> &str {
        self.address.strip_suffix(&self.index).unwrap_or(&self.address)
    }
}

impl<'a> Document<'a> {
    /// # Errors
    /// There are no values in it, or of a plan not what is unknown.
    pub(super) fn read(shown: &'a Tree) -> Result<Self, Finding> {
        let mut document = Self { resources: Vec::new(), modules: Vec::new(), broken: None };
        if let Some(resources) = shown.get("resources") {
            document.modules.push(Module::root(None));
            resources.items().iter().for_each(|resource| document.stored(resource));
            return document.checked();
        }
        if let Some(root) = shown.get("values").and_then(|values| values.get("root_module")) {
            document.modules.push(Module::root(None));
            document.module(root, 0, None);
            return document.checked();
        }
        let root = shown.get("planned_values").and_then(|values| values.get("root_module"));
        let root =
            root.ok_or_else(|| Finding::error(shown.at, "Terraform shows no resources here").help(HOW_TO_SHOW))?;
        let configuration = shown.get("configuration").and_then(|it| it.get("root_module"));
        let (Some(configuration), Some(changes)) = (configuration, shown.get("resource_changes")) else {
            let message =
                "a plan without `configuration` and `resource_changes` does not say what its resources refer to";
            return Err(Finding::error(shown.at, message).help(HOW_TO_SHOW));
        };
        let is = |key: &str, value: bool| shown.get(key).is_some_and(|it| it.value == Value::Bool(value));
        if is("errored", true) || is("complete", false) {
            let message = "this plan is not complete, as with `-target`: what guards an API may be missing";
            return Err(Finding::error(shown.at, message).help("make a plan of everything"));
        }
        document.modules.push(Module::root(Some(configuration)));
        document.module(root, 0, Some(&unknown(changes)));
        document.checked()
    }

    /// What is not shown whole may be what guards an API.
    fn checked(self) -> Result<Self, Finding> {
        match self.broken {
            Some(at) => Err(Finding::error(at, "this is no resource as Terraform shows it").help(HOW_TO_SHOW)),
            None => Ok(self),
        }
    }

    /// The resources of a module and of those in it.
    fn module(&mut self, values: &'a Tree, number: usize, unknown: Option<&HashMap<&'a str, &'a Tree>>) {
        for resource in values.get("resources").map(Tree::items).unwrap_or_default() {
            self.shown(resource, number, unknown);
        }
        for child in values.get("child_modules").map(Tree::items).unwrap_or_default() {
            let address = child.get("address").and_then(Tree::text).unwrap_or_default();
            let module = self.modules.get(number).and_then(|parent| parent.child(address, number));
            let Some(module) = module else {
                self.broken = Some(child.at);
                continue;
            };
            self.modules.push(module);
            self.module(child, self.modules.len() - 1, unknown);
        }
    }

    fn shown(&mut self, resource: &'a Tree, module: usize, unknown: Option<&HashMap<&'a str, &'a Tree>>) {
        let text = |key: &str| resource.get(key).and_then(Tree::text);
        if text("mode") == Some("data") || resource.get("deposed_key").is_some() {
            return;
        }
        let parts = (text("mode"), text("address"), text("type"), text("name"));
        let (Some("managed"), Some(address), Some(kind), Some(name)) = parts else {
            self.broken = Some(resource.at);
            return;
        };
        let configuration = self.modules.get(module).and_then(|it| it.configuration);
        self.resources.push(Resource {
            address: address.to_owned(),
            at: resource.get("address").map_or(resource.at, |it| it.at),
            kind,
            name,
            index: resource.get("index").map(index).unwrap_or_default(),
            module,
            // A resource of which nothing is known has none.
            values: resource.get("values").map(Tree::entries).unwrap_or_default(),
            unknown: unknown.and_then(|unknown| unknown.get(address).copied()),
            expressions: configuration.and_then(|it| expressions(it, kind, name)),
        });
    }

    /// A resource of a state's own file.
    fn stored(&mut self, resource: &'a Tree) {
        let text = |key: &str| resource.get(key).and_then(Tree::text);
        if text("mode") == Some("data") {
            return;
        }
        let (Some("managed"), Some(kind), Some(name)) = (text("mode"), text("type"), text("name")) else {
            self.broken = Some(resource.at);
            return;
        };
        let module = text("module").map(|module| format!("{module}.")).unwrap_or_default();
        for instance in resource.get("instances").map(Tree::items).unwrap_or_default() {
            if instance.get("deposed").is_some() {
                continue;
            }
            let Some(values) = instance.get("attributes") else {
                self.broken = Some(instance.at);
                continue;
            };
            let index = instance.get("index_key").map(index).unwrap_or_default();
            let address = format!("{module}{kind}.{name}{index}");
            let at = instance.get("index_key").or(resource.get("name")).map_or(resource.at, |it| it.at);
            self.resources.push(Resource {
                address,
                at,
                kind,
                name,
                index,
                module: 0,
                values: values.entries(),
                unknown: None,
                expressions: None,
            });
        }
    }
}

impl<'a> Module<'a> {
    fn root(configuration: Option<&'a Tree>) -> Self {
        let (address, name, index) = (String::new(), String::new(), String::new());
        Self { address, name, index, parent: 0, configuration, arguments: None }
    }

    /// The module in this one that has an address.
    fn child(&self, address: &str, parent: usize) -> Option<Self> {
        let own =
            if self.address.is_empty() { address } else { address.strip_prefix(&self.address)?.strip_prefix('.')? };
        let own = own.strip_prefix("module.")?;
        let (name, index) = own.split_at(own.find('[').unwrap_or(own.len()));
        let call = self.configuration.and_then(|it| it.get("module_calls")?.get(name));
        Some(Self {
            address: address.to_owned(),
            name: name.to_owned(),
            index: index.to_owned(),
            parent,
            configuration: call.and_then(|call| call.get("module")),
            arguments: call.and_then(|call| call.get("expressions")),
        })
    }
}

/// What is unknown of each resource, by its address.
fn unknown(changes: &Tree) -> HashMap<&str, &Tree> {
    let mut unknown = HashMap::new();
    for change in changes.items() {
        let after = change.get("change").and_then(|it| it.get("after_unknown"));
        if let (Some(address), Some(after), None) =
            (change.get("address").and_then(Tree::text), after, change.get("deposed"))
        {
            unknown.insert(address, after);
        }
    }
    unknown
}

/// What a module's configuration makes a resource's arguments of.
fn expressions<'a>(module: &'a Tree, kind: &str, name: &str) -> Option<&'a Tree> {
    let is = |resource: &&Tree, key: &str, value: &str| resource.get(key).and_then(Tree::text) == Some(value);
    let mut resources = module.get("resources")?.items().iter();
    let found = resources.find(|it| is(it, "type", kind) && is(it, "name", name) && is(it, "mode", "managed"))?;
    Some(found.get("expressions").unwrap_or(found))
}

/// As addresses have it.
fn index(written: &Tree) -> String {
    match written.text() {
        Some(key) => format!("[{}]", serde_json::to_string(key).unwrap_or_default()),
        None => written.scalar().map(|number| format!("[{number}]")).unwrap_or_default(),
    }
}
