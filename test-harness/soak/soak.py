"""Mixed load on a gateway with two workers while what it depends on is killed, slowed, made to lie and started again, new
configurations come, and one Envoy takes the other's place.

Every answer is held against what it must be. Who must be refused never passes. Who must pass is refused only while what decides
about him is disturbed, and then with the documented gateway response. A request that hangs, one that is lost, a count that is
lost or doubled, memory that grows, or a trap ends the run with a status other than 0.
"""

import argparse
import asyncio
import collections
import random
import re
import sys
import tempfile
import time

from dependencies import CALLERS, Pool, Redis, Server, authorize, greet
from gateway import TIMEOUT, Gateway, key_of

# How long after a dependency is well again somebody may still be refused: a new connection, a lease, keys asked for every 5 s.
GRACE = 6.0
# A store that has failed often is asked by one request a second.
ASKED_EVERY = 1.1
# What the authorizer may take (29 s, Lambda's own limit behind API Gateway), and what a busy machine may.
LONGEST_AUTHORIZER, SLACK = 29.0, 4.0


class Disturbance:
    """What was done to whom, and when."""

    def __init__(self, what, whom, began):
        self.what, self.whom, self.began, self.ended = what, whom, began, None
        self.seen = collections.Counter()
        # What came within a second of its end: so long a store that is back may still be left alone.
        self.seen_after = collections.Counter()

    def overlaps(self, began, ended):
        return ended >= self.began and (self.ended is None or began <= self.ended + GRACE)


class Verdicts:
    """What came of all requests."""

    def __init__(self):
        self.disturbances, self.violations = [], []
        self.requests, self.refused = collections.Counter(), collections.Counter()
        self.longest = collections.Counter()

    def disturbed(self, whom, began, ended):
        return [it for it in self.disturbances if it.whom == whom and it.overlaps(began, ended)]

    def note(self, kind, may_be, got, right, began, ended, most):
        self.requests[kind] += 1
        self.longest[kind] = max(self.longest[kind], ended - began)
        for it in self.disturbances:
            if it.overlaps(began, ended) and it.ended is None:
                it.seen[f"{kind} {got}"] += 1
            elif it.ended is not None and it.ended <= ended and began <= it.ended + ASKED_EVERY:
                it.seen_after[f"{kind} {got}"] += 1
        if ended - began > most:
            self.violations.append(f"{kind}: answered after {ended - began:.1f} s, not {most:.1f} s")
        if got in right:
            return
        if any(got in failures and self.disturbed(whom, began, ended) for whom, failures in may_be.items()):
            self.refused[kind] += 1
        else:
            self.violations.append(f"{kind}: {got}, not {right} (at {began - START:.1f} s)")


START = time.monotonic()


