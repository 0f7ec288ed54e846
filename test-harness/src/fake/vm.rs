//! One VM: an instance of the module, the windows of its streams, and what it asked the host to do afterwards.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use wasmtime::{Engine, Instance, Linker, Memory, Module, Store, TypedFunc, WasmParams};

use super::headers::HeaderMap;
use super::process::Process;
use super::window::Window;
use super::{abi, wasi};

/// The context of the plugin itself.
pub(crate) const ROOT: u32 = 1;

/// A compiled module, ready to be made a VM of, as often as wanted.
#[derive(Clone)]
pub struct Wasm {
    engine: Engine,
    module: Module,
    linker: Arc<Linker<Host>>,
}

impl Wasm {
    /// Compiles a module.
    ///
    /// # Errors
    /// The file cannot be read, or is no module.
    pub fn load(path: &Path) -> Result<Self, String> {
        let engine = Engine::default();
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let module = Module::new(&engine, bytes).map_err(|error| format!("{}: {error:#}", path.display()))?;
        let mut linker = Linker::new(&engine);
        abi::link(&mut linker).and_then(|()| wasi::link(&mut linker)).map_err(|error| format!("{error:#}"))?;
        linker.define_unknown_imports_as_traps(&module).map_err(|error| format!("{error:#}"))?;
        Ok(Self { engine, module, linker: Arc::new(linker) })
    }
}

/// The state behind the host calls of one VM.
pub(crate) struct Host {
    /// Which VM of the process this is.
    pub(crate) number: usize,
    pub(crate) process: Arc<Mutex<Process>>,
    pub(crate) memory: Option<Memory>,
    pub(crate) allocate: Option<TypedFunc<u32, u32>>,
    pub(crate) windows: BTreeMap<u32, Window>,
    pub(crate) effective: u32,
    /// While the module is being loaded it may hardly ask for anything.
    pub(crate) restricted: bool,
    pub(crate) configuration: Vec<u8>,
    pub(crate) after: Vec<After>,
}

/// What Envoy does only when the VM has returned.
#[derive(Debug)]
pub(crate) enum After {
    Resume(u32, Direction),
    Answer(u32, LocalReply),
    Call(NewCall),
    /// A VM's queue has a message.
    Ready(usize, u32),
    /// This VM wants to be told the time every so many milliseconds.
    Ticks(usize, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
}

#[derive(Debug, Default)]
pub(crate) struct LocalReply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) details: String,
}

#[derive(Debug)]
pub(crate) struct NewCall {
    pub(crate) token: u32,
    pub(crate) context: u32,
    pub(crate) cluster: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) timeout_millis: u32,
}

/// A running VM.
pub(crate) struct Vm {
    store: Store<Host>,
    instance: Instance,
}

impl Vm {
    /// Loads, starts and configures a VM.
    ///
    /// # Errors
    /// What the VM or its configuration did wrong. The reason stands in the process's log.
    pub(crate) fn start(
        number: usize,
        wasm: &Wasm,
        process: Arc<Mutex<Process>>,
        configuration: &[u8],
    ) -> Result<Self, String> {
        let host = Host {
            number,
            process,
            memory: None,
            allocate: None,
            windows: BTreeMap::new(),
            effective: 0,
            restricted: true,
            configuration: configuration.to_vec(),
            after: Vec::new(),
        };
        let mut store = Store::new(&wasm.engine, host);
        let failed = |error: wasmtime::Error| format!("{error:#}");
        let instance = wasm.linker.instantiate(&mut store, &wasm.module).map_err(failed)?;
        let mut vm = Self { store, instance };
        vm.store.data_mut().memory = vm.instance.get_memory(&mut vm.store, "memory");
        vm.store.data_mut().allocate =
            vm.instance.get_typed_func(&mut vm.store, "proxy_on_memory_allocate").map(Some).map_err(failed)?;
        vm.instance.get_func(&mut vm.store, "proxy_abi_version_0_2_1").ok_or("the module is not for ABI 0.2.1")?;
        vm.enter("_initialize", ()).map_err(failed)?;
        vm.store.data_mut().restricted = false;
        vm.enter("proxy_on_context_create", (ROOT, 0_u32)).map_err(failed)?;
        if vm.ask("proxy_on_vm_start", (ROOT, 0_u32)).map_err(failed)? == 0 {
            return Err("the VM does not start".into());
        }
        let size = u32::try_from(configuration.len()).unwrap();
        if vm.ask("proxy_on_configure", (ROOT, size)).map_err(failed)? == 0 {
            return Err("the configuration is rejected".into());
        }
        Ok(vm)
    }

    pub(crate) fn host(&mut self) -> &mut Host {
        self.store.data_mut()
    }

    pub(crate) fn window(&mut self, context: u32) -> &mut Window {
        self.store.data_mut().windows.entry(context).or_default()
    }

    /// A callback that answers.
    pub(crate) fn ask(&mut self, name: &str, arguments: impl WasmParams) -> wasmtime::Result<u32> {
        let function = self.instance.get_typed_func::<_, u32>(&mut self.store, name)?;
        function.call(&mut self.store, arguments)
    }

    /// Whether a callback is there: Envoy takes one that is not for one that has nothing against it.
    pub(crate) fn listens_to(&mut self, name: &str) -> bool {
        self.instance.get_func(&mut self.store, name).is_some()
    }

    /// A callback that does not.
    pub(crate) fn enter(&mut self, name: &str, arguments: impl WasmParams) -> wasmtime::Result<()> {
        let function = self.instance.get_typed_func::<_, ()>(&mut self.store, name)?;
        function.call(&mut self.store, arguments)
    }
}
