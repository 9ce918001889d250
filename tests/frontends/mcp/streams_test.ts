import { assertEquals, assertStringIncludes } from "@std/assert";
import * as library from "../../../src/frontends/mcp/mcp_server_library.ts";
import { serveMcpStreams } from "../../../src/frontends/mcp/mod.ts";
import { EndlessCalls } from "../../support/endless_calls.ts";

type Loose = ReturnType<typeof JSON.parse>;

/** Serves the lines of an input, in chunks of some bytes. Gives the messages of the server. */
async function served(
  lines: readonly string[],
  { chunk = 1_000, calls = new EndlessCalls(), maxMessageBytes = 10_000 }: {
    readonly chunk?: number;
    readonly calls?: EndlessCalls;
    readonly maxMessageBytes?: number;
  } = {},
): Promise<readonly Loose[]> {
  const bytes = new TextEncoder().encode(lines.join("\n"));
  let at = 0;
  let written = "";
  const decoder = new TextDecoder();
  const terminal = { isTerminal: () => false, setRaw: () => {} };
  await serveMcpStreams(library, { calls, name: "test", version: "1", onFault: () => {} }, {
    stdin: {
      ...terminal,
      read: async (buffer) => {
        // Each read lets the server work on what it has.
        await new Promise((resolve) => setTimeout(resolve));
        const part = bytes.subarray(at, at + Math.min(chunk, buffer.length));
        buffer.set(part);
        at += part.length;
        return part.length === 0 ? null : part.length;
      },
    },
    stdout: {
      ...terminal,
      writeSync: (given) => {
        written += decoder.decode(given, { stream: true });
        return given.length;
      },
    },
    maxMessageBytes,
    signal: new AbortController().signal,
    onEnd: () => calls.isClosing = true,
  });
  return written.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

function line(id: number, method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

const hello = line(1, "initialize", {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "Größe", version: "1" },
});

Deno.test("mcp streams: messages may be cut anywhere, and the last line needs no end", async () => {
  const lines = [hello, "", line(2, "ping"), line(3, "tools/list")];
  for (const chunk of [1, 2, 7, 1_000]) {
    const answers = await served(lines, { chunk });
    assertEquals(answers.map(({ id }) => id), [1, 2, 3], `chunks of ${chunk} bytes`);
  }
});

Deno.test("mcp streams: a message over the bound is refused and skipped; one of exactly that size is not", async () => {
  const ping = (size: number) => {
    const [start = "", end = ""] = line(7, "ping", { pad: "PAD" }).split("PAD");
    return `${start}${"x".repeat(size - start.length - end.length)}${end}`;
  };
  const fits = await served([hello, ping(10_000), line(8, "ping")]);
  assertEquals(fits.map(({ id }) => id), [1, 7, 8]);
  const refused = await served([hello, ping(10_001), line(8, "ping")]);
  const codes = refused.map(({ id, error }) => `${id} ${error?.code}`).sort();
  assertEquals(codes, ["1 undefined", "8 undefined", "null -32600"]);
});

Deno.test("mcp streams: what is no message gets an error, and the connection goes on", async () => {
  const answers = await served([hello, "{", "[]", "7", '{"id":5}', line(9, "ping")]);
  assertEquals(answers.flatMap(({ error }) => error ? [error.code] : []), [-32700, -32600, -32600, -32600]);
  assertStringIncludes(JSON.stringify(answers), '"id":9');
});

Deno.test("mcp streams: a cancelled call is stopped; one that the end of the connection interrupts is not", async () => {
  const calls = new EndlessCalls();
  const call = (id: number) => line(id, "tools/call", { name: "echo", arguments: {} });
  const cancelled = JSON.stringify({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 2 },
  });
  const answers = await served([hello, call(2), call(3), cancelled, line(4, "ping")], { calls, chunk: 50 });
  assertEquals(answers.map(({ id }) => id), [1, 4]);
  assertEquals(calls.stopped, ["call 1"]);
});
