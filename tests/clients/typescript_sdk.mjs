// Microsoft's JavaScript client (@microsoft/microsoft-graph-client) and the models of its TypeScript SDK
// (@microsoft/msgraph-beta-sdk) against the emulator, with only their base URL changed.
//
// The JavaScript client sends no token over plain HTTP, so the emulator has to serve TLS:
//   incident-tasks emulator --tls self-signed --ca ca.pem
//   NODE_EXTRA_CA_CERTS=ca.pem node typescript_sdk.mjs https://127.0.0.1:8080/beta

import assert from "node:assert";
import { AnonymousAuthenticationProvider, HttpMethod, RequestInformation } from "@microsoft/kiota-abstractions";
import { DefaultRequestAdapter } from "@microsoft/kiota-bundle";
import { BatchRequestContent, BatchResponseContent, Client, GraphError } from "@microsoft/microsoft-graph-client";
import { createODataErrorFromDiscriminatorValue } from "@microsoft/msgraph-beta-sdk/models/oDataErrors/index.js";
import {
  createIncidentTaskCollectionResponseFromDiscriminatorValue, createIncidentTaskFromDiscriminatorValue, serializeIncidentTask,
} from "@microsoft/msgraph-beta-sdk/models/security/index.js";

const [, , baseUrl] = process.argv;
const emulator = `${baseUrl.replace(/\/beta$/, "")}/emulator`;
const tasks = "/security/incidentTasks";
const [task, actionTask] = ["213213", "213214"];

