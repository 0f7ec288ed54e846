"""What clients of the load runs sign with: Signature Version 4, and a token for Envoy's own `jwt_authn`."""

import base64
import datetime
import hashlib
import hmac
import json
import os
import re
import subprocess
import tempfile
import time
from urllib.parse import quote, urlsplit

ACCESS_KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION, SERVICE = "us-east-1", "execute-api"


def signed(url, headers, access_key_id=ACCESS_KEY_ID, secret=SECRET):
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
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    fields = f"Credential={access_key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return {**headers, "X-Amz-Date": date, "Authorization": f"AWS4-HMAC-SHA256 {fields}"}


USER_POOL = "us-east-1_Bench0000"


class Issuer:
    """A user pool: its key, made anew, and its tokens, signed with RS256."""

    def __init__(self, key_id="one"):
        with tempfile.TemporaryDirectory(prefix="gatehouse-token.") as folder:
            key = os.path.join(folder, "key.pem")
            openssl("genrsa", "-out", key, "2048")
            text = openssl("rsa", "-in", key, "-noout", "-text").decode()
        parts = re.findall(r"^(\w+):\s*((?:\n +[0-9a-f:]+)+)", text, re.MULTILINE)
        number = {name: int(re.sub(r"[\s:]", "", digits), 16) for name, digits in parts}
        self.key_id, self.n = key_id, number["modulus"]
        self.p, self.q, self.dp, self.dq, self.qi = (
            number[name] for name in ("prime1", "prime2", "exponent1", "exponent2", "coefficient")
        )

    def jwk(self):
        modulus = encoded(self.n.to_bytes(256, "big"))
        return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.key_id, "n": modulus, "e": "AQAB"}

    def token(self, **claims):
        """An identity token as Cognito makes it, with these claims besides."""
        now = int(time.time())
        claims = {
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "email_verified": True,
            "iss": f"https://cognito-idp.{REGION}.amazonaws.com/{USER_POOL}",
            "cognito:username": "alice",
            "origin_jti": "11111111-2222-3333-4444-555555555555",
            "aud": "1example23456789",
            "event_id": "66666666-7777-8888-9999-000000000000",
            "token_use": "id",
            "auth_time": now,
            "exp": now + 86_400,
            "iat": now,
            "jti": "99999999-8888-7777-6666-555555555555",
            "email": "alice@example.com",
            **claims,
        }
        head = {"kid": self.key_id, "alg": "RS256"}
        signing = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
        return f"{signing}.{encoded(self.sign(signing.encode()))}"

    def sign(self, data):
        """RSASSA-PKCS1-v1_5 by the Chinese remainder theorem: thousands of tokens are signed for one run."""
        digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(data).digest()
        message = int.from_bytes(b"\0\1" + b"\xff" * (253 - len(digest)) + b"\0" + digest, "big")
        one, two = pow(message, self.dp, self.p), pow(message, self.dq, self.q)
        return (two + (one - two) * self.qi % self.p * self.q).to_bytes(256, "big")


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
