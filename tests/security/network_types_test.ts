import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseCallText } from "../../src/cli/call_text.ts";
import { decode } from "../../src/sandbox/mod.ts";
import { defaultSettings, play, type PlayOptions } from "../support/harness.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { RawServer, response } from "../support/raw_server.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** All special names of the encoding, and others. In data from outside each is an ordinary word. */
const types = [
  "undefined",
  "number",
  "date",
  "bigint",
  "map",
  "set",
  "object",
  "agent",
  "artifact",
  "response",
  "gone",
  "asked",
  "nonsense",
  "__proto__",
  "",
];

/** Runs the body of a begin playbook of code, and returns its words. */
async function saidBy(body: string, options: PlayOptions = {}, parameters = ""): Promise<string[]> {
  const program = `# A

\`\`\`ts
/** @trigger At the beginning */
export async function Main(${parameters}) {
${body}
}
export async function Echo(value) { return value; }
\`\`\`

# B
## Hello($x)
public: true
### Steps
- Return $x
`;
  const { permissions } = defaultSettings;
  const settings = { ...defaultSettings, permissions: { ...permissions, net: ["127.0.0.1"] } };
  const { said, result } = await play(program, { fetch, settings, ...options });
  assertEquals(result, { kind: "completed" });
  return said;
}

for (const type of types) {
  Deno.test(`types: a response header "$type: ${type}" is a header, also after it was stored`, async () => {
    const headers = { "$type": type, "value": "9", "X-Other": "kept" };
    await using server = new RawServer((_, answer) => answer.write(response("body", { headers })));
    const said = await saidBy(`
  const first = await fetch("${server.address}/");
  state.kept = first;
  const copy = await Echo(first);
  for (const answer of [first, copy, state.kept, structuredClone(first)]) {
    await Say("user", [answer.status, answer.headers.get("$type"), answer.headers.get("x-other"), await answer.text()].join());
  }`);
    assertEquals(said, new Array(4).fill(`200,${type},kept,body`));
  });

  Deno.test(`types: a JSON body with the key "$type": "${type}" is an object everywhere`, async () => {
    const body = JSON.stringify({ a: [{ $type: type, value: [["k", 1]] }] });
    await using server = new RawServer((_, answer) => answer.write(response(body)));
    const said = await saidBy(`
  const json = await (await fetch("${server.address}/")).json();
  state.json = json;
  const back = await Echo(json);
  await Sleep(0);
  for (const each of [json, back, state.json]) await Say("user", JSON.stringify(each));`);
    assertEquals(said, [body, body, body]);
  });

  Deno.test(`types: a request header "$type: ${type}" from code is sent unchanged`, async () => {
    await using server = new RawServer((_, answer) => answer.write(response("ok")));
    await saidBy(
      `await fetch("${server.address}/", { method: "POST", headers: { "$type": ${JSON.stringify(type)} } });`,
    );
    assertEquals(server.requests.map(({ headers }) => headers["$type"]), [type]);
  });

  Deno.test(`types: --call with {$type: "${type}"} passes an object`, () => {
    const value = { $type: type, value: [[1, 2]], nested: [{ $type: type }] };
    const { args } = parseCallText(`Main(${JSON.stringify(value)}, ["x"])`);
    assertEquals(args.map(decode), [value, ["x"]]);
  });

  Deno.test(`types: an agent's property "$type" = "${type}" is one of its variables`, async () => {
    const { said, state } = await playModel(`
const b = await CreateAgent("B", { $type: ${JSON.stringify(type)}, value: "9", size: 3 });
Say("user", b.id); EndProgram();`);
    assertEquals(said, ["1001"]);
    assertEquals(state.agents["1001"]?.state, { $type: type, value: "9", size: 3 });
  });

  Deno.test(`types: a parameter $type takes "${type}" by name, by position and as a default`, async () => {
    const text = JSON.stringify(type);
    const { said } = await playModel(
      `for (const got of [await Take({ $type: ${text} }), await Take({ type: ${text} }), await Take(${text}), await Take()]) Say("user", got); EndProgram();`,
      `## Take($type = ${text})\n### Steps\n- Return $type\n`,
      "Return(state.type);",
    );
    assertEquals(said, [type, type, type, type]);
  });

  Deno.test(`types: a default {"$type": "${type}"} is an object`, async () => {
    const value = JSON.stringify({ $type: type, value: [["k", 1]] });
    const { said } = await playModel(
      `Say("user", await Take()); EndProgram();`,
      `## Take($x = ${value})\n### Steps\n- Return $x\n`,
      "Return(JSON.stringify(state.x));",
    );
    assertEquals(said, [value]);
  });
}

async function playModel(main: string, playbook = "", take = "") {
  const program = `# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Go on\n\n${playbook}\n` +
    "# B\n## Wait($x)\n### Steps\n- Wait\n";
  const played = await play(program, { model: scriptedModel({ Main: [main], Take: () => take }) });
  assertEquals(played.result, { kind: "completed" }, played.said.join());
  return played;
}

Deno.test("types: a run takes --type for a code parameter $type with any value", async () => {
  await using folder = await folderWith({
    "p.pb": `# A
\`\`\`ts
/** @trigger At the beginning */
export async function Main($type: string) { await Say("user", "got " + $type); }
\`\`\`
`,
  });
  for (const type of ["map", "undefined", "asked"]) {
    const run = await folder.run(["run", "p.pb", "--type", type]);
    assertEquals([run.code, run.stdout], [0, `got ${type}\n`], run.stderr);
  }
});

Deno.test("types: a run with --call and a key $type passes the object to the code", async () => {
  await using folder = await folderWith({
    "p.pb": `# A
\`\`\`ts
export async function Main(value: object, more?: object) { await Say("user", JSON.stringify([value, more])); }
\`\`\`
`,
  });
  const run = await folder.run([
    "run",
    "p.pb",
    "--call",
    'Main({$type: "map", value: 3}, {"$type": "asked"})',
  ]);
  assertEquals(run.code, 0, run.stderr);
  assertStringIncludes(run.stdout, '[{"$type":"map","value":3},{"$type":"asked"}]');
});
