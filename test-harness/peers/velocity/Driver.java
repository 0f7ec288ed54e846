// Renders lines of JSON with Apache Velocity 1.7 as AWS configures it: {"template", "body", "params", "context",
// "stageVariables"} in, {"out"} or {"error"} out. {"json"} reads with json-smart, {"json", "path"} asks Jayway.

import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import net.minidev.json.*;
import net.minidev.json.parser.JSONParser;
import com.jayway.jsonpath.*;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.*;
import org.apache.velocity.app.event.*;
import org.apache.velocity.context.Context;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.util.introspection.Info;

public class Driver {
    /** Every null is the empty string. */
    public static class Nulls implements InvalidReferenceEventHandler {
        public Object invalidGetMethod(Context c, String r, Object o, String p, Info i) { return ""; }
        public boolean invalidSetMethod(Context c, String l, String r, Info i) { return false; }
        public Object invalidMethod(Context c, String r, Object o, String m, Info i) { return ""; }
    }

    static final Configuration CONFIGURATION = Configuration.builder().jsonProvider(new JsonSmartJsonProvider())
        .options(Option.SUPPRESS_EXCEPTIONS).build();

    static Object parse(String text) throws Exception {
        return new JSONParser(JSONParser.MODE_PERMISSIVE).parse(text, JSONValue.defaultReader.DEFAULT_ORDERED);
    }

    public static class Input {
        private final String body;
        private final Map<String, Map<String, Object>> params;
        public Input(String body, Map<String, Map<String, Object>> params) {
            this.body = body == null || body.isEmpty() ? "{}" : body;
            this.params = params;
        }
        public String getBody() { return body; }
        public Object path(String path) throws Exception {
            Object json;
            try { json = parse(body); } catch (net.minidev.json.parser.ParseException e) { JsonPath.compile(path); return null; }
            JsonPath compiled = JsonPath.compile(path);
            try { return compiled.read(json, CONFIGURATION); } catch (PathNotFoundException e) { return null; }
        }
        public String json(String path) throws Exception {
            Object found = path(path);
            return found == null ? "\"\"" : JSONValue.toJSONString(found, JSONStyle.LT_COMPRESS);
        }
        public Object params() { return params; }
        public Object params(String name) {
            for (Map<String, Object> kind : params.values()) if (kind.containsKey(name)) return kind.get(name);
            return null;
        }
    }

    public static class Util {
        public String escapeJavaScript(String s) { return StringEscapeUtils.escapeJavaScript(s); }
        public Object parseJson(String s) throws Exception { return parse(s); }
        public String urlEncode(String s) throws Exception { return URLEncoder.encode(s, "UTF-8"); }
        public String urlDecode(String s) throws Exception { return URLDecoder.decode(s, "UTF-8"); }
        public String base64Encode(String s) { return Base64.getEncoder().encodeToString(s.getBytes(StandardCharsets.UTF_8)); }
        public String base64Decode(String s) { return new String(Base64.getDecoder().decode(s), StandardCharsets.UTF_8); }
    }

    static class Silent extends HashMap<String, Object> {
        public String toString() { return ""; }
    }

    /** Dotted names as maps in maps. */
    static Map<String, Object> nested(Map<String, Object> flat) {
        Map<String, Object> all = new HashMap<String, Object>();
        Map<String, Object> request = new Silent();
        for (String kind : new String[] {"header", "path", "querystring"}) request.put(kind, new Silent());
        Map<String, Object> response = new Silent();
        response.put("header", new Silent());
        for (Map.Entry<String, Object> entry : flat.entrySet()) {
            String[] parts = entry.getKey().split("\\.");
            Map<String, Object> into = all;
            for (int i = 0; i < parts.length - 1; i++) {
                if (!into.containsKey(parts[i])) into.put(parts[i], new Silent());
                into = (Map<String, Object>) into.get(parts[i]);
            }
            into.put(parts[parts.length - 1], entry.getValue());
        }
        all.put("requestOverride", request);
        all.put("responseOverride", response);
        return all;
    }

    static Map<String, Object> map(Object json) {
        return json instanceof Map ? (Map<String, Object>) json : new LinkedHashMap<String, Object>();
    }

