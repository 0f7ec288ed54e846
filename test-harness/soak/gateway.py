"""The gateway under test: its deployment, its Envoy with two workers, new configurations while it runs, another Envoy after it."""

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.request

from dependencies import FUNCTION, POOL, free_port

BACKEND = "http://backend.soak"
TIMEOUT = 2000


def deployment(servers, store, limit, version):
    """Every way of refusing that depends on somebody: a function, a user pool's keys, a store; and a backend behind it all."""
    keys = {"exact": 1000, "again": 1000, "closed": limit, "open": limit}
    plans = [{"id": key, "apiStages": [STAGE], "quota": {"limit": most, "period": "MONTH"}} for key, most in keys.items()]
    for plan in plans if store is not None else []:
        plan["failureMode"] = "OPEN" if plan["id"] == "open" else "CLOSED"
    plans.append({"id": "paced", "apiStages": [STAGE], "throttle": {"rateLimit": 20, "burstLimit": 40}})
    whole = {
        "accountId": "123456789012",
        "region": "us-east-1",
        "endpoints": {
            BACKEND: f"http://127.0.0.1:{servers['backend'].port}",
            "https://cognito-idp.us-east-1.amazonaws.com": f"http://127.0.0.1:{servers['keys'].port}",
        },
        "functions": {FUNCTION: f"http://127.0.0.1:{servers['function'].port}"},
        "userPools": {POOL: {"refreshInSeconds": 1}},
        "usagePlans": plans,
        "apiKeys": [{"id": plan["id"], "value": key_of(plan["id"]), "usagePlanIds": [plan["id"]]} for plan in plans],
        "apis": [{"apiId": "soak123456", "definition": definition(), "stages": [{"stageName": "prod", "variables": {"version": str(version)}}]}],
    }
    if store is not None:
        whole["usageStore"] = {"type": "REDIS", "url": f"http://127.0.0.1:{store.port}", "domain": "soak", "timeoutInMillis": 1000}
    return whole


STAGE = {"apiId": "soak123456", "stage": "prod"}


def key_of(plan):
    return f"{plan}-0123456789abcdef0123"


def definition():
    return {
        "openapi": "3.0.1",
        "info": {"title": "soak", "version": "1"},
        "paths": {
            "/version": {"get": method(mock("stageVariables.version"))},
            "/free": {"get": method(proxy("/free"))},
            "/guarded/{id}": {"get": method(proxy("/guarded"), "function")},
            "/claims": {"get": method(mock("context.authorizer.claims.sub"), "pool")},
            "/counted": {"get": method(mock("context.identity.apiKeyId"), "key")},
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
                "function": scheme("custom", {"type": "token", "authorizerUri": FUNCTION, "authorizerResultTtlInSeconds": 1}),
                "pool": scheme("cognito_user_pools", {
                    "type": "cognito_user_pools",
                    "providerARNs": [f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{POOL}"],
                }),
            }
        },
    }


