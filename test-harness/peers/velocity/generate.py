"""Templates from Velocity's grammar, with requests: the same ones for the same seed. generate.py SEED CASES KIND"""

import json
import random
import sys

r = random.Random(int(sys.argv[1]))
CASES, KIND = int(sys.argv[2]), sys.argv[3]
pick, chance = r.choice, lambda p: r.random() < p

NAMES = ["a", "b", "c", "list", "map", "s", "n", "d", "t", "x-y", "u", "_v", "nested"]
KEYS = ["k", "l", "key-1", "0", "empty", "size"]
STRINGS = ["", "a", "abc", "Hello, World", "a,b,,c,,", "aXbXc", " x ", "5", "1.5", "true", "/a/b", "it''s", "éa€", "😀b", "a\\b", "k", "{}"]
BODIES = [
    '{"a":1,"b":"two","c":[1,2,3],"d":{"e":null,"f":1.50,"g":[{"h":1},{"h":2}]},"k":"/x/"}',
    '[1,2.5,"x",null,true,{"a":[]}]', '"text"', '', '{}', 'not json', "{a:1,'b':2,}", '{"big":12345678901234567890,"dec":1e2}',
]
PATHS = ["$", "$.a", "$.b", "$.c", "$.c[0]", "$.d.g[*].h", "$.d.e", "$.zz", "$..h", "$.d", "$.k", "a", "$['b']", "$.c[0:2]", "$.c[5]", "$.d.g[?(@.h == 1)]", "$.d.g[1]", "$[0]"]
REGEX = ["a", "[a-c]", ",", "\\\\.", "X", "x*", "(a)(b)", "\\\\s+", "", "l+", "[^a-z]", "^a", "b$", "a|b", "\\\\d", "(?i)A", "."]


def string():
    text = pick(STRINGS)
    if chance(.35):
        inner = "".join(pick([text, reference(1), " ", "x", "#if(true)y#end", "\\u0041", "$", "#", "\"\"", "## c", "#set($a=1)", "$!{a}"]) for _ in range(r.randint(0, 3)))
        return '"' + inner.replace('"', '""' if chance(.9) else "'") + '"'
    return "'" + text + "'"


def number():
    return pick(["0", "1", "2", "-1", "3", "7", "10", "100", "2147483647", "-2147483648", "9223372036854775807", "12345678901234567890", "01", "-0"])


def floating():
    return pick(["1.5", "0.1", "2.0", "1e3", "1.", ".5", "-2.5", "1e10", "1e-5", "123456789.125", "100.0", "1e7", "0.001", "1e400", "3.14159", "1.10"])


