"""Real clients in Python sign the same awkward requests; each line of standard output is what one of them was told.

`clients.py URL [CLIENT …]` prints `{"client", "request", "status", "body"}`. What a client sends is its own business:
the harness only says method, target, headers and body.
"""

import datetime
import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

from send import REQUESTS, body_of, send, told

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", os.environ["ALICES_SECRET_ACCESS_KEY"]
TEMPORARY, TOKEN = "ASIAIOSFODNN7EXAMPLE", os.environ["ALICES_SESSION_TOKEN"]
REGION, SERVICE = "us-east-1", "execute-api"


def send_h2(url, method, target, headers, body):
    """The same over HTTP/2 with prior knowledge."""
    import h2.config
    import h2.connection
    import h2.events

    at = urlsplit(url)
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    stream = socket.create_connection((at.hostname, at.port), timeout=20)
    connection.initiate_connection()
    pseudo = [(":method", method), (":scheme", "http"), (":path", target), (":authority", at.netloc)]
    plain = [(name.lower(), value.strip()) for name, value in headers.items() if name.lower() != "host"]
    connection.send_headers(1, pseudo + plain, end_stream=not body)
    rest, status, told, ended = body, None, b"", False
    while not ended:
        while rest and connection.local_flow_control_window(1):
            size = min(len(rest), connection.local_flow_control_window(1), connection.max_outbound_frame_size)
            connection.send_data(1, rest[:size], end_stream=size == len(rest))
            rest = rest[size:]
        stream.sendall(connection.data_to_send())
        data = stream.recv(65536)
        if not data:
            break
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                status = int(dict(event.headers)[":status"])
            if isinstance(event, h2.events.DataReceived):
                told += event.data
                connection.acknowledge_received_data(event.flow_controlled_length, 1)
            if isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                ended = True
        stream.sendall(connection.data_to_send())
    stream.close()
    return status, told.decode("utf-8", "replace")


def botocore_signed(url, request, key=KEY, token=None, presigned=False):
    from botocore.auth import SigV4Auth, SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    headers = dict(request.get("headers", {}))
    signed = AWSRequest(request["method"], url + request["target"], data=body_of(request), headers=headers)
    credentials = Credentials(key, SECRET, token)
    auth = SigV4QueryAuth(credentials, SERVICE, REGION, expires=60) if presigned else SigV4Auth(credentials, SERVICE, REGION)
    auth.add_auth(signed)
    target = signed.url[len(url):]
    headers = {"Host": urlsplit(url).netloc, **dict(signed.headers)}
    return target, headers, body_of(request)


def botocore(url, request):
    target, headers, body = botocore_signed(url, request)
    return send(url, request["method"], target, headers, body)


def botocore_http2(url, request):
    target, headers, body = botocore_signed(url, request)
    return send_h2(url, request["method"], target, headers, body)


def botocore_token(url, request):
    target, headers, body = botocore_signed(url, request, key=TEMPORARY, token=TOKEN)
    return send(url, request["method"], target, headers, body)


def botocore_presigned(url, request):
    target, headers, body = botocore_signed(url, request, presigned=True)
    return send(url, request["method"], target, headers, body)


def awscrt(url, request, algorithm="V4", region=REGION, presigned=False):
    import io

    from awscrt import auth, http

    headers = http.HttpHeaders([("host", urlsplit(url).netloc), *request.get("headers", {}).items()])
    body = body_of(request)
    stream = io.BytesIO(body) if body else None
    unsigned = http.HttpRequest(request["method"], request["target"], headers, stream)
    config = auth.AwsSigningConfig(
        algorithm=getattr(auth.AwsSigningAlgorithm, algorithm),
        signature_type=getattr(auth.AwsSignatureType, "HTTP_REQUEST_QUERY_PARAMS" if presigned else "HTTP_REQUEST_HEADERS"),
        credentials_provider=auth.AwsCredentialsProvider.new_static(KEY, SECRET),
        region=region,
        service=SERVICE,
        date=datetime.datetime.now(datetime.timezone.utc),
    )
    signed = auth.aws_sign_request(unsigned, config).result()
    return send(url, request["method"], signed.path, dict(signed.headers), body)


def awscrt_v4a(url, request):
    return awscrt(url, request, "V4_ASYMMETRIC")


def awscrt_v4a_presigned(url, request):
    return awscrt(url, request, "V4_ASYMMETRIC", "eu-west-1,us-*-1", presigned=True)


def by_requests(url, request, auth):
    import requests

    prepared = requests.Request(
        request["method"], url + request["target"], data=body_of(request), headers=request.get("headers", {}), auth=auth
    ).prepare()
    response = requests.Session().send(prepared, timeout=20)
    return response.status_code, response.text


