"""A gateway with two APIs for a dashboard to show, and callers who give every panel something: some are let in, some refused by each
way of authorizing, some ask too often, and what the gateway depends on fails for a while, one after the other.
"""

import asyncio
import json
import math
import os
import random
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, "..", "soak"), os.path.join(HERE, "..", "..", "scripts")]

from credentials import ACCESS_KEY_ID, SECRET, signed  # noqa: E402
from dependencies import FUNCTION, POOL, Pool, Redis, Server, greet  # noqa: E402
from gateway import BACKEND, Gateway, method, mock, proxy, scheme  # noqa: E402

SHOP, FEED = "shop123456", "feed123456"
PLANS = ("bronze", "silver", "gold")
TEMPORARY, TEMPORARY_SECRET = 12, "temporary-secret"


class Shown(Gateway):
    """The soak's gateway with another deployment."""

    def document(self):
        ports = {name: f"http://127.0.0.1:{server.port}" for name, server in self.servers.items()}
        whole = {
            "accountId": "123456789012",
            "region": "us-east-1",
            "endpoints": {BACKEND: ports["backend"], "https://cognito-idp.us-east-1.amazonaws.com": ports["keys"]},
            "functions": {FUNCTION: ports["function"]},
            "userPools": {POOL: {"refreshInSeconds": 1}},
            "iam": {
                "accessKeys": [{"accessKeyId": ACCESS_KEY_ID, "secretAccessKey": {"plainText": SECRET}, "principal": principal("alice")}],
                "credentialProvider": {"url": f"{ports['provider']}/credentials", "ttlInSeconds": 5},
                "replayProtection": {"maxSignatures": 10000},
            },
            "usagePlans": self.plans(),
            "apiKeys": [{"id": plan, "value": key_of(plan), "usagePlanIds": [plan]} for plan in PLANS],
            "apis": [
                {"apiId": SHOP, "definition": shop(), "stages": [{"stageName": "prod"}, {"stageName": "beta"}]},
                {"apiId": FEED, "definition": feed(), "stages": [{"stageName": "prod"}]},
            ],
        }
        if self.store is not None:
            whole["usageStore"] = {"type": "REDIS", "url": f"http://127.0.0.1:{self.store.port}", "domain": "shown", "timeoutInMillis": 1000}
        return whole

    def plans(self):
        """A throttle, a quota that is used up, and one that is not."""
        plans = {
            "bronze": {"throttle": {"rateLimit": 2, "burstLimit": 4}},
            "silver": {"quota": {"limit": self.limit, "period": "MONTH"}},
            "gold": {"quota": {"limit": 1_000_000, "period": "MONTH"}},
        }
        if self.store is not None:
            plans["silver"]["failureMode"], plans["gold"]["failureMode"] = "CLOSED", "OPEN"
        return [{"id": name, "apiStages": [{"apiId": SHOP, "stage": stage} for stage in ("prod", "beta")], **plan} for name, plan in plans.items()]


def host_of(api):
    return f"{api}.execute-api.us-east-1.amazonaws.com"


def key_of(plan):
    return f"{plan}-0123456789abcdef0123"


