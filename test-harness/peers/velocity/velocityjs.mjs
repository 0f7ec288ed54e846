// The least nanoseconds that velocityjs takes for a render, warm, of many thousands: parsed once, the body read each time.
// `velocityjs.mjs ENGINES LINE`: the folder that it was installed into, and {"template", "body", …} in a file.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [engines, line] = process.argv.slice(2);
const { Compile, parse } = createRequire(`${engines}/`)("velocityjs");
const asked = JSON.parse(readFileSync(line, "utf8"));
const nodes = parse(asked.template);

function render() {
  const body = JSON.parse(asked.body);
  const read = (path) => path.slice(2).split(".").reduce((at, key) => (key ? at[key] : at), body);
  return new Compile(nodes).render({
    input: { path: read, json: (path) => JSON.stringify(read(path)) },
    util: { escapeJavaScript: (text) => text.replace(/["'\\/]/g, "\\$&") },
    context: { ...asked.context, requestOverride: { header: {} } },
    stageVariables: asked.stageVariables,
  });
}

if (!render().includes("order-4711")) throw new Error(`it renders something else: ${render()}`);
let least = Infinity;
const until = performance.now() + 5000;
while (performance.now() < until) {
  const began = performance.now();
  for (let i = 0; i < 100; i++) render();
  least = Math.min(least, (performance.now() - began) / 100);
}
console.log(Math.round(least * 1e6));
