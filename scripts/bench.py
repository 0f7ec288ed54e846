"""Load runs on the real Envoy, every variant in every round, so that a busy machine is unkind to all alike.

Each variant has an Envoy of its own, with one worker on one core; wrk and the endpoint share another. A round gives
every variant a run with many connections (CPU time of the Envoy process per request, requests/s) and one with a single
connection (latency). CPU time is the least of all rounds (whatever else runs here only adds to it); the other figures
are medians over the rounds, of differences and ratios that were taken within a round.
"""

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import credentials

TICKS = os.sysconf("SC_CLK_TCK")
PONG = '{"ping": "pong"}'
# What a browser with a session sends.
REQUEST_HEADERS = {
    "Accept": "application/json, text/plain, */*",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9",
    "Authorization": "Bearer " + ".".join(["eyJhbGciOiJSUzI1NiIsImtpZCI6ImExIn0", "e" * 220, "s" * 342]),
    "Origin": "https://app.example.com",
    "Referer": "https://app.example.com/collections",
    "X-Token": "allow",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
}
# What the gateway may cost: a MOCK over Envoy's own `direct_response`, an authorizer's cached answer over a MOCK, both in
# µs, and an answer that is not cached over Envoy's own `ext_authz`. The µs are those of a machine on which a filter that
# does nothing costs 4.6; what counts on any other is the ratio to that filter.
MOST_CPU, MOST_P50, MOST_ROUTING = 15.0, 25.0, 1.10
MOST_HIT_CPU, MOST_HIT_P50, MOST_MISS = 6.0, 12.0, 1.2
# A user pool's token over a MOCK: one that was verified before, and one that is new.
MOST_KNOWN_TOKEN_CPU, MOST_NEW_TOKEN_CPU, TOKENS = 3.0, 30.0, 4096
# A signature and the caller's policies over a MOCK; Envoy's own `jwt_authn` costs 37.5 over a direct response.
MOST_IAM_CPU = 8.0
# A key, its throttle and its quota over a MOCK; a quota in a store costs no more at p50 than Envoy's own `ratelimit`.
MOST_USAGE_CPU, MOST_STORE_P50 = 5.0, 1.0
# A function behind AWS_PROXY over plain proxying to the same endpoint: at p50, and what a body of 100 KB costs.
MOST_PROXY_RATIO, MOST_PROXY_P50, MOST_LARGE_CPU = 1.15, 40.0, 500.0
# In Envoy's own engine: a decision over eight statements, a GET's verification, a template of 36 lines, in ns.
MOST_IN_ENGINE = {"decision": 300.0, "signature": 6_000.0, "template": 40_000.0}
LARGE = json.dumps({"resource": "pets", "note": 'It is "large". ' * 6_400}, separators=(",", ":"))
API_KEY = "benchs-key-0123456789abcdef"
NOOP_CPU, NOOP_P50 = 4.6, 7.0


class Variant:
    """One Envoy configuration, the path to ask for, and what it is compared with."""

    def __init__(self, name, path, base, routes, filters=(), clusters=(), headers=None, tokens=None, body=None):
        # What is posted.
        self.body = body
        # Where there are any, every request has the next one.
        self.tokens = tokens
        # What a request to a URL is sent with, made anew for each run.
        self.headers = headers or (lambda url: REQUEST_HEADERS)
        self.name, self.path, self.base = name, path, base
        self.routes, self.filters, self.clusters = routes, list(filters), list(clusters)
        self.process = None
        self.port = free_port()