def principal(name):
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:us-east-1:123456789012:*/*/GET/reports"}
    policies = [{"Version": "2012-10-17", "Statement": [allowed]}]
    return {"arn": f"arn:aws:iam::123456789012:user/{name}", "userId": f"AIDA{name.upper()}", "policies": policies}


def shop():
    nothing = mock("context.requestId")
    paths = {
        "/products": method(proxy("/products")),
        "/products/{id}": method(proxy("/product")),
        "/orders": method(proxy("/orders"), "customers"),
        "/stock": method(nothing, "staff"),
        "/account": method(nothing, "pool"),
        "/reports": method(nothing, "sigv4"),
        "/salaries": method(nothing, "sigv4"),
        "/prices": method(nothing, "key"),
    }
    schemes = {
        "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        "customers": scheme("custom", {"type": "token", "authorizerUri": FUNCTION, "authorizerResultTtlInSeconds": 5}),
        "staff": scheme("custom", {"type": "token", "authorizerUri": FUNCTION, "authorizerResultTtlInSeconds": 0}),
        "pool": scheme("cognito_user_pools", {
            "type": "cognito_user_pools",
            "providerARNs": [f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{POOL}"],
        }),
        "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
    }
    return definition("shop", paths) | {"components": {"securitySchemes": schemes}}


def feed():
    return definition("feed", {"/entries": method(proxy("/entries")), "/entries/{id}": method(mock("context.requestId"))})


def definition(title, paths):
    return {"openapi": "3.0.1", "info": {"title": title, "version": "1"}, "paths": {path: {"get": get} for path, get in paths.items()}}


def authorize(_, event):
    """The token says what becomes of its bearer: `allow-7`, `deny-7`, `ignore-7`; nobody else is known."""
    token = json.loads(event)["authorizationToken"]
    verdict = token.split("-")[0]
    if verdict not in ("allow", "deny", "ignore"):
        return json.dumps({"errorMessage": "Unauthorized"}).encode()
    resource = "*" if verdict != "ignore" else "arn:aws:execute-api:us-east-1:123456789012:another/*/*/*"
    statement = {"Effect": "Deny" if verdict == "deny" else "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    return json.dumps({"principalId": token, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}).encode()


def credentials(*_):
    return json.dumps({"secretAccessKey": TEMPORARY_SECRET, "sessionToken": "token", "principal": principal("visitor")}).encode()


class Load:
    """The gateway, what it depends on, and its callers."""

    def __init__(self, options, folder):
        self.seconds = options.minutes * 60
        self.pool = Pool(folder)
        self.servers = {"function": Server(authorize), "backend": Server(greet), "keys": Server(self.pool.jwks), "provider": Server(credentials)}
        self.store = Redis(folder, options.webdis) if Redis.is_here() else None
        # Used up when two thirds of the time have passed.
        self.gateway = Shown(options, folder, self.servers, self.store, int(3 * self.seconds * 2 / 3))
        self.tokens = {"good": self.pool.token(self.pool.good, 7200), "expired": self.pool.token(self.pool.good, -60)}
        self.answers = {}

    async def begin(self):
        """All but the pool's keys: who comes before they are there is told 500."""
        for name, server in self.servers.items():
            if name != "keys":
                await server.begin()
        if self.store is not None:
            await self.store.begin()
        self.gateway.start()
        await self.gateway.until("Envoy answers", self.is_there)

    async def is_there(self):
        try:
            return (await Caller(self.gateway.port).get("/prod/entries/1", {}, FEED)) == 200
        except (OSError, asyncio.IncompleteReadError):
            return False

    async def run(self):
        self.began = time.monotonic()
        callers = [asyncio.create_task(self.call(*it)) for it in self.calls()]
        await asyncio.gather(self.fail(), self.vary(), asyncio.sleep(self.seconds))
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)

    def end(self):
        self.gateway.end()
        if self.store is not None:
            self.store.end()

    def calls(self):
        """Of which API, how many a second, their path, and what makes their headers."""
        visitor, anyone = lambda: random.randrange(TEMPORARY), lambda: random.randrange(40)
        url = f"http://{host_of(SHOP)}/prod"

        def bearer(verdict):
            return lambda: {"authorization": f"{verdict}-{anyone()}"}

        def temporary():
            return signed(f"{url}/reports", {"x-amz-security-token": "token"}, f"ASIAVISITOR{visitor():05}", TEMPORARY_SECRET)

        again = {}

        def replayed():
            # Every other is the one before, once more.
            headers = again.pop("headers", None)
            if headers is None:
                headers = again["headers"] = signed(f"{url}/reports", {"x-copy": str(random.random())})
            return headers

        calls = [
            (SHOP, 9, "/prod/products", None),
            (SHOP, 6, "/prod/products/7", None),
            (SHOP, 3, "/beta/products", None),
            (SHOP, 1, "/beta/orders", bearer("unknown")),
            (SHOP, 0.7, "/prod/no-such-path", None),
            (FEED, 5, "/prod/entries", None),
            (FEED, 4, "/prod/entries/1", None),
            (SHOP, 8, "/prod/orders", bearer("allow")),
            (SHOP, 1.5, "/prod/orders", bearer("deny")),
            (SHOP, 1, "/prod/orders", bearer("ignore")),
            (SHOP, 0.8, "/prod/orders", bearer("unknown")),
            (SHOP, 3, "/prod/stock", bearer("allow")),
            (SHOP, 0.7, "/prod/stock", bearer("deny")),
            (SHOP, 5, "/prod/account", lambda: {"authorization": self.tokens["good"]}),
            (SHOP, 1, "/prod/account", lambda: {"authorization": self.tokens["expired"]}),
            (SHOP, 3, "/prod/reports", temporary),
            (SHOP, 2, "/prod/reports", lambda: signed(f"{url}/reports", {"x-copy": str(random.random())})),
            (SHOP, 0.8, "/prod/reports", replayed),
            (SHOP, 0.7, "/prod/reports", lambda: signed(f"{url}/reports", {}, secret="a guess")),
            (SHOP, 0.6, "/prod/salaries", lambda: signed(f"{url}/salaries", {"x-copy": str(random.random())})),
            (SHOP, 0.5, "/prod/reports", None),
            (SHOP, 0.5, "/prod/prices", lambda: {"x-api-key": "nobodys-key-0123456789"}),
        ]
        return calls + [(SHOP, pace, "/prod/prices", lambda it=plan: {"x-api-key": key_of(it)}) for plan, pace in zip(PLANS, (3.5, 3, 5))]

    async def call(self, api, pace, path, headers):
        caller, phase = Caller(self.gateway.port), random.random() * 6
        while True:
            try:
                status = await asyncio.wait_for(caller.get(path, headers() if headers else {}, api), 35)
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
                caller.leave()
                status = "no answer"
            self.answers[status] = self.answers.get(status, 0) + 1
            busy = 1 + 0.4 * math.sin((time.monotonic() - self.began) / 25 + phase)
            await asyncio.sleep(random.expovariate(pace * busy))

    async def vary(self):
        """Functions, backends and the provider take their time, now more, now less."""
        while time.monotonic() < self.began + self.seconds:
            for name, usual in (("function", 0.012), ("backend", 0.03), ("provider", 0.02)):
                await self.servers[name].slow(random.lognormvariate(math.log(usual), 0.5))
            await asyncio.sleep(0.3)

    async def fail(self):
        """One after the other, each for a twelfth of the time."""
        lasts = self.seconds / 12
        await self.until(0.04)
        await self.servers["keys"].begin()
        backend, function, keys, provider = (self.servers[name] for name in ("backend", "function", "keys", "provider"))
        for at, do, undo in (
            (0.15, backend.dead, backend.begin),
            (0.3, function.lying, function.begin),
            (0.45, keys.dead, keys.begin),
            (0.6, provider.dead, provider.begin),
            *([(0.75, self.store.dead, self.store.begin)] if self.store else []),
        ):
            await self.until(at)
            await do()
            await asyncio.sleep(lasts)
            await undo()
        await self.until(0.9)
        self.gateway.publish_broken()

    async def until(self, share):
        await asyncio.sleep(max(0, self.began + share * self.seconds - time.monotonic()))


class Caller:
    """One connection at a time to the gateway."""

    def __init__(self, port):
        self.port, self.stream = port, None

    async def get(self, path, headers, api):
        """The status that came."""
        if self.stream is None:
            self.stream = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.stream
        sent = {"host": host_of(api), **headers}
        writer.write("\r\n".join([f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        await reader.readexactly(int(re.search(r"content-length: (\d+)", head).group(1)))
        if re.search(r"^connection: close", head, re.M | re.I):
            self.leave()
        return int(head.split(" ", 2)[1])

    def leave(self):
        if self.stream is not None:
            self.stream[1].close()
            self.stream = None
