"""Sends what signers in other languages have signed, and says what they were told.

`signer … | send.py URL` reads lines of `{"client", "request", "method", "target", "headers"}`, or of `{"client", "request",
"error"}` where the signer refuses to sign, and prints lines as `clients.py` does.
"""

import json
import pathlib
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

REQUESTS = json.loads((pathlib.Path(__file__).parent / "requests.json").read_text())


def body_of(request):
    if "repeat" in request:
        return b"x" * request["repeat"]
    return request.get("body", "").encode()


def send(url, method, target, headers, body):
    """Sends the request as it is: no library may mend the target."""
    at = urlsplit(url)
    connection = HTTPConnection(at.hostname, at.port, timeout=20)
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body and not any(name.lower() == "content-length" for name in headers):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    response = connection.getresponse()
    return response.status, response.read().decode("utf-8", "replace")


def told(client, request, status, body):
    print(json.dumps({"client": client, "request": request, "status": status, "body": body[:600]}), flush=True)


def main():
    (url,) = sys.argv[1:]
    requests = {request["name"]: request for request in REQUESTS}
    for line in sys.stdin:
        signed = json.loads(line)
        client, name = signed["client"], signed["request"]
        if "error" in signed:
            told(client, name, 0, signed["error"])
            continue
        told(client, name, *send(url, signed["method"], signed["target"], signed["headers"], body_of(requests[name])))


if __name__ == "__main__":
    main()
