// Holds WasmPlugins against Istio's published definition of them, and sees that it refuses one that is wrong.
//
//     node validate.mjs FILE…
import { readFileSync } from "node:fs";
import { WasmPlugin } from "@kubernetes-models/istio/extensions.istio.io/v1alpha1/WasmPlugin";
import { parseAllDocuments } from "yaml";

let seen = 0;
for (const file of process.argv.slice(2)) {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    const plugin = document.toJS();
    new WasmPlugin(plugin).validate();
    if (!refused({ ...plugin, spec: { ...plugin.spec, failStrategy: "PASS" } })) {
      throw new Error(`${plugin.metadata.name}: a strategy that there is not is let pass`);
    }
    seen += 1;
  }
}
if (seen === 0) throw new Error("there is no WasmPlugin");
console.log(`${seen} WasmPlugins`);

function refused(plugin) {
  try {
    new WasmPlugin(plugin).validate();
    return false;
  } catch {
    return true;
  }
}
