import { assert, assertEquals } from "@std/assert";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# Asker

## Main
### Triggers
- At the beginning
### Steps
- Ask the helpers

# Helper

## Send($after, $text)
public: true
### Steps
- Send $text after some seconds

## Think
public: true
### Steps
- Think for a minute
`;

/** Runs Main; each helper sends its text on request. With `thinks`, a model is busy all the time. */
function ask(main: string, options: Parameters<typeof play>[1] & { readonly thinks?: boolean } = {}) {
  return play(program, {
    modelMs: (request) => request.messages.at(-1)!.text.includes("of Think") ? 60_000 : 0,
    ...options,
    model: scriptedModel({
      Main: [`
        const begun = Date.now();
        const send = async (after, text) => (await CreateAgent("Helper")).Send(after, text);
        const tell = async (messages) =>
          Say("user", messages.map(({ text }) => text).join(" ") + " at " + (Date.now() - begun));
        ${options.thinks ? '(await CreateAgent("Helper")).Think();' : ""}
        ${main}
        EndProgram();`],
      Send: ['await Sleep(after); await Say("Asker", text); Return();'],
      Think: ["Return();"],
    }),
  });
}

const twoBatches = `
  send(0, "a"); send(0.3, "b"); send(2, "c");
  await tell(await WaitForMessage("Helper"));
  await tell(await WaitForMessage("Helper"));`;

const longBatch = `
  for (let n = 0; n < 10; n++) send(1 + n * 0.45, "m" + n);
  await tell(await WaitForMessage("Helper"));`;

Deno.test("inbox: a batch is delivered message_batch_timeout after its last message, and each message once", async () => {
  assertEquals((await ask(twoBatches, { thinks: true })).said, ["a b at 800", "c at 2500"]);
});

Deno.test("inbox: a batch that keeps growing is delivered message_batch_max_wait after its first message", async () => {
  assertEquals((await ask(longBatch, { thinks: true })).said, ["m0 m1 m2 m3 m4 at 3000"]);
});

Deno.test("inbox: a batch that cannot grow before it is due is delivered at once", async () => {
  assertEquals((await ask(twoBatches)).said, ["a b at 300", "c at 2000"]);
  assertEquals((await ask(longBatch)).said, ["m0 m1 m2 m3 m4 at 2800"]);
});

Deno.test("inbox: a person's message is delivered at once", async () => {
  const { said } = await ask('await tell(await WaitForMessage("user"));', {
    replies: ["hi"],
    personMs: 200,
    thinks: true,
  });
  assertEquals(said, ["hi at 200"]);
});

Deno.test("inbox: a wait with a wrong timeout or an unknown option fails, and waits for nothing", async () => {
  const table = [
    ["{ timout: 2 }", "has the option timeout, and no timout"],
    ['{ timeout: "2" }', 'needs its timeout as a number of seconds, not "2"'],
    ["{ timeout: -2 }", "needs its timeout as a number of seconds, not -2"],
    ["-2", "needs its timeout as a number of seconds, not -2"],
    ["true", "needs its timeout as a number of seconds, not true"],
    ["[2]", "needs its timeout as a number of seconds, not [2]"],
  ] as const;
  for (const name of ["Yield", "WaitForMessage"]) {
    const code = table.map(([options]) =>
      `try { await ${name}("Helper", ${options}); } catch (error) { await Say("user", error.message); }`
    );
    const { said } = await ask(code.join("\n"));
    assertEquals(said.map((line) => line.split(" (")[0]), table.map(([, reason]) => `${name} ${reason}`));
  }
});

Deno.test("inbox: a wait whose timeout is absent, empty or endless waits for words", async () => {
  const given = [
    "undefined",
    "null",
    "{}",
    "{ timeout: undefined }",
    "{ timeout: null }",
    "Infinity",
    "{ timeout: Infinity }",
  ];
  for (const options of given) {
    const { said } = await ask(`send(1, "a"); await tell(await WaitForMessage("Helper", ${options}));`);
    assertEquals(said, ["a at 1000"], options);
  }
});

Deno.test("inbox: WaitForMessage gives an empty list when its timeout passes", async () => {
  for (const options of ["{ timeout: 3 }", "3"]) {
    const { said } = await ask(`
      const messages = await WaitForMessage("Helper", ${options});
      await Say("user", messages.length + " at " + (Date.now() - begun));
      send(1, "a");
      await tell(await WaitForMessage("Helper", ${options}));`);
    assertEquals(said, ["0 at 3000", "a at 4000"]);
  }
});

for (const [thinks, first, second] of [[false, 1000, 4000], [true, 1500, 4500]] as const) {
  const claim = "if two waits name one sender, only the older one gets the message";
  Deno.test(`inbox: ${claim} (${thinks ? "while a model thinks" : "with no other work"})`, async () => {
    const { said } = await ask(
      `
      const helper = await CreateAgent("Helper");
      helper.Send(1, "first"); helper.Send(4, "second");
      const [older, newer] = ["older", "newer"].map(async (name) => {
        const messages = await WaitForMessage(helper);
        await Say("user", name); await tell(messages);
      });
      await Promise.all([older, newer]);`,
      { thinks },
    );
    assertEquals(said, ["older", `first at ${first}`, "newer", `second at ${second}`]);
  });
}

Deno.test("inbox: a message to an idle agent is taken at once if no other agent can add to it", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: [
        'const helper = await CreateAgent("Helper"); await Say(helper, "?"); await Yield(helper); Return();',
      ],
      ProcessMessages: ['await Say("Asker", "!"); Return();'],
    }),
  });
  assertEquals(played.result.kind, "completed");
  assert(played.tookMs < 100, `it took ${played.tookMs} ms`);
});

Deno.test("inbox: a working agent is not idle, and getOrCreate creates another one", async () => {
  const { said } = await ask(`
    const busy = await Helper.getOrCreate(); busy.Send(5, "late");
    const other = await Helper.getOrCreate();
    await Say("user", busy.id + " " + other.id);`);
  assertEquals(said, ["1001 1002"]);
});

Deno.test("inbox: a wait for one of two senders leaves the other's message in the inbox", async () => {
  const { said } = await ask(`
    const [one, two] = [await CreateAgent("Helper"), await CreateAgent("Helper")];
    one.Send(1, "one"); two.Send(1, "two");
    await tell(await WaitForMessage(two));
    await tell(await WaitForMessage(one));`);
  assertEquals(said, ["two at 1000", "one at 1000"]);
});

Deno.test("inbox: if two waits time out at once, one gets its message and the other its notice", async () => {
  const { said, entries } = await ask(`
    const [silent, late] = [await CreateAgent("Helper"), await CreateAgent("Helper")];
    silent.Send(60, "too late"); late.Send(4.8, "in time");
    const words = await Promise.all([Yield(silent, { timeout: 5 }), Yield(late, { timeout: 5 })]);
    await Say("user", words.join(" / ") + " at " + (Date.now() - begun));
