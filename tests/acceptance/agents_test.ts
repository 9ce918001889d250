import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { defaultSettings, play } from "../support/harness.ts";
import { type Script, scriptedModel } from "../support/scripted_model.ts";

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

Deno.test("agents: a playbook that has the name of another class hides nothing of the class", async () => {
  const desk = `# Desk
\`\`\`js
/** @trigger At the beginning */
export async function Main() {
  await Say("user", await Billing("a"));
  await Say("user", await Billing.LookUp(7));
  await Say("user", await Billing["Look up"](8));
  const one = await Billing.getOrCreate();
  await Say("user", one.id + Billing.getAll().length + agents.byClass(Billing).length + typeof Billing);
  await Say("user", await Plan());
}
/** @meeting */
export async function Talk() {}
export async function Billing(text) { return "own " + text; }
\`\`\`

## Plan
### Steps
- Billing.LookUp(9)

# Billing
\`\`\`js
/** @public */
export async function LookUp(n) { return "invoice " + n; }
\`\`\`

# Talk
## Hear
public: true
### Steps
- Go
`;
  const played = await play(desk, {
    model: scriptedModel({
      Plan: ['Return(await Billing("b") + ", " + await Billing.LookUp(9) + ", " + await Talk.Hear());'],
      Hear: ['Return("heard");'],
      ProcessMessages: ["Return();"],
    }),
  });
  assertEquals(played.result, { kind: "completed" });
  assertEquals(played.said, ["own a", "invoice 7", "invoice 8", "100111function", "own b, invoice 9, heard"]);
});

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

const taxes = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Get the rate
- Say {$_} to the user

