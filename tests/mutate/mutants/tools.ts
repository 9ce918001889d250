import type { Mutant } from "../mutant.ts";

const engine = ["tests/engine/tools_test.ts"];
const servers = ["tests/tools/servers_test.ts"];
const processes = ["tests/process/tools_test.ts"];
const acceptance = ["tests/acceptance/tools_test.ts"];

export const toolMutants: readonly Mutant[] = [
  {
    bug: "a tool whose name is that of another tool in code is left out",
    file: "src/engine/tool_playbooks.ts",
    find: "const name = freeName(playbook.name, taken);",
    put: "const name = playbook.name;\n    if (taken.has(plainName(name))) return [];",
    tests: engine,
  },
  {
    bug: "an expression in a server's schema is run on a value of the server",
    file: "src/tools/bounded_schema.ts",
    find: 'return key === "pattern" || key === "patternProperties"',
    put: 'return key === "patternProperties"',
    tests: servers,
  },
  {
    bug: "each sign of progress gives a call its whole time again",
    file: "src/tools/servers.ts",
    find: "    clearTimeout(this.#timer);\n    this.#count();",
    put: "    clearTimeout(this.#timer);\n    this.#spentMs = 0;",
    tests: servers,
  },
  {
    bug: "a person's time to answer counts for the whole time of a call",
    file: "src/tools/servers.ts",
    find: "if (this.#paused === 0) this.#spentMs",
    put: "this.#spentMs",
    tests: servers,
  },
  {
    bug: "a call of a tool that became a task is made again after a kill",
    file: "src/engine/tool_requests.ts",
    find: "...(task ? { task } : {})",
    put: "...{}",
    tests: engine,
  },
  {
    bug: "a call of a tool in flight is uncertain although its task is known",
    file: "src/engine/outside_requests.ts",
    find: "repeatable || task !== undefined ||",
    put: "repeatable ||",
    tests: engine,
  },
  {
    bug: "the handle of a tool's task is not journaled",
    file: "src/engine/tool_requests.ts",
    find: "if (!isOpen()) return;",
    put: "return;",
    tests: engine,
  },
  {
    bug: "a person is asked again what a tool server was told before the kill",
    file: "src/engine/tool_questions.ts",
    find: "if (known?.action !== undefined) return resolve(replyOf(known, known.action));",
    put: "",
    tests: engine,
  },
  {
    bug: "a call of a tool that changes something is repeated without asking",
    file: "src/engine/builtins/tool_call.ts",
    find: "repeatable: tool.readOnly === true || tool.idempotent === true,",
    put: "repeatable: true,",
    tests: engine,
  },
  {
    bug: "a program runs although its tool server cannot be reached",
    file: "src/engine/tool_lists.ts",
    find:
      'if (faults.length > 0 && !signal.aborted) schedule.stop({ kind: "tools", message: faults.join("\\n") });',
    put: "",
    tests: engine,
  },
  {
    bug: "a changed list of tools is not journaled",
    file: "src/engine/tool_lists.ts",
    find: 'writer.record({ type: "tools", at: clock.now(), server, list });\n    const names',
    put: "const names",
    tests: engine,
  },
  {
    bug: "a tool server gets all our environment variables",
    file: "src/tools/stdio_transport.ts",
    find: "clearEnv: true,",
    put: "clearEnv: false,",
    tests: servers,
  },
  {
    bug: "only the first process of a tool server is stopped",
    file: "src/tools/stdio_transport.ts",
    find: "else Deno.kill(-child.pid, signal);",
    put: "else Deno.kill(child.pid, signal);",
    tests: servers,
  },
  {
    bug: "a message of a tool server has no bound",
    file: "src/tools/stdio_transport.ts",
    find: "if (bytes > maxBytes) throw new MessageTooLargeError(maxBytes);",
    put: "",
    tests: servers,
  },
  {
    bug: "a call of a tool has no idempotency key",
    file: "src/tools/servers.ts",
    find: "[idempotencyMetaKey]: call.key,",
    put: "",
    tests: servers,
  },
  {
    bug: "a task is cancelled at its server when the run is interrupted",
    file: "src/tools/servers.ts",
    find: "if (options.keepsTask())",
    put: "if (!options.keepsTask())",
    tests: servers,
  },
  {
    bug: "progress does not give a tool more time",
    file: "src/tools/servers.ts",
    find: "onProgress: (params) => {\n        deadline.restart();",
    put: "onProgress: (params) => {",
    tests: servers,
  },
  {
    bug: "a tool server of a program is started without the user's trust",
    file: "src/cli/trust.ts",
    find: "if (isTrusted) return;\n  const list",
    put: "if (isTrusted || program) return;\n  const list",
    tests: processes,
  },
  {
    bug: "the answer about a program's tool server covers other servers",
    file: "src/cli/tool_trust.ts",
    find: "covers: JSON.stringify(server)",
    put: 'covers: ""',
    tests: processes,
  },
  {
    bug: "too many arguments of a tool are dropped",
    file: "src/engine/builtins/tool_call.ts",
    find: "if (positional.length > names.length) {",
    put: "if (positional.length < 0) {",
    tests: acceptance,
  },
];
