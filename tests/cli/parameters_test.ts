import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { entryArguments, entryParameters } from "../../src/cli/parameters.ts";
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

function refusal(given: Readonly<Record<string, string | true>>): string {
  const error = assertThrows(() => entryArguments(given, entry), PlaybooksError);
  assertEquals(error.exitCode, exitCodes.usage);
  return error.message;
}

Deno.test("parameters: values take the type of their parameter, in any spelling of its name", () => {
  assertEquals(
    entryArguments({ City: "7", "order-id": "12", share: "-.25", loud: true }, entry),
    { city: "7", order_id: 12, share: -0.25, loud: true },
  );
  assertEquals(entryArguments({ city: "x", loud: "no" }, entry), { city: "x", loud: false });
});

Deno.test("parameters: the error for a wrong, unknown or missing parameter names it", () => {
  assertStringIncludes(refusal({}), "Main needs --city VALUE");
  assertStringIncludes(refusal({ city: true }), "--city needs a value");
  assertStringIncludes(
    refusal({ city: "x", order_id: "1.5" }),
    "--order_id is 1.5, and must be a whole number",
  );
  assertStringIncludes(refusal({ city: "x", loud: "perhaps" }), "must be true or false");
  assertStringIncludes(refusal({ city: "x", citty: "y" }), "did you mean --city");
  assertStringIncludes(refusal({ city: "x", resum: true }), "did you mean --resume");
  assertStringIncludes(refusal({ city: "x", CITY: "y" }), "given twice");
  const error = assertThrows(() => entryArguments({ x: "1" }, undefined), PlaybooksError);
  assertStringIncludes(error.message, "the program has no parameters");
});

Deno.test("parameters: the entry playbook is the first begin playbook, and with --call there is none", async () => {
  const text =
    "# A\n\n## Other($x)\n- Think\n\n## Main($city)\n### Triggers\n- At the beginning\n### Steps\n- Think\n";
  const { program } = await parseProgram([{ path: "a.pb", text }]);
  assertEquals(entryParameters(program, { city: "Lyon" }, { called: false }), { city: "Lyon" });
  assertEquals(entryParameters(program, {}, { called: true }), {});
  assertThrows(() => entryParameters(program, { city: "Lyon" }, { called: true }), PlaybooksError);
});
