# What the scripts share that start things and ask them. Sourced after lib.sh, never run.
# shellcheck shell=bash

# How long anything may take until it answers, in seconds.
LONGEST_START=60

# The pids of what runs, and the folder for logs and whatever else there is: both end with the script.
started=()
scratch=

# begin NAME: a folder for this run.
begin() {
    trap stop_all EXIT
    trap 'exit 130' INT TERM HUP PIPE
    scratch=$(mktemp -d "/tmp/gatehouse-$1.XXXXXX")
}

# get_filters_and_envoy: built anew, unless they are to be taken as they are.
get_filters_and_envoy() {
    scripts/toolchain
    [[ -f $WASM_DIR/gateway.wasm && -n ${GATEHOUSE_AS_BUILT:-} ]] || scripts/wasm
    scripts/envoy
}

stop_all() {
    trap '' INT TERM HUP PIPE
    set +e
    local pid
    for pid in "${started[@]}"; do
        stop "$pid"
    done
    [[ -z $scratch ]] || rm -rf "$scratch"
}

# start_logged NAME COMMAND…: what it says is in $scratch/NAME.log.
start_logged() {
    local name=$1
    shift
    start "$@" >"$scratch/$name.log" 2>&1
    started+=($!)
}

# run_gatehouse ARGUMENT…: `gatehouse run` with those, on the free port $port.
run_gatehouse() {
    port=$(free_port)
    start_logged gatehouse "$(built gatehouse)" run --port "$port" --envoy "$TOOLS/envoy/envoy" --wasm "$WASM_DIR/gateway.wasm" "$@"
}

# wait_for URL NAME: until what was started last answers there.
wait_for() {
    wait_until "$2" answers "$1"
}

# wait_until NAME COMMAND…: until the command succeeds; what was started last goes by that name.
wait_until() {
    local name=$1 until=$((SECONDS + LONGEST_START))
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "${started[-1]}" 2>/dev/null || failed "$name" "$name has ended"
        ((SECONDS < until)) || failed "$name" "$name does not answer within $LONGEST_START s"
        sleep 0.1
    done
}

# failed NAMES MESSAGE…: the end, with the last lines of what each of those said.
failed() {
    local name
    for name in $1; do
        tail -n 20 "$scratch/$name.log" >&2 2>/dev/null || tail -n 20 "$scratch/$name" >&2 || true
    done
    die "${*:2}"
}
