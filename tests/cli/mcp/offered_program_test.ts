import { assertEquals, assertStringIncludes } from "@std/assert";
import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/server/validators/cf-worker";
import { faultOfArguments } from "../../../src/cli/commands/mcp/argument_fault.ts";
import { requestOfCall, sessionNameOf, toolOfSession } from "../../../src/cli/commands/mcp/call_request.ts";
import { toolsOfProgram } from "../../../src/cli/commands/mcp/offered_program.ts";
import { parseProgram } from "../../../src/language/mod.ts";
import { checkName } from "../../../src/store/mod.ts";

async function toolsOf(text: string) {
  const { program } = await parseProgram([{ path: "a.pb", text }]);
  return toolsOfProgram(program);
}

Deno.test("mcp tools: only public playbooks of agents are tools: no private, hidden or meeting one, none of a person", async () => {
  const tools = await toolsOf(`# One
## Private
### Steps
- Return 1
## Open
public: true
### Steps
- Return 1
## Unseen
public: true
hidden: true
### Steps
- Return 1
## Talk
public: true
meeting: true
### Steps
- Return 1
# Ann:Human
## Ask
public: true
### Steps
- Return 1
`);
  assertEquals(tools.map(({ name, call }) => [name, call]), [["Open", "One.Open"]]);
});

Deno.test("mcp tools: names have only the characters that clients permit, at most 64, and none twice", async () => {
  const long = "A very long name of a playbook that goes on and on and on and never comes to an end";
  const playbook = (title: string) => `## ${title}\npublic: true\n### Steps\n- Return 1\n`;
  const tools = await toolsOf(
    `# One\n${playbook("Größe")}${playbook(long)}${playbook(`${long} at all`)}${playbook("Same")}# Two\n${
      playbook("Same")
    }`,
  );
  const names = tools.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assertEquals(/^[A-Za-z0-9_-]{1,64}$/.test(name), true, name);
  assertEquals(names.slice(-2), ["One_Same", "Two_Same"]);
});

Deno.test("mcp tools: a description is the playbook's text and its triggers, without the tags of code", async () => {
  const [first, second, third] = await toolsOf(`# Clerk of teas
## Brew($kind)
Makes tea.
public: true
### Triggers
- When somebody is thirsty
### Steps
- Return 1

\`\`\`ts
/** Adds.
 * @param a one
 * @public
 */
export async function add(a: number, ...more: number[]) { return a; }
/** @public */
export async function bare() { return 1; }
\`\`\`
`);
  assertEquals(first!.description, "Makes tea.\n\nUse it: When somebody is thirsty");
  assertEquals(second!.description, "Adds.");
  assertEquals(second!.inputSchema, {
    type: "object",
    properties: {
      a: { type: "number", description: "one" },
      more: { type: "array", items: { type: "number" } },
    },
    required: ["a"],
    additionalProperties: false,
  });
  assertEquals(third!.description, "bare of Clerk of teas");
});

Deno.test("mcp tools: metadata gives the hints, and only true or false count", async () => {
  const [tool, ...functions] = await toolsOf(`# A
## B
public: true
read_only: true
destructive: false
idempotent: perhaps
### Steps
- Return 1

\`\`\`ts
/** Reads.
 * @read_only
 * @destructive false
 * @idempotent perhaps
 * @public
 */
export async function read() {}
/** @public */
export async function write() {}
\`\`\`
`);
  assertEquals(tool!.annotations, { title: "B", readOnlyHint: true, destructiveHint: false });
  const [read, write] = functions;
  assertEquals(read!.annotations, { title: "read", readOnlyHint: true, destructiveHint: false });
  assertEquals([read!.description, write!.annotations], ["Reads.", { title: "write" }]);
});

Deno.test("mcp tools: wrong arguments are named in words", () => {
  const tool = {
    name: "order",
    inputSchema: {
      type: "object" as const,
      properties: {
        item: { type: "string" },
        sizes: { type: "array", items: { enum: ["s", "m"] } },
        to: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
      },
      required: ["item"],
      additionalProperties: false,
    },
  };
  const fault = (given: object) => faultOfArguments(CfWorkerJsonSchemaValidator, tool, given as never);
  assertEquals(fault({ item: "tea", sizes: ["s"], to: { name: "Ann", street: "x" } }), undefined);
  assertEquals(fault({}), "item is missing");
  assertEquals(fault({ item: 7 }), "item must be string, and is number");
  assertEquals(fault({ item: "tea", to: {} }), "to.name is missing");
  assertEquals(fault({ Item: "tea" }), 'there is no parameter "Item"; order takes item, sizes, to');
  assertStringIncludes(fault({ item: "tea", sizes: ["xl"] })!, 'sizes.0: does not match any of ["s","m"]');
  let deep: unknown = "tea";
  for (let depth = 0; depth < 20_000; depth++) deep = [deep];
  assertEquals(fault({ item: deep }), "they are nested more than 100 deep");
  const none = { name: "ping", inputSchema: { type: "object" as const, properties: {} } };
  assertEquals(
    faultOfArguments(CfWorkerJsonSchemaValidator, none, { a: 1 }),
    'there is no parameter "a"; ping takes no arguments',
  );
});

Deno.test("mcp calls: the order of keys does not matter to a repeated call, and values do", () => {
  const one = requestOfCall("t", { a: 1, b: { c: [1, 2], d: "x" } }, "k");
  assertEquals(requestOfCall("t", { b: { d: "x", c: [1, 2] }, a: 1 }, "k"), one);
  assertEquals(requestOfCall("t", { a: 1, b: { c: [2, 1], d: "x" } }, "k").hash === one.hash, false);
  assertEquals(requestOfCall("u", { a: 1 }, "k").key === one.key, false);
  assertEquals(requestOfCall("t", {}, undefined).key === requestOfCall("t", {}, undefined).key, false);
});

Deno.test("mcp calls: a session is known by its request, and its name is one that a session can have", () => {
  const tool = "a".repeat(64);
  const request = requestOfCall(tool, {}, "key: with a colon");
  assertEquals(toolOfSession({ request }), tool);
  assertEquals(toolOfSession({ request: { key: "order 17", hash: "" } }), undefined);
  assertEquals(toolOfSession({}), undefined);
  const name = sessionNameOf(tool, "program", request);
  assertEquals(checkName(name), name);
  assertEquals(sessionNameOf(tool, "program", request), name);
  assertEquals(sessionNameOf(tool, "other program", request) === name, false);
});
