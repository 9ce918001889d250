import type { Mutant } from "../mutant.ts";

const streams = ["tests/frontends/mcp/streams_test.ts"];
const offered = ["tests/cli/mcp/offered_program_test.ts"];
const schemas = ["tests/cli/mcp/type_schema_test.ts"];
const tools = ["tests/process/mcp_tools_test.ts"];
const tasks = ["tests/process/mcp_tasks_test.ts"];
const restart = ["tests/process/mcp_restart_test.ts"];
const peers = ["tests/process/mcp_peers_test.ts"];

const results = ["tests/process/mcp_results_test.ts"];

export const mcpMutants: readonly Mutant[] = [
  {
    bug: "a message over the bound is kept and read",
    file: "src/frontends/mcp/stream_channel.ts",
    find: "this.#bytes > this.#maxBytes ? undefined",
    put: "this.#bytes < 0 ? undefined",
    tests: streams,
  },
  {
    bug: "a call is stopped when the server stops",
    file: "src/frontends/mcp/tool_server.ts",
    find: "const isByClient = !calls.isClosing && ",
    put: "const isByClient = ",
    tests: streams,
  },
  {
    bug: "a cancelled call goes on",
    file: "src/frontends/mcp/tool_server.ts",
    find: "if (isByClient) await calls.stop(id);",
    put: "",
    tests: streams,
  },
  {
    bug: "private playbooks are tools",
    file: "src/cli/commands/mcp/offered_program.ts",
    find: "return isPublic && !hidden && !meeting;",
    put: "return !hidden && !meeting;",
    tests: offered,
  },
  {
    bug: "a repeated call with its arguments in another order is another call",
    file: "src/cli/commands/mcp/call_request.ts",
    find: "JSON.stringify(sorted(given))",
    put: "JSON.stringify(given)",
    tests: offered,
  },
  {
    bug: "the name of a session does not depend on the program",
    file: "src/cli/commands/mcp/call_request.ts",
    find: "sha256(`${program} ${key}`)",
    put: "sha256(key)",
    tests: offered,
  },
  {
    bug: "an optional field of a type is required",
    file: "src/cli/commands/mcp/type_schema.ts",
    find: "if (!isOptional) required.push(key);",
    put: "required.push(key);",
    tests: schemas,
  },
  {
    bug: "the rest of a type that cannot be read is ignored",
    file: "src/cli/commands/mcp/type_schema.ts",
    find: "return reader.isAtEnd ? schema : {};",
    put: "return schema;",
    tests: schemas,
  },
  {
    bug: "a used key with other arguments gives the first call's result",
    file: "src/cli/commands/mcp/called_sessions.ts",
    find: "if (!made || made.request?.hash === hash) return;",
    put: "return;",
    tests: tools,
  },
  {
    bug: "sessions that other commands began are tasks",
    file: "src/cli/commands/mcp/called_sessions.ts",
    find: "return session.key === this.#parts.program && toolOfSession(session) !== undefined;",
    put: "return session.key === this.#parts.program;",
    tests: tasks,
  },
  {
    bug: "tasks of another program are found",
    file: "src/cli/commands/mcp/called_sessions.ts",
    find: "return session.key === this.#parts.program && toolOfSession(session) !== undefined;",
    put: "return toolOfSession(session) !== undefined;",
    tests: restart,
  },
  {
    bug: "a server runs the sessions of others",
    file: "src/cli/commands/mcp/mcp.ts",
    find: "accepts: ({ session }) => calls.isOwn(session),",
    put: "",
    tests: restart,
  },
  {
    bug: "a question that was answered is asked again before the session has read the answer",
    file: "src/cli/commands/mcp/call_questions.ts",
    find: 'if (keys.has(inboxWords({ text: "", person }, key, people).key)) return [];',
    put: "",
    tests: tasks,
  },
  {
    bug: "a repeated answer is said twice",
    file: "src/cli/commands/mcp/call_questions.ts",
    find: "const key = `mcp ${id}`;",
    put: "const key = `mcp ${id} ${crypto.randomUUID()}`;",
    tests: tasks,
  },
  {
    bug: "a choice about a lost effect is not asked for",
    file: "src/cli/commands/mcp/call_questions.ts",
    find: "openEffects.filter(({ isRepeatable }) => !isRepeatable)",
    put: "openEffects.filter(({ isRepeatable }) => isRepeatable)",
    tests: restart,
  },
  {
    bug: "a stopped task is working",
    file: "src/cli/commands/mcp/called_sessions.ts",
    find: 'if (isCancelled(session)) return { kind: "cancelled", reason: "The call was cancelled" };',
    put: "",
    tests: tasks,
  },
  {
    bug: "any host may ask the endpoint",
    file: "src/frontends/mcp/http_endpoint.ts",
    find: "const entrance = admit(request, parts.access());",
    put: 'const entrance = { kind: "open" };',
    tests: peers,
  },
  {
    bug: "a result that is not of its declared type is sent as if it were",
    file: "src/frontends/mcp/tool_server.ts",
    find: "if (fault !== undefined) {\n        const { content }",
    put: "if (fault === null) {\n        const { content }",
    tests: results,
  },
  {
    bug: "a new status of a task is not told",
    file: "src/frontends/mcp/task_watch.ts",
    find: "await onStatus(view);",
    put: "",
    tests: results,
  },
];