def method(depth):
    a = lambda: argument(depth)
    i = lambda: pick(["0", "1", "2", "-1", "$n", "5"])
    s = lambda: pick(["'a'", "'b'", "','", "'X'", "$s", "''", "'abc'", "$t"])
    g = lambda: "'" + pick(REGEX).replace("\\\\", "\\") + "'"
    return pick([
        lambda: "length()", lambda: "size()", lambda: "isEmpty()", lambda: "toString()", lambda: "hashCode()",
        lambda: f"substring({i()})", lambda: f"substring({i()}, {i()})", lambda: "toUpperCase()", lambda: "toLowerCase()", lambda: "trim()",
        lambda: f"indexOf({pick([s(), a(), '97'])})", lambda: f"lastIndexOf({s()})", lambda: f"indexOf({s()},{i()})", lambda: f"lastIndexOf({s()},{i()})",
        lambda: f"contains({a()})", lambda: f"startsWith({s()})", lambda: f"endsWith({s()})", lambda: f"replace({s()}, {s()})",
        lambda: f"replaceAll({g()}, {pick([s(), chr(39)+'$0-'+chr(39), chr(39)+'[$1]'+chr(39)])})", lambda: f"replaceFirst({g()}, {s()})",
        lambda: f"split({g()}).size()", lambda: f"split({g()})[0]", lambda: f"split({g()}, {i()}).size()", lambda: f"matches({g()})",
        lambda: f"equals({a()})", lambda: f"equalsIgnoreCase({s()})", lambda: f"charAt({i()})", lambda: f"concat({s()})", lambda: f"compareTo({pick([s(), a()])})",
        lambda: f"get({a()})", lambda: f"get({i()})", lambda: f"add({a()})", lambda: f"add({i()},{a()})", lambda: f"addAll({a()})", lambda: f"remove({i()})", lambda: f"remove({a()})",
        lambda: f"set({i()},{a()})", lambda: f"put({a()},{a()})", lambda: f"put('k', {pick(['null', 'foo', a()])})", lambda: f"containsKey({a()})", lambda: f"containsValue({a()})",
        lambda: "keySet()", lambda: "values()", lambda: "entrySet()", lambda: "keySet().size()", lambda: f"getOrDefault({a()},{a()})", lambda: f"putIfAbsent({a()},{a()})",
        lambda: "intValue()", lambda: "longValue()", lambda: "doubleValue()", lambda: "floatValue()", lambda: f"parseInt({s()})", lambda: f"valueOf({s()})", lambda: f"max({i()},{i()})",
        lambda: f"subList({i()},{i()})", lambda: "iterator().next()", lambda: f"containsAll({a()})", lambda: f"removeAll({a()})", lambda: f"retainAll({a()})", lambda: "clear()",
        lambda: f"repeat({i()})", lambda: "strip()", lambda: "isBlank()", lambda: f"codePointAt({i()})", lambda: f"indexOf({a()})", lambda: f"foo({a()})", lambda: "foo()",
        lambda: f"format('%s|%5d|%-3s|%05d', {a()}, 3, 'x', 42)", lambda: f"format('%2$s|%1$s|%<8s|%.2f|%e|%,d|%x', {a()}, {a()}, 2.345, 1.5, 1234567, 255)",
        lambda: f"parseInt({s()}, {pick(['16', '36', '2'])})", lambda: f"toString({i()}, 16)", lambda: f"toString({a()})", lambda: f"subSequence({i()}, {i()})", lambda: f"contentEquals({s()})",
        lambda: "charAt(0).isDigit($n)", lambda: f"remove({a()}, {a()})", lambda: "clone()", lambda: "sort(null)", lambda: "keySet().remove('k')", lambda: "entrySet().hashCode()", lambda: "values().add(1)", lambda: f"join(',', {a()})", lambda: f"remove({a()})", lambda: f"putAll({a()})",
    ])()


def step(depth):
    roll = r.random()
    if roll < .35:
        return "." + pick(["k", "l", "empty", "size", "length", "key", "value", "foo", "a", "b", "x-y", "e"])
    if roll < .8:
        return "." + method(depth)
    return "[" + pick(["0", "1", "-1", "'k'", '"k"', "$n", " 1 ", "true", "$list[0]", "'a'", "5"]) + "]"


def path(depth):
    name = pick(NAMES)
    if chance(.12):
        return pick(["input.body", f"input.path('{pick(PATHS)}')", f"input.json('{pick(PATHS)}')", "input.params('p')", "input.params().header", "input.params()", "context.stage",
                     "context.identity.sourceIp", "context.nope", "stageVariables.v", "stageVariables['v']", f"util.escapeJavaScript({string() if depth < 3 else '$s'})", "util.urlEncode($s)", "util.base64Encode($t)",
                     "util.parseJson('{\"a\":[1,{}]}')", "context.keySet()", "util.urlDecode($s)", "context.identity", "n.toHexString(255)", "util.base64Decode('YWJj')", "context.authorizer.claims.email"])
    steps = "".join(step(depth + 1) for _ in range(pick([0, 0, 0, 1, 1, 1, 2, 3]))) if depth < 3 else ""
    return name + steps


def reference(depth=0):
    p = path(depth)
    return pick(["$%s", "$%s", "$%s", "$!%s", "${%s}", "$!{%s}"]) % p


def argument(depth):
    if depth > 3:
        return pick(["1", "'a'", "$n", "$s", "true"])
    return pick([lambda: reference(depth + 1), lambda: reference(depth + 1), string, string, number, floating, lambda: lst(depth + 1), lambda: mp(depth + 1), lambda: rng(), lambda: pick(["true", "false"]), lambda: pick([" ", ""]) + number() + " "])()


def lst(depth):
    return "[" + ", ".join(argument(depth + 1) for _ in range(r.randint(0, 3))) + "]"


def mp(depth):
    return "{" + pick(["", "", " "]) + ", ".join(f"{pick([chr(39)+pick(KEYS)+chr(39), chr(39)+pick(KEYS)+chr(39), argument(depth+1)])}: {argument(depth+1)}" for _ in range(r.randint(0, 3))) + "}"


def rng():
    return "[" + pick(["1", "0", "$n", "-1", " 1 "]) + pick(["..", " .. "]) + pick(["3", "0", "$n", "2", " 2 "]) + "]"