## GetRate
### Steps
- Return the rate
`;

/** Plays a program, then resumes it from each position and compares its words. */
async function playEverywhere(text: string, script: Script, replies: readonly string[] = []) {
  const whole = await play(text, { model: scriptedModel(script), replies });
  for (let position = 1; position < whole.entries.length; position++) {
    const from = whole.entries.slice(0, position);
    const said = from.filter((entry) => entry.type === "effect" && entry.did?.kind === "said").length;
    const heard = from.filter(({ type }) => type === "message").length;
    const resumed = await play(text, { from, model: scriptedModel(script), replies: replies.slice(heard) });
    assertEquals(resumed.said, whole.said.slice(said), `resumed at ${position}`);
    assertEquals(resumed.result, whole.result, `resumed at ${position}`);
  }
  return whole;
}

Deno.test("case 27: a returned value reaches its caller, and $_ and $__ are the last result and its summary", async () => {
  const played = await playEverywhere(taxes, {
    Main: [
      'const rate = await GetRate(); await Say("user", rate.join() + " " + state._.join() + " " + state.__);',
      'state._.push(3); await Say("user", "now {$_}"); await Say("user", state.__ + (await GetRate()).length + state._.length);',
      'await Say("user", JSON.stringify(state._) + Object.keys(state)); Return();',
    ],
    GetRate: ['state.__ = "looked it up"; Return([1, 2]);'],
  });
  assertEquals(played.said, ["1,2 1,2 looked it up", "now [1,2,3]", "looked it up22", "[1,2]__,_"]);
});

Deno.test("case 21: locals last over the turns of one call, and a called playbook has its own of the same name", async () => {
  const played = await playEverywhere(taxes, {
    Main: ["let x = 100; let inner = await GetRate();", 'await Say("user", x + " " + inner); Return();'],
    GetRate: ["let x = 10;", "Return(x);"],
  });
  assertEquals(played.said, ["100 10"]);
});

Deno.test("case 22 and 23: variables and locals are independent; loops add up and conditions set", async () => {
  const played = await playEverywhere(taxes, {
    Main: [
      "state.x = 100; let x = 200; const items = [1, 2, 3, 4, 5]; let sum = 0;",
      "state.x += 50; x += 50; for (const item of items) sum += item; state.level = sum > 10 ? 'high' : 'low';",
      'await Say("user", `${state.x} ${x} ${sum} ${state.level}`); Return();',
    ],
  });
  assertEquals(played.said, ["150 250 15 high"]);
});

Deno.test("case 24: the words of a person are a value for the next turn", async () => {
  const played = await playEverywhere(taxes, {
    Main: [
      'await Say("user", "A number?"); const said = await Yield("user");',
      'await Say("user", String(Number(said) + 10)); Return();',
    ],
  }, ["5"]);
  assertEquals(played.said, ["A number?", "15"]);
});

Deno.test("case 25 and 26: an error of code or of syntax is told to the model, and the program goes on", async () => {
  const played = await playEverywhere(taxes, {
    Main: ["missing.value = 1;", "const = 3;", 'await Say("user", "done"); Return();'],
  });
  assertEquals(played.said, ["done"]);
  const last = (turn: number) => played.requests[turn]!.messages.at(-1)!.text;
  assertStringIncludes(last(1), "missing");
  assertStringIncludes(last(2), "const = 3;");
});

Deno.test("case 28: the limit of model calls stops the program, and says so", async () => {
  const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, maxLlmCalls: 2 } };
  const played = await play(taxes, {
    settings,
    model: scriptedModel({ Main: (turn) => `await Say("user", "turn ${turn}");` }),
  });
  assertEquals(played.said, ["turn 1", "turn 2"]);
  assert(played.result.kind === "limit");
  assertStringIncludes(played.result.message, "max_llm_calls");
});

Deno.test("case 31: private variables are not shown to the model", async () => {
  const played = await play(taxes, {
    model: scriptedModel({
      Main: [
        "state._secret = 1; state.__ = 'summary'; state.shown = 2;",
        "Return();",
      ],
    }),
  });
  const text = played.requests[1]!.messages.at(-1)!.text;
  assertStringIncludes(text, '"shown":2');
  assert(!/_secret|summary/.test(text), text);
});

Deno.test("case 42: a wait for an agent gives its reply, or a notice with the time, and can be repeated", async () => {
  const played = await playEverywhere(pool, {
    Main: [
      `const worker = await CreateAgent("Worker"); await Say(worker, "How much?");
       const first = await Yield(worker, { timeout: 5 });`,
      'await Say("user", first); const second = await Yield(worker, { timeout: 60 });',
      'await Say("user", second); Return();',
    ],
    ProcessMessages: ['await Sleep(20); await Say("Boss", "15%"); Return();'],
  });
  assertEquals(played.said, ["[Worker (agent 1001) has not answered in 5 seconds]", "15%"]);
});

Deno.test("case 47: an agent that only gets messages answers by its event trigger", async () => {
  const played = await playEverywhere(
    `# Asker
## Main
### Triggers
- At the beginning
### Steps
- Ask the tax agent

# Tax
## GetRate($income)
### Triggers
- When an agent asks for the tax rate
### Steps
- Return the rate
`,
    {
      Main: [
        'await Say("Tax", "What is my tax rate for 80000?"); const rate = await Yield("Tax");',
        'await Say("user", "The rate is " + rate); Return();',
      ],
      ProcessMessages: ["const rate = await GetRate(80000);", 'await Say("agent 1000", rate); Return();'],
      GetRate: ['Return("15%");'],
    },
  );
  assertEquals(played.said, ["The rate is 15%"]);
  assertEquals(played.asked, 0, "only agents set the trigger off, so nobody is asked");
  const fired = played.state.agents["1001"]!.fired!;
  assertEquals(fired.map(({ playbook, cause }) => [playbook, cause.kind]), [["GetRate", "message"]]);
});

Deno.test("case 48: the begin playbooks of an agent run in order, and then it reads its messages", async () => {
  const played = await playEverywhere(
    `# P
