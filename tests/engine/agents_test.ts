import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Model } from "../../src/model/mod.ts";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const pair = `# Asker

## Main
### Triggers
- At the beginning
### Steps
- Ask the helper

## Back($n)
public: true
### Steps
- Return $n and one

# Helper
Helps.

## Help($n)
public: true
### Steps
- Help

## Secret
### Steps
- Keep it
`;

Deno.test("agents: a public playbook of another agent runs there, and the error for a private or unknown one names alternatives", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: [`
        const helper = await CreateAgent("helper");
        await Say("user", helper.id + " " + String(await helper.Help(1)));
        for (const name of ["Secret", "Nonsense"]) {
          try { await helper[name](); } catch (error) { await Say("user", error.message); }
        }
        Return();`],
      Help: ["state.mine = n; Return(self.klass + self.id + n)"],
    }),
  });
  assertEquals(played.said[0], "1001 Helper10011");
  assertStringIncludes(played.said[1]!, "Secret of Helper is not public; it has: Help");
  assertStringIncludes(played.said[2]!, "Helper has no playbook Nonsense; it has: Help");
  assertEquals(played.state.agents["1001"]!.state, { n: 1, mine: 1 });
  assertEquals(played.state.agents["1000"]!.state, {}, "a callee's variables are its own agent's");
});

Deno.test("agents: a callee can call back into the agent of its waiting caller", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: ['await Say("user", String(await Helper.Help(1))); Return();'],
      Help: ['const asker = agents.byClass("Asker")[0]; Return(await asker.Back(n) * 10)'],
      Back: ["Return(n + 1)"],
    }),
  });
  assertEquals(played.said, ["20"]);
});

Deno.test("agents: a message to an idle agent starts ProcessMessages, and its answer reaches the waiting thread", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: [
        'const helper = await CreateAgent("Helper"); await Say(helper, "What is 2+2?"); const answer = await Yield(helper); await Say("user", answer); Return();',
      ],
      ProcessMessages: (_turn, request) => {
        const text = request.messages.at(-1)!.text;
        assertStringIncludes(text, '- from Asker (agent 1000), who waits for an answer: "What is 2+2?"');
        return 'await Say("agent 1000", "4"); Return();';
      },
    }),
  });
  assertEquals(played.said, ["4"]);
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("agents: messages that arrive together are delivered together, as lines with names", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: [
        'const a = await CreateAgent("Helper"); const b = await CreateAgent("Helper"); await Promise.all([a.Help(1), b.Help(2)]); const words = await Yield(["Helper"]); await Say("user", words); Return();',
      ],
      Help: ['await Say("Asker", "done " + n); Return();'],
    }),
  });
  assertEquals(played.said, ["Helper: done 1\nHelper: done 2"]);
});

Deno.test("agents: a wait that times out gives a notice with the missing senders and the time", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: [
        'const helper = await CreateAgent("Helper"); await Say(helper, "?"); await Say("user", await Yield(helper, { timeout: 5 })); Return();',
      ],
      ProcessMessages: ["await Sleep(60); Return();"],
    }),
  });
  assertEquals(played.said, ["[Helper (agent 1001) has not answered in 5 seconds]"]);
});

Deno.test("agents: when no answer is possible any more, the oldest wait gets a notice and the program does not hang", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: ['const helper = await CreateAgent("Helper"); await Say("user", await Yield(helper)); Return();'],
    }),
  });
  assertEquals(played.said, ["[Helper (agent 1001) has not answered, and nobody is left who could]"]);
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("agents: two agents that wait for each other both get a notice, one after the other", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: [
        'const help = Helper.Help(1); const words = await Yield("Helper"); await Say("user", "asker: " + words); await help; Return();',
      ],
      Help: ['const words = await Yield("Asker"); await Say("user", "helper: " + words); Return();'],
    }),
  });
  assertEquals(played.said, [
    "asker: [Helper has not answered, and nobody is left who could]",
    "helper: [Asker has not answered, and nobody is left who could]",
  ], "the oldest wait comes first");
});

Deno.test("agents: threads of one agent interleave at awaits and share its variables", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: [
        'state.n = 1; const help = Helper.Help(0); await Sleep(10); await Say("user", "sees " + state.n); state.n = 3; await help; await Say("user", "and " + state.n); Return();',
      ],
      Help: [
        'const asker = agents.byClass("Asker")[0]; await asker.Back(5); await Sleep(20); Return(await asker.Back(9));',
      ],
      Back: ["state.n = n; Return(state.n);"],
    }),
  });
  assertEquals(played.said, ["sees 5", "and 9"]);
});

