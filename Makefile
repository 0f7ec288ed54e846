# Every target is a script, or one cargo command; the scripts install what is missing and say which way they took.
.DEFAULT_GOAL := help
.PHONY: help demo test e2e e2e-matrix soak dashboard bench lint fmt doc bless schema push toolchain wasm envoy clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: ## serve the samples from a real Envoy until Ctrl-C: PetStore, an API with a Lambda authorizer, one for callers who sign, one with keys and templates
	@scripts/demo

test: ## everything that needs no container engine: lints, native tests, the cases on a fake and on the real Envoy
	@scripts/test

e2e: ## the same cases against envoy/docker-compose.yaml, a real Lambda function as an authorizer, real clients that sign, mutual TLS, services of AWS, a user pool, stores that two Envoys share, a registry, recordings of the real service, the real Velocity
	@scripts/e2e
	@scripts/lambda
	@scripts/clients
	@scripts/mutual-tls
	@scripts/moto
	@scripts/stores
	@scripts/registry
	@scripts/manifests
	@scripts/recordings
	@scripts/velocity

e2e-matrix: ## the cases on each Envoy that PyPI serves, from 1.36 on
	@scripts/matrix

soak: ## load while dependencies are killed, slowed and lie, while configurations and Envoys are replaced; a panic drill (MINUTES=5)
	@scripts/soak

dashboard: ## draw envoy/grafana/gatehouse.png by Grafana's components, from a real Envoy under load and a real Prometheus (MINUTES=3)
	@scripts/dashboard

bench: ## criterion for the crates, paired load runs on the real Envoy, a minute of checked load
	@scripts/bench

lint: ## formatting, clippy, shellcheck
	@scripts/lint

fmt: ## format the Rust code
	cargo fmt --all

doc: ## the documentation of the crates, private items too, into target/doc
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --no-deps --workspace --document-private-items

bless: ## run the cases and write what they answered as what is expected
	@scripts/test --bless

schema: ## write envoy/schema anew, out of the types that read configurations
	@BLESS=1 cargo test --quiet --package gatehouse-test-harness --test schema

push: ## publish the filters: make push REGISTRY=ghcr.io/owner/gatehouse [SIGN_KEY=gatehouse.key]
	@REGISTRY="$(REGISTRY)" SIGN_KEY="$(SIGN_KEY)" scripts/push

toolchain: ## make Rust able to build for wasm32-wasip1
	@scripts/toolchain

wasm: toolchain ## build every filter into target/wasm
	@scripts/wasm

envoy: ## get an Envoy into .tools/envoy
	@scripts/envoy

clean: ## remove what was built (what was downloaded stays in .tools)
	cargo clean
	rm -rf target