## First
### Triggers
- At the beginning
### Steps
- One
## Second
### Triggers
- When the program starts
### Steps
- Two
# Q
## Main
### Triggers
- At the beginning
### Steps
- Send
`,
    {
      First: ['await Sleep(5); await Say("user", "first"); Return();'],
      Second: ['await Say("user", "second"); Return();'],
      "Q.Main": ['await Say("P", "hello"); Return();'],
      ProcessMessages: ['await Say("user", "read"); Return();'],
    },
  );
  assertEquals(played.said, ["first", "second", "read"]);
});

Deno.test("case 49: a standby agent exists at the start, and its playbooks can be called", async () => {
  const played = await play(
    `# P
startup_mode: standby

\`\`\`ts
export async function Outer() {
  return "outer " + await Inner();
}
\`\`\`
## Inner
### Steps
- Return it
## Talk
### Steps
- Say it
## Main
### Triggers
- At the beginning
### Steps
- Do nothing
`,
    {
      call: { playbook: "Talk", args: [] },
      model: scriptedModel({
        Inner: ['Return("inner")'],
        Talk: ['await Say("user", await Outer()); Return();'],
      }),
    },
  );
  assertEquals(played.said, ["outer inner"]);
  assertEquals(Object.keys(played.state.agents), ["1000"]);
});

Deno.test("case 50: a program of code alone asks no model, asks the person, and ends", async () => {
  const played = await playEverywhere(
    `# P
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", "Your name?");
  const [message] = await WaitForMessage("human");
  await Say("user", "Hello " + message.text);
  EndProgram();
}
\`\`\`
`,
    {},
    ["Ann"],
  );
  assertEquals(played.said, ["Your name?", "Hello Ann"]);
  assertEquals(played.requests.length, 0);
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("case 51: a program with triggers of all kinds checks a PIN and an email, warns of $x, and tells the balance", async () => {
  const played = await playEverywhere(
    `# Bank
\`\`\`ts
/** @trigger When user provides a PIN */
export async function CheckPin(pin: string) {
  while (!/^\\d{4}$/.test(pin)) {
    await Say("user", "Four digits, please.");
    pin = await Yield("user");
  }
  return pin;
}
/** @trigger When $x > 15 */
export async function TooBig(x: number) {
  await Say("user", x + " is too big");
}
\`\`\`
## Main
### Triggers
- At the beginning
### Steps
- Ask for the $pin and the $email
- $x = 10
- Load the account
- $x = $x * 2
- Tell the balance
- Exit program

## LoadAccount($email, $pin)
### Steps
- Return it

## CheckEmail
### Triggers
- When user provides an email
### Steps
- Ask again until the $email is valid
`,
    {
      Main: [
        'Step("01"); await Say("user", "PIN?"); const pin = await Yield("user");',
        'state.pin = await CheckPin(pin); await Say("user", "Email?"); const email = await Yield("user");',
        "state.email = email; await CheckEmail();",
        'Step("02"); state.x = 10; Step("03"); state.account = await LoadAccount(state.email, state.pin); Step("04"); state.x *= 2; Step("05"); await Say("user", "Balance: " + state.account.balance); EndProgram();',
      ],
      CheckEmail: [
        'await Say("user", "Not an email. Again?"); const again = await Yield("user");',
        "state.email = again; Return();",
      ],
      LoadAccount: ["Return({ balance: 8999 });"],
    },
    ["12", "4711", "ann", "ann@example.com"],
  );
  assertEquals(played.said, [
    "PIN?",
    "Four digits, please.",
    "Email?",
    "Not an email. Again?",
    "20 is too big",
    "Balance: 8999",
  ]);
  assertEquals(played.result, { kind: "completed" });
  const fired = played.state.agents["1000"]!.fired!;
  assertEquals(fired.map(({ playbook, by }) => `${playbook} ${by}`), [
    "CheckPin model",
    "CheckEmail model",
    "TooBig runtime",
  ]);
});
