//! Every case on the real Envoy: `cargo test -p gatehouse-test-harness --test envoy [name]`.
//!
//! Cases with the same configuration share one Envoy, which stops after the last of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test runner")]

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use gatehouse_test_harness::case::{Case, Only};
use gatehouse_test_harness::real::{World, find_envoy};
use gatehouse_test_harness::{run, setup};
use libtest_mimic::{Arguments, Failed, Trial};

/// Cases that are alike, and their Envoy while it runs.
struct Group {
    cases: Vec<Case>,
    running: Mutex<Running>,
}

struct Running {
    world: Option<Result<World, String>>,
    left: usize,
}

fn main() -> ExitCode {
    if std::env::var_os("GATEHOUSE_SKIP_ENVOY").is_some_and(|skip| skip == "1") {
        println!("the cases do not run on the real Envoy: GATEHOUSE_SKIP_ENVOY=1");
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let groups = match find_envoy().and_then(|_| groups(&arguments)) {
        Ok(groups) => groups,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let trials = groups.into_iter().flat_map(trials).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn groups(arguments: &Arguments) -> Result<Vec<Group>, String> {
    let mut groups: Vec<Vec<Case>> = Vec::new();
    for case in setup::cases()?.into_iter().filter(|case| case.only != Some(Only::Fake) && wanted(arguments, case)) {
        match groups.iter_mut().find(|group| setup::alike(&group[0], &case)) {
            Some(group) => group.push(case),
            None => groups.push(vec![case]),
        }
    }
    let group = |cases: Vec<Case>| {
        let running = Mutex::new(Running { world: None, left: cases.len() });
        Group { cases, running }
    };
    Ok(groups.into_iter().map(group).collect())
}

fn wanted(arguments: &Arguments, case: &Case) -> bool {
    let is_like = |filter: &String| if arguments.exact { case.name == *filter } else { case.name.contains(filter) };
    arguments.filter.as_ref().is_none_or(is_like) && !arguments.skip.iter().any(is_like)
}

fn trials(group: Group) -> Vec<Trial> {
    let group = Arc::new(group);
    let trial = |index: usize| {
        let group = Arc::clone(&group);
        Trial::test(group.cases[index].name.clone(), move || one(&group, index).map_err(Failed::from))
    };
    (0..group.cases.len()).map(trial).collect()
}

fn one(group: &Group, index: usize) -> Result<(), String> {
    let mut running = group.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let Running { world, left } = &mut *running;
    let started = world.get_or_insert_with(|| {
        let cases: Vec<&Case> = group.cases.iter().collect();
        World::start(&cases, &setup::module(&cases[0].plugin)?)
    });
    let case = &group.cases[index];
    let result = match (started, &case.rejected) {
        (started, Some(_)) => run::check_rejection(case, started.as_ref().map(|_| ()).map_err(Clone::clone)),
        (Ok(world), None) => run::run(case, world).and_then(|()| world.check_alive()),
        (Err(error), None) => Err(error.clone()),
    };
    *left -= 1;
    if *left == 0 {
        *world = None;
    }
    result
}
