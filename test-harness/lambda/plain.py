"""A function without a framework: what it returns is no response, or an exception."""


def handler(event, _context):
    if event.get("rawPath", event.get("path", "")).endswith("/raise"):
        raise ValueError("nobody's business")
    return {"said": "hello", "body": {"to": "you"}}
