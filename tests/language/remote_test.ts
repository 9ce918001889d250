import { assertEquals } from "@std/assert";
import type { AgentClass } from "../../src/language/mod.ts";
import { outlineOf, parse, short } from "./support.ts";

/** The server of an agent whose metadata has these lines, and the problems. */
async function remoteOf(lines: string): Promise<{ server: AgentClass["remote"]; told: string[] }> {
  const { program, problems } = await parse(`# Files\nFile tools.\n${lines}\n`);
  const told = problems.filter(({ code }) => code === "remote").map((problem) =>
    `${short(problem)}${problem.hint === undefined ? "" : `; ${problem.hint}`}`
  );
  return { server: program.agents[0]!.remote, told };
}

const stdio = { kind: "stdio" as const, env: {} };
const http = { kind: "http" as const, headers: {} };

const servers: readonly [string, AgentClass["remote"]][] = [
  ["remote: files", { kind: "named", name: "files" }],
  ["remote:\n  server: files", { kind: "named", name: "files" }],
  ["remote:\n  type: mcp\n  command: node\n  args: [server.js, 8080]", {
    ...stdio,
    command: "node",
    args: ["server.js", "8080"],
  }],
  ["remote:\n  command: npx -y 'my server' \"a b\" c\\ d", {
    ...stdio,
    command: "npx",
    args: ["-y", "my server", "a b", "c d"],
  }],
  ["remote:\n  type: mcp\n  transport: stdio\n  url: npx @modelcontextprotocol/server-filesystem /tmp", {
    ...stdio,
    command: "npx",
    args: ["@modelcontextprotocol/server-filesystem", "/tmp"],
  }],
  [
    "remote:\n  command: x\n  args: []\n  cwd: data\n  timeout: 5\n  total_timeout: 50\n  env:\n    A: 1\n    B: ${TOKEN}",
    {
      kind: "stdio",
      command: "x",
      args: [],
      cwd: "data",
      timeoutSeconds: 5,
      totalTimeoutSeconds: 50,
      env: { A: "1", B: "${TOKEN}" },
    },
  ],
  ["remote:\n  command: x\n  env: [GITHUB_TOKEN]", {
    ...stdio,
    command: "x",
    args: [],
    env: { GITHUB_TOKEN: "${GITHUB_TOKEN}" },
  }],
  ["remote:\n  url: http://127.0.0.1:1/mcp", { ...http, transport: "auto", url: "http://127.0.0.1:1/mcp" }],
  ["remote:\n  transport: sse\n  url: http://h/sse", { ...http, transport: "sse", url: "http://h/sse" }],
  ["remote:\n  transport: streamable-http\n  url: https://h/mcp\n  headers: { X-A: b }", {
    kind: "http",
    transport: "streamable-http",
    url: "https://h/mcp",
    headers: { "X-A": "b" },
  }],
  ["remote:\n  url: https://h\n  auth: { type: bearer, token_env: TOKEN }", {
    ...http,
    transport: "auto",
    url: "https://h",
    auth: { type: "bearer", token: "${TOKEN}" },
  }],
  ["remote:\n  url: https://h\n  auth: { type: api_key, key: '${KEY}', header: X-Key }", {
    ...http,
    transport: "auto",
    url: "https://h",
    auth: { type: "header", header: "X-Key", value: "${KEY}" },
  }],
  ["remote:\n  url: https://h\n  auth: { type: basic, username: a, password_env: P }", {
    ...http,
    transport: "auto",
    url: "https://h",
    auth: { type: "basic", username: "a", password: "${P}" },
  }],
  ["remote:\n  url: https://h\n  auth: { type: oauth, client_id: a, client_secret_env: S, scope: read }", {
    ...http,
    transport: "auto",
    url: "https://h",
    auth: { type: "oauth", clientId: "a", clientSecret: "${S}", scope: "read" },
  }],
];

for (const [lines, server] of servers) {
  Deno.test(`remote: a server is read from ${JSON.stringify(lines)}`, async () => {
    assertEquals(await remoteOf(lines), { server, told: [] });
  });
}

