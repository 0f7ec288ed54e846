"""Asks a running PetStore sample the three things that the demo suggests.

    python3 smoke.py http://127.0.0.1:8080/test
"""

import json
import sys
import urllib.error
import urllib.request

DOG = {"id": 1, "type": "dog", "price": 249.99}
EXPECTED = [
    ("/pets?type=dog", 200, [DOG]),
    ("/pets/1", 200, DOG),
    ("/no-such-path", 403, {"message": "Missing Authentication Token"}),
]


def main(base):
    right = sum(check(base + path, status, body) for path, status, body in EXPECTED)
    print(f"{right} passed, {len(EXPECTED) - right} failed")
    return right == len(EXPECTED)


def check(address, status, body):
    answer = ask(address)
    right = answer == (status, body)
    print(f"{'ok' if right else 'WRONG'} {address}" + ("" if right else f": {answer}, not {(status, body)}"))
    return right


def ask(address):
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=10) as answer:
            return answer.status, decoded(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, decoded(error.read())
    except OSError as error:
        return None, str(error)


def decoded(body):
    try:
        return json.loads(body)
    except ValueError:
        return body


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1]) else 1)
