import { assert, assertEquals } from "@std/assert";
import { McpProcess } from "../support/mcp_process.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { waitFor } from "../support/tool_servers.ts";

const greeter = `# Greeter
\`\`\`ts
/** @public */
export async function greet() {
  return "hello";
}
/** @public */
export async function wait() {
  for (;;) await Sleep(0.5);
}
\`\`\`
`;

Deno.test("mcp: calls that other processes of the storage run do not count as open", async () => {
  await using folder = await folderWith({ "greeter.pb": greeter });
  const server = new McpProcess(folder, ["greeter.pb", "--max-calls", "3", "--concurrency", "1"]);
  // The server has no place for other calls.
  await server.task("wait");
  await waitFor(() => assert(folder.journal().some(({ type }) => type === "start")));
  const worker = folder.start(["worker"]);
  await worker.until("at the same time");
  for (let n = 0; n < 8; n++) {
    assertEquals((await server.untilSettled(await server.task("greet"))).status, "completed");
  }
  for (const each of [worker, server.process]) each.kill("SIGTERM");
  for (const each of [worker, server.process]) assertEquals((await each.finished).code, 0);
});
