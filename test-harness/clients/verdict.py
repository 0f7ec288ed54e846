"""Says whether real clients were told what they should have been.

Every request of every client is accepted, but for those below, which the client itself signs otherwise than it sends
them, or does not send at all: AWS refuses those too.
"""

import collections
import json
import sys

RAW = "signs `+` as it is, where AWS takes it for a space"
BODY = "moves a body into the query when it presigns"
SPACES = "refuses to send such a header"

# client → request → why it is not accepted.
EXPECTED = {
    "botocore": {"plus": RAW},
    "botocore over HTTP/2": {"plus": RAW},
    "botocore with a session token": {"plus": RAW},
    "botocore presigned": {"a small body": BODY, "a body without a type": BODY, "a body of 1 MB": BODY},
    "awscrt": {"plus": "signs `+` as `%2B`"},
    "awscrt SigV4A": {"plus": "signs `+` as `%2B`"},
    "awscrt SigV4A presigned for many regions": {"plus": "signs `+` as `%2B`"},
    "requests-aws4auth": {"a header with spaces": SPACES},
    "awscurl": {"a header with spaces": SPACES, "a body of 1 MB": "takes bodies as arguments, which have less room"},
}

UNSORTED = "curl before 8 does not sort parameters"
UNENCODED = "curl before 8 does not encode what it signs"

# The same where it depends on the version that is installed.
EITHER = {
    "curl": {
        "query": UNSORTED,
        "unsorted and repeated parameters": UNSORTED,
        "names of which one begins the other": UNSORTED,
        "empty and missing values": UNENCODED,
        "plus": UNENCODED,
        "an encoded slash": UNENCODED,
        "an encoded percent": UNENCODED,
        "a space in the path": UNENCODED,
        "unicode in the path": UNENCODED,
        "marks in the path": UNENCODED,
        "an encoded equal sign": UNENCODED,
        "plus and brackets in the path": UNENCODED,
    },
}


def main():
    counted, wrong = collections.Counter(), []
    for line in open(sys.argv[1], encoding="utf-8"):
        told = json.loads(line)
        client, request, status = told["client"], told["request"], told["status"]
        why = EXPECTED.get(client, {}).get(request)
        maybe = EITHER.get(client, {}).get(request)
        accepted, refused = status == 200, status in (0, 403)
        counted[client, "accepted" if accepted else "not, as by AWS"] += 1
        if not (accepted if not why else refused) and not (maybe and refused):
            wrong.append(f"  {client}, {request}: {status} {told['body'][:400]}" + (f" (expected to fail: {why})" if why else ""))
    for (client, what), number in sorted(counted.items()):
        print(f"  {client}: {number} {what}")
    print("\n".join(wrong), file=sys.stderr)
    sys.exit(1 if wrong or not counted else 0)


main()
