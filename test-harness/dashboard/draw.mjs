// Bundles the page, opens it in a Chromium without a window, and keeps a picture of it: node draw.mjs run.json picture.png
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const WIDTH = 1600;
const here = dirname(fileURLToPath(import.meta.url));
const ui = resolve(dirname(createRequire(import.meta.url).resolve("@grafana/ui")), "../..");
const STYLE = `
  body { margin: 0; }
  .toolbar { display: flex; align-items: center; gap: 8px; padding: 16px 16px 8px; }
  .toolbar h1 { font-size: 18px; margin: 0 16px 0 0; }
  .space { flex: 1; }
  .grid { position: relative; }
  .place { position: absolute; }
  .heading { display: flex; align-items: center; gap: 4px; height: 100%; font-weight: 500; }
  .no-data { display: flex; align-items: center; justify-content: center; opacity: 0.65; }
`;

const [run, picture] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const bundle = await bundled();
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 }, timezoneId: "UTC", locale: "en-US" });
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  // Nothing comes from anywhere but here.
  await page.route("**", async (route) => {
    const path = new URL(route.request().url()).pathname;
    const body = await served(path, bundle);
    if (body === undefined) problems.push(`no ${path}`);
    await (body === undefined ? route.fulfill({ status: 404 }) : route.fulfill({ body, contentType: typeOf(path) }));
  });
  await page.goto("http://dashboard.local/");
  await page.waitForSelector(".uplot canvas", { timeout: 60_000 });
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(2000);
  if (problems.length > 0) throw new Error(`the page is not whole: ${problems.join("; ")}`);
  await page.screenshot({ path: picture, fullPage: true });
} finally {
  await browser.close();
}

async function bundled() {
  const { outputFiles } = await build({
    entryPoints: [join(here, "page.jsx")],
    bundle: true,
    write: false,
    outdir: "/bundle",
    minify: true,
    format: "iife",
    jsx: "automatic",
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"', "process.env": "{}", global: "window" },
    loader: { ".ttf": "empty" },
  });
  const ending = (by) => outputFiles.find(({ path }) => path.endsWith(by)).text;
  return { script: ending(".js"), style: ending(".css") };
}

// What a Grafana server has under these paths.
async function served(path, { script, style }) {
  if (path === "/") return `<!doctype html><link rel="stylesheet" href="/page.css"><div id="dashboard"></div><script src="/page.js"></script>`;
  if (path === "/page.js") return script;
  if (path === "/page.css") return style + STYLE;
  if (path === "/run.json") return readFile(run);
  const file = path.startsWith("/public/build/img/")
    ? join(ui, "dist/public/img", path.slice("/public/build/img/".length))
    : join(here, "node_modules/inter-ui/web", path.split("/").pop());
  return existsSync(file) ? readFile(file) : undefined;
}

function typeOf(path) {
  const types = { js: "text/javascript", css: "text/css", json: "application/json", svg: "image/svg+xml", woff2: "font/woff2" };
  return types[path.split(".").pop()] ?? "text/html";
}
