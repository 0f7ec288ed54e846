"""What the real API Gateway rendered, against what this gateway renders.

The package airspeed-ext, which LocalStack keeps, has the templates that its tests gave to API Gateway, and what came back. Its tests are run here
with stand-ins that note both; then each template becomes the response template of a method, called as the recording was made.

    replay.py api FOLDER            writes api.json and cases.json
    replay.py call FOLDER URL       calls every method, prints what differs
"""

import inspect
import json
import pathlib
import re
import sys
import textwrap
import types
import urllib.error
import urllib.request

SUITES = ("TestTemplating", "TestInvalidCases")
FIXTURES = {"test_render", "test_render_on_aws"}
# How the recordings were made: the request's template hands the body to the response's, which names each member of it.
REQUEST_TEMPLATE = """
            #set($context.requestOverride.path.body = $input.body)
            {
              "statusCode": 200,
            }
            """
RESPONSE_TEMPLATE = textwrap.dedent(
    """
    #set($body = $context.requestOverride.path.body)
    #set($bodyJSON = $util.parseJson($body)) %s
    %s"""
).lstrip("\n")


def main(command, folder, *rest):
    folder = pathlib.Path(folder)
    if command == "api":
        cases = collect(folder)
        (folder / "cases.json").write_text(json.dumps(cases))
        (folder / "api.json").write_text(json.dumps(definition(cases)))
    else:
        sys.exit(call(json.loads((folder / "cases.json").read_text()), *rest))


def collect(folder):
    tests = next(folder.glob("airspeed_ext-*/tests"))
    recordings = json.loads((tests / "test_templating.snapshot.json").read_text())
    suites = with_stand_ins((tests / "test_templating.py").read_text())
    cases = []
    for suite in SUITES:
        for name, test in inspect.getmembers(suites[suite], inspect.isfunction):
            wanted = list(inspect.signature(test).parameters)[1:]
            recorded = recordings.get(f"tests/test_templating.py::{suite}::{name}", {}).get("recorded-content", {})
            if name.startswith("test_") and recorded and FIXTURES.issuperset(wanted):
                cases += run(test, suites[suite](), wanted, name, recorded)
    return cases


def run(test, suite, wanted, name, recorded):
    cases = []
    numbers = iter(range(1, 1000))

    def note(template, context, key, squeezed):
        if key in recorded:
            expected = recorded[key]
            expected = expected if isinstance(expected, str) else json.dumps(expected)
            cases.append({"name": name, "template": template, "context": context or {}, "expected": expected, "squeezed": squeezed})

    def test_render(template, context=None, skip_cli=False, ignore_whitespaces=False):
        note(template, context, f"render-result-{next(numbers)}", ignore_whitespaces)

    def test_render_on_aws(template, context=None, snapshot_key=None, ignore_whitespaces=False):
        note(template, context, snapshot_key or "render-result", ignore_whitespaces)

    fixtures = {"test_render": test_render, "test_render_on_aws": test_render_on_aws}
    test(suite, **{fixture: fixtures[fixture] for fixture in wanted})
    return cases


def with_stand_ins(source):
    """The module of the tests, which imports what none of this needs."""

    class Nothing(types.ModuleType):
        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return Nothing(name)

        def __call__(self, *given, **_):
            return given[0] if len(given) == 1 and callable(given[0]) else self

    for imported in re.findall(r"^(?:from|import) (\S+)", source, re.MULTILINE):
        if imported not in {"os.path", "re", "tempfile", "textwrap"}:
            parts = imported.split(".")
            for length in range(1, len(parts) + 1):
                sys.modules.setdefault(".".join(parts[:length]), Nothing(parts[length - 1]))
    module = {"__name__": "recorded"}
    exec(compile(source, "test_templating.py", "exec"), module)
    return module


def definition(cases):
    def method(case):
        names = " ".join(f"#set(${name} = $bodyJSON.{name})" for name in case["context"])
        response = {"statusCode": "200", "responseTemplates": {"application/json": RESPONSE_TEMPLATE % (names, case["template"])}}
        integration = {"type": "mock", "requestTemplates": {"application/json": REQUEST_TEMPLATE}, "responses": {"default": response}}
        return {"post": {"responses": {"200": {"description": "rendered"}}, "x-amazon-apigateway-integration": integration}}

    paths = {f"/{number}": method(case) for number, case in enumerate(cases)}
    return {"openapi": "3.0.1", "info": {"title": "recordings", "version": "1"}, "paths": paths}


def call(cases, url):
    differ = 0
    for number, case in enumerate(cases):
        status, body = post(f"{url}/{number}", json.dumps(case["context"]).encode())
        if case["squeezed"]:
            body = re.sub(r"\s+", " ", body.strip())
        if (status, body) != (200, case["expected"]):
            differ += 1
            print(f"{case['name']}: {case['template']!r} with {case['context']}")
            print(f"    recorded {case['expected']!r}\n    answered {status} {body!r}")
    print(f"{len(cases) - differ} of {len(cases)} recordings of the real service are answered alike")
    return 1 if differ or not cases else 0


def post(url, body):
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


main(*sys.argv[1:])