def variants(wasm, backend_port, service_port):
    noop, gateway = os.path.join(wasm, "noop.wasm"), os.path.join(wasm, "gateway.wasm")
    pong = {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": PONG}}}
    small = "/bench/collection-00/items/42?page=1"
    large = "/bench/collection-57/items/42?page=1"
    found = [Variant("direct_response", small, None, [pong])]
    if os.path.exists(noop):
        found.append(Variant("no-op wasm", small, "direct_response", [pong], [plugin("noop", noop, "")]))
    for resources, path in ((3, small), (300, large)):
        deployment = deployment_of(mock_api(resources))
        found.append(
            Variant(f"MOCK, {resources} resources", path, "direct_response", [pong], [gateway_plugin(gateway, deployment)])
        )
    cluster = f"http_127.0.0.1_{backend_port}"
    found += authorizers(gateway, cluster, backend_port, pong)
    found += signatures(gateway, pong)
    found += user_pools(gateway, pong)
    endpoint = [cluster_of(cluster, backend_port)]
    found += usage_plans(gateway, pong, endpoint[0], service_port)
    found.append(
        Variant("plain proxy", "/petstore/pets/1", None, [{"match": {"prefix": "/"}, "route": {"cluster": cluster}}], [], endpoint)
    )
    by_header = {
        "match": {"prefix": "/", "headers": [{"name": "x-gatehouse-cluster", "present_match": True}]},
        "route": {"cluster_header": "x-gatehouse-cluster"},
        "request_headers_to_remove": ["x-gatehouse-cluster"],
    }
    deployment = deployment_of(proxy_api(), {"http://petstore.example.com": f"http://127.0.0.1:{backend_port}"})
    found.append(
        Variant("HTTP_PROXY", "/bench/pets/1", "plain proxy", [by_header, pong], [gateway_plugin(gateway, deployment)], endpoint)
    )
    return found + functions(gateway, cluster, backend_port, pong)


def functions(gateway, cluster, backend_port, pong):
    """A function behind AWS_PROXY, and plain proxying to the same endpoint, each without a body and with a large one."""
    function = "arn:aws:lambda:us-east-1:123456789012:function:pets"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    method = {"responses": {}, "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}}
    paths = {"/pets/{id}": {"x-amazon-apigateway-any-method": method}}
    deployment = deployment_of({"openapi": "3.0.1", "info": {"title": "bench", "version": "1"}, "paths": paths})
    deployment["functions"] = {function: f"http://127.0.0.1:{backend_port}"}
    endpoint, plain = [cluster_of(cluster, backend_port)], [{"match": {"prefix": "/"}, "route": {"cluster": cluster}}]
    proxy = [gateway_plugin(gateway, deployment)]
    return [
        Variant("AWS_PROXY", "/bench/pets/1", "plain proxy", [pong], proxy, endpoint),
        Variant("plain proxy, 100 KB", "/2015-03-31/functions/pets/invocations", None, plain, [], endpoint, body=LARGE),
        Variant("AWS_PROXY, 100 KB", "/bench/pets/1", "plain proxy, 100 KB", [pong], proxy, endpoint, body=LARGE),
    ]


def authorizers(gateway, cluster, backend_port, pong):
    """A MOCK behind a Lambda authorizer whose answer is cached, one whose answer never is, and Envoy's own ext_authz."""
    endpoint, path = [cluster_of(cluster, backend_port)], "/bench/collection-00/items/42?page=1"
    function = "arn:aws:lambda:us-east-1:123456789012:function:authorize"
    found = []
    for name, ttl, base in (("authorizer, cached", 300, "MOCK, 3 resources"), ("authorizer, asked", 0, "ext_authz")):
        definition = mock_api(3)
        for item in definition["paths"].values():
            item["get"]["security"] = [{"authorizer": []}]
        definition["components"] = {"securitySchemes": {"authorizer": authorizer(function, ttl)}}
        deployment = deployment_of(definition)
        deployment["functions"] = {function: f"http://127.0.0.1:{backend_port}"}
        found.append(Variant(name, path, base, [pong], [gateway_plugin(gateway, deployment)], endpoint))
    ext_authz = {
        "name": "envoy.filters.http.ext_authz",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
            "http_service": {"server_uri": {"uri": "http://authorizer", "cluster": cluster, "timeout": "1s"}},
            "allowed_headers": {"patterns": [{"exact": "x-token"}]},
        },
    }
    # The endpoint answers 200 to this path: that is a yes.
    return [Variant("ext_authz", "/petstore/pets/1", "direct_response", [pong], [ext_authz], endpoint)] + found


def signatures(gateway, pong):
    """A MOCK whose callers sign and have policies, and Envoy's own jwt_authn with RS256."""
    definition = mock_api(3)
    for item in definition["paths"].values():
        item["get"]["x-amazon-apigateway-auth"] = {"type": "AWS_IAM"}
    deployment = deployment_of(definition)
    statements = [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"arn:aws:execute-api:us-east-1:*:*/{stage}/GET/*"}
        for stage in ("dev", "test", "bench")
    ]
    deployment["iam"] = {
        "clockSkewInSeconds": 900,
        "accessKeys": [
            {
                "accessKeyId": credentials.ACCESS_KEY_ID,
                "secretAccessKey": {"plainText": credentials.SECRET},
                "principal": {"arn": "arn:aws:iam::123456789012:user/alice", "policies": [{"Statement": statements}]},
            }
        ],
    }
    path = "/bench/collection-00/items/42?page=1"
    return [
        Variant(
            "AWS_IAM", path, "MOCK, 3 resources", [pong], [gateway_plugin(gateway, deployment)],
            headers=lambda url: credentials.signed(url, WITHOUT_TOKEN),
        )
    ]


