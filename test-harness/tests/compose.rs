//! The cases that say `also compose`, against the services of envoy/docker-compose.yaml at `$GATEHOUSE_COMPOSE_URL`.

use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;

use gatehouse_test_harness::case::Case;
use gatehouse_test_harness::real::Remote;
use gatehouse_test_harness::{run, setup};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let Ok(url) = std::env::var("GATEHOUSE_COMPOSE_URL") else {
        println!("the cases do not run against docker-compose: GATEHOUSE_COMPOSE_URL does not say where it is");
        return ExitCode::SUCCESS;
    };
    let arguments = Arguments::from_args();
    let trials = address(&url).and_then(|address| Ok((address, setup::cases()?)));
    match trials {
        Ok((address, cases)) => {
            let cases = cases.into_iter().filter(|case| case.also_compose);
            libtest_mimic::run(&arguments, cases.map(|case| trial(case, address)).collect()).exit_code()
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn trial(case: Case, address: SocketAddr) -> Trial {
    Trial::test(case.name.clone(), move || run::run(&case, &mut Remote(address)).map_err(Failed::from))
}

/// `http://host:port`
fn address(url: &str) -> Result<SocketAddr, String> {
    let wrong = |why: &str| format!("GATEHOUSE_COMPOSE_URL={url}: {why}");
    let authority = url.strip_prefix("http://").ok_or_else(|| wrong("write http://host:port"))?;
    let mut found = authority.trim_end_matches('/').to_socket_addrs().map_err(|error| wrong(&error.to_string()))?;
    found.next().ok_or_else(|| wrong("no such host"))
}
