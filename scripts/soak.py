"""Hostile and long load on a gateway with a Lambda authorizer: no verdict may be wrong, no filter may die, no memory grow.

A function of our own knows a hundred callers; each may read what is its own, is denied its neighbour's, and nothing else
is allowed to it. Envoy runs with two workers, policies expire every second. Every answer is held against what it must be.
Then callers whom nobody knows come, each with a token of its own, and the table of policies must not grow.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

from bench import authorizer, free_port

IDENTITIES = 100
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:authorize"
RESOURCE = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/soak/GET/pets"


class Function:
    """Lambda's Invoke API with one function: what it was asked, and how often."""

    def __init__(self):
        self.calls = 0

    async def converse(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(re.search(rb"content-length: (\d+)", head, re.I).group(1))
                event = json.loads(await reader.readexactly(length))
                self.calls += 1
                await asyncio.sleep(random.random() * 0.01)
                body = json.dumps(answer(event["authorizationToken"])).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


def answer(token):
    known = re.fullmatch(r"caller-(\d+)", token)
    if not known:
        return {"errorMessage": "Unauthorized"} if token.startswith("unknown") else granted(token, [("Deny", f"{RESOURCE}/*")])
    number = int(known.group(1))
    return granted(token, [("Allow", f"{RESOURCE}/{number}"), ("Deny", f"{RESOURCE}/{(number + 1) % IDENTITIES}")])


def granted(principal, statements):
    statement = [{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource} for effect, resource in statements]
    return {"principalId": principal, "policyDocument": {"Version": "2012-10-17", "Statement": statement}}


def definition(ttl):
    integration = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseParameters": {"method.response.header.X-Principal": "context.authorizer.principalId"},
            }
        },
    }
    headers = {"X-Principal": {"schema": {"type": "string"}}}
    method = {
        "security": [{"authorizer": []}],
        "responses": {"200": {"description": "ok", "headers": headers}},
        "x-amazon-apigateway-integration": integration,
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": "soak", "version": "1"},
        "paths": {"/pets/{petId}": {"get": method}},
        "components": {"securitySchemes": {"authorizer": authorizer(FUNCTION, ttl, "Authorization")}},
    }


class Client:
    """One connection to the gateway, and what came of its requests."""

    def __init__(self, port):
        self.port, self.stream, self.requests, self.wrong = port, None, 0, []

    async def ask(self, token, pet):
        if self.stream is None:
            self.stream = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.stream
        writer.write(f"GET /soak/pets/{pet} HTTP/1.1\r\nhost: soak\r\nauthorization: {token}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        await reader.readexactly(int(re.search(r"content-length: (\d+)", head).group(1)))
        self.requests += 1
        principal = re.search(r"x-principal: (\S+)", head)
        return int(head.split(" ", 2)[1]), principal and principal.group(1)

    async def check(self, token, pet, status, principal=None):
        got = await self.ask(token, pet)
        if got != (status, principal):
            self.wrong.append(f"{token} at {pet}: {got}, not {(status, principal)}")

    async def known_callers(self, until):
        while time.monotonic() < until and not self.wrong:
            number = random.randrange(IDENTITIES)
            token = f"caller-{number}"
            await self.check(token, number, 200, token)
            await self.check(token, (number + 1) % IDENTITIES, 403)
            await self.check(token, (number + 2) % IDENTITIES, 403)

    async def strangers(self, first, count):
        for number in range(first, first + count):
            if number % 4:
                await self.check(f"stranger-{number}", 1, 403)
            else:
                await self.check(f"unknown-{number}", 1, 401)


def resident(pid):
    """Memory of a process, in MB."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


def start_envoy(options, folder, function_port):
    port = free_port()
    deployment = {
        "accountId": "123456789012",
        "region": "us-east-1",
        "functions": {FUNCTION: f"http://127.0.0.1:{function_port}"},
        "apis": [{"apiId": "a1b2c3d4e5", "definition": definition(1), "stages": [{"stageName": "soak"}]}],
    }
    paths = {name: os.path.join(folder, name) for name in ("deployment.json", "envoy.yaml", "envoy.log")}
    with open(paths["deployment.json"], "w") as file:
        json.dump(deployment, file)
    wasm = os.path.join(options.wasm, "gateway.wasm")
    compiled = [options.gatehouse, "compile", "--deployment", paths["deployment.json"], "--port", str(port), "--wasm", wasm]
    subprocess.run(compiled + ["-o", paths["envoy.yaml"]], check=True)
    with open(paths["envoy.log"], "w") as log:
        command = [options.envoy, "-c", paths["envoy.yaml"], "--concurrency", "2", "--use-dynamic-base-id", "-l", "error"]
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT), port, paths["envoy.log"]


async def wait_for(port, envoy):
    for _ in range(150):
        try:
            await Client(port).ask("caller-0", 0)
            return
        except (OSError, asyncio.IncompleteReadError):
            if envoy.poll() is not None:
                sys.exit("error: Envoy has stopped")
            await asyncio.sleep(0.1)
    sys.exit("error: Envoy does not answer")


async def soak(options, folder):
    function = Function()
    server = await asyncio.start_server(function.converse, "127.0.0.1", 0)
    envoy, port, log = start_envoy(options, folder, server.sockets[0].getsockname()[1])
    try:
        await wait_for(port, envoy)
        clients = [Client(port) for _ in range(options.connections)]
        until = time.monotonic() + options.seconds
        warm = asyncio.create_task(after(options.seconds / 4, lambda: resident(envoy.pid)))
        await asyncio.gather(*(client.known_callers(until) for client in clients))
        early, late = await warm, resident(envoy.pid)
        known, calls = sum(client.requests for client in clients), function.calls
        print(f"{known} requests of {IDENTITIES} callers in {options.seconds} s, {calls} calls; {early:.0f} MB, later {late:.0f} MB")
        share = options.strangers // len(clients)
        await asyncio.gather(*(client.strangers(index * share, share) for index, client in enumerate(clients)))
        after_strangers = resident(envoy.pid)
        await asyncio.gather(*(client.strangers(options.strangers + index * share, share) for index, client in enumerate(clients)))
        last = resident(envoy.pid)
        print(f"{2 * share * len(clients)} strangers: {after_strangers:.0f} MB after the first half, {last:.0f} MB after the second")
        with open(log) as file:
            died = [line for line in file if re.search(r"panic|trap|Function: proxy_|wasm_fail", line)]
        return [wrong for client in clients for wrong in client.wrong] + died + grown(early, late) + grown(after_strangers, last)
    finally:
        envoy.send_signal(signal.SIGTERM)
        envoy.wait()
        server.close()


async def after(seconds, then):
    await asyncio.sleep(seconds)
    return then()


def grown(before, later):
    """Memory that is flat moves by less than a twentieth and 4 MB."""
    return [f"memory grew from {before:.0f} to {later:.0f} MB"] if later > before * 1.05 + 4 else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envoy", required=True)
    parser.add_argument("--wasm", required=True, help="the folder of the filters")
    parser.add_argument("--gatehouse", required=True, help="the command line")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--strangers", type=int, default=10_000, help="twice as many come")
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gatehouse-soak.") as folder:
        problems = asyncio.run(soak(options, folder))
    for problem in problems[:10]:
        print(f"error: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print("every verdict was right")


if __name__ == "__main__":
    main()