def user_pools(gateway, pong):
    """A MOCK behind a user pool, and Envoy's own jwt_authn: a token that is brought again and again, and ever new ones."""
    issuer, path = credentials.Issuer(), "/bench/collection-00/items/42?page=1"
    definition = mock_api(3)
    for item in definition["paths"].values():
        item["get"]["security"] = [{"pool": []}]
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": [f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{credentials.USER_POOL}"],
        },
    }
    definition["components"] = {"securitySchemes": {"pool": scheme}}
    deployment, keys = deployment_of(definition), {"keys": [issuer.jwk()]}
    deployment["userPools"] = {credentials.USER_POOL: {"jwks": keys}}
    token = issuer.token()
    provider = {
        "issuer": f"https://cognito-idp.us-east-1.amazonaws.com/{credentials.USER_POOL}",
        "local_jwks": {"inline_string": json.dumps(keys)},
    }
    found = []
    for name, tokens in (("again", None), ("new", lambda: [issuer.token(jti=str(number)) for number in range(TOKENS)])):
        for cached in (True, False) if tokens is None else (False,):
            cache = {"jwt_cache_config": {"jwt_cache_size": 1000}} if cached else {}
            jwt_authn = {
                "name": "envoy.filters.http.jwt_authn",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
                    "providers": {"bench": {**provider, **cache}},
                    "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "bench"}}],
                },
            }
            title = f"jwt_authn, {name}" if cached or tokens else "jwt_authn, RS256"
            found.append(Variant(title, path, "direct_response", [pong], [jwt_authn], headers=bearer(token), tokens=tokens))
        plugins = [gateway_plugin(gateway, deployment)]
        title = f"user pool, {name}"
        found.append(Variant(title, path, "MOCK, 3 resources", [pong], plugins, headers=bearer(token), tokens=tokens))
    return found


def usage_plans(gateway, pong, endpoint, service_port):
    """A MOCK for whoever has a key, throttled and metered, here or in a store, and Envoy's own filters for the same."""
    path, more = "/bench/collection-00/items/42?page=1", lambda url: {**REQUEST_HEADERS, "x-api-key": API_KEY}
    definition = mock_api(3)
    definition["components"] = {"securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}}
    for item in definition["paths"].values():
        item["get"]["security"] = [{"key": []}]
    deployment = deployment_of(definition)
    plan = {"id": "bench", "apiStages": [{"apiId": "a1b2c3d4e5", "stage": "bench"}], "quota": {"limit": 2**31 - 1, "period": "MONTH"}}
    deployment["usagePlans"] = [{**plan, "throttle": {"rateLimit": 1e6, "burstLimit": 2**31 - 1}}]
    deployment["apiKeys"] = [{"id": "bench", "value": API_KEY, "usagePlanIds": ["bench"]}]
    origin = f"http://127.0.0.1:{service_port}"
    stored = {**deployment, "usagePlans": [plan], "usageStore": {"type": "RATE_LIMIT_SERVICE", "url": origin}}
    store = cluster_of(f"http_127.0.0.1_{service_port}_grpc", service_port)
    http2 = {"explicit_http_config": {"http2_protocol_options": {}}}
    http2["@type"] = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    store["typed_extension_protocol_options"] = {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2}
    api_key_auth = native("api_key_auth", "api_key_auth.v3.ApiKeyAuth", {
        "credentials": [{"key": API_KEY, "client": "bench"}],
        "key_sources": [{"header": "x-api-key"}],
    })
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    local_ratelimit = native("local_ratelimit", "local_ratelimit.v3.LocalRateLimit", {
        "stat_prefix": "bench",
        "token_bucket": {"max_tokens": 2**31, "tokens_per_fill": 2**31, "fill_interval": "1s"},
        "filter_enabled": always,
        "filter_enforced": always,
    })
    ratelimit = native("ratelimit", "ratelimit.v3.RateLimit", {
        "domain": "native",
        "rate_limit_service": {"grpc_service": {"envoy_grpc": {"cluster_name": store["name"]}}, "transport_api_version": "V3"},
    })
    # Envoy's filter asks about what goes to a cluster, and about nothing else.
    actions = [{"request_headers": {"header_name": "x-api-key", "descriptor_key": "api_key"}}]
    limited = {"match": {"prefix": "/"}, "route": {"cluster": endpoint["name"], "rate_limits": [{"actions": actions}]}}
    base = "MOCK, 3 resources"
    return [
        Variant("api_key_auth, local", path, "direct_response", [pong], [api_key_auth, local_ratelimit], headers=more),
        Variant("usage plan", path, base, [pong], [gateway_plugin(gateway, deployment)], headers=more),
        Variant("ratelimit", "/petstore/pets/1", "plain proxy", [limited], [ratelimit], [endpoint, store], headers=more),
        Variant("usage plan, stored", path, base, [pong], [gateway_plugin(gateway, stored)], [store], headers=more),
    ]


def native(name, kind, configuration):
    return {
        "name": f"envoy.filters.http.{name}",
        "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.filters.http.{kind}", **configuration},
    }


