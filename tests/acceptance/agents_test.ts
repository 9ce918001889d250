import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

// The cases of the language about agents, by their numbers. Code playbooks stand for the deterministic ones.

const pool = `# Boss
## Main
### Triggers
- At the beginning
### Steps
- Work

# Worker
Works.

## Get rate
public: true
### Steps
- Return it

## Secret plan
### Steps
- Keep it

# Idler
## Rest
public: true
### Steps
- Rest
`;

Deno.test("case 44: getOrCreate() gives the first idle agent, else makes one with the given values; its own class works", async () => {
  const played = await play(pool, {
    model: scriptedModel({
      Main: [
        `
        if (self.id !== "1000") return;
        const first = await Worker.getOrCreate({ rate: 5, name: "Ann" });
        const again = await Worker.get_or_create({ rate: 6 });
        await Say("user", first.id + again.id + first.name + first.rate);
        const busy = first.GetRate();
        const second = await Worker.getOrCreate({ rate: 7 });
        await Say("user", second.id + second.name + second.rate);
        await Say(second, "wait");
        const third = await Worker.getOrCreate();
        await Say("user", third.id + (third.rate === undefined));
        const boss = await Boss.getOrCreate();
        await Say("user", boss.id + boss.klass);
        await busy;
        try { await CreateAgent("Nobody"); } catch (error) { await Say("user", error.message); }
        EndProgram();`,
        "Return();",
      ],
      GetRate: ["await Sleep(1); Return(state.rate)"],
      ProcessMessages: ["Return();"],
    }),
  });
  assertEquals(played.said.slice(0, 4), ["10011001Ann5", "1002Worker7", "1003true", "1004Boss"]);
  assertStringIncludes(played.said[4]!, "There is no agent class Nobody; there are: Boss, Worker, Idler");
});

Deno.test("case 45: agents of one class begin side by side, and each keeps its own variables", async () => {
  const played = await play(
    `# A
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  const all = [];
  for (const name of ["one", "two"]) all.push(await CreateAgent("B", { name }));
  await Promise.all(all.map((b) => b.wait_done()));
  await Say("user", agents.all.length + " agents, " + B.getAll().map((b) => b.name).join("+"));
}
\`\`\`

# B
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "B " + self.name + " begins");
  state.done = self.name;
}
/** @public */
export async function WaitDone() {
  while (!state.done) await Sleep(1);
  return state.done;
}
\`\`\`
`,
  );
  assertEquals(played.said.toSorted(), ["4 agents, B+one+two", "B B begins", "B one begins", "B two begins"]);
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("case 46: a public playbook of another agent gives its value in any spelling; a private one is refused by name", async () => {
  const played = await play(pool, {
    model: scriptedModel({
      Main: [`
        const worker = await CreateAgent("Worker", { rate: 3 });
        const rates = [await worker.GetRate(), await worker.getRate(), await worker.get_rate(),
          await worker["Get rate"](), await Worker.GetRate(), await Worker.get_rate()];
        await Say("user", rates.join(" ") + " " + agents.all.length);
        for (const name of ["SecretPlan", "secret_plan", "Secret plan"]) {
          try { await worker[name](); } catch (error) { await Say("user", error.message); }
        }
        Return();`],
      GetRate: ["Return(state.rate)"],
    }),
  });
  assertEquals(played.said[0], "3 3 3 3 3 3 2");
  const refused = "SecretPlan of Worker is not public; it has: GetRate";
  for (const said of played.said.slice(1)) assertStringIncludes(said, refused);
  assertEquals(played.said.length, 4);
});

Deno.test("instances: a call to a class runs on its first agent while that waits, and makes no second one", async () => {
  const played = await play(
    `# A
## Main
### Triggers
- At the beginning
### Steps
- Ask

# Tax
## Main
### Triggers
- At the beginning
### Steps
- Wait
## GetRate
public: true
### Steps
- Return $secret
`,
    {
      model: scriptedModel({
        "A.Main": ['await Sleep(1); await Say("user", "A got " + await Tax.GetRate()); Return();'],
        "Tax.Main": [
          'await Say("user", "Tax begins"); state.secret = 7; await Sleep(5); await Say("user", "Tax ends"); Return();',
        ],
        GetRate: ["Return(state.secret)"],
      }),
    },
  );
  assertEquals(played.said, ["Tax begins", "A got 7", "Tax ends"]);
  assertEquals(Object.keys(played.state.agents), ["1000", "1001"]);
});

Deno.test("instances: a class that calls itself by name uses its own agent", async () => {
  const played = await play(pool, {
    model: scriptedModel({
      Main: ['await Say("user", String(await Boss.Main === undefined)); Return();'],
    }),
  });
  assertEquals(Object.keys(played.state.agents).length, 1);
});

Deno.test("instances: the list of agents is found in every spelling, and a handle keeps its values over turns and resumes", async () => {
  const program = pool;
  const script = {
    Main: [
      'const worker = await CreateAgent("Worker", { rate: 4, tags: ["x"] }); state.worker = worker; await Sleep(1);',
      `const found = [agents.byId(state.worker.id), agents.by_id("agent " + worker.id), agents.byClass("worker")[0],
         agents.by_class(Worker)[0], agents.by_klass("Worker")[0], self.all_agents.by_klass("Worker")[0], Worker.get_all()[0]];
       await Say("user", found.every((each) => each === worker) + " " + state.worker.rate + worker.tags[0] + worker.name + " " + self.name);
       await Say("user", String(worker.nothing === undefined));
       Return();`,
    ],
  };
  const whole = await play(program, { model: scriptedModel(script) });
  assertEquals(whole.said, ["true 4xWorker Boss", "true"]);
  for (let position = 1; position < whole.entries.length; position++) {
    const from = whole.entries.slice(0, position);
    const before = from.filter((entry) => entry.type === "effect" && entry.did?.kind === "said").length;
    const resumed = await play(program, { from, model: scriptedModel(script) });
    assertEquals(resumed.said, whole.said.slice(before), `resumed at ${position}`);
  }
});

Deno.test("messages: what an agent says to itself is not delivered, and the model reads that", async () => {
  const seen: string[] = [];
  const played = await play(pool, {
    model: scriptedModel({
      Main: (turn, request) => {
        seen.push(request.messages.at(-1)!.text);
        return turn === 1
          ? 'await Say(self, "one"); await Say("Boss", "two"); await Say("agent 1000", "three");'
          : 'await Say("user", "end"); Return();';
      },
    }),
  });
  assertEquals(played.said, ["end"]);
  assertEquals(played.requests.length, 2);
  const notes = seen[1]!.split("\n").filter((line) => line.includes("not delivered"));
  assertEquals(notes.length, 3, seen[1]);
  assertStringIncludes(
    notes[1]!,
    'Say("Boss", "two") → "[not delivered: an agent does not send messages to itself]"',
  );
  assert(played.entries.every((entry) => entry.type !== "effect" || entry.did?.kind !== "sent"));
});
