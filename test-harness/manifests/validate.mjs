// Holds manifests against their published definitions, and sees that each kind's refuses one that is wrong.
//
//     node validate.mjs FILE…
import { readFileSync } from "node:fs";
import { HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute";
import { WasmPlugin } from "@kubernetes-models/istio/extensions.istio.io/v1alpha1/WasmPlugin";
import { VirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import { EnvoyFilter } from "@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter";
import { parseAllDocuments } from "yaml";

// How each kind is broken.
const KINDS = {
  WasmPlugin: [WasmPlugin, (spec) => (spec.failStrategy = "PASS")],
  EnvoyFilter: [EnvoyFilter, (spec) => (spec.configPatches[0].applyTo = "ANYTHING")],
  VirtualService: [VirtualService, (spec) => (spec.http[0].directResponse.status = "500")],
  HTTPRoute: [HTTPRoute, (spec) => (spec.rules[0].matches[0].path.type = "Suffix")],
};

const seen = {};
for (const file of process.argv.slice(2)) {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    if (document.errors.length > 0) throw document.errors[0];
    const object = document.toJS();
    // Envoy Gateway's own.
    if (object.apiVersion.startsWith("gateway.envoyproxy.io/")) continue;
    const [Kind, breaks] = KINDS[object.kind] ?? unknown(object.kind);
    new Kind(object).validate();
    const broken = structuredClone(object);
    breaks(broken.spec);
    if (!refused(new Kind(broken))) throw new Error(`${object.kind}: what is wrong is let pass`);
    seen[object.kind] = (seen[object.kind] ?? 0) + 1;
  }
}
for (const kind of Object.keys(KINDS)) {
  if (!seen[kind]) throw new Error(`there is no ${kind}`);
}
console.log(Object.entries(seen).map(([kind, number]) => `${number} ${kind}`).join(", "));

function unknown(kind) {
  throw new Error(`nobody here knows what a ${kind} is`);
}

function refused(object) {
  try {
    object.validate();
    return false;
  } catch {
    return true;
  }
}