WITHOUT_TOKEN = {name: value for name, value in REQUEST_HEADERS.items() if name != "Authorization"}


def bearer(token):
    return lambda url: {**WITHOUT_TOKEN, "Authorization": f"Bearer {token}"}


def authorizer(function, ttl, header="X-Token"):
    return {
        "type": "apiKey",
        "name": header,
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "token",
            "authorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations",
            "authorizerResultTtlInSeconds": ttl,
        },
    }


def mock_api(resources):
    """An API of so many resources, every third of them with a path parameter."""
    paths = {}
    for number in range(resources // 3):
        collection = f"/collection-{number:02}"
        for path in (collection, f"{collection}/items", f"{collection}/items/{{id}}"):
            paths[path] = {"get": mock_method()}
    return {"openapi": "3.0.1", "info": {"title": "bench", "version": "1"}, "paths": paths}


def mock_method():
    return {
        "responses": {"200": {"description": "200 response"}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": PONG}}},
        },
    }


def proxy_api():
    integration = {
        "type": "http_proxy",
        "httpMethod": "GET",
        "uri": "http://petstore.example.com/petstore/pets/{petId}",
        "requestParameters": {"integration.request.path.petId": "method.request.path.petId"},
    }
    method = {
        "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "200 response"}},
        "x-amazon-apigateway-integration": integration,
    }
    return {"openapi": "3.0.1", "info": {"title": "bench", "version": "1"}, "paths": {"/pets/{petId}": {"get": method}}}


def deployment_of(definition, endpoints=None):
    return {
        "accountId": "123456789012",
        "region": "us-east-1",
        "endpoints": endpoints or {},
        "apis": [{"apiId": "a1b2c3d4e5", "definition": definition, "stages": [{"stageName": "bench"}]}],
    }


def gateway_plugin(wasm, deployment):
    return plugin("gateway", wasm, json.dumps(deployment))


def plugin(name, wasm, configuration):
    return {
        "name": f"gatehouse.{name}",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": f"gatehouse.{name}",
                "failure_policy": "FAIL_RELOAD",
                "allow_on_headers_stop_iteration": True,
                "vm_config": {
                    "vm_id": "gatehouse",
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": wasm}},
                },
                "configuration": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration},
            },
        },
    }


def cluster_of(name, port):
    endpoint = {"endpoint": {"address": address(port)}}
    assignment = {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}
    return {"name": name, "type": "STATIC", "connect_timeout": "1s", "load_assignment": assignment}


