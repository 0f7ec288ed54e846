//! The manifests of the demo's APIs, as they are written to a file: with `BLESS=1` they are written anew. And what a target
//! cannot say is told, and nothing is written.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::fs;
use std::process::Command;

const IMAGE: &str =
    "ghcr.io/gatehouse-rs/gatehouse/gateway@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const DEMO: &str = "../envoy/samples/demo.deployment.yaml";

struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

fn compile(target: &str, args: &[&str]) -> Done {
    let output = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["compile", "--target", target, "--format", "json"])
        .args(args)
        .env_remove("GATEHOUSE_WASM")
        .output()
        .unwrap();
    Done {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn check_golden(target: &str, args: &[&str]) {
    let path = format!("tests/manifests/{target}.yaml");
    let done = compile(target, &[&["-d", DEMO, "--image", IMAGE][..], args].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    // The demo's backends are on this machine.
    assert!(done.err.contains("`http://127.0.0.1:9000` is in the pod of the proxy itself"), "{}", done.err);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &done.out).unwrap();
    }
    assert_eq!(done.out, fs::read_to_string(&path).unwrap_or_default(), "{path}: BLESS=1 writes it anew");
}

#[test]
fn the_demo_in_istio() {
    let selector = ["--selector", "istio=ingress", "--selector", "app=public", "--port", "80"];
    check_golden("istio", &[&["--gateway", "public", "--namespace", "istio-ingress"], &selector[..]].concat());
}

#[test]
fn the_demo_in_envoy_gateway() {
    check_golden("envoy-gateway", &["--gateway", "public", "--pull-secret", "registry", "--host", "api.example.com"]);
}

#[test]
fn what_a_target_cannot_say_is_told() {
    let named = ["-d", DEMO, "--image", IMAGE, "--gateway", "public"];
    let check = |target: &str, args: &[&str], expected: &[&str]| {
        let done = compile(target, args);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{args:?}");
        for expected in expected {
            assert!(done.err.contains(expected), "{args:?}: {}", done.err);
        }
    };
    check("istio", &["-d", DEMO], &["which Gateway is it for", "which filter is it"]);
    check("envoy-gateway", &["-d", DEMO, "--gateway", "public", "--image", "ghcr.io/a/gateway:1"], &["by its digest"]);
    check("istio", &[&named[..], &["--pull-secret", "registry"]].concat(), &["`--pull-secret`", "DOCKER_CONFIG"]);
    check("istio", &[&named[..], &["--listener", "http"]].concat(), &["`--listener` is nothing to"]);
    check("envoy-gateway", &[&named[..], &["--port", "80"]].concat(), &["`--port` is nothing to"]);
    check("envoy-gateway", &[&named[..], &["--wasm", "gateway.wasm"]].concat(), &["`--wasm` is nothing to"]);
    check("envoy-gateway", &[&named[..], &["--name", "a: b"]].concat(), &["`a: b` is no name in Kubernetes"]);
    check("envoy", &named, &["`--image` is for", "`--gateway` is for"]);
    let in_files = ["tests/bootstrap/api.yaml", "-d", "tests/bootstrap/deployment.yaml"];
    let in_files = [&in_files[..], &["--image", IMAGE, "--gateway", "public"]].concat();
    for target in ["istio", "envoy-gateway"] {
        check(
            target,
            &in_files,
            &["is a file that only a bootstrap can have Envoy read", "tests/bootstrap/deployment.yaml"],
        );
    }
}