const call = async (method, path, body) => {
  const response = await fetch(emulator + path, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" } });
  assert.ok(response.ok, await response.text());
};
const inject = (fault, times = 1) => call("POST", "/faults", { fault, times });

// The JavaScript client, which builds its URLs from texts.
const client = Client.init({
  baseUrl: baseUrl.replace(/\/beta$/, "/"), defaultVersion: "beta", customHosts: new Set([new URL(baseUrl).hostname]),
  authProvider: done => done(null, "any"),
});
const ids = page => page.value.map(({ id }) => id).join(", ");
const list = async query => ids(await client.api(tasks).query(query).get());

// The models of the TypeScript SDK, which has no request builder for incident tasks.
const adapter = new DefaultRequestAdapter(new AnonymousAuthenticationProvider());
adapter.baseUrl = baseUrl;
const information = (method, template, parameters = {}, query = {}) => {
  const request = new RequestInformation(method, `{+baseurl}${tasks}${template}`, { baseurl: baseUrl, ...parameters });
  Object.assign(request.queryParameters, query);
  request.headers.add("Authorization", "Bearer any");
  request.headers.add("Accept", "application/json");
  return request;
};
const errors = { XXX: createODataErrorFromDiscriminatorValue };
const byId = (method, id) => information(method, "/{id}", { id });
const typedGet = id => adapter.send(byId(HttpMethod.GET, id), createIncidentTaskFromDiscriminatorValue, errors);

const fails = async (status, work) => {
  try {
    await work();
  } catch (error) {
    assert.equal(error.statusCode ?? error.responseStatusCode, status, error.message);
    const code = error instanceof GraphError ? error.code : error.errorEscaped?.code;
    assert.ok(code, `the error has no code: ${JSON.stringify(error)}`);
    return `${status} ${code}`;
  }
  throw new Error(`no error ${status}`);
};
const batch = async dependsOn => {
  const item = (id, method, path, body) => {
    const headers = { "content-type": "application/json" };
    const request = new Request(`${baseUrl}${path}`, { method, body: body && JSON.stringify(body), headers });
    return { id, request, ...(dependsOn && id !== "1" && { dependsOn: [String(id - 1)] }) };
  };
  const items = [item("1", "GET", `${tasks}/${task}`), item("2", "PATCH", `${tasks}/${task}`, { status: "failed" }), item("3", "GET", `${tasks}/7`), item("4", "GET", `${tasks}?$top=1`)];
  const content = await new BatchRequestContent(items).getContent();
  const responses = new BatchResponseContent(await client.api("/$batch").post(content));
  return ["1", "2", "3", "4"].map(id => responses.getResponseById(id).status).join(", ");
};

const checks = {
  "client: list": () => list({}),
  "client: list $filter": () => list({ $filter: "status eq 'open' and incidentId eq '123'" }),
  "client: list $orderby": () => list({ $orderby: "lastUpdateDateTime desc" }),
  "client: list $top": () => list({ $top: "1" }),
  "client: list $skip": () => list({ $skip: "1" }),
  "client: list $select": () => list({ $select: "id,status" }),
  "client: list $search": () => list({ $search: "\"reset device\"" }),
  "client: list $count": () => list({ $count: "true" }),
  "client: list $expand": () => list({ $expand: "incident" }),
  "client: paging": async () => {
    let page = await client.api(tasks).top(1).get();
    const found = [ids(page)];
    while (page["@odata.nextLink"]) {
      page = await client.api(page["@odata.nextLink"]).get();
      found.push(ids(page));
    }
    return found.join(", ");
  },
  "client: get": async () => (await client.api(`${tasks}/${task}`).get()).displayName,
  "client: get by key in parentheses": async () => (await client.api(`${tasks}('${task}')`).get()).displayName,
  "client: update": async () => (await client.api(`${tasks}/${task}`).patch({ status: "completed" })).status,
  "client: execute": async () => {
    await client.api(`${tasks}/${actionTask}/microsoft.graph.security.executeResponseAction`).post();
    return (await client.api(`${tasks}/${actionTask}`).get()).actionStatus;
  },
  "client: batch": () => batch(false),
  "client: batch, dependsOn": () => batch(true),
  "client: 400": () => fails(400, () => client.api(`${tasks}/abc`).get()),
  "client: 403": async () => { await inject("forbidden"); return fails(403, () => client.api(`${tasks}/${task}`).get()); },
  "client: 404": () => fails(404, () => client.api(`${tasks}/7`).get()),
  "client: 429, retried": async () => { await inject("throttled-past-date"); return (await client.api(`${tasks}/${task}`).get()).id; },
  "models: list": async () => {
    const request = information(HttpMethod.GET, "{?%24top,%24filter}", {}, { "%24top": 2, "%24filter": "status eq 'open'" });
    const page = await adapter.send(request, createIncidentTaskCollectionResponseFromDiscriminatorValue, errors);
    return page.value.map(({ id }) => id).join(", ");
  },
  "models: get": async () => {
    const { status, responseAction, createdDateTime } = await typedGet(actionTask);
    return `${status} ${responseAction.odataType} ${createdDateTime.toISOString()}`;
  },
  "models: update": async () => {
    const request = byId(HttpMethod.PATCH, task);
    request.setContentFromParsable(adapter, "application/json", { status: "completed" }, serializeIncidentTask);
    return (await adapter.send(request, createIncidentTaskFromDiscriminatorValue, errors)).status;
  },
  "models: 400": () => fails(400, () => typedGet("abc")),
  "models: 403": async () => { await inject("forbidden"); return fails(403, () => typedGet(task)); },
  "models: 404": () => fails(404, () => typedGet("7")),
  "models: 429": async () => { await inject("throttled-past-date", 10); return fails(429, () => typedGet(task)); },
};

let failures = 0;
for (const [name, check] of Object.entries(checks)) {
  await call("POST", "/reset");
  try {
    console.log(`| ${name} | ok | ${await check()} |`);
  } catch (error) {
    failures += 1;
    console.log(`| ${name} | FAILED | ${String(error.message).slice(0, 300)} |`);
  }
}
console.log(`${Object.keys(checks).length - failures} of ${Object.keys(checks).length} passed`);
process.exit(failures > 0 ? 1 : 0);
