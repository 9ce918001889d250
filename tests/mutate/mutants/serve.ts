import type { Mutant } from "../mutant.ts";

const access = ["tests/security/http_access_test.ts"];
const bounds = ["tests/security/http_bounds_test.ts"];
const streams = ["tests/frontends/http_streams_test.ts"];
const repeats = ["tests/process/serve_repeats_test.ts"];
const server = ["tests/process/serve_test.ts"];
const api = ["tests/process/serve_api_test.ts"];

export const serveMutants: readonly Mutant[] = [
  {
    bug: "only the first request of a connection of the binary is bounded",
    file: "src/frontends/http/request_meter.ts",
    find: "      this.#sinceMs ??= nowMs;\n",
    put: "",
    tests: ["tests/frontends/http_gate_test.ts"],
  },
  {
    bug: "a body in chunks has no bound of time in the binary",
    file: "src/frontends/http/request_meter.ts",
    find: 'if (isInChunks) this.#phase = { kind: "chunk size", text: "" };',
    put: "if (isInChunks) this.#whole();",
    tests: ["tests/frontends/http_gate_test.ts"],
  },
  {
    bug: "a client that ends its side after a request gets no answer",
    file: "src/frontends/http/http_gate.ts",
    find: "if (!this.#isWaiting && !this.#isAnswered) this.end();",
    put: "this.end();",
    tests: ["tests/frontends/http_gate_test.ts"],
  },
  {
    bug: "a signal that comes while a server begins is not heard",
    file: "src/cli/commands/serve/served_runs.ts",
    find: "    if (this.#signal.aborted) resolve();\n",
    put: "",
    tests: ["tests/cli/host/served_runs_test.ts"],
  },
  {
    bug: "a request for the right host and another port is let in",
    file: "src/frontends/http/access.ts",
    find: "if (Number(own) !== port) return false;",
    put: "",
    tests: access,
  },
  {
    bug: "a page of another port of this machine may read",
    file: "src/frontends/http/access.ts",
    find: 'site === "cross-site" || site === "same-site"',
    put: 'site === "cross-site"',
    tests: access,
  },
  {
    bug: "each token of the right length is valid",
    file: "src/frontends/http/access.ts",
    find: "one.length === other.length && timingSafeEqual(one, other)",
    put: "one.length === other.length",
    tests: access,
  },
  {
    bug: "the first visit leads to another site",
    file: "src/frontends/http/access.ts",
    find: 'url.pathname.replace(/^\\/+/, "/")',
    put: "url.pathname",
    tests: access,
  },
  {
    bug: "the token in an address of the API is valid",
    file: "src/frontends/http/access.ts",
    find: 'return method === "GET" && !pathname.startsWith("/v1/");',
    put: 'return method === "GET";',
    tests: access,
  },
  {
    bug: "any number of connections is taken",
    file: "src/frontends/http/http_server.ts",
    find: "server.maxConnections = bounds.maxConnections;",
    put: "",
    tests: bounds,
  },
  {
    bug: "a slow body has no bound of time",
    file: "src/frontends/http/http_server.ts",
    find: "requestTimeout: bounds.requestMs,",
    put: "requestTimeout: 0,",
    tests: bounds,
  },
  {
    bug: "the body of a request is not counted while it arrives",
    file: "src/frontends/http/http_app.ts",
    find: "if (bytes > bounds.maxBodyBytes) throw tooLarge(bounds);",
    put: "",
    tests: api,
  },
  {
    bug: "a body of any type is taken",
    file: "src/frontends/http/http_app.ts",
    find: "if (type === null ? !bodyIsOptional : !/^application\\/json\\s*(;|$)/i.test(type)) {",
    put: "if (type === null && !bodyIsOptional) {",
    tests: api,
  },
  {
    bug: "any number of streams is opened",
    file: "src/frontends/http/event_stream.ts",
    find: "if (this.#open.size >= this.#bounds.maxStreams) {",
    put: "if (false) {",
    tests: streams,
  },
  {
    bug: "a key that another request has used gets the answer of that one",
    file: "src/frontends/http/idempotency.ts",
    find: "if (kept.fingerprint === fingerprint) return",
    put: "if (kept) return",
    tests: streams,
  },
  {
    bug: "a reader that continues inside of an entry misses an event",
    file: "src/frontends/http/session_lines.ts",
    find: "index < from.events",
    put: "index <= from.events",
    tests: server,
  },
  {
    bug: "a key makes another session after the server was killed",
    file: "src/cli/commands/serve/stored_actions.ts",
    find: "const made = id === undefined ? undefined : await this.#store.get(id);",
    put: "const made = undefined as SessionFile | undefined;",
    tests: server,
  },
  {
    bug: "words whose answer was lost are refused after the end of the program",
    file: "src/cli/commands/serve/stored_actions.ts",
    find: "if (request && !canGoOn(session) && await",
    put: "if (!request && !canGoOn(session) && await",
    tests: repeats,
  },
  {
    bug: "a request that changed a session is carried out again after the server was killed",
    file: "src/cli/commands/serve/handled_requests.ts",
    find: "handled.find(({ key }) => key === request?.key)",
    put: "handled.find(({ key }) => key === undefined)",
    tests: repeats,
  },
  {
    bug: "a fork is not queued if the server died after it was made",
    file: "src/cli/commands/serve/stored_actions.ts",
    find: "if (given.run && !(known && this.#handled.find(known, request)))",
    put: "if (given.run && !known)",
    tests: repeats,
  },
  {
    bug: "a flag of the command line stands in a problem of the API",
    file: "src/cli/commands/serve/request_errors.ts",
    find: "return asRequests.replaceAll(",
    put: "return asRequests || asRequests.replaceAll(",
    tests: api,
  },
];
