import { assertEquals } from "@std/assert";
import { HookServer } from "../support/hook_server.ts";
import { spansOf } from "../support/otlp_spans.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { testWithPostgres } from "../support/postgres_store.ts";

const asks = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "Thanks for " + await Yield("user"));
}
\`\`\`
`;

testWithPostgres(
  "reports: sessions in Postgres make the same notifications and traces, each once",
  async ({ address }) => {
    await using server = new HookServer();
    await using folder = await folderWith({
      "asks.pb": asks,
      "playbooks.toml": `[model]
provider = "rehearsal"
[notify]
url = "${server.url}/notification"
[telemetry]
enabled = true
endpoint = "${server.url}"
protocol = "http/json"
`,
    });
    const env = { PLAYBOOKS_STATE_DIR: `${folder.path}/state`, PLAYBOOKS_DURABILITY__URL: address };
    await folder.run(["store", "migrate"], { env });
    const waits = await folder.run(["run", "asks.pb", "--non-interactive"], { env });
    assertEquals(waits.code, 75, waits.stderr);
    const ends = await folder.run(["resume", "--message", "blue"], { env });
    assertEquals(ends.code, 0, ends.stderr);
    await folder.run(["worker", "--until-idle"], { env });
    const events = server.requests.filter(({ path }) => path === "/notification")
      .map(({ text }) => JSON.parse(text).event);
    assertEquals(events, ["waiting", "completed"]);
    assertEquals(spansOf(server).map(({ name }) => name).toSorted(), [
      "invoke_agent Clerk",
      "invoke_workflow asks.pb",
      "wait user",
    ]);
  },
);