def aws4auth(url, request):
    from requests_aws4auth import AWS4Auth

    auth = AWS4Auth(KEY, SECRET, REGION, SERVICE)
    return by_requests(url, request, auth)


def aws_requests_auth(url, request):
    from aws_requests_auth.aws_auth import AWSRequestsAuth

    auth = AWSRequestsAuth(TEMPORARY, SECRET, urlsplit(url).netloc, REGION, SERVICE, TOKEN)
    return by_requests(url, request, auth)


def httpx_http2(url, request):
    import httpx
    from httpx_auth import AWS4Auth

    auth = AWS4Auth(TEMPORARY, SECRET, REGION, SERVICE, security_token=TOKEN)
    headers = {name: value.strip() for name, value in request.get("headers", {}).items()}
    with httpx.Client(http1=False, http2=True, timeout=20, auth=auth) as client:
        response = client.request(request["method"], url + request["target"], headers=headers, content=body_of(request) or None)
    return response.status_code, response.text


def urllib3_sigv4(url, request):
    from urllib3_sigv4 import PoolManager, SigV4RequestSigner

    pool = PoolManager(signer=SigV4RequestSigner(SERVICE, REGION, KEY, SECRET))
    response = pool.request(
        request["method"], url + request["target"], body=body_of(request) or None, headers=request.get("headers", {}), timeout=20
    )
    return response.status, response.data.decode("utf-8", "replace")


def awscurl(url, request):
    headers = [part for name, value in request.get("headers", {}).items() for part in ("-H", f"{name}: {value}")]
    command = [sys.executable, "-m", "awscurl", "-i", "--service", SERVICE, "--region", REGION, "-X", request["method"]]
    command += ["--access_key", KEY, "--secret_key", SECRET, *headers]
    if body_of(request):
        command += ["-d", body_of(request).decode()]
    done = subprocess.run([*command, url + request["target"]], capture_output=True, text=True, timeout=60)
    text = done.stdout + done.stderr
    status = 200 if done.returncode == 0 else 403
    return status, text


def pycurl(url, request):
    import io

    import pycurl as curl

    told, handle = io.BytesIO(), curl.Curl()
    handle.setopt(curl.URL, url + request["target"])
    handle.setopt(curl.PATH_AS_IS, 0)
    handle.setopt(curl.CUSTOMREQUEST, request["method"])
    handle.setopt(curl.AWS_SIGV4, f"aws:amz:{REGION}:{SERVICE}")
    handle.setopt(curl.USERPWD, f"{KEY}:{SECRET}")
    handle.setopt(curl.TIMEOUT, 20)
    handle.setopt(curl.HTTPHEADER, [f"{name}: {value}" for name, value in request.get("headers", {}).items()])
    if body_of(request):
        handle.setopt(curl.POSTFIELDS, body_of(request))
    handle.setopt(curl.WRITEDATA, told)
    handle.perform()
    status = handle.getinfo(curl.RESPONSE_CODE)
    handle.close()
    return status, told.getvalue().decode("utf-8", "replace")


def curl(url, request):
    headers = [part for name, value in request.get("headers", {}).items() for part in ("-H", f"{name}: {value}")]
    command = ["curl", "--silent", "--globoff", "--max-time", "20", "--write-out", "\n%{http_code}", "-X", request["method"], *headers]
    command += ["--aws-sigv4", f"aws:amz:{REGION}:{SERVICE}", "--user", f"{KEY}:{SECRET}", url + request["target"]]
    if body_of(request):
        command += ["--data-binary", "@-"]
    done = subprocess.run(command, input=body_of(request), capture_output=True, timeout=60)
    body, _, status = done.stdout.decode("utf-8", "replace").rpartition("\n")
    return int(status or 0), body


CLIENTS = {
    "botocore": botocore,
    "botocore over HTTP/2": botocore_http2,
    "botocore with a session token": botocore_token,
    "botocore presigned": botocore_presigned,
    "awscrt": awscrt,
    "awscrt SigV4A": awscrt_v4a,
    "awscrt SigV4A presigned for many regions": awscrt_v4a_presigned,
    "requests-aws4auth": aws4auth,
    "aws-requests-auth with a session token": aws_requests_auth,
    "httpx-auth over HTTP/2": httpx_http2,
    "urllib3-sigv4": urllib3_sigv4,
    "awscurl": awscurl,
    "pycurl": pycurl,
    "curl": curl,
}


def main():
    url, *wanted = sys.argv[1:]
    for name in wanted or CLIENTS:
        for request in REQUESTS:
            try:
                status, body = CLIENTS[name](url, request)
            except Exception as error:  # a client that refuses to send something says so
                status, body = 0, f"{type(error).__name__}: {error}"
            told(name, request["name"], status, body)


if __name__ == "__main__":
    main()
