"""Keys that are rotated under load: while clients call the gateway without a pause, the issuer publishes a new key, signs with it,
and then takes the old one back. No token of a published key may be refused, and none whose key is gone may pass for long.

It is the issuer itself: a small server with a user pool's key set, signing as scripts/credentials.py does.
"""

import http.client
import http.server
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))
import credentials

ROUNDS, CLIENTS = 6, 8
# A client that makes fewer calls has tried nothing.
LEAST_CALLS = 1_000
# Keys are old after a second, are fetched by the next tick of a worker, and the others hear of it with their own: three seconds and a
# fetch's time, on a machine that is not busy.
SETTLED = 3.5
# A fetch that takes too long is given up after 1.5 seconds, and tried again 5 seconds later: nothing takes longer than twice that.
LONGEST = 20
# Each is some worker's: all workers have some.
PROBES = 8


class Published:
    """The key set as it is now, and how often it was fetched."""

    def __init__(self):
        self.keys, self.fetched = [], 0


def serve(published, port):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            published.fetched += 1
            body = json.dumps({"keys": published.keys}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class Client(threading.Thread):
    """Calls with the current token until it is told to stop, and keeps every verdict that was not 200. A call that fails is one,
    and its last."""

    def __init__(self, port, state):
        super().__init__(daemon=True)
        self.port, self.state, self.wrong, self.calls = port, state, [], 0

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.state["stop"]:
            token = self.state["token"]
            try:
                status = call(connection, token)
            except (OSError, http.client.HTTPException) as failure:
                self.wrong.append((time.time(), repr(failure), token[:40]))
                return
            self.calls += 1
            if status != 200:
                self.wrong.append((time.time(), status, token[:40]))


def call(connection, token):
    connection.request("GET", "/prod/me", headers={"Authorization": token})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def until_refused(probes, token):
    """For how many seconds a token passes anywhere."""
    began = time.monotonic()
    for probe in probes:
        while call(probe, token) == 200:
            if time.monotonic() - began > LONGEST:
                break
            time.sleep(0.05)
    return time.monotonic() - began


def main(gateway, own):
    published = Published()
    serve(published, own)
    issuer = credentials.Issuer("key-0")
    published.keys = [issuer.jwk()]
    state = {"token": issuer.token(), "stop": False}
    clients = [Client(gateway, state) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    problems, began = [], time.monotonic()
    probes = [http.client.HTTPConnection("127.0.0.1", gateway, timeout=30) for _ in range(PROBES)]
    slowest = 0
    for number in range(1, ROUNDS + 1):
        old, old_token = issuer, state["token"]
        issuer = credentials.Issuer(f"key-{number}")
        fresh = issuer.token()
        published.keys = [old.jwk(), issuer.jwk()]
        # Once it is used at the moment in which it is published, and nobody has heard of it yet; an unknown key makes the issuer
        # be asked again at most once in ten seconds. Else it is published first, as issuers do.
        if number > 1:
            time.sleep(SETTLED)
        state["token"] = fresh
        time.sleep(SETTLED)
        published.keys = [issuer.jwk()]
        passed = until_refused(probes, old_token)
        slowest = max(slowest, passed)
        if passed > LONGEST:
            problems.append(f"round {number}: a token passes {passed:.1f} s after its key is gone")
        # Another one's key under the id of the published one.
        forged = credentials.Issuer(issuer.key_id).token()
        for what, wrong in ("whose key is gone passes again", old_token), ("that is forged passes", forged):
            seen = [call(probe, wrong) for probe in probes]
            if any(status != 401 for status in seen):
                problems.append(f"round {number}: a token {what}: {seen}")
    state["stop"] = True
    for client in clients:
        client.join(30)
    wrong = [verdict for client in clients for verdict in client.wrong]
    calls = sum(client.calls for client in clients)
    if wrong:
        problems.append(f"{len(wrong)} wrong verdicts in {calls} calls with good tokens, the first: {wrong[0]}")
    fewest = min(client.calls for client in clients)
    if fewest < LEAST_CALLS:
        problems.append(f"a client made only {fewest} calls, of at least {LEAST_CALLS}")
    # Each second of refreshing is one fetch, of one worker.
    most = int((time.monotonic() - began) * 1.2) + 10
    if published.fetched > most:
        problems.append(f"the issuer was asked {published.fetched} times, of at most {most}")
    print(f"{calls} calls during {ROUNDS} rotations, {len(wrong)} wrong verdicts, {published.fetched} key sets fetched, "
          f"a key that is gone refused after {slowest:.1f} s at the most")
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