def bootstrap(variant):
    """The whole configuration; Envoy reads JSON as the YAML that it is."""
    router = {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "use_remote_address": True,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": variant.routes}]},
        "http_filters": variant.filters + [{"name": "envoy.filters.http.router", "typed_config": router}],
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    listener = {"name": "bench", "address": address(variant.port), "filter_chains": [{"filters": filters}]}
    return {"static_resources": {"listeners": [listener], "clusters": variant.clusters}}


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Machine:
    """The processes of a bench and the cores they may use."""

    def __init__(self, options, folder):
        self.options, self.folder, self.started = options, folder, []
        cores = sorted(os.sched_getaffinity(0))
        self.pins = ([str(cores[1])], [str(cores[0])]) if len(cores) > 1 else (None, None)

    def start(self, command, cores, log):
        with open(os.path.join(self.folder, log), "w") as output:
            process = subprocess.Popen(pinned(command, cores), stdout=output, stderr=subprocess.STDOUT)
        self.started.append(process)
        return process

    def start_backend(self, port):
        self.start([self.options.backend, "--port", str(port)], self.pins[1], "backend.log")
        wait_for(f"http://127.0.0.1:{port}/petstore/pets/1", None, None)

    def start_service(self, port):
        self.start([self.options.rate_limit_service, str(port)], self.pins[1], "service.log")
        wait_for_port(port)

    def start_envoy(self, variant, number):
        config, log = os.path.join(self.folder, f"{number}.json"), f"{number}.log"
        with open(config, "w") as file:
            json.dump(bootstrap(variant), file)
        command = [self.options.envoy, "-c", config, "--concurrency", "1", "--use-dynamic-base-id", "-l", "warning"]
        variant.process = self.start(command, self.pins[0], log)
        wait_for(f"http://127.0.0.1:{variant.port}{variant.path}", variant, os.path.join(self.folder, log))

    def wrk(self, variant, connections, seconds):
        """Requests served, requests/s and latencies of one run."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        url = f"http://127.0.0.1:{variant.port}{variant.path}"
        for name, value in variant.headers(url).items():
            command += ["-H", f"{name}: {value}"]
        if variant.tokens or variant.body:
            command += ["-s", self.script(variant)]
        command.append(url)
        done = subprocess.run(pinned(command, self.pins[1]), capture_output=True, text=True, check=True)
        return Run(done.stdout)

    def script(self, variant):
        """A script of wrk's by which every request has the next token, or the body."""
        path = os.path.join(self.folder, f"script-{variant.port}.lua")
        if not os.path.exists(path):
            with open(path, "w") as file:
                if variant.body:
                    file.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n')
                    file.write(f"wrk.body = [==[{variant.body}]==]\n")
                    return path
                tokens = ",\n".join(f'"Bearer {token}"' for token in variant.tokens())
                file.write(f"local tokens, next = {{\n{tokens}\n}}, 0\n")
                file.write("request = function()\n  next = next % #tokens + 1\n")
                file.write('  wrk.headers["Authorization"] = tokens[next]\n  return wrk.format()\nend\n')
        return path

    def stop(self):
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def pinned(command, cores):
    return ["taskset", "-c", ",".join(cores)] + command if cores else command


def wait_for_port(port):
    until = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                sys.exit(f"error: nobody listens on {port}")
            time.sleep(0.05)


def wait_for(url, variant, log):
    """Until it answers 200; its log where it does not."""
    opener, problem = urllib.request.build_opener(urllib.request.ProxyHandler({})), None
    for _ in range(150):
        try:
            headers = variant.headers(url) if variant else REQUEST_HEADERS
            if variant and variant.body:
                headers = {**headers, "Content-Type": "application/json"}
            body = variant.body.encode() if variant and variant.body else None
            opener.open(urllib.request.Request(url, body, headers), timeout=2).read()
            return
        except OSError as error:
            problem = error
        if variant and variant.process.poll() is not None:
            break
        time.sleep(0.1)
    if log:
        with open(log) as file:
            sys.stderr.writelines(file.readlines()[-10:])
    sys.exit(f"error: {variant.name if variant else 'the endpoint'} does not answer 200 at {url}: {problem}")


class Run:
    """What wrk printed."""

    UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6}

    def __init__(self, text):
        self.requests = int(re.search(r"(\d+) requests in", text).group(1))
        self.per_second = float(re.search(r"Requests/sec:\s*([\d.]+)", text).group(1))
        self.p50, self.p99 = self.latency(text, "50%"), self.latency(text, "99%")
        self.errors = re.findall(r"(Non-2xx.*|Socket errors:.*)", text)

    def latency(self, text, which):
        value, unit = re.search(rf"{which}\s+([\d.]+)(us|ms|s)", text).groups()
        return float(value) * self.UNITS[unit]


