"""Compares two engines' answers, line by line; a difference that is known is counted under its reason."""

import json
import re
import sys
from collections import Counter

kind, show, *files = sys.argv[1:]

# Each on purpose: (what it is called, which kind, does it apply to this case, their answer and ours?)
KNOWN = [
    ("a pattern that cannot be matched in linear time is refused by name", "template",
     lambda case, theirs, ours: "a regular expression with" in ours.get("error", "")),
    ("a limit of ours", "template",
     lambda case, theirs, ours: re.search(r"too many|too deep|too large|deeper than", ours.get("error", ""))),
    ("the driver's own objects print their class", "template",
     lambda case, theirs, ours: "Driver$" in theirs.get("out", "")),
    ("a float: Java up to 18 prints more digits than tell it apart", "template",
     lambda case, theirs, ours: "floatValue" in case["template"] and re.search(r"\dE\d", theirs.get("out", ""))),
    ("the driver parses the body for every call, ours once: what a template changes in it stays changed", "template",
     lambda case, theirs, ours: re.search(r"#set\( *\$c\[|\$!?\{?c\.(add|addAll|remove|removeAll|retainAll|clear|set|sort)\(", case["template"])
        and "nested" in case["template"]),
    ("a block's hash is its identity", "template",
     lambda case, theirs, ours: re.search(r"#define\( *\$(\w+).*\$!?\{?\1\.hashCode\(\)", case["template"], re.DOTALL)),
    ("an array prints its identity", "template",
     lambda case, theirs, ours: re.search(r"\[(Ljava|[BC]@)", theirs.get("out", ""))),
    ("a path with a parenthesis: since 2.1 that is a function", "template",
     lambda case, theirs, ours: "is no path" in ours.get("error", "") and "is no function" in ours["error"]),
    ("Jayway 2.0 gives up a whole evaluation when one branch of it fails (2.1 and later, and ours, go on)", "path",
     lambda case, theirs, ours: theirs.get("out") in ("[]", '""') and re.search(r"\*|\.\.|\?|:|,|^\.", case["path"])),
    ("Jayway 2.0 has no negative index", "path",
     lambda case, theirs, ours: "[-1]" in case["path"]),
    ("Jayway 2.0 takes a null in a filter for nothing", "path",
     lambda case, theirs, ours: re.search(r"\?\(!?@\.h\)", case["path"])),
    ("Jayway 2.0 goes on with every element after a scanned index", "path",
     lambda case, theirs, ours: re.search(r"\.\.\[", case["path"])),
]

different, known, total = [], Counter(), 0
for lines in zip(*(open(file, encoding="utf-8") for file in files)):
    total += 1
    case, theirs, ours = map(json.loads, lines)
    if ("out" in theirs) == ("out" in ours) and theirs.get("out") == ours.get("out"):
        continue
    reason = next((name for name, of, applies in KNOWN if of == kind and applies(case, theirs, ours)), None)
    if reason:
        known[reason] += 1
    else:
        different.append((case, theirs, ours))

for case, theirs, ours in different[: int(show)]:
    print(f"case   {json.dumps(case)}\ntheirs {json.dumps(theirs)}\nours   {json.dumps(ours)}\n")
print(f"{kind}: {total} cases, {total - sum(known.values()) - len(different)} equal, {len(different)} differ without a reason")
for name, count in known.most_common():
    print(f"    {count:5} {name}")
counts = [sum(1 for _ in open(file, encoding="utf-8")) for file in files]
if len(set(counts)) > 1:
    print(f"answers are missing: {counts}")
sys.exit(bool(different) or len(set(counts)) > 1)
