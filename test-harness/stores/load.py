"""Keys that are counted together: calls from many clients over several Envoys at once, and what became of them.

    load.py PORT[,PORT…] KEY CALLS [SECONDS]

prints `{"200": 1000, "429": 500}`, and with SECONDS, over which the calls are spread, how long they really took.
"""

import collections
import http.client
import json
import sys
import threading
import time

CLIENTS = 16


def call(connection, key):
    connection.request("GET", "/prod/pets", headers={"x-api-key": key})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def client(port, key, calls, pause, seen):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(calls):
        seen[call(connection, key)] += 1
        if pause:
            time.sleep(pause)


def main(ports, key, calls, seconds=0.0):
    each = calls // CLIENTS
    seen = [collections.Counter() for _ in range(CLIENTS)]
    arguments = [(ports[at % len(ports)], key, each, seconds / each, seen[at]) for at in range(CLIENTS)]
    threads = [threading.Thread(target=client, args=it) for it in arguments]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    total = sum(seen, collections.Counter())
    print(json.dumps({**{str(status): total[status] for status in sorted(total)}, "seconds": round(took, 2)}))


if __name__ == "__main__":
    main([int(port) for port in sys.argv[1].split(",")], sys.argv[2], int(sys.argv[3]), *map(float, sys.argv[4:5]))
