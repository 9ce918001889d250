import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { entryArguments, programEntry } from "../../src/cli/parameters.ts";
import type { GivenParameters } from "../../src/cli/command.ts";
import { type ParameterType, parameterType } from "../../src/cli/parameter_types.ts";
import { parameterValue } from "../../src/cli/parameter_values.ts";
import { exitCodes, PlaybooksError } from "../../src/errors.ts";
import { parseProgram } from "../../src/language/mod.ts";

const entry = {
  name: "Main",
  parameters: [
    { name: "city", state: true, optional: false },
    { name: "order_id", state: true, type: "integer", optional: true },
    { name: "share", state: false, default: 0.5, optional: true },
    { name: "loud", state: false, default: false, optional: true },
    { name: "startup_message", state: true, optional: false },
  ],
};

/** Each flag given once. */
function once(given: Readonly<Record<string, string | true>>): GivenParameters {
  return Object.fromEntries(Object.entries(given).map(([flag, text]) => [flag, [text]]));
}

function refusal(given: Readonly<Record<string, string | true>>): string {
  const error = assertThrows(() => entryArguments(once(given), entry), PlaybooksError);
  assertEquals(error.exitCode, exitCodes.usage);
  return error.message;
}

Deno.test("parameters: values take the type of their parameter, in any spelling of its name", () => {
  assertEquals(
    entryArguments(once({ City: "7", "order-id": "12", share: "-.25", loud: true }), entry),
    { city: "7", order_id: 12, share: -0.25, loud: true },
  );
  assertEquals(entryArguments(once({ city: "x", loud: "no" }), entry), { city: "x", loud: false });
  assertEquals(entryArguments(once({ city: "x", "no-loud": true }), entry), { city: "x", loud: false });
});

Deno.test("parameters: a flag for $startup_message is refused, and never offered", () => {
  for (const flag of ["startup_message", "startup-message", "Startup_Message"]) {
    for (const text of ["hello", true] as const) {
      assertStringIncludes(
        refusal({ city: "x", [flag]: text }),
        "$startup_message has no flag: pipe the text",
      );
    }
  }
  const unknown = refusal({ city: "x", startup: "hello" });
  assertStringIncludes(unknown, "run has no flag --startup");
  assertEquals(unknown.includes("--startup_message"), false, unknown);
});

Deno.test("parameters: the error for a wrong, unknown or missing parameter names it", () => {
  assertStringIncludes(refusal({}), "Main needs --city VALUE");
  assertStringIncludes(refusal({ city: true }), "--city needs a value");
  assertStringIncludes(
    refusal({ city: "x", order_id: "1.5" }),
    "--order_id is 1.5, and must be a whole number",
  );
  assertStringIncludes(
    refusal({ city: "x", order_id: "12345678901234567890" }),
    "--order_id is 12345678901234567890, and numbers keep their digits only up to 9007199254740991",
  );
  assertStringIncludes(refusal({ city: "x", loud: "perhaps" }), "must be true or false");
  assertStringIncludes(refusal({ city: "x", citty: "y" }), "did you mean --city");
  assertStringIncludes(refusal({ city: "x", resum: true }), "did you mean --resume");
  assertStringIncludes(refusal({ city: "x", CITY: "y" }), "given twice");
  assertStringIncludes(refusal({ city: "x", loud: true, "no-loud": true }), "given twice");
  assertStringIncludes(refusal({ city: "x", "no-loud": "yes" }), "takes no value");
  assertStringIncludes(refusal({ city: "x", "no-share": true }), "no flag --no-share");
  const error = assertThrows(() => entryArguments(once({ x: "1" }), undefined), PlaybooksError);
  assertStringIncludes(error.message, "the program has no parameters");
});

