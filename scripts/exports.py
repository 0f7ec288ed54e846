#!/usr/bin/env python3
"""Leaves out what a filter exports and has no use for: Envoy enters a VM for every callback that it finds, and that costs about a microsecond.

    exports.py FROM TO

The SDK exports all callbacks of proxy-wasm, those of TCP and gRPC among them. `proxy_on_done` says that a stream may end, which is so where nobody is asked.
"""

import sys

# What the shell listens to.
CALLBACKS = {
    "proxy_on_memory_allocate", "proxy_on_vm_start", "proxy_on_configure", "proxy_on_tick", "proxy_on_queue_ready",
    "proxy_on_context_create", "proxy_on_request_headers", "proxy_on_request_body", "proxy_on_request_trailers",
    "proxy_on_response_headers", "proxy_on_response_body", "proxy_on_response_trailers", "proxy_on_http_call_response",
    "proxy_on_log", "proxy_on_delete",
}
EXPORTS = 7
HEADER = 8


def main(source, target):
    with open(source, "rb") as file:
        module = file.read()
    if module[:4] != b"\0asm":
        sys.exit(f"{source} is no WebAssembly module")
    kept = [module[:HEADER]]
    position = HEADER
    while position < len(module):
        kind = module[position]
        size, start = number(module, position + 1)
        content = module[start:start + size]
        if kind == EXPORTS:
            content = without_idle_callbacks(content)
        kept.append(bytes([kind]) + leb(len(content)) + content)
        position = start + size
    with open(target, "wb") as file:
        file.write(b"".join(kept))


def without_idle_callbacks(section):
    count, position = number(section, 0)
    kept = []
    for _ in range(count):
        length, start = number(section, position)
        name = section[start:start + length].decode()
        _, end = number(section, start + length + 1)
        if not name.startswith("proxy_on_") or name in CALLBACKS:
            kept.append(section[position:end])
        position = end
    return leb(len(kept)) + b"".join(kept)


def number(data, position):
    """An unsigned LEB128 number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position


def leb(value):
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


main(*sys.argv[1:])
