# What the scripts share: messages, installing, the places of things. Sourced, never run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOOLS="$ROOT/.tools"
WASM_DIR="$ROOT/target/wasm"
cd "$ROOT" || exit 1
export ROOT TOOLS WASM_DIR

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
    BOLD='' RED='' PLAIN=''
fi

# say STEP MESSAGE…: one line telling which way a step took.
say() {
    local step=$1
    shift
    printf '%s%-9s%s %s\n' "$BOLD" "$step" "$PLAIN" "$*"
}

# die MESSAGE…: one line on what is missing, then the end.
die() {
    printf '%serror%s     %s\n' "$RED" "$PLAIN" "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [[ $(id -u) == 0 ]]; }

# can_install: whether this user may add Debian or Ubuntu packages.
can_install() { is_root && have apt-get; }

# known_package NAME: whether apt can install it (looked up after one update of its lists per run).
known_package() {
    update_package_lists
    apt-cache show "$1" >/dev/null 2>&1
}

update_package_lists() {
    [[ -n ${PACKAGE_LISTS_UPDATED:-} ]] && return
    say apt "updating the package lists"
    apt-get update -qq >/dev/null 2>&1 || say apt "some package lists could not be updated, going on with the old ones"
    export PACKAGE_LISTS_UPDATED=1
}

# install_packages NAME…: with apt, quietly; its own words only when it fails.
install_packages() {
    update_package_lists
    say apt "installing $*"
    local log
    log=$(mktemp)
    if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# install_without_services NAME…: as install_packages; of the services that these packages bring, none is started.
install_without_services() {
    local policy=/usr/sbin/policy-rc.d made='' status=0
    [[ -e $policy ]] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made=yes; }
    install_packages "$@" || status=$?
    [[ -z $made ]] || rm -f "$policy"
    return "$status"
}

# need COMMAND PACKAGE: the command, installed when missing and when this user may.
need() {
    have "$1" && return
    if can_install; then
        install_packages "$2" && return
    fi
    die "\`$1\` is missing: install the package $2"
}

need_cargo() {
    have cargo || die "Rust is missing: install it from https://rustup.rs, then run this again"
}

# version_at_least HAVE WANTED
version_at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# cargo_build ARGUMENT…: with cargo's progress on a terminal, in silence elsewhere.
cargo_build() {
    local quiet=(--quiet)
    [[ ! -t 2 ]] || quiet=()
    cargo build "${quiet[@]}" "$@"
}

# What the tools that scripts run are built with: `release`, or `dev` where they are built already for tests.
PROFILE="${GATEHOUSE_PROFILE:-release}"

# build_tools ARGUMENT…: with that profile. What the tests have built is built as they have: of fewer packages the dependencies have
# fewer features, and would be built anew.
build_tools() {
    if [[ $PROFILE == dev ]]; then
        cargo_build --workspace --lib --bins --tests
    else
        cargo_build --profile "$PROFILE" "$@"
    fi
}

# built NAME: the binary that cargo has built under that name.
built() {
    local folder=$PROFILE
    [[ $folder != dev ]] || folder=debug
    echo "${CARGO_TARGET_DIR:-$ROOT/target}/$folder/$1"
}

# start COMMAND…: in the background and a process group of its own, which Ctrl-C does not reach; $! is its pid.
start() {
    set -m
    "$@" &
    set +m
}

# stop PID: ends a process group that this script started (its pid is the group's), politely first.
stop() {
    kill -TERM -- "-$1" 2>/dev/null || return 0
    local left
    for ((left = 50; left > 0; left--)); do
        kill -0 -- "-$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$1" 2>/dev/null || true
}

# stage_of DEPLOYMENT: the name of the first stage in a deployment document.
stage_of() { sed -nE 's/^[ -]*stageName: *"?([A-Za-z0-9_-]+)"?.*/\1/p' "$1" | head -n 1; }

# answers URL: whether an HTTP server answers there, with any status.
answers() {
    python3 - "$1" <<'PY' 2>/dev/null
import sys, urllib.error, urllib.request
try:
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=2)
except urllib.error.HTTPError:
    pass
PY
}

# free_port: a port of 127.0.0.1 that nobody listens on.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# port_free PORT: whether nobody listens on 127.0.0.1:PORT.
port_free() {
    python3 - "$1" <<'PY' 2>/dev/null
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
PY
}
