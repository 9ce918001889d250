import { defineCommand, optional, type SplitArguments } from "../../command.ts";
import { readCount } from "../../session_filter.ts";
import { readServeOptions, serveFlags } from "../serve/flags.ts";
import type { McpOptions } from "./options.ts";

const defaultMaxCalls = 1000;
const httpFlags = ["port", "host", "token-file", "allow-host"];

/** `playbooks mcp`. */
export const mcpCommand = defineCommand<McpOptions>({
  name: "mcp",
  operands: "FILES…",
  completes: "files",
  operandCount: { min: 1, max: Infinity },
  summary: "offer the public playbooks of a program as tools (MCP)",
  detail:
    `FILES are one program. Each public playbook is a tool, and each call of it is a session. A server that is
killed and started again goes on with all of them. For clients with Tasks, a session's id is that of its task.
For others, a call lasts until its session ends, and asks persons by elicitation.

Without --http, the client starts the server and speaks on the standard streams.`,
  flags: [
    { name: "http", doc: "listen for HTTP on this machine; prints the address and the token" },
    ...serveFlags.filter(({ name }) => name !== "json"),
    {
      name: "max-calls",
      value: "N",
      doc: `refuse further calls while N are open; ${defaultMaxCalls} by default`,
    },
    { name: "model", value: "SPEC", doc: "the model of new sessions, as openai:gpt-5" },
    { name: "verbose", short: "v", doc: "tell on standard error which sessions begin and end" },
  ],
  examples: ["playbooks mcp examples/tax.pb", "playbooks mcp examples/tax.pb --http --port 8080"],
  asksModels: true,
  read: readMcpOptions,
  load: async () => (await import("./mcp.ts")).mcp,
});

function readMcpOptions(given: SplitArguments): McpOptions {
  const { flags, repeated } = given;
  const http = flags.has("http");
  const needless = httpFlags.find((name) => flags.has(name) || (repeated.get(name)?.length ?? 0) > 0);
  const { files, port, host, tokenFile, names, concurrency, trust, config } = readServeOptions(given);
  return {
    files,
    concurrency,
    maxCalls: readCount("--max-calls", flags.get("max-calls")) ?? defaultMaxCalls,
    trust,
    verbose: flags.has("verbose"),
    ...(http ? {} : optional("needless", needless)),
    ...(http ? { http: { port, host, names, ...optional("tokenFile", tokenFile) } } : {}),
    ...optional("config", config),
    ...optional("model", flags.get("model")),
  };
}