`);
  assertEquals(said, ["[Helper (agent 1001) has not answered in 5 seconds] / in time at 5000"]);
  const results = entries.flatMap((entry) =>
    entry.type === "effect" ? [`${entry.frame}/${entry.ordinal}`] : []
  );
  assertEquals(results.length, new Set(results).size, "no wait has two results");
});

Deno.test("inbox: a timeout is on time also while the model of another agent thinks", async () => {
  const { said } = await ask(
    `
    const helper = await CreateAgent("Helper"); helper.Send(0, "slow");
    await Say("user", await Yield(helper, { timeout: 5 }) + " at " + (Date.now() - begun));
`,
    { modelMs: (request) => request.messages.at(-1)!.text.includes("of Send") ? 60_000 : 0 },
  );
  assertEquals(said, ["[Helper (agent 1001) has not answered in 5 seconds] at 5000"]);
});

Deno.test("inbox: mail that is due when the program ends begins nothing after the end", async () => {
  const text = `# Host
## Main
### Triggers
- At the beginning
### Steps
- Tell Helper
# Helper
Helps.

## Help
### Triggers
- When Host asks for help
### Steps
- Help
`;
  const model = scriptedModel({ Main: () => 'await Say("Helper", "help"); throw new Error("no");' });
  const limits = { ...defaultSettings.limits, maxRepairs: 0, messageBatchTimeout: 0, messageBatchMaxWait: 0 };
  const { result, entries } = await play(text, { settings: { ...defaultSettings, limits }, model });
  assertEquals(result.kind, "failed");
  assertEquals(entries.at(-1)?.type, "end");
});
