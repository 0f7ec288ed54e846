"""Says whether real clients were told what they should have been.

Every request of every client is accepted, but for those below, which the client itself signs otherwise than it sends
them, or does not send at all: AWS refuses those too.
"""

import collections
import json
import sys

# client → request → why it is not accepted.
EXPECTED = {}


def main():
    counted, wrong = collections.Counter(), []
    for line in open(sys.argv[1], encoding="utf-8"):
        told = json.loads(line)
        client, request, status = told["client"], told["request"], told["status"]
        why = EXPECTED.get(client, {}).get(request)
        counted[client, "refused, as by AWS" if why else "accepted"] += 1
        if (status == 200) == bool(why):
            wrong.append(f"  {client}, {request}: {status} {told['body'][:400]}" + (f" (expected to fail: {why})" if why else ""))
    for (client, what), number in sorted(counted.items()):
        print(f"  {client}: {number} {what}")
    print("\n".join(wrong), file=sys.stderr)
    sys.exit(1 if wrong or not counted else 0)


main()