def cpu_seconds(pid):
    """User and system time of a process."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def measure(machine, variant, options):
    before = cpu_seconds(variant.process.pid)
    busy = machine.wrk(variant, options.connections, options.seconds)
    cpu = (cpu_seconds(variant.process.pid) - before) * 1e6 / busy.requests
    calm = machine.wrk(variant, 1, options.seconds)
    for errors in busy.errors + calm.errors:
        sys.exit(f"error: {variant.name}: {errors}")
    return {"cpu": cpu, "rps": busy.per_second, "p50": calm.p50, "p99": calm.p99}


def gauged(machine, options):
    """How long each takes in Envoy's engine, by a filter that runs them and looks at the clock."""
    route = {"match": {"prefix": "/"}, "direct_response": {"status": 404}}
    gauge = plugin("gauge", os.path.join(options.wasm, "gauge.wasm"), "")
    variant = Variant("gauge", "/decision", None, [route], [gauge])
    machine.start_envoy(variant, "gauge")
    times = {}
    for what in MOST_IN_ENGINE:
        with urllib.request.urlopen(f"http://127.0.0.1:{variant.port}/{what}", timeout=60) as answer:
            times[what] = float(answer.read())
    return times


def measure_all(machine, chosen, options):
    """For each variant its figures of every round; the order turns from round to round."""
    figures = {variant.name: [] for variant in chosen}
    load = os.getloadavg()[0]
    if load > 1.5:
        print(f"the machine is busy (load {load:.1f}): latencies will be worse than they are", file=sys.stderr)
    for variant in chosen:
        machine.wrk(variant, options.connections, 1)
    for turn in range(options.rounds):
        print(f"round {turn + 1} of {options.rounds}", file=sys.stderr, flush=True)
        first = turn % len(chosen)
        for variant in chosen[first:] + chosen[:first]:
            figures[variant.name].append(measure(machine, variant, options))
    return figures


def typical(figures, what):
    return (min if what == "cpu" else statistics.median)(figure[what] for figure in figures)


def paired(figures, base, what, combine):
    if what == "cpu":
        return combine(typical(figures, what), typical(base, what))
    return statistics.median(combine(one[what], other[what]) for one, other in zip(figures, base))


def difference(one, other):
    return one - other


def ratio(one, other):
    return one / other


def report(chosen, figures, options):
    print(f"\n{options.rounds} rounds of {options.seconds} s; CPU and requests/s with {options.connections} connections, latency with one")
    print(f"{'':20}{'CPU µs/req':>11}{'Δ':>7}{'req/s':>9}{'ratio':>7}{'p50 µs':>9}{'Δ':>7}{'p99 µs':>9}{'Δ':>8}")
    for variant in chosen:
        own, base = figures[variant.name], figures.get(variant.base)
        cells = [f"{variant.name:20}"]
        for what, widths, combine, shown in (
            ("cpu", (11, 7), difference, ".1f"),
            ("rps", (9, 7), ratio, ".2f"),
            ("p50", (9, 7), difference, ".0f"),
            ("p99", (9, 8), difference, ".0f"),
        ):
            sign = "" if combine is ratio else "+"
            cells.append(f"{typical(own, what):>{widths[0]}.{0 if what != 'cpu' else 1}f}")
            cells.append(f"{paired(own, base, what, combine):>{sign}{widths[1]}{shown}}" if base else " " * widths[1])
        print("".join(cells))
    print("Δ and ratio: over the variant that each is compared with\n")
    for variant in chosen:
        if variant.base:
            print(f"  {variant.name} over {variant.base}")
    print()