Deno.test("parameters: the type is read from what Python or TypeScript writes, else from the default", async (t) => {
  const texts: ParameterType = { kind: "list", items: { kind: "text" } };
  const cases: readonly (readonly [string, ParameterType])[] = [
    ["str", { kind: "text" }],
    ["any", { kind: "text" }],
    ["Customer", { kind: "text" }],
    ["int", { kind: "integer" }],
    ["float | None", { kind: "number" }],
    ["Optional[int]", { kind: "integer" }],
    ["number | undefined", { kind: "number" }],
    ["bool", { kind: "boolean" }],
    ["list", texts],
    ["List[str]", texts],
    ["string[]", texts],
    ["readonly string[]", texts],
    ["(string | null)[]", texts],
    ["Array<number>", { kind: "list", items: { kind: "number" } }],
    ["list[int]", { kind: "list", items: { kind: "integer" } }],
    ["number[][]", { kind: "list", items: { kind: "list", items: { kind: "number" } } }],
    ["dict", { kind: "map" }],
    ["Dict[str, int]", { kind: "map" }],
    ["Record<string, number>", { kind: "map" }],
    ["{ a: number }", { kind: "map" }],
    ["list[dict]", { kind: "list", items: { kind: "map" } }],
    ['"low" | "high"', { kind: "choice", choices: ["low", "high"] }],
    ["Literal['low', 'high']", { kind: "choice", choices: ["low", "high"] }],
  ];
  for (const [type, expected] of cases) {
    await t.step(type, () => {
      assertEquals(parameterType({ name: "x", state: false, type, optional: false }), expected);
    });
  }
  const ofDefault = (value: unknown) =>
    parameterType({ name: "x", state: false, default: value, optional: true });
  assertEquals(ofDefault([1, 2]), { kind: "list", items: { kind: "number" } });
  assertEquals(ofDefault([]), texts);
  assertEquals(ofDefault([1, "a"]), texts);
  assertEquals(ofDefault({}), { kind: "map" });
  assertEquals(ofDefault(null), { kind: "text" });
  const rest = { name: "x", state: false, optional: true, rest: true };
  assertEquals(parameterType(rest), texts);
});

Deno.test("parameters: lists come by repetition, by comma and as JSON; maps as JSON", () => {
  const texts: ParameterType = { kind: "list", items: { kind: "text" } };
  const wholes: ParameterType = { kind: "list", items: { kind: "integer" } };
  const maps: ParameterType = { kind: "list", items: { kind: "map" } };
  assertEquals(parameterValue("x", ["a", "b"], texts), ["a", "b"]);
  assertEquals(parameterValue("x", ["a, b", "c"], texts), ["a", "b", "c"]);
  assertEquals(parameterValue("x", ['["a, b", "c"]', "d"], texts), ["a, b", "c", "d"]);
  assertEquals(parameterValue("x", ["[1, null]"], texts), [1, null]);
  assertEquals(parameterValue("x", [""], texts), []);
  assertEquals(parameterValue("x", ["1,2", "[3]"], wholes), [1, 2, 3]);
  assertEquals(parameterValue("x", ['{"a": 1}', '[{"b": 2}]'], maps), [{ a: 1 }, { b: 2 }]);
  assertEquals(parameterValue("x", ['{"a": [1]}'], { kind: "map" }), { a: [1] });
  const refused: readonly (readonly [readonly (string | true)[], ParameterType, string])[] = [
    [["1,b"], wholes, "must be a whole number"],
    [["[1, 2.5]"], wholes, "each item of it must be a whole number"],
    [["[1"], wholes, "must be a list"],
    [[true], texts, "needs a value"],
    [["a=1"], { kind: "map" }, "a map in JSON"],
    [["[1]"], { kind: "map" }, "a map in JSON"],
    [["{}", "{}"], { kind: "map" }, "given twice"],
    [["hgh"], { kind: "choice", choices: ["low", "high"] }, "did you mean high"],
    [["a"], maps, "must be a map in JSON"],
  ];
  for (const [given, type, expected] of refused) {
    const error = assertThrows(() => parameterValue("x", given, type), PlaybooksError);
    assertStringIncludes(error.message, expected);
  }
});

Deno.test("parameters: cli_entry chooses the entry, else the first begin playbook is it", async () => {
  const of = async (text: string) => programEntry((await parseProgram([{ path: "a.pb", text }])).program);
  const begin = "### Triggers\n- At the beginning\n### Steps\n- Think\n";
  const two = `# A\n\n## First($city)\n${begin}\n# B\n\n## Second($name, $city = "x")\n`;
  const plain = await of(`${two}${begin}`);
  assertEquals([plain.name, plain.parameters.map(({ name }) => name)], ["First", ["city", "name"]]);
  const chosen = await of(`${two}cli_entry: true\n${begin}`);
  assertEquals([chosen.name, chosen.parameters.map(({ name }) => name)], ["Second", ["name", "city"]]);
  // The first playbook needs the city, so it is required.
  assertEquals(chosen.parameters[1]?.optional, false);
  const alone = await of("# A\n\n## Other($x)\n- Think\n\n## Main($city)\ncli_entry: true\n- Think\n");
  assertEquals([alone.name, alone.parameters.map(({ name }) => name)], ["Main", ["city"]]);
  const code = await of(
    "# A\n\n```ts\n/** Greets.\n * @cli_entry */\nexport async function Main(city: string) {}\n```\n",
  );
  assertEquals([code.name, code.playbook?.description], ["Main", "Greets."]);
});
