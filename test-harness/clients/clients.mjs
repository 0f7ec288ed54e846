// Real clients in JavaScript sign the same awkward requests; each line is what one of them was told.
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { createRequire } from "node:module";
import { Sha256 } from "@aws-crypto/sha256-js";
import { HttpRequest } from "@smithy/protocol-http";
import { buildQueryString } from "@smithy/querystring-builder";
import { SignatureV4 } from "@smithy/signature-v4";
import { SignatureV4a } from "@smithy/signature-v4a";
import aws4 from "aws4";
import { aws4Interceptor } from "aws4-axios";
import { AwsClient } from "aws4fetch";
import axios from "axios";

// Amplify's signer is in no list of what its package exports.
const amplify = createRequire(import.meta.url)("./node_modules/@aws-amplify/core/dist/cjs/clients/middleware/signing/signer/signatureV4/index.js");

const [url, ...wanted] = process.argv.slice(2);
const requests = JSON.parse(readFileSync(new URL("requests.json", import.meta.url)));
const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: process.env.ALICES_SECRET_ACCESS_KEY };
const temporary = { ...credentials, accessKeyId: "ASIAIOSFODNN7EXAMPLE", sessionToken: process.env.ALICES_SESSION_TOKEN };
const [region, service] = ["us-east-1", "execute-api"];
const { host, hostname, port } = new URL(url);
const bodyOf = (request) => (request.repeat ? "x".repeat(request.repeat) : (request.body ?? ""));

/** Sends the request as it is. */
const send = (method, path, headers, body) =>
  new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, method, path, headers, timeout: 20000 }, (response) => {
      let told = "";
      response.on("data", (chunk) => (told += chunk));
      response.on("end", () => resolve([response.statusCode, told]));
    });
    sent.on("error", reject);
    sent.end(body);
  });

/** smithy takes the query as a map. */
const queryOf = (search) => {
  const query = {};
  for (const pair of search.split("&").filter(Boolean)) {
    const [name, value = ""] = pair.split(/=(.*)/s).map(decodeURIComponent);
    query[name] = name in query ? [].concat(query[name], value) : value;
  }
  return query;
};

const smithy = (sign) => async ({ method, target, headers = {}, ...rest }) => {
  const [path, search = ""] = target.split("?");
  const body = bodyOf(rest);
  const unsigned = new HttpRequest({ method, hostname, port: Number(port), path, query: queryOf(search), headers: { host, ...headers }, body: body || undefined });
  const signed = await sign(unsigned);
  const query = buildQueryString(signed.query);
  return send(method, signed.path + (query && `?${query}`), signed.headers, body);
};
const v4 = new SignatureV4({ credentials, region, service, sha256: Sha256 });
const v4WithToken = new SignatureV4({ credentials: temporary, region, service, sha256: Sha256 });
const v4a = new SignatureV4a({ credentials: temporary, region: "eu-west-1,us-*", service, sha256: Sha256 });

const signing = axios.create({ validateStatus: () => true, maxRedirects: 0, responseType: "text", timeout: 20000, proxy: false });
signing.interceptors.request.use(aws4Interceptor({ options: { region, service }, credentials: temporary, instance: signing }));

const amplified = { credentials: temporary, signingRegion: region, signingService: service };

const clients = {
  "@smithy/signature-v4": smithy((request) => v4.sign(request)),
  "@smithy/signature-v4 presigned": smithy((request) => v4WithToken.presign(request, { expiresIn: 60 })),
  "@smithy/signature-v4a": smithy((request) => v4a.sign(request)),
  "@aws-amplify/core": async ({ method, target, headers = {}, ...rest }) => {
    const body = bodyOf(rest);
    const unsigned = { method, url: new URL(url + target), headers: { ...headers }, body: body || undefined };
    const signed = amplify.signRequest(unsigned, { ...amplified, signingDate: new Date() });
    return send(method, signed.url.pathname + signed.url.search, { ...signed.headers, host }, body);
  },
  "aws4-axios": async ({ method, target, headers = {}, ...rest }) => {
    const told = await signing.request({ method, url: url + target, headers, data: bodyOf(rest) || undefined });
    return [told.status, String(told.data)];
  },
  aws4: async ({ method, target, headers = {}, ...rest }) => {
    const body = bodyOf(rest);
    const signed = aws4.sign({ host, method, path: target, headers, body, service, region }, credentials);
    return send(method, signed.path, signed.headers, body);
  },
  aws4fetch: async ({ method, target, headers = {}, ...rest }) => {
    const body = bodyOf(rest);
    const client = new AwsClient({ ...credentials, region, service, retries: 0 });
    const told = await client.fetch(url + target, { method, headers, body: body || undefined });
    return [told.status, await told.text()];
  },
};

for (const client of wanted.length ? wanted : Object.keys(clients)) {
  for (const request of requests) {
    let [status, body] = [0, ""];
    try {
      [status, body] = await clients[client](request);
    } catch (error) {
      body = String(error);
    }
    console.log(JSON.stringify({ client, request: request.name, status, body: body.slice(0, 600) }));
  }
}
