// Real clients in JavaScript sign the same awkward requests; each line is what one of them was told.
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { Sha256 } from "@aws-crypto/sha256-js";
import { HttpRequest } from "@smithy/protocol-http";
import { buildQueryString } from "@smithy/querystring-builder";
import { SignatureV4 } from "@smithy/signature-v4";
import aws4 from "aws4";
import { AwsClient } from "aws4fetch";

const [url, ...wanted] = process.argv.slice(2);
const requests = JSON.parse(readFileSync(new URL("requests.json", import.meta.url)));
const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: process.env.ALICES_SECRET_ACCESS_KEY };
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

const clients = {
  "@smithy/signature-v4": async ({ method, target, headers = {}, ...rest }) => {
    const [path, search = ""] = target.split("?");
    const body = bodyOf(rest);
    const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
    const unsigned = new HttpRequest({ method, hostname, port: Number(port), path, query: queryOf(search), headers: { host, ...headers }, body: body || undefined });
    const signed = await signer.sign(unsigned);
    const query = buildQueryString(signed.query);
    return send(method, signed.path + (query && `?${query}`), signed.headers, body);
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
