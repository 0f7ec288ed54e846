"""What clients of the load runs sign with: Signature Version 4, and a token for Envoy's own `jwt_authn`."""

import base64
import datetime
import hashlib
import hmac
import json
import os
import subprocess
import tempfile
import time
from urllib.parse import quote, urlsplit

ACCESS_KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION, SERVICE = "us-east-1", "execute-api"


def signed(url, headers):
    """The headers of a GET that is signed now, these among them."""
    at = urlsplit(url)
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    sent = {**{name.lower(): value for name, value in headers.items()}, "host": at.netloc, "x-amz-date": date}
    names = sorted(name for name in sent if name not in ("user-agent", "authorization"))
    query = "&".join(sorted(at.query.split("&")))
    canonical = ["GET", quote(at.path, safe="/-._~"), query, *(f"{name}:{sent[name]}" for name in names), ""]
    canonical += [";".join(names), hashlib.sha256(b"").hexdigest()]
    scope = f"{date[:8]}/{REGION}/{SERVICE}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256("\n".join(canonical).encode()).hexdigest()])
    key = b"AWS4" + SECRET.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    fields = f"Credential={ACCESS_KEY_ID}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return {**headers, "X-Amz-Date": date, "Authorization": f"AWS4-HMAC-SHA256 {fields}"}


def token():
    """A token signed with RS256 and a key made for it, and the key set that it is held against."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-token.") as folder:
        key = os.path.join(folder, "key.pem")
        openssl("genrsa", "-out", key, "2048")
        modulus = openssl("rsa", "-in", key, "-noout", "-modulus").decode().strip().partition("=")[2]
        claims = {"iss": "bench", "sub": "alice", "exp": int(time.time()) + 86_400, "scope": "pets/read pets/write"}
        head = {"alg": "RS256", "typ": "JWT", "kid": "one"}
        signing = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
        signature = openssl("dgst", "-sha256", "-sign", key, given=signing.encode())
    keys = {"keys": [{"kty": "RSA", "alg": "RS256", "kid": "one", "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}]}
    return f"{signing}.{encoded(signature)}", json.dumps(keys)


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