const faults: readonly [string, string][] = [
  [
    "remote: [1]",
    '! 3:1 "remote" must describe a tool server; Write "type: mcp" and "command:" or "url:" below it, or the name of a server of playbooks.toml',
  ],
  [
    "remote: a b",
    '! 3:1 "a b" is not the name of a server; A name has letters, digits, _ and -, as in [mcp.servers.files]',
  ],
  ["remote:\n  type: a2a\n  url: http://h", '! 4:3 "type" of a remote agent must be mcp, not "a2a"'],
  [
    "remote:\n  type: mcp",
    '! 3:1 "remote" does not say how to reach its server; Give it "command:" (and "args:") for a server to start, or "url:" for one that runs',
  ],
  [
    "remote:\n  url: memory://mcp.py",
    '! 4:3 A server in the same process (memory://) is not possible: it is Python code; playbooks upgrade FILE does what is needed: it starts the server as a process, such as "command: python" and "args: [server.py]"',
  ],
  [
    "remote:\n  transport: memory\n  url: x",
    '! 5:3 A server in the same process (memory://) is not possible: it is Python code; playbooks upgrade FILE does what is needed: it starts the server as a process, such as "command: python" and "args: [server.py]"',
  ],
  [
    "remote:\n  transport: websocket\n  url: ws://h",
    '! 4:3 Tool servers are not reached by WebSocket: the protocol has no such transport; Use its streamable HTTP address: "url: https://…/mcp"',
  ],
  [
    "remote:\n  transport: pigeon\n  url: http://h",
    '! 4:3 "transport" must be stdio, streamable-http or sse, not "pigeon"',
  ],
  [
    "remote:\n  url: ftp://h",
    '! 4:3 "ftp://h" is not the address of a server; Write an http or https address, or "transport: stdio" for a command line',
  ],
  ["remote:\n  command: x\n  url: http://h", '! 5:3 "remote" has both "command" and "url"; Keep one of them'],
  ["remote:\n  command: x 'y", '! 4:3 "command" must be the program to start, as text'],
  [
    "remote:\n  command: x\n  args: { a: 1 }",
    '! 5:3 "args" must be a list of texts; For example: args: [server.js, /data]',
  ],
  [
    "remote:\n  command: x\n  headers: { a: b }",
    '! 5:3 "headers" is for a server with an address; Use "env:" for a process',
  ],
  ["remote:\n  command: x\n  timeout: soon", '! 5:3 "timeout" must be seconds from 1 to 86400, not "soon"'],
  [
    "remote:\n  command: x\n  total_timeout: 0",
    '! 5:3 "total_timeout" must be seconds from 1 to 604800, not 0',
  ],
  [
    "remote:\n  url: http://h\n  env: { a: b }",
    '! 5:3 "env" is for a server that is started; Add "command:"',
  ],
  [
    "remote:\n  url: http://h\n  auth: { type: mtls }",
    "! 5:3 Client certificates (mtls) are not part of this version; Use bearer, api_key, basic or oauth",
  ],
  [
    "remote:\n  url: http://h\n  auth: { type: bearer }",
    '! 5:3 "auth" needs "token_env", the environment variable that holds the token',
  ],
  [
    "remote:\n  url: http://h\n  colour: red",
    '! 5:3 "remote" has no key "colour"; Its keys are type, server, command, args, env, cwd, url, headers, auth, transport, timeout, total_timeout',
  ],
];

for (const [lines, told] of faults) {
  Deno.test(`remote: a mistake is a problem: ${JSON.stringify(lines)}`, async () => {
    assertEquals(await remoteOf(lines), { server: undefined, told: [told] });
  });
}

Deno.test("remote: a secret that stands in the program is a warning, and the program still runs", async () => {
  const { server, told } = await remoteOf("remote:\n  url: https://h\n  auth: { type: bearer, token: abc }");
  assertEquals(server?.kind, "http");
  assertEquals(told, [
    '! 5:3 "token" of "auth" stands in the program, so sessions keep it; ' +
    "Write token_env: NAME to take it from an environment variable",
  ]);
});

Deno.test("remote: the outline shows an agent with tools as one of MCP, whatever its heading says", async () => {
  const remote = "remote:\n  url: http://localhost:1/mcp\n";
  const text =
    `# Travel MCP\n${remote}\n# Maps:MCP\n${remote}\n# Boss\nprose\n\n# Shop\nremote: shop\nstartup_mode: standby\n`;
  assertEquals(await outlineOf(text), "TravelMcp [MCP]\n\nMaps [MCP]\n\nBoss\n\nShop [MCP, standby]");
});
