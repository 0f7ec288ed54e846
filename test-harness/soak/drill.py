"""A panic drill: the gateway with a trap in it, stepped on again and again under load.

A filter that panics takes its worker's VM with it. The drill holds that the request which trapped is not let through, nor any
other that must be refused; that the backend hears of none of them; and that FAIL_RELOAD brings the filter back: the first request
after Envoy's pause of 0.05 s is answered as if nothing had been. What was counted before stays counted.
"""

import argparse
import asyncio
import collections
import random
import re
import sys
import tempfile
import time

from dependencies import CALLERS, Pool, Server, authorize
from gateway import Gateway, key_of
from soak import DENIED, UNAUTHORIZED, Client, Verdicts, said

# What `gatehouse compile` tells Envoy to wait before it makes a VM anew, and a little.
PAUSE = 0.05 + 0.05
FAILED = "503"
# Nobody tells a request that its VM died while it waited for a reply: Envoy's `stream_idle_timeout` ends it, here after seconds
# instead of the 89 that `gatehouse compile` writes.
IDLE_TIMEOUT, LEFT_WAITING = 2, (FAILED, '504 "Endpoint request timed out"')


class Drill:
    def __init__(self, options, folder):
        self.options, self.passed_unauthorised = options, []
        servers = {"function": Server(authorize), "backend": Server(self.backend), "keys": Server(Pool(folder).jwks)}
        self.servers, self.gateway = servers, Gateway(options, folder, servers, None, 1000)
        self.gateway.timeout = IDLE_TIMEOUT
        self.load, self.wrong, self.going = collections.Counter(), [], True

    def backend(self, head, _):
        """Who gets here must be who may."""
        token, wants = (re.search(rf"^{name}: (\S+)", head, re.M | re.I) for name in ("authorization", "x-wants"))
        if not token or not wants or token.group(1) != f"caller-{wants.group(1)}":
            self.passed_unauthorised.append(head.replace("\r\n", " | "))
        return b"{}"

    async def run(self):
        try:
            for server in self.servers.values():
                await server.begin()
            self.gateway.start()
            await self.gateway.until("Envoy answers", self.is_there)
            tasks = [asyncio.create_task(self.others()) for _ in range(self.options.others)]
            rows = [await self.step_on(*it) for it in self.traps()]
            counted = await self.counted()
            self.going = False
            await asyncio.gather(*tasks)
            return self.report(rows, counted)
        finally:
            self.gateway.end()

    def traps(self):
        """Where it panics, and who asks: one who may not pass, and one who may."""
        return [(place, who) for place in ("request", "reply", "response") for who in ("stranger", "denied", "allowed") if reaches(place, who)]

    async def is_there(self):
        try:
            return (await self.ask(Client(self.gateway, Verdicts()), "allowed"))[0] == "200"
        except (OSError, asyncio.IncompleteReadError):
            return False

    async def ask(self, client, who, trap=None):
        """What such a caller gets, and what it should be."""
        number = random.randrange(CALLERS)
        token, wants, right = {
            "allowed": (f"caller-{number}", number, "200"),
            "denied": (f"caller-{number}", (number + 1) % CALLERS, DENIED),
            "stranger": (f"stranger-{random.randrange(10**9)}", number, UNAUTHORIZED),
        }[who]
        headers = [f"authorization: {token}", f"x-wants: {wants}"] + ([f"x-drill: {trap}"] if trap else [])
        status, _, body = await client.ask(f"/guarded/{wants}", headers)
        return said(status, body), right

    async def others(self):
        """Who has nothing to do with it: refused while a VM is made anew, else answered as always."""
        client = Client(self.gateway, Verdicts())
        while self.going:
            who = random.choice(("allowed", "denied", "stranger"))
            try:
                got, right = await self.ask(client, who)
            except (OSError, asyncio.IncompleteReadError) as error:
                got, right = type(error).__name__, ""
                client.leave()
            self.load["as always" if got == right else got] += 1
            if got != right and got not in LEFT_WAITING:
                self.wrong.append(f"{who}: {got}, not {right}")
            await asyncio.sleep(0.005)

    async def step_on(self, place, who):
        """Traps many times on one connection, so in one worker, and sees how the next requests of that worker fare.

        Those are a stranger's, whom the function is asked about alone: a known caller may have to wait for the lease of somebody
        who asked in the VM that died.
        """
        got_trapped, took, at_once, first_right, after_pause = collections.Counter(), 0.0, [], [], collections.Counter()
        for at in range(self.options.times):
            client = Client(self.gateway, Verdicts())
            await self.ready(client)
            asked = time.monotonic()
            got_trapped[(await self.ask_through(client, who, place))[0]] += 1
            trapped = time.monotonic()
            took = max(took, trapped - asked)
            if at % 2:
                await asyncio.sleep(PAUSE)
                got, right = await self.ask_through(client, "stranger")
                after_pause["as always" if got == right else got] += 1
            else:
                refused = 0
                while (await self.ask_through(client, "stranger"))[0] == FAILED:
                    refused += 1
                at_once.append(refused)
                first_right.append(time.monotonic() - trapped)
            client.leave()
        return place, who, got_trapped, after_pause, took, at_once, first_right

    async def ready(self, client):
        """Until the worker that has this connection is well: another's trap may have been its own."""
        for _ in range(200):
            if (await self.ask_through(client, "stranger"))[0] == UNAUTHORIZED:
                return
            await asyncio.sleep(0.02)
        sys.exit("error: the filter does not come back")

    async def ask_through(self, client, who, trap=None):
        """Over the same connection, where it is still there."""
        try:
            return await self.ask(client, who, trap)
        except (OSError, asyncio.IncompleteReadError) as error:
            client.leave()
            return type(error).__name__, "200"

    async def counted(self):
        """A quota of 1,000 in Envoy's own memory, of which a hundred are left when traps are stepped on between."""
        client, admitted = Client(self.gateway, Verdicts()), 0
        for at in range(1100):
            status, _, _ = await client.ask("/counted", [f"x-api-key: {key_of('exact')}"])
            while status == 503:
                await asyncio.sleep(0.02)
                status, _, _ = await client.ask("/counted", [f"x-api-key: {key_of('exact')}"])
            admitted += status == 200
            if at % 100 == 50:
                await client.ask("/guarded/1", ["authorization: stranger-1", "x-drill: request"])
        client.leave()
        return admitted

    def report(self, rows, counted):
        print("\n| panics in | who asks | answer | after, at most | the first request after 0.1 s | asking on at once: refused, most; well again after, most |\n|---|---|---|---|---|---|")
        for place, who, trapped, after, took, at_once, first in rows:
            print(f"| `on_{place}` | {who} | {told(trapped)} | {took:.2f} s | {told(after)} | {max(at_once)}; {max(first) * 1000:.0f} ms |")
        metrics = {name: value for name, value in self.gateway.metrics().items() if "wasm" in name and "reload" in name}
        print(f"\n{told(self.load)} of the others' requests; reloads: {metrics}")
        checks = {
            "the backend heard of nobody who may not pass": not self.passed_unauthorised,
            "a request that trapped is never let through": all(set(row[2]) <= set(LEFT_WAITING) for row in rows),
            "after its pause the filter is back with the first request": all(set(row[3]) == {"as always"} for row in rows),
            "nobody else got a wrong answer": not self.wrong,
            f"of a quota of 1,000, {counted} were admitted": counted == 1000,
        }
        for what, holds in checks.items():
            print(f"{'holds' if holds else 'VIOLATED'}: {what}")
        for line in (self.passed_unauthorised + self.wrong)[:10]:
            print(f"error: {line}", file=sys.stderr)
        return all(checks.values())


def reaches(place, who):
    """A caller who is refused from what is cached makes no reply; one who is refused gets no response of the backend's."""
    return place == "request" or (place == "reply" and who == "stranger") or (place == "response" and who == "allowed")


def told(counter):
    return ", ".join(f"{kind} × {count}" for kind, count in counter.most_common())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envoy", required=True)
    parser.add_argument("--wasm", required=True, help="the gateway that can be made to panic")
    parser.add_argument("--gatehouse", required=True, help="the command line")
    parser.add_argument("--times", type=int, default=10, help="how often each trap is stepped on")
    parser.add_argument("--others", type=int, default=6, help="connections beside it")
    parser.add_argument("--folder", help="where it writes; else a folder that goes away")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gatehouse-drill.") as scratch:
        if not asyncio.run(Drill(options, options.folder or scratch).run()):
            sys.exit(1)


if __name__ == "__main__":
    main()