def expression(depth=0):
    roll = r.random()
    if depth > 3 or roll < .45:
        return argument(max(depth, 1))
    if roll < .5:
        return pick(["!", "! ", "not ", " !"]) + expression(depth + 1)
    if roll < .6:
        return "(" + expression(depth + 1) + ")"
    operator = pick([" + ", " - ", " * ", " / ", " % ", "+", "*", " == ", "==", " != ", " < ", " > ", " <= ", " >= ", " && ", " || ", " and ", " or ", " eq ", " ne ", " lt ", " gt ", " le ", " ge "])
    return expression(depth + 1) + operator + expression(depth + 1)


TEXT = ["text", "\n", " ", "  ", "\t", "a b\n", "{", "}", "\"q\"", "'", "(1)", ".", "..", "[0]", "<a>", "\\", "\\\\", "5", "!", "é", ",", "\r\n", "-1", ".5", "=", ".k", ".k()"]
ODD = ["$", "$$", "#", "##c\n", "## c $a #if\n", "#* c *#", "#** d *#", "#[[ $a #if ]]#", "\\$a", "\\\\$a", "\\\\\\$a", "\\$nope", "\\#if", "\\#foo", "\\\\#if(true)a#end", "\\#set", "#foo", "#foo(1 $a)", "#foo ($a, 'b')",
       "#@foo()x#end", "$5", "${", "${}", "$!", "$[", "#5", "#{foo}", "#{end}", "#end", "#else", "#evaluate('$a')", "#parse('x')", "$\\!a", "#$a", "$#", "\\##c\n", "#literal()$a #if #end", "#literal()\\#if #** x *#$a#end", "#set($keys = $map.keySet())$map.put('new', 1)$keys", "#foreach($k in $map.keySet())$k$map.put('new', 1)#end", "#macro(m $p)$p#end", "#m(1)", "\\#m",
       "#stop", "#IF(true)", "#set ($a = 1)", "# set($a=1)", "$a.", "$a..b", "$a._b", "$a.b(", "$a[", "$a.1", "#{if}(true)x#{else}y#{end}", "$a-b", "$a#end", "\\", "#set($a=\n1)\n", "$ {a}", "$!{a", "$a.k$b", "$a.k${b}c", "#[[x]]", "#elseif(true)", "#break", "$foreach.index", "$velocityCount", "#foreach", "#if", "#set"]


def statement(depth=0):
    roll = r.random()
    if roll < .3:
        return pick(TEXT)
    if roll < .5:
        return reference()
    if roll < .62:
        target = pick(NAMES)
        if chance(.25):
            target += pick([".k", "['k']", "[0]", ".l", "[-1]", "['z']", ".k.l", "[1]", "['k'][0]", "[5]", "[$n]", "[$s]", ".k.zz"])
        target = pick(["$%s", "${%s}", "$!%s"]) % target if chance(.15) else "$" + target
        return pick(["", "", " ", "\n  "]) + "#set(" + pick(["", " "]) + target + pick([" = ", "=", " ="]) + expression() + ")" + pick(["", "\n", " \n", " "])
    if depth > 3:
        return "x"
    if roll < .74:
        text = pick(["", "  "]) + "#if" + pick(["", " "]) + "(" + expression() + ")" + block(depth)
        while chance(.2):
            text += "#elseif(" + expression() + ")" + block(depth)
        if chance(.4):
            text += pick(["#else", "#{else}", "#else \n"]) + block(depth)
        return text + end()
    if roll < .86:
        item = pick(["x", "i", "a", "e"])
        inner = pick(["", "$%s" % item, "$foreach.index", "$foreach.count", "$velocityCount", "#if($foreach.hasNext),#end", "$foreach.first", "$foreach.last", "$foreach.parent.index", "#break", "#if($%s == 2)#break#end" % item, "$!%s.k" % item, "$%s.key=$%s.value" % (item, item), "$foreach.topmost.count"])
        return "#foreach($%s %s %s)" % (item, pick(["in", "in", "in", "IN"]), argument(1)) + inner + block(depth) + end()
    if roll < .9:
        return "#define($%s)" % pick(["blk", "a", "b"]) + block(depth) + end() + pick(["", "$blk", "$a"])
    return pick(ODD)


def end():
    return pick(["#end", "#end", "#end\n", "#end \n", "#end ", "#{end}"])


def block(depth):
    return pick(["", "\n", " \n", " "]) + "".join(statement(depth + 1) for _ in range(r.randint(0, 3)))


