"""What a gateway depends on, made to fail: a function that authorizes, a backend, a user pool's keys, Redis behind webdis.

Each can be dead (its connections break, nobody listens), slow, or lying (it answers, and what it says is none), and well again.
"""

import asyncio
import base64
import json
import os
import re
import signal
import shutil
import socket
import subprocess
import time

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:authorize"
RESOURCE = "arn:aws:execute-api:us-east-1:123456789012:soak123456/prod/GET/guarded"
POOL = "us-east-1_Soak12345"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
CALLERS = 50


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Server:
    """An HTTP server of our own, which does what it is told."""

    def __init__(self, answer):
        self.answer, self.port, self.calls = answer, free_port(), 0
        self.delay, self.lies, self.server, self.open = 0.0, False, None, set()

    async def begin(self):
        self.delay, self.lies = 0.0, False
        if self.server is None:
            self.server = await asyncio.start_server(self.converse, "127.0.0.1", self.port)

    async def dead(self):
        self.server.close()
        self.server = None
        for writer in list(self.open):
            writer.transport.abort()

    async def again(self):
        """Dead, and well again: what it had not answered it never will."""
        await self.dead()
        await self.begin()

    async def slow(self, seconds):
        self.delay = seconds

    async def lying(self):
        self.lies = True

    async def converse(self, reader, writer):
        self.open.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"content-length: (\d+)", head, re.I)
                body = await reader.readexactly(int(length.group(1))) if length else b""
                self.calls += 1
                await asyncio.sleep(self.delay)
                content = b'{"this is": "no answer"}' if self.lies else self.answer(head, body)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(content), content))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()


def authorize(_, event):
    """Who is `caller-7` may read /guarded/7, is denied his neighbour's, and nothing else is allowed to him."""
    token = json.loads(event)["authorizationToken"]
    known = re.fullmatch(r"caller-(\d+)", token)
    if not known:
        return json.dumps({"errorMessage": "Unauthorized"}).encode()
    number = int(known.group(1))
    rights = [("Allow", f"{RESOURCE}/{number}"), ("Deny", f"{RESOURCE}/{(number + 1) % CALLERS}")]
    statements = [{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource} for effect, resource in rights]
    return json.dumps({"principalId": token, "policyDocument": {"Version": "2012-10-17", "Statement": statements}}).encode()


def greet(head, _):
    return json.dumps({"path": head.split(" ", 2)[1]}).encode()


class Pool:
    """A user pool: its keys, and tokens that it has signed."""

    def __init__(self, folder):
        self.good, self.foreign = os.path.join(folder, "pool.pem"), os.path.join(folder, "foreign.pem")
        for key in (self.good, self.foreign):
            subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        told = subprocess.run(["openssl", "rsa", "-in", self.good, "-noout", "-modulus"], check=True, capture_output=True, text=True)
        modulus = bytes.fromhex(told.stdout.strip().split("=")[1])
        self.keys = json.dumps({"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one", "e": "AQAB", "n": text(modulus)}]}).encode()

    def jwks(self, *_):
        return self.keys

    def token(self, key, lives):
        claims = {"iss": ISSUER, "aud": "app", "sub": "ann", "cognito:username": "ann", "token_use": "id",
                  "iat": int(time.time()), "auth_time": int(time.time()), "exp": int(time.time()) + lives}
        signed = ".".join(text(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "one", "typ": "JWT"}, claims))
        by = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed.encode(), check=True, capture_output=True)
        return f"{signed}.{text(by.stdout)}"


def text(of):
    return base64.urlsafe_b64encode(of).rstrip(b"=").decode()


class Redis:
    """Redis that writes down what it is told before it says so, behind webdis."""

    def __init__(self, folder, webdis):
        self.folder, self.webdis_template = folder, webdis
        self.redis_port, self.port = free_port(), free_port()
        self.redis = self.webdis = None

    @staticmethod
    def is_here():
        return shutil.which("redis-server") and shutil.which("webdis")

    async def begin(self):
        if self.redis is not None and self.redis.poll() is None:
            self.redis.send_signal(signal.SIGCONT)
            return
        arguments = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes",
                     "--appendfsync", "always", "--dir", self.folder]
        self.redis = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        if self.webdis is None:
            self.start_webdis()

    def start_webdis(self):
        with open(self.webdis_template, encoding="utf-8") as template:
            written = template.read().replace("REDIS", str(self.redis_port)).replace("PORT", str(self.port))
        path = os.path.join(self.folder, "webdis.json")
        with open(path, "w", encoding="utf-8") as out:
            out.write(written.replace("LOG", os.path.join(self.folder, "webdis.log")))
        self.webdis = subprocess.Popen(["webdis", path], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    async def dead(self):
        self.redis.kill()
        self.redis.wait()

    async def slow(self, _):
        self.redis.send_signal(signal.SIGSTOP)

    def end(self):
        for process in (self.webdis, self.redis):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
