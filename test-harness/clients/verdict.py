"""Says whether real clients were told what they should have been.

Every request of every client is accepted, but for those below, which the client itself signs otherwise than it sends
them, or does not send at all: AWS refuses those too.
"""

import collections
import json
import sys

RAW = "signs `+` as it is, where AWS takes it for a space"
ENCODED_PLUS = "signs `+` as `%2B`"
BODY = "moves a body into the query when it presigns"
SPACES = "refuses to send such a header"
KEPT_SPACES = "signs the spaces inside of a value as they are"
QUERY = "signs the query as it is, where AWS encodes it anew"
SORTS = "fails to sort parameters of which one has no value, or which are the same"
CUTS = "cuts a value at its second `=`"
JOINED = "sorts names and values as one text"
UNENCODED_NAMES = "sorts names before they are encoded"
SEMICOLON = "leaves out what follows `;` in a path"
ONCE = "encodes an escaped path once, as S3 does"
MENDED = "its urllib3 changes the path after it is signed"
MARKS = "leaves `!'()*` in a path as they are"
UNNAMED = "signs parameters that have no name"

BOTOCORE = {
    "plus": RAW,
    "all marks in the query": QUERY,
    "an equal sign in a value": QUERY,
    "escapes in lower case": QUERY,
    "empty parameters": QUERY,
}
RUBY = {**BOTOCORE, "empty parameters": SORTS, "parameters that are the same": SORTS}
GO = {"names that sort otherwise when encoded": UNENCODED_NAMES}

# client → request → why it is not accepted.
EXPECTED = {
    "botocore": BOTOCORE,
    "botocore over HTTP/2": BOTOCORE,
    "botocore with a session token": BOTOCORE,
    "botocore presigned": {
        "a small body": BODY,
        "a body without a type": BODY,
        "a body of 1 MB": BODY,
        "PATCH": BODY,
        "a form": BODY,
    },
    "awscrt": {"plus": ENCODED_PLUS},
    "awscrt SigV4A": {"plus": ENCODED_PLUS},
    "awscrt SigV4A presigned for many regions": {"plus": ENCODED_PLUS},
    "requests-aws4auth": {"a header with spaces": SPACES, "all marks in the path": SEMICOLON},
    "aws-requests-auth with a session token": {
        "names of which one begins the other": JOINED,
        "plus": RAW,
        "a header with spaces": SPACES,
        "all marks in the path": SEMICOLON,
        "all marks in the query": QUERY,
        "an equal sign in a value": QUERY,
    },
    "httpx-auth over HTTP/2": {
        "an encoded slash": ONCE,
        "an encoded percent": ONCE,
        "a space in the path": ONCE,
        "unicode in the path": ONCE,
        "an encoded equal sign": ONCE,
        "escaped dots": ONCE,
        "escapes nobody needs": ONCE,
    },
    "urllib3-sigv4": {**BOTOCORE, "a dot segment at the end": MENDED, "escaped dots": MENDED},
    "awscurl": {"a header with spaces": SPACES, "a body of 1 MB": "takes bodies as arguments, which have less room"},
    "@aws-amplify/core": {
        "plus and brackets in the path": MARKS,
        "all marks in the path": MARKS,
        "names that sort otherwise when encoded": UNENCODED_NAMES,
    },
    "SDK for Go": GO,
    "SDK for Go, presigned": GO,
    "SDK for Ruby": RUBY,
    "SDK for Ruby, presigned": RUBY,
    "Net::Amazon::Signature::V4": {
        "a header with spaces": KEPT_SPACES,
        "what browsers send": KEPT_SPACES,
        "an equal sign in a value": CUTS,
        "empty parameters": UNNAMED,
    },
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
        "escaped dots": UNENCODED,
        "all marks in the path": UNENCODED,
        "escapes nobody needs": UNENCODED,
        "all marks in the query": UNENCODED,
        "an equal sign in a value": UNENCODED,
        "an encoded plus": UNENCODED,
        "escapes in lower case": UNENCODED,
        "brackets in a name": UNENCODED,
        "empty parameters": UNENCODED,
        "parameters that are the same": UNENCODED,
        "names that sort otherwise when encoded": UNSORTED,
        "an empty header": "curl before 8 reads such a header otherwise",
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
