"""Without a store counters live as long as Envoy: a new configuration of the same listener goes on counting, a new Envoy begins anew.

    reload.py ENVOY USAGE_PLAN_WASM FOLDER
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time

KEY, LIMIT = "anns-key-0123456789abcdef", 20
HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def listener(port, wasm, tells):
    """The filter before a route that answers, whose configuration says whether clients are told what is left."""
    configuration = {
        "apiId": "a", "stage": "s", "rateLimitHeaders": tells,
        "usagePlans": [{"id": "p", "apiStages": [{"apiId": "a", "stage": "s"}], "quota": {"limit": LIMIT, "period": "MONTH"}}],
        "apiKeys": [{"id": "ann", "value": KEY, "usagePlanIds": ["p"]}],
    }
    plugin = {
        "name": "usage-plan", "root_id": "usage-plan", "failure_policy": "FAIL_RELOAD", "allow_on_headers_stop_iteration": True,
        "vm_config": {"vm_id": "usage-plan", "runtime": "envoy.wasm.runtime.v8", "code": {"local": {"filename": wasm}}},
        "configuration": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": json.dumps(configuration)},
    }
    routes = [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]
    filters = [
        {"name": "usage-plan", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm", "config": plugin}},
        {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}},
    ]
    manager = {"@type": HCM, "stat_prefix": "a", "http_filters": filters,
               "route_config": {"virtual_hosts": [{"name": "a", "domains": ["*"], "routes": routes}]}}
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "a", "address": address(port), "filter_chains": [chain]}


def publish(path, version, resource):
    """Envoy sees a file that is moved to its place."""
    with open(path + ".part", "w", encoding="utf-8") as out:
        json.dump({"version_info": version, "resources": [resource]}, out)
    os.rename(path + ".part", path)


def start(envoy, folder, admin):
    bootstrap = {
        "node": {"id": "a", "cluster": "a"}, "admin": {"address": address(admin)},
        "dynamic_resources": {"lds_config": {"path_config_source": {"path": os.path.join(folder, "listeners.json")}}},
    }
    path = os.path.join(folder, "bootstrap.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(bootstrap, out)
    with open(os.path.join(folder, "reload.log"), "a", encoding="utf-8") as log:
        arguments = [envoy, "-c", path, "--concurrency", "2", "--disable-hot-restart", "--log-level", "warning"]
        return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def ask(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/", headers={"x-api-key": KEY})
    answer = connection.getresponse()
    answer.read()
    return answer


def until(what, holds):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit(f"{what}: not after 30 s")


def admitted(port, calls):
    return sum(ask(port).status == 200 for _ in range(calls))


def expect(what, seen, expected):
    if seen != expected:
        sys.exit(f"{what}: {seen} were admitted, and not {expected}")


def main(envoy, wasm, folder):
    port, admin = free_port(), free_port()
    listeners = os.path.join(folder, "listeners.json")
    publish(listeners, "1", listener(port, wasm, False))
    process = start(envoy, folder, admin)
    try:
        until("Envoy starts", lambda: ask(port).status in (200, 429))
        used = 1
        expect("before", admitted(port, 7), 7)
        used += 7
        publish(listeners, "2", listener(port, wasm, True))
        # What clients are told shows which configuration is asked.
        until("the new configuration", lambda: told(port))
        used += told.admitted
        expect("after a new configuration", admitted(port, 30), LIMIT - used)
    finally:
        process.terminate()
        process.wait()
    process = start(envoy, folder, admin)
    try:
        until("Envoy starts again", lambda: told(port))
        expect("after a restart", admitted(port, 30), LIMIT - 1)
    finally:
        process.terminate()
        process.wait()


def told(port):
    answer = ask(port)
    told.admitted += answer.status == 200
    return answer.getheader("x-ratelimit-limit") is not None


told.admitted = 0


if __name__ == "__main__":
    main(*sys.argv[1:4])
