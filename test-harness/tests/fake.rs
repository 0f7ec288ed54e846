//! Every case in the fake Envoy: `cargo test -p gatehouse-test-harness --test fake [name]`.
#![allow(clippy::unwrap_used, reason = "a test runner")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock};

use gatehouse_test_harness::case::{Case, Only};
use gatehouse_test_harness::fake::{Wasm, World};
use gatehouse_test_harness::{run, setup};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases = match setup::cases() {
        Ok(cases) => cases,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let trials = cases.into_iter().map(|case| {
        let ignored = case.only == Some(Only::Envoy);
        Trial::test(case.name.clone(), move || one(&case).map_err(Failed::from)).with_ignored_flag(ignored)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn one(case: &Case) -> Result<(), String> {
    let wasm = module(&case.plugin)?;
    let mut port = 9000;
    let setup = setup::setup(&[case], || {
        port += 1;
        port
    })?;
    let world = World::start(&wasm, setup);
    match (world, &case.rejected) {
        (world, Some(_)) => run::check_rejection(case, world.map(drop)),
        (Ok(mut world), None) => run::run(case, &mut world),
        (Err(error), None) => Err(error),
    }
}

/// Modules are compiled once.
fn module(plugin: &str) -> Result<Wasm, String> {
    type Modules = Mutex<BTreeMap<String, Arc<OnceLock<Result<Wasm, String>>>>>;
    static MODULES: OnceLock<Modules> = OnceLock::new();
    let slot = Arc::clone(MODULES.get_or_init(Modules::default).lock().unwrap().entry(plugin.to_owned()).or_default());
    slot.get_or_init(|| Wasm::load(&setup::module(plugin)?)).clone()
}
