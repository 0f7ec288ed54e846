"""Roles that Envoy assumes at moto's STS.

`roles.py make MOTO` makes them, and a user who may assume them, whose key it prints for a shell; `roles.py sts PORT MOTO` is STS,
which answers in JSON where moto has only XML; `roles.py check GATEWAY MOTO ADMIN` waits until Envoy has both, has moto check signatures from then on, and calls."""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
LONGEST_WAIT = 60


def may(action):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


def make(moto):
    def client(service):
        return boto3.client(
            service, endpoint_url=moto, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )

    client("dynamodb").create_table(
        TableName="pets",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    iam = client("iam")
    for path, name, action in [("/", "looks", "dynamodb:ListTables"), ("/tables/", "writes", "dynamodb:PutItem")]:
        iam.create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=may(action))
    iam.create_user(UserName="envoy")
    iam.put_user_policy(UserName="envoy", PolicyName="may", PolicyDocument=may("sts:AssumeRole"))
    key = iam.create_access_key(UserName="envoy")["AccessKey"]
    print("AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}".format(key["AccessKeyId"], key["SecretAccessKey"]))


def sts(port, moto):
    """Lets nobody assume a role but who signs with the key of the environment."""
    client = boto3.client("sts", endpoint_url=moto, region_name="us-east-1")

    class Sts(BaseHTTPRequestHandler):
        def do_GET(self):
            form = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            scope = f"Credential={os.environ['AWS_ACCESS_KEY_ID']}/"
            if form["Action"] != ["AssumeRole"] or scope not in self.headers.get("authorization", ""):
                return self.answer(403, {})
            role = client.assume_role(RoleArn=form["RoleArn"][0], RoleSessionName=form["RoleSessionName"][0])
            credentials = role["Credentials"] | {"Expiration": int(role["Credentials"]["Expiration"].timestamp())}
            self.answer(200, {"AssumeRoleResponse": {"AssumeRoleResult": {"Credentials": credentials}}})

        def answer(self, status, document):
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    ThreadingHTTPServer(("127.0.0.1", int(port)), Sts).serve_forever()


def asked(url, method="GET"):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def assumed(admin):
    _, stats = asked(f"{admin}/stats?filter=sts_token_service.*credential_refreshes_succeeded")
    return sum(int(line.rsplit(" ", 1)[1]) for line in stats.splitlines())


def check(gateway, moto, admin):
    until = time.monotonic() + LONGEST_WAIT
    while assumed(admin) < 2:
        if time.monotonic() > until:
            sys.exit("Envoy has not assumed the roles")
        time.sleep(0.2)
    # From here on it checks them.
    request = urllib.request.Request(f"{moto}/moto-api/reset-auth", data=b"0", headers={"content-type": "text/plain"})
    urllib.request.urlopen(request).read()
    for path, get, put in [("/looks", 200, 403), ("/writes", 403, 200)]:
        seen = asked(f"{gateway}/prod{path}")[0], asked(f"{gateway}/prod{path}", "PUT")[0]
        if seen != (get, put):
            sys.exit(f"{path}: expected {(get, put)}, got {seen}")
    print("two roles were assumed, and each may what it may")


globals()[sys.argv[1]](*sys.argv[2:])