def bars(figures):
    small, large, base, noop = (
        figures.get(name) for name in ("MOCK, 3 resources", "MOCK, 300 resources", "direct_response", "no-op wasm")
    )
    # What a filter that does nothing costs here.
    unit = {what: paired(noop, base, what, difference) if noop and base else 0 for what in ("cpu", "p50")}

    def costs(what, figures, over, most_cpu, most_p50=None):
        """CPU time and latency over another variant, in µs and in filters that do nothing."""
        cost = paired(figures, over, "cpu", difference)
        bar(f"{what}, CPU µs/request", cost, most_cpu)
        if unit["cpu"]:
            bar(f"{what}, in no-op filters (CPU)", cost / unit["cpu"], most_cpu / NOOP_CPU)
        if most_p50:
            later = paired(figures, over, "p50", difference)
            bar(f"{what}, µs at p50", later, most_p50)
            if unit["p50"] > 0:
                bar(f"{what}, in no-op filters (p50)", later / unit["p50"], most_p50 / NOOP_P50)
        return cost

    hit, miss, ext_authz = (figures.get(name) for name in ("authorizer, cached", "authorizer, asked", "ext_authz"))
    if small and base:
        costs("MOCK costs", small, base, MOST_CPU, MOST_P50)
    if small and large:
        bar("CPU with 300 resources over 3", paired(large, small, "cpu", ratio), MOST_ROUTING)
    if hit and small:
        costs("a cached authorization costs", hit, small, MOST_HIT_CPU, MOST_HIT_P50)
    iam, jwt = figures.get("AWS_IAM"), figures.get("jwt_authn, RS256")
    if iam and small:
        cost = costs("AWS_IAM costs", iam, small, MOST_IAM_CPU)
        if jwt and base:
            bar("AWS_IAM over jwt_authn (CPU)", cost / paired(jwt, base, "cpu", difference), 1 / 3)
    for name, most in (("again", MOST_KNOWN_TOKEN_CPU), ("new", MOST_NEW_TOKEN_CPU)):
        pool, native = figures.get(f"user pool, {name}"), figures.get(f"jwt_authn, {name}")
        if pool and small:
            cost = costs(f"a user pool's token, {name}, costs", pool, small, most)
            if native and base:
                print(f"        and of Envoy's own jwt_authn: {cost / paired(native, base, 'cpu', difference):.2f}")
    usage, keys, stored, ratelimit = (
        figures.get(name) for name in ("usage plan", "api_key_auth, local", "usage plan, stored", "ratelimit")
    )
    if usage and small:
        cost = costs("a key, its throttle and quota cost", usage, small, MOST_USAGE_CPU)
        if keys and base:
            print(f"        and of Envoy's own api_key_auth and local_ratelimit: {cost / paired(keys, base, 'cpu', difference):.2f}")
    plain, function, large_function, large_plain = (
        figures.get(name) for name in ("plain proxy", "AWS_PROXY", "AWS_PROXY, 100 KB", "plain proxy, 100 KB")
    )
    if function and plain:
        allowed = typical(plain, "p50") * MOST_PROXY_RATIO + MOST_PROXY_P50
        bar("AWS_PROXY, µs at p50", typical(function, "p50"), allowed)
        if noop and base:
            allowed = typical(plain, "p50") * MOST_PROXY_RATIO + MOST_PROXY_P50 * max(unit["p50"], NOOP_P50) / NOOP_P50
            bar("AWS_PROXY, µs at p50, by no-op filters", typical(function, "p50"), allowed)
    if large_function and large_plain:
        costs("AWS_PROXY with 100 KB costs", large_function, large_plain, MOST_LARGE_CPU)
    if stored and ratelimit and small and plain:
        added = paired(stored, small, "p50", difference) / paired(ratelimit, plain, "p50", difference)
        bar("a quota in a store adds at p50, over Envoy's own ratelimit", added, MOST_STORE_P50)
    if miss and ext_authz and small and base:
        # Of both what they add to their own route: a MOCK here, a direct response there.
        added = typical(miss, "cpu") - typical(small, "cpu") + typical(base, "cpu")
        bar("CPU with an authorization that is asked for, over ext_authz", added / typical(ext_authz, "cpu"), MOST_MISS)


def bar(what, measured, most):
    print(f"{'met' if measured <= most else 'NOT met':8}{what}: {measured:.2f}, at most {most:.2f}")


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench.") as folder:
        machine = Machine(options, folder)
        try:
            port, service_port = free_port(), free_port()
            every = variants(options.wasm, port, service_port)
            chosen = [variant for variant in every if re.search(options.only, variant.name)]
            machine.start_backend(port)
            machine.start_service(service_port)
            for number, variant in enumerate(chosen):
                machine.start_envoy(variant, number)
            times = gauged(machine, options) if re.search(options.only, "gauge") else {}
            figures = measure_all(machine, chosen, options) if chosen else {}
        except KeyboardInterrupt:
            sys.exit(130)
        finally:
            machine.stop()
    if chosen:
        report(chosen, figures, options)
        bars(figures)
    for what, nanos in times.items():
        bar(f"a {what} in Envoy's engine, ns", nanos, MOST_IN_ENGINE[what])
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envoy", required=True)
    parser.add_argument("--wasm", required=True, help="the folder of the filters")
    parser.add_argument("--backend", required=True, help="the endpoint's binary")
    parser.add_argument("--rate-limit-service", required=True, help="the service's binary")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="of each run")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--only", default="", metavar="REGEX", help="the variants to run, by name")
    parser.add_argument("--json", help="where to write every round's figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