class Client:
    """One connection at a time to the gateway."""

    def __init__(self, gateway, verdicts):
        self.gateway, self.verdicts, self.stream = gateway, verdicts, None

    async def ask(self, path, headers=()):
        """Status, what was told, and the body's text."""
        if self.stream is None:
            self.stream = await asyncio.open_connection("127.0.0.1", self.gateway.port)
        reader, writer = self.stream
        lines = [f"GET /prod{path} HTTP/1.1", "host: soak", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        body = await reader.readexactly(int(re.search(r"content-length: (\d+)", head).group(1)))
        if re.search(r"^connection: close", head, re.M | re.I):
            self.leave()
        told = re.search(r"x-told: (\S+)", head)
        return int(head.split(" ", 2)[1]), told and told.group(1), body.decode("latin-1")

    def leave(self):
        if self.stream is not None:
            self.stream[1].close()
            self.stream = None

    async def check(self, kind, path, headers, right, may_be, most):
        """`right` are the answers that may always be, and `may_be` those that may while somebody is disturbed, as status and message."""
        began = time.monotonic()
        try:
            status, _, body = await asyncio.wait_for(self.ask(path, headers), most + 5)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            self.leave()
            self.verdicts.violations.append(f"{kind}: {type(error).__name__} at {began - START:.1f} s: no answer")
            return 0
        got = said(status, body)
        self.verdicts.note(kind, may_be, got, right, began, time.monotonic(), most)
        return status


def said(status, body):
    """A status, and the message where it is a refusal."""
    message = re.search(r'"[mM]essage": ?("[^"]*"|null)', body)
    return f"{status} {message.group(1)}" if message and status >= 400 else str(status)


AUTHORIZER_FAILED = {"function": {"500 null"}}
KEYS_FAILED = {"keys": {'500 "Internal server error"'}}
UNREACHABLE = {"backend": {'504 "Network error communicating with endpoint"', '504 "Endpoint request timed out"'}}
STORE_FAILED = {"store": {'500 "Internal server error"'}}
NOTHING = {}
DENIED = '403 "User is not authorized to access this resource with an explicit deny"'
NOT_ALLOWED = '403 "User is not authorized to access this resource"'
UNAUTHORIZED = '401 "Unauthorized"'
TOO_MANY, USED_UP = '429 "Too Many Requests"', '429 "Limit Exceeded"'
SOON = SLACK
BACKEND_SOON = TIMEOUT / 1000 + SLACK


class Load:
    """What the clients do until they are told to stop."""

    def __init__(self, gateway, verdicts, tokens):
        self.gateway, self.verdicts, self.tokens, self.going = gateway, verdicts, tokens, True
        self.admitted, self.failed, self.asked = collections.Counter(), collections.Counter(), collections.Counter()

    def clients(self):
        kinds = [self.free] * 3 + [self.guarded] * 8 + [self.claims] * 4
        counted = [("closed", 0.06)] * 3 + [("open", 0.06)] * 3 + [("paced", 0.02)] * 2
        return [self.run(kind) for kind in kinds] + [self.run(self.counted, *it) for it in counted]

    async def run(self, kind, *arguments):
        client = Client(self.gateway, self.verdicts)
        while self.going and len(self.verdicts.violations) < 20:
            await kind(client, *arguments)
        client.leave()

    async def free(self, client):
        await client.check("free", "/free", (), {"200"}, UNREACHABLE, BACKEND_SOON)
        await asyncio.sleep(0.01)

    async def guarded(self, client):
        number = random.randrange(CALLERS)
        token = [f"authorization: caller-{number}"]
        most = LONGEST_AUTHORIZER + BACKEND_SOON
        # That a backend cannot be asked is told only to who may ask it.
        await client.check("guarded: allowed", f"/guarded/{number}", token, {"200"}, AUTHORIZER_FAILED | UNREACHABLE, most)
        await client.check("guarded: denied", f"/guarded/{(number + 1) % CALLERS}", token, {DENIED}, AUTHORIZER_FAILED, most)
        await client.check("guarded: not allowed", f"/guarded/{(number + 2) % CALLERS}", token, {NOT_ALLOWED}, AUTHORIZER_FAILED, most)
        stranger = [f"authorization: stranger-{random.randrange(10**9)}"]
        await client.check("guarded: a stranger", "/guarded/1", stranger, {UNAUTHORIZED}, AUTHORIZER_FAILED, most)
        await client.check("guarded: no token", "/guarded/1", (), {UNAUTHORIZED}, NOTHING, most)
        await asyncio.sleep(0.01)

    async def claims(self, client):
        await client.check("claims: a token", "/claims", [f"authorization: {self.tokens['good']}"], {"200"}, KEYS_FAILED, SOON)
        for kind, right in (("expired", '401 "The incoming token has expired"'), ("foreign", UNAUTHORIZED), ("altered", UNAUTHORIZED)):
            token = [f"authorization: {self.tokens[kind]}"]
            await client.check(f"claims: {kind}", "/claims", token, {right}, KEYS_FAILED, SOON)
        await client.check("claims: no token", "/claims", (), {UNAUTHORIZED}, NOTHING, SOON)
        await asyncio.sleep(0.02)

    async def counted(self, client, plan, pause):
        key = [f"x-api-key: {key_of(plan)}"]
        refused = TOO_MANY if plan == "paced" else USED_UP
        failures = STORE_FAILED if plan == "closed" else NOTHING
        self.asked[plan] += 1
        status = await client.check(f"counted: {plan}", "/counted", key, {"200", refused}, failures, SOON)
        self.admitted[plan] += status == 200
        self.failed[plan] += status not in (200, 429)
        await client.check("counted: no key", "/counted", ["x-api-key: nobodys-key-0123456789"], {'403 "Forbidden"'}, NOTHING, SOON)
        await asyncio.sleep(pause)


class Soak:
    def __init__(self, options, folder):
        self.options, self.verdicts = options, Verdicts()
        self.pool = Pool(folder)
        self.servers = {"function": Server(authorize), "backend": Server(greet), "keys": Server(self.pool.jwks)}
        self.store = Redis(folder, options.webdis) if Redis.is_here() else None
        # Used up when three quarters of the time have passed.
        self.limit = int(options.minutes * 60 * 25)
        self.gateway = Gateway(options, folder, self.servers, self.store, self.limit)
        self.checks = []

    async def run(self):
        try:
            await self.begin()
            await self.under_load()
            await self.settle()
        finally:
            self.gateway.end()
            if self.store is not None:
                self.store.end()

    async def begin(self):
        for server in [*self.servers.values(), *([self.store] if self.store else [])]:
            await server.begin()
        started = time.monotonic()
        self.gateway.start()
        await self.gateway.until("Envoy answers", lambda: self.is_version("1"))
        self.checks.append(("Envoy's start to the first answer", f"{time.monotonic() - started:.1f} s", True))
        if self.store:
            await self.gateway.until("the store counts", self.store_counts)
        whole = self.pool.token(self.pool.good, 7200)
        self.tokens = {"good": whole, "expired": self.pool.token(self.pool.good, -60), "foreign": self.pool.token(self.pool.foreign, 7200),
                       "altered": whole[:-8] + ("AAAAAAAA" if not whole.endswith("AAAAAAAA") else "BBBBBBBB")}

    async def store_counts(self):
        """Whether Redis answers through webdis; what is counted meanwhile is nobody's in the end."""
        reader_writer = Client(self.gateway, self.verdicts)
        try:
            status, _, _ = await reader_writer.ask("/counted", [f"x-api-key: {key_of('closed')}"])
            self.warm = getattr(self, "warm", 0) + (status == 200)
            return status == 200
        finally:
            reader_writer.leave()

    async def is_version(self, version):
        client = Client(self.gateway, self.verdicts)
        try:
            return (await client.ask("/version"))[1] == version
        except (OSError, asyncio.IncompleteReadError):
            return False
        finally:
            client.leave()

    async def under_load(self):
        self.load = Load(self.gateway, self.verdicts, self.tokens)
        self.began = time.monotonic()
        tasks = [asyncio.create_task(it) for it in self.load.clients()]
        await asyncio.sleep(5)
        rounds = 0
        end = self.began + self.options.minutes * 60 - 20
        while rounds == 0 or time.monotonic() < end - self.round_took:
            started = time.monotonic()
            await self.round()
            self.round_took = time.monotonic() - started
            rounds += 1
            if rounds == 1:
                self.early = self.gateway.resident()
        await asyncio.sleep(max(0, end - time.monotonic()))
        self.flat(rounds)
        self.last_of_first = self.gateway.metrics()
        if self.store:
            await self.exactly("exact", 1000)
        await self.another_envoy()
        if self.store:
            await self.exactly("exact", 0, calls=200)
            await self.exactly("again", 1000)
        await asyncio.sleep(3)
        self.load.going = False
        await asyncio.gather(*tasks)

    async def round(self):
        """Everything that is done to a gateway, one after the other, with a rest between."""
        pause = self.options.pause
        if self.store:
            await self.disturb("Redis killed", "store", self.store.dead, self.store.begin, pause)
            await self.disturb("Redis stands still", "store", lambda: self.store.slow(0), self.store.begin, pause)
        for name, slow in (("function", 0.5), ("backend", 1.0), ("keys", 1.0)):
            server = self.servers[name]
            await self.disturb(f"{name} killed", name, server.dead, server.begin, pause)
            await self.disturb(f"{name} slow ({slow} s)", name, lambda it=server, by=slow: it.slow(by), server.begin, pause)
            if name != "backend":
                await self.disturb(f"{name} lying", name, server.lying, server.begin, pause)
        await self.disturb(f"backend hangs (beyond {TIMEOUT / 1000:.0f} s)", "backend", lambda: self.servers["backend"].slow(10), self.servers["backend"].again, pause)
        if not any(it.what.startswith("function hangs") for it in self.verdicts.disturbances):
            hangs = self.servers["function"]
            await self.disturb("function hangs (beyond 29 s)", "function", lambda: hangs.slow(60), hangs.again, LONGEST_AUTHORIZER + 3)
        await self.disturb("another configuration", "nobody", self.reload, self.nothing, pause)
        await self.disturb("a configuration that is wrong", "nobody", self.reload_broken, self.nothing, pause)

    async def disturb(self, what, whom, do, undo, lasts):
        it = Disturbance(what, whom, time.monotonic())
        self.verdicts.disturbances.append(it)
        await do()
        await asyncio.sleep(lasts)
        await undo()
        it.ended = time.monotonic()
        await asyncio.sleep(self.options.rest)

    async def nothing(self):
        pass

    async def reload(self):
        self.gateway.publish()
        await self.gateway.until("another configuration", lambda: self.is_version(str(self.gateway.version)))

    async def reload_broken(self):
        before = self.gateway.metrics().get("envoy_listener_manager_lds_update_rejected{}", 0)

        async def rejected():
            return self.gateway.metrics()["envoy_listener_manager_lds_update_rejected{}"] > before

        self.gateway.publish_broken()
        await self.gateway.until("the refusal of a wrong configuration", rejected)

    async def another_envoy(self):
        """A new process takes over the port; the old one drains, and ends."""
        old = self.gateway.envoy
        await self.disturb("another Envoy (hot restart)", "nobody", self.restart, self.nothing, 10)
        for _ in range(400):
            if old.poll() is not None:
                break
            await asyncio.sleep(0.1)
        self.check("the old Envoy has ended by itself", f"status {old.poll()}", old.poll() == 0)

    async def restart(self):
        self.gateway.start()
        await self.gateway.until("another Envoy", lambda: self.is_version(str(self.gateway.version)))

    async def exactly(self, plan, limit, calls=1500):
        """With the store well, so many of so many are admitted, whoever asks."""
        admitted = 0

        async def some(count):
            nonlocal admitted
            client = Client(self.gateway, self.verdicts)
            for _ in range(count):
                status = await client.check(f"counted: {plan}", "/counted", [f"x-api-key: {key_of(plan)}"], {"200", USED_UP}, NOTHING, SOON)
                admitted += status == 200
            client.leave()

        await asyncio.gather(*(some(calls // 10) for _ in range(10)))
        self.check(f"quota `{plan}`, the store well: admitted of {calls}", f"{admitted}, of {limit} left", admitted == limit)

    def flat(self, rounds):
        late = self.gateway.resident()
        if rounds > 1:
            self.check("memory of Envoy after the first round, and after the last", f"{self.early:.0f} MB, {late:.0f} MB", late <= self.early * 1.05 + 4)
        else:
            self.check("memory of Envoy after the round (too short to say whether it is flat)", f"{late:.0f} MB", True)

    async def settle(self):
        load, seconds = self.load, time.monotonic() - self.began
        if self.store:
            admitted, failed = load.admitted["closed"] + getattr(self, "warm", 0), load.failed["closed"]
            used_up = load.asked["closed"] > self.limit + failed
            self.check("quota `closed` (CLOSED): admitted, and 500 while the store was away", f"{admitted} of {self.limit}, {failed}",
                       admitted <= self.limit and (not used_up or admitted + failed >= self.limit))
            stores = [it for it in self.verdicts.disturbances if it.whom == "store"]
            away, after = (sum(seen["counted: open 200"] for seen in of) for of in ([it.seen for it in stores], [it.seen_after for it in stores]))
            self.check("quota `open` (OPEN): admitted, of them while the store was away, and until it was asked again", f"{load.admitted['open']} of {self.limit}, {away}, {after}",
                       load.admitted["open"] <= self.limit + away + after)
        # The second Envoy begins with a full bucket.
        most = 2 * 41 + 20 * seconds
        self.check("throttle `paced` (20 a second, burst 40): admitted, and at most", f"{load.admitted['paced']}, {most:.0f}", load.admitted["paced"] <= most)
        traps = self.gateway.traps()
        self.check("traps and panics", len(traps), not traps)
        for line in traps[:3]:
            print(f"error: {line}", file=sys.stderr)

    def check(self, what, figure, holds):
        self.checks.append((what, figure, holds))

    def report(self):
        verdicts = self.verdicts
        print("\n| what was done | s | answers meanwhile, by the most frequent |\n|---|---|---|")
        for it in verdicts.disturbances:
            seen = ", ".join(f"{kind} × {count}" for kind, count in sorted(it.seen.items()) if not is_usual(kind)) or "none but the usual"
            print(f"| {it.what} | {it.ended - it.began:.0f} | {sum(it.seen.values())}: {seen} |")
        print("\n| requests | | refused while disturbed | longest, s |\n|---|---|---|---|")
        for kind in sorted(verdicts.requests):
            print(f"| {kind} | {verdicts.requests[kind]} | {verdicts.refused[kind]} | {verdicts.longest[kind]:.2f} |")
        print("\n| check | seen | |\n|---|---|---|")
        self.check("wrong, late or lost answers", f"{len(verdicts.violations)} of {sum(verdicts.requests.values())}", not verdicts.violations)
        for what, figure, holds in self.checks:
            print(f"| {what} | {figure} | {'holds' if holds else 'VIOLATED'} |")
        for violation in verdicts.violations[:20]:
            print(f"error: {violation}", file=sys.stderr)
        return all(holds for _, _, holds in self.checks)


def is_usual(kind):
    """Whether that answer comes without any disturbance, too."""
    return not re.search(r" 50\d", kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envoy", required=True)
    parser.add_argument("--wasm", required=True, help="the gateway's module")
    parser.add_argument("--gatehouse", required=True, help="the command line")
    parser.add_argument("--webdis", required=True, help="webdis's configuration, a template")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--pause", type=float, default=3, help="seconds that a disturbance lasts")
    parser.add_argument("--rest", type=float, default=1.5, help="seconds between two")
    parser.add_argument("--folder", help="where it writes; else a folder that goes away")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gatehouse-soak.") as scratch:
        soak = Soak(options, options.folder or scratch)
        asyncio.run(soak.run())
        if not soak.report():
            sys.exit(1)


if __name__ == "__main__":
    main()