    public static void main(String[] args) throws Exception {
        RuntimeInstance velocity = new RuntimeInstance();
        velocity.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        velocity.setProperty("eventhandler.invalidreferences.class", Nulls.class.getName());
        velocity.setProperty("velocimacro.permissions.allow.inline", "false");
        velocity.setProperty("velocimacro.library", "");
        velocity.init();
        java.lang.reflect.Field directives = RuntimeInstance.class.getDeclaredField("runtimeDirectives");
        directives.setAccessible(true);
        Object known = directives.get(velocity);
        for (String name : new String[] {"evaluate", "parse", "include"}) {
            if (known instanceof Map) ((Map) known).remove(name);
        }
        java.lang.reflect.Field shared = null;
        try { shared = RuntimeInstance.class.getDeclaredField("runtimeDirectivesShared"); } catch (NoSuchFieldException e) { }
        if (shared != null) {
            shared.setAccessible(true);
            Object map = shared.get(velocity);
            if (map instanceof Map) for (String name : new String[] {"evaluate", "parse", "include"}) ((Map) map).remove(name);
        }
        if (args.length == 2 && args[0].equals("--time")) {
            System.out.println(time(velocity, map(parse(new String(java.nio.file.Files.readAllBytes(java.nio.file.Paths.get(args[1])), StandardCharsets.UTF_8)))));
            return;
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16), false, "UTF-8");
        String line;
        while ((line = in.readLine()) != null) {
            JSONObject answer = new JSONObject();
            Map<String, Object> asked = map(new JSONParser(JSONParser.MODE_PERMISSIVE).parse(line, JSONValue.defaultReader.DEFAULT_ORDERED));
            try {
                answer.put("out", asked.containsKey("template") ? render(velocity, asked) : read(asked));
            } catch (Throwable e) {
                Throwable why = e;
                while (why.getCause() != null) why = why.getCause();
                answer.put("error", why.getClass().getSimpleName() + ": " + why.getMessage());
            }
            out.println(answer.toJSONString(JSONStyle.LT_COMPRESS));
        }
        out.flush();
    }

    static String read(Map<String, Object> asked) throws Exception {
        Input input = new Input((String) asked.get("json"), null);
        if (asked.containsKey("path")) return input.json((String) asked.get("path"));
        parse(input.getBody());
        return input.json("$");
    }

    /** The least nanoseconds that a render takes, warm, of many thousands: parsed once, the body read each time. */
    static long time(RuntimeInstance velocity, Map<String, Object> asked) throws Exception {
        Template template = template(velocity, asked);
        long least = Long.MAX_VALUE, until = System.nanoTime() + 5_000_000_000L;
        while (System.nanoTime() < until) {
            long began = System.nanoTime();
            for (int i = 0; i < 100; i++) merge(template, asked);
            least = Math.min(least, (System.nanoTime() - began) / 100);
        }
        return least;
    }

    static String render(RuntimeInstance velocity, Map<String, Object> asked) throws Exception {
        return merge(template(velocity, asked), asked);
    }

    static Template template(RuntimeInstance velocity, Map<String, Object> asked) throws Exception {
        Template template = new Template();
        template.setRuntimeServices(velocity);
        template.setName("t");
        // A parser of its own: those of the pool remember the macros of other templates.
        template.setData(velocity.createNewParser().parse(new StringReader((String) asked.get("template")), "t"));
        template.initDocument();
        return template;
    }

    static String merge(Template template, Map<String, Object> asked) throws Exception {
        Map<String, Map<String, Object>> params = new LinkedHashMap<String, Map<String, Object>>();
        Map<String, Object> given = map(asked.get("params"));
        for (String kind : new String[] {"path", "querystring", "header"}) params.put(kind, map(given.get(kind)));
        VelocityContext context = new VelocityContext();
        context.put("input", new Input((String) asked.get("body"), params));
        context.put("util", new Util());
        context.put("context", nested(map(asked.get("context"))));
        context.put("stageVariables", new HashMap<String, Object>(map(asked.get("stageVariables"))));
        StringWriter writer = new StringWriter();
        template.merge(context, writer);
        return writer.toString();
    }
}
