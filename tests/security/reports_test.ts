import { assert, assertEquals, assertMatch } from "@std/assert";
import { HookServer } from "../support/hook_server.ts";
import { spansOf } from "../support/otlp_spans.ts";
import { folderWith } from "../support/playbooks_process.ts";

function asks(words: string): string {
  return `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", ${words});
  await Yield("user");
}
\`\`\`
`;
}

const model = `[model]\nprovider = "rehearsal"\n`;
const run = ["run", "asks.pb", "--non-interactive"];

Deno.test("reports: words that control a terminal or a shell reach a command as plain text, and are bounded", async () => {
  const hostile = `"\\u001b]0;owned\\u0007\\u202e\`touch hacked\`\\0; touch hacked\\n" + "x".repeat(15000)`;
  await using folder = await folderWith({
    "asks.pb": asks(hostile),
    "hook.sh": '#!/bin/sh\n/bin/cat > got.json\nprintf %s "$PLAYBOOKS_NOTIFY_QUESTION" > got.txt\n',
    "playbooks.toml": `${model}[notify]\ncommand = "./hook.sh"\n`,
  });
  await Deno.chmod(`${folder.path}/hook.sh`, 0o755);
  assertEquals((await folder.run(run)).code, 75);
  const json = await Deno.readTextFile(`${folder.path}/got.json`);
  const text = await Deno.readTextFile(`${folder.path}/got.txt`);
  for (const got of [json, text]) {
    assert(got.includes("touch hacked"));
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(got), JSON.stringify(got.slice(0, 200)));
    assert(got.length < 6000);
  }
  assertEquals([...Deno.readDirSync(folder.path)].some(({ name }) => name === "hacked"), false);
});

Deno.test("reports: a receiver that answers without end, or slowly for ever, holds no run", async () => {
  await using server = new HookServer();
  await using folder = await folderWith({
    "asks.pb": asks('"Well?"'),
    "playbooks.toml": `${model}[notify]
url = "${server.url}/notification"
timeout_seconds = 1
[telemetry]
enabled = true
endpoint = "${server.url}"
protocol = "http/json"
timeout_seconds = 1
`,
  });
  const endless = (everyMs: number) => () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
          controller.enqueue(new Uint8Array(everyMs > 0 ? 1 : 65536));
        },
      }),
    );
  for (const everyMs of [0, 100]) {
    server.answer = endless(everyMs);
    const { code, stderr } = await folder.run(run);
    assertEquals(code, 75, stderr);
  }
  assert(server.requests.length >= 2);
});

Deno.test("reports: redirects of a collector and of a receiver are errors, so that nothing reaches another address", async () => {
  await using other = new HookServer();
  await using server = new HookServer();
  server.answer = () => Response.redirect(`${other.url}/elsewhere`, 308);
  await using folder = await folderWith({
    "asks.pb": asks('"Well?"').replace('  await Yield("user");\n', ""),
    "playbooks.toml":
      `${model}[notify]\nurl = "${server.url}"\n[telemetry]\nenabled = true\nendpoint = "${server.url}"\n`,
  });
  const { code, stderr } = await folder.run(run);
  assertEquals([code, other.requests], [0, []]);
  assertMatch(stderr, /answered with a redirect \(308\)/);
  assertMatch(stderr, /the collector 127\.0\.0\.1:\d+ answered with status 308; the next run sends it/);
});

Deno.test("reports: names that a program chooses are bounded in traces", async () => {
  await using server = new HookServer();
  const long = "x".repeat(9000);
  await using folder = await folderWith({
    "asks.pb": asks('"Well?"').replaceAll("Clerk", `C${long}`).replaceAll("Begin", `B${long}`)
      .replace('  await Yield("user");\n', ""),
    "playbooks.toml":
      `${model}[telemetry]\nenabled = true\nendpoint = "${server.url}"\nprotocol = "http/json"\n`,
  });
  await folder.run(run);
  const spans = spansOf(server);
  assert(spans.some(({ name }) => name.startsWith("invoke_agent Cxxx")), JSON.stringify(spans));
  assert(JSON.stringify(spans).length < 6000);
});