PRELUDE = [
    "#set($a = 1)", "#set($b = 'two')", "#set($list = [1, 'a', 2.5])", "#set($map = {'k': 'v', 'l': [1,2]})", "#set($s = 'abc')", "#set($n = 2)", "#set($d = 1.5)",
    "#set($t = 'a,b,c')", "#set($nested = {'k': {'l': [1, {'k': 2}]}, 'n': $map})", "#set($c = [])", "#set($c = $input.path('$.c'))", "#set($nested = $input.path('$'))", "#set($x-y = true)",
]


def template():
    prelude = "".join(line + pick(["", "\n"]) for line in PRELUDE if chance(.75))
    return prelude + "".join(statement() for _ in range(r.randint(1, 6)))


def mutated(text):
    """A template with a few characters lost, doubled or changed."""
    chars = list(text)
    for _ in range(r.randint(1, 3)):
        at = r.randrange(len(chars)) if chars else 0
        pick([lambda: chars.insert(at, pick("$#(){}[].,'\"\\!=- \n0a")), lambda: chars and chars.pop(at), lambda: chars.insert(at, chars[at] if chars else "$")])()
        if not chars:
            break
    return "".join(chars)


def value(depth=0):
    atom = lambda: pick(["1", "-1", "0", "007", "1.5", "1.50", "1e5", "1E+3", "12345678901234567890", "1234567890.12345678901", "-", "-a", "1 2", "tru", "true", "null", "NaN", "nul", "'a'", "\"b\"", "\"\\u00e9\\n\\x41\\q\"",
                         "a b", "", " ", "\"/\"", "1.", ".5", "-.5", "1e", "1e+", "'it\\'s'", "\"é\"", "€", "\"\\ud83d\\ude00\"", "1é", "false", "0x1", "+1", "1.5.5", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "2147483648", "\"a\tb\"", "\"a\\n\tb\"", "1e400", "~", "1\x01", "\x02true", "a\x1f", "\x0bnull\x0c", "1.5\x00"])
    if depth > 3 or chance(.4):
        return atom()
    space = lambda: pick(["", "", " ", "\n", "\t"])
    if chance(.5):
        return "[" + space() + pick([",", ",", ", ", ",,"]).join(value(depth + 1) + space() for _ in range(r.randint(0, 3))) + pick(["", "", ","]) + "]"
    key = lambda: pick(['"a"', "'b'", "c", "d e", '"a"', "1", '"k\\"x"', "", "\"\\u0061\""])
    return "{" + space() + pick([",", ",", ", ", ",,"]).join(space() + key() + space() + ":" + space() + value(depth + 1) for _ in range(r.randint(0, 3))) + pick(["", "", ","]) + "}"


def json_path():
    part = lambda: pick([".a", ".b", ".c", ".d", "['a']", "[0]", "[1]", "[-1]", "[*]", ".*", "..h", "..a", "[0:2]", "[:1]", "[-2:]", "[1:]", "[0,1]", "['a','b']", "..*", "[?(@.h == 1)]", "[?(@.h > 1)]", "[?(@.h)]", "[?(@.a == 'x' && @.b)]", "[?(!@.h)]", "..[0]", "..['h']", ".d.g", ".g"])
    return pick(["$", "$", "$", "$", "@", ""]) + "".join(part() for _ in range(r.randint(0, 4)))


for _ in range(CASES):
    if KIND == "json":
        text = value()
        print(json.dumps({"json": mutated(text) if chance(.2) else text}))
    elif KIND == "path":
        print(json.dumps({"json": pick(BODIES[:2] + ['{"a":{"a":[{"h":1,"a":"x","b":2},{"h":2}],"b":[[1,2],[3]]},"b":"t","c":[{"h":"1"},{"h":null},3],"d":{"g":[{"h":3}]}}']), "path": json_path()}))
    else:
        text = template()
        request = {"template": mutated(text) if chance(.15) else text}
        if "$input" in text or chance(.1):
            request["body"] = pick(BODIES)
            request["params"] = {"path": {"p": "pv"}, "querystring": {"p": "no", "q": "1"}, "header": {"h": "hv"}}
        if "ontext" in text or "stageV" in text:
            request["context"] = {"stage": "dev", "identity.sourceIp": "192.0.2.1", "identity.userAgent": "curl", "apiId": "abc", "requestId": "r-1", "httpMethod": "POST", "authorizer.claims.email": "a@b"}
            request["stageVariables"] = {"v": "value", "w": "other"}
        print(json.dumps(request))