def scheme(kind, authorizer):
    return {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": kind, "x-amazon-apigateway-authorizer": authorizer}


def method(integration, security=None):
    headers = {"X-Told": {"schema": {"type": "string"}}}
    made = {"responses": {"200": {"description": "ok", "headers": headers}}, "x-amazon-apigateway-integration": integration}
    return made | ({"security": [{security: []}]} if security else {})


def mock(told):
    return {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200", "responseParameters": {"method.response.header.X-Told": told}}},
    }


def proxy(path):
    return {"type": "http_proxy", "httpMethod": "GET", "uri": BACKEND + path, "timeoutInMillis": TIMEOUT}


class Gateway:
    """One Envoy after the other, on the same port."""

    def __init__(self, options, folder, servers, store, limit):
        self.options, self.folder, self.servers, self.store, self.limit = options, folder, servers, store, limit
        self.port, self.admin, self.version, self.epoch = free_port(), free_port(), 0, 0
        self.envoy, self.processes, self.timeout = None, [], None

    def path(self, name):
        return os.path.join(self.folder, name)

    def document(self):
        """The deployment document of this version."""
        return deployment(self.servers, self.store, self.limit, self.version)

    def publish(self):
        """Compiles the deployment as another version, and puts its listener where Envoy looks."""
        self.version += 1
        with open(self.path("deployment.json"), "w", encoding="utf-8") as out:
            json.dump(self.document(), out)
        command = [self.options.gatehouse, "compile", "--deployment", self.path("deployment.json"), "--port", str(self.port),
                   "--admin-port", str(self.admin), "--wasm", self.options.wasm, "-o", self.path("compiled.yaml")]
        subprocess.run(command, check=True)
        bootstrap, listeners = split(self.path("compiled.yaml"))
        if self.timeout is not None:
            listeners = re.sub(r"(request_timeout|stream_idle_timeout): \d+s", rf"\1: {self.timeout}s", listeners)
        self.put("listeners.yaml", f'version_info: "{self.version}"\nresources:\n{listeners}')
        return bootstrap

    def publish_broken(self):
        """What no filter accepts."""
        with open(self.path("listeners.yaml"), encoding="utf-8") as file:
            written = file.read()
        self.put("listeners.yaml", written.replace('"accountId"', '"acountId"'))

    def put(self, name, content):
        with open(self.path(name + ".part"), "w", encoding="utf-8") as out:
            out.write(content)
        os.rename(self.path(name + ".part"), self.path(name))

    def start(self):
        """Starts an Envoy; where one runs, the next takes its place while it drains."""
        bootstrap = self.publish()
        source = f'dynamic_resources: {{ lds_config: {{ path_config_source: {{ path: "{self.path("listeners.yaml")}" }} }} }}\n'
        self.put("envoy.yaml", f"node: {{ id: soak, cluster: soak }}\n{source}{bootstrap}")
        base = ["--use-dynamic-base-id", "--base-id-path", self.path("base")]
        if self.epoch > 0:
            with open(self.path("base"), encoding="utf-8") as file:
                base = ["--base-id", file.read().strip()]
        times = ["--drain-time-s", "4", "--parent-shutdown-time-s", "8"]
        command = [self.options.envoy, "-c", self.path("envoy.yaml"), "--concurrency", "2", "-l", "warning", *base, *times]
        command += ["--restart-epoch", str(self.epoch)]
        with open(self.path("envoy.log"), "a", encoding="utf-8") as log:
            self.envoy = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(self.envoy)
        self.epoch += 1

    def metrics(self):
        """What Envoy's admin interface has for Prometheus, by its whole name."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/stats/prometheus", timeout=10) as answer:
            told = answer.read().decode()
        self.put("metrics", told)
        lines = told.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line and line[0] != "#")}

    async def until(self, what, holds):
        for _ in range(300):
            if self.envoy.poll() is not None:
                sys.exit(f"error: Envoy has ended, {self.path('envoy.log')} says why")
            if await holds():
                return
            await asyncio.sleep(0.1)
        sys.exit(f"error: {what}: not after 30 s")

    def resident(self):
        """Memory of Envoy, in MB."""
        with open(f"/proc/{self.envoy.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024

    def traps(self):
        with open(self.path("envoy.log"), encoding="utf-8", errors="replace") as file:
            return [line.strip() for line in file if re.search(r"panicked|Function: proxy_", line)]

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def split(path):
    """What `gatehouse compile` wrote, without its listeners, and those as a discovery service gives them."""
    rest, listeners, within = [], [], False
    with open(path, encoding="utf-8") as file:
        for line in file:
            if re.match(r"  \w|\w", line):
                within = line.startswith("  listeners:")
                if within:
                    continue
            if not within:
                rest.append(line)
            elif line.startswith("  - name:"):
                listeners.append('- "@type": type.googleapis.com/envoy.config.listener.v3.Listener\n' + "  " + line[4:])
            else:
                listeners.append(line[2:])
    return "".join(rest), "".join(listeners)
