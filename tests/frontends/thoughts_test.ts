import { assertEquals } from "@std/assert";
import { openUi, type UiOptions } from "../../src/frontends/mod.ts";
import { noInput, Recorder } from "../support/world.ts";

async function outputOf(
  options: Partial<UiOptions>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const stdout = new Recorder();
  const stderr = new Recorder({ terminal: options.stdin !== undefined });
  using ui = await openUi({
    stdin: noInput,
    stdout,
    stderr,
    now: () => 0,
    columns: () => 80,
    environment: { NO_COLOR: "1" },
    json: false,
    stream: true,
    nonInteractive: false,
    verbose: false,
    snoop: false,
    quiet: false,
    interrupt: () => {},
    ...options,
  });
  const thought = (text: string, agent = "1000", klass = "Seller") =>
    ui.event({ type: "thought", agent, klass, text });
  thought("I must gr");
  thought("I buy.", "1001", "Buyer");
  thought("eet.\n\nThen ");
  thought("ask.");
  ui.event({ type: "text", agent: "1000", text: "Say(" });
  thought("And l");
  thought("eave.");
  ui[Symbol.dispose]();
  return { stdout: stdout.text, stderr: stderr.text };
}

Deno.test("thoughts: with -v they are shown line by line, and those of two agents do not mix", async () => {
  const lines = [
    "  Seller(1000) thinks: I must greet.",
    "  Seller(1000) thinks: Then ask.",
    "  Buyer(1001) thinks: I buy.",
    "  Seller(1000) thinks: And leave.",
  ];
  const { stdout, stderr } = await outputOf({ verbose: true });
  assertEquals([stdout, stderr.trimEnd().split("\n")], ["", lines]);
  const terminal = (await outputOf({ verbose: true, stdin: { ...noInput, isTerminal: () => true } })).stderr;
  assertEquals(lines.filter((line) => !terminal.includes(`${line}\n`)), []);
});

Deno.test("thoughts: without -v they are not shown, but scripts get them as events", async () => {
  assertEquals(await outputOf({}), { stdout: "", stderr: "" });
  const types = (await outputOf({ json: true })).stdout.trimEnd().split("\n").map((line) =>
    JSON.parse(line).type
  );
  assertEquals(types, ["thought", "thought", "thought", "thought", "text", "thought", "thought"]);
});