Deno.test("agents: they run concurrently, and so do their model calls", async () => {
  let open = 0;
  let most = 0;
  const inner = scriptedModel({
    Main: ["await Promise.all([1,2,3,4].map(async (n) => (await CreateAgent('Helper')).Help(n))); Return();"],
    Help: ["Return(n)"],
  });
  const played = await play(pair, {
    model: {
      id: "counting",
      async *stream(request, options) {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setTimeout(resolve, 5));
        open--;
        yield* inner.stream(request, options);
      },
    },
  });
  assertEquals(played.result, { kind: "completed" });
  assertEquals(most, 4);
});

Deno.test("agents: begin playbooks run in file order per agent, and an agent created later runs its own", async () => {
  const played = await play(
    `# First

## A
### Triggers
- At the beginning
### Steps
- x

## B
### Triggers
- When the program starts
### Steps
- x

# Second

## C
### Triggers
- At the start
### Steps
- x
`,
    {
      model: scriptedModel({
        A: ['await Sleep(5); await Say("user", "A " + self.id); Return();'],
        B: ['await Say("user", "B"); Return();'],
        C: [
          'await Say("user", "C"); if (agents.byClass("Second").length < 2) await CreateAgent("Second"); Return();',
        ],
      }),
    },
  );
  assertEquals(played.said.filter((text) => text.startsWith("A") || text === "B"), ["A 1000", "B"]);
  assertEquals(played.said.filter((text) => text === "C").length, 2);
});

Deno.test("agents: persons that the program declares are addressed by name", async () => {
  const played = await play(
    `# Host

## Main
### Triggers
- At the beginning
### Steps
- Talk

# Alice:Human

# Bob:Human
`,
    {
      model: scriptedModel({
        Main: [
          'await Say("Bob", "hi"); const words = await Yield("bob"); await Say("user", words + agents.all.length); Return();',
        ],
      }),
      replies: ["hello"],
    },
  );
  assertEquals(played.said, ["(to Bob) hi", "(to Alice) hello3"]);
});

Deno.test("agents: a message to a class without an agent creates one", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: ['await Say("Helper", "hi"); await Say("user", await Yield("Helper")); Return();'],
      ProcessMessages: ['await Say("Asker", "made for it"); Return();'],
    }),
  });
  assertEquals(played.said, ["made for it"]);
});

Deno.test("agents: end of input during a wait for a person suspends the session, and a resume continues there", async () => {
  const model = scriptedModel({
    Main: [
      'const a = await Yield("user"); const b = await Yield("user"); await Say("user", a + b); Return();',
    ],
  });
  const first = await play(pair, { model, replies: ["x"] });
  assertEquals(first.result, { kind: "waiting", for: ["user"] });
  const second = await play(pair, { model, replies: ["y"], from: first.entries });
  assertEquals(second.said, ["xy"]);
  assertEquals(second.requests.length, 0, "no model call is repeated");
});

Deno.test("agents: a wait that times out while a batch gathers gives the messages so far, not a notice", async () => {
  const played = await play(pair, {
    model: scriptedModel({
      Main: [
        'const helper = Helper.Help(1); await Say("user", await Yield("Helper", { timeout: 5 })); await helper; Return();',
      ],
      Help: ['await Sleep(4.8); await Say("Asker", "just in time"); await Sleep(60); Return();'],
    }),
  });
  assertEquals(played.said, ["just in time"]);
});

Deno.test("agents: with many agents 64 model calls run at a time, and all calls finish", async () => {
  const text = `# Boss

## Main
### Triggers
- At the beginning
### Steps
- Make workers

# Worker

## Begin
### Triggers
- At the beginning
### Steps
- Report
`;
  const script = scriptedModel({
    Main: ["for (let i = 0; i < 150; i++) await CreateAgent('Worker'); Return();"],
    Begin: () => "await Say('user', 'I am ' + self.id); Return();",
  });
  let asking = 0;
  let most = 0;
  const model: Model = {
    id: script.id,
    async *stream(request, options) {
      most = Math.max(most, ++asking);
      // A pause, so that many requests start before the first answer.
      for (let tries = 0; asking > 1 && most < 64 && tries < 1000; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      try {
        yield* script.stream(request, options);
      } finally {
        asking--;
      }
    },
  };
  const played = await play(text, { model });
  assertEquals(played.result, { kind: "completed" });
  assertEquals(new Set(played.said).size, 151, "those at the start and those that were made");
  assertEquals(most, 64);
});
