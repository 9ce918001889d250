import { assert, assertEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { play, type Played, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** Two agents, a person, nested calls, code, a message without a wait, waits, a timer, two begin playbooks. */
const original = `# Host
Sells.

\`\`\`ts
/** @trigger At the beginning */
export async function Begin(city = "Rome") {
  await Say("user", "city " + city);
  const price = await Deal("lamp");
  await Say("user", "price " + price);
  const name = await Yield("Ann", { timeout: 100 });
  await Say("user", "name " + name);
}

export async function Deal(item) {
  await Say("Worker", "note " + item);
  const back = await Yield("Worker");
  await Say("user", "back " + back);
  await Sleep(3);
  const quote = await Quote(item);
  const fee = await Worker.Fee();
  return twice(quote) + fee;
}

function twice(value) {
  return value * 2;
}

/** @trigger When agent starts running */
export async function Later() {
  await Say("user", "later");
}
\`\`\`

## Quote($item)
### Steps
- Ask the worker for the price of $item
- Return it

# Worker
Works.

\`\`\`ts
/** @public */
export async function Price(item) {
  await Sleep(1);
  await Say("user", "asked for " + item);
  return 21;
}

/** @public */
export async function Fee() {
  return 0;
}
\`\`\`

## Answer($note)
### Triggers
- When the Host gives you a note
### Steps
- Return "done"

# Ann:Human
`;

/** Answers that use the names of their own text. After an error the model uses existing names. */
const model = scriptedModel({
  Quote: ["Return(await Worker.Price(item));", "Return(21);"],
  Offer: ["Return(await Worker.Price(item));", "Return(21);"],
  "Host.ProcessMessages": ["Return();"],
  "Boss.ProcessMessages": ["Return();"],
  ProcessMessages: ['await Say(messages[0].from, "done"); Return();'],
  Main: ["EndProgram();"],
  Deal: ["Return(42);"],
  Begin: ['await Say("user", "steps"); Return();'],
});

/** Plays a program, and fails if the scheduler spins. Each round of the scheduler reads the clock. */
function playBounded(text: string, options: PlayOptions = {}): Promise<Played> {
  let rounds = 0;
  const elapsed = () => {
    if (++rounds > maxRounds) throw new Error(`The scheduler has gone ${maxRounds} rounds`);
    return 0;
  };
  return play(text, { model, replies: Array(20).fill("Eve"), world: { elapsed }, ...options });
}

/** Far more rounds than any program here needs. */
const maxRounds = 20_000;

interface Edit {
  readonly name: string;
  readonly change: (text: string) => string;
  /** A resume from these entries may fail, like an uninterrupted run of the new text. */
  readonly mayFail?: (entries: readonly Entry[]) => boolean;
  /** Another playbook answers by the new text, with other words. */
  readonly answersElsewhere?: true;
}

const without = (start: string, end: string) => (text: string) => {
  const from = text.indexOf(start);
  assert(from >= 0, start);
  const to = text.indexOf(end, from);
  assert(to > from, end);
  return text.slice(0, from) + text.slice(to);
};
const swap = (...pairs: readonly (readonly [string, string])[]) => (text: string) =>
  pairs.reduce((now, [before, after]) => {
    assert(now.includes(before), before);
    return now.replaceAll(before, after);
  }, text);

/** No agent of the class exists yet, so there is nothing to keep. */
const isMissing = (klass: string) => (entries: readonly Entry[]) =>
  !JSON.stringify(entries).includes(`"klass":"${klass}"`);

const dealWithoutWorker = swap([
  '  await Say("Worker", "note " + item);\n  const back = await Yield("Worker");\n',
  '  const back = "nobody";\n',
], ["await Worker.Fee()", "0"]);

const edits: readonly Edit[] = [
  { name: "nothing but white space", change: swap(["Sells.\n", "Sells.\n\n"]) },
  {
    name: "the class of an agent is removed",
    change: without("# Worker", "# Ann"),
    mayFail: isMissing("Worker"),
  },
  {
    name: "the class of an agent is removed with all uses",
    change: (text) => without("# Worker", "# Ann")(dealWithoutWorker(text)),
    mayFail: isMissing("Worker"),
  },
  {
    name: "the class of an agent is renamed",
    change: swap(["# Worker", "# Clerk"]),
    mayFail: isMissing("Worker"),
  },
  {
    name: "the class of an agent is renamed with all uses",
    change: swap(["Worker", "Clerk"]),
    mayFail: isMissing("Worker"),
  },
  {
    name: "the class of an agent is renamed so that its old spelling means the new one",
    change: swap(["# Worker", "# Worker Agent"]),
    mayFail: isMissing("Worker"),
  },
  { name: "the class that began is renamed", change: swap(["# Host", "# Boss"]) },
  {
    name: "every class is renamed",
    change: swap(["# Host", "# Boss"], ["Worker", "Clerk"], ["Ann", "Bob"]),
    mayFail: isMissing("Worker"),
  },
  {
    name: "a code playbook in flight is removed",
    change: (text) =>
      without("export async function Deal", "function twice")(text).replace('await Deal("lamp")', "42"),
  },
  { name: "a code playbook in flight is renamed", change: swap(["Deal(", "Bargain("]) },
  {
    name: "a model's playbook in flight is renamed",
    change: swap(["Quote(", "Offer("]),
    mayFail: () => false,
  },
  {
    name: "a model's playbook becomes code",
    change: (text) =>
      without("## Quote", "# Worker")(text).replace(
        "/** @trigger When agent",
        "export async function Quote(item) {\n  return 21;\n}\n\n/** @trigger When agent",
      ),
  },
  {
    name: "a code playbook becomes a model's",
    change: (text) =>
      without("export async function Deal", "function twice")(text).replace(
        "## Quote",
        "## Deal($item)\n### Steps\n- Return 42\n\n## Quote",
      ),
  },
  {
    name: "the begin playbook becomes a model's",
    change: (text) =>
      without("/** @trigger At", "export async function Deal")(text).replace(
        "## Quote",
        "## Begin\n### Triggers\n- At the beginning\n### Steps\n- Say it\n\n## Quote",
      ),
  },
  { name: "a begin playbook is renamed", change: swap(["Begin(", "Start("]) },
  {
    name: "a begin playbook that waits for its turn is removed",
    change: without("/** @trigger When agent", "```\n\n## Quote"),
  },
  { name: "a begin trigger is removed", change: swap(["/** @trigger When agent starts running */\n", ""]) },
  {
    name: "a begin playbook gains a parameter",
    change: swap(["Later()", "Later(needed)"]),
    mayFail: isMissing("Host"),
  },
  {
    name: "a parameter of a call in flight is renamed",
    change: swap(["Deal(item)", "Deal(thing)"], ['"note " + item', '"note " + thing'], [
      "Quote(item);",
      "Quote(thing);",
    ]),
  },
  {
    name: "a call in flight gains a parameter",
    change: swap(["## Quote($item)", "## Quote($item, $colour)"], ["Quote(item);", 'Quote(item, "red");']),
  },
  {
    name: "a call in flight loses a parameter",
    change: swap(["Price(item)", "Price()"], ['"asked for " + item', '"asked"']),
  },
  { name: "a trigger is removed", change: swap(["### Triggers\n- When the Host gives you a note\n", ""]) },
  {
    name: "a playbook is no longer public",
    change: swap(["/** @public */", "/** Private. */"]),
    mayFail: () => true,
  },
  { name: "a helper function changes", change: swap(["value * 2", "value * 3"]) },
  { name: "a helper function is renamed", change: swap(["twice", "double"]) },
  {
    name: "a helper function is removed",
    change: (text) =>
      without("function twice", "/** @trigger When agent")(text).replace("twice(quote)", "quote * 2"),
  },
  { name: "words that were said change", change: swap(['"city "', '"town "']) },
  {
    name: "a call is put before all others",
    change: swap([
      '  await Say("user", "city "',
      '  await Say("user", "first");\n  await Say("user", "city "',
    ]),
  },
  { name: "a wait is removed", change: swap(["  await Sleep(3);\n", ""]) },
  { name: "a timer is shorter", change: swap(["Sleep(3)", "Sleep(2)"]) },
  {
    name: "a person is removed",
    change: (text) => text.slice(0, text.indexOf("# Ann")).replace('Yield("Ann"', 'Yield("user"'),
  },
  {
    name: "a person is removed and still named",
    change: (text) => text.slice(0, text.indexOf("# Ann")),
    mayFail: isMissing("Ann"),
  },
  { name: "a person is renamed", change: swap(["Ann", "Bob"]) },
  { name: "a person is added before the other", change: swap(["# Host", "# Zoe:Human\n\n# Host"]) },
  { name: "a person becomes an agent", change: swap(["# Ann:Human", "# Ann\nWas a person.\n"]) },
  {
    name: "an agent becomes a person",
    change: (text) =>
      swap(["# Worker\nWorks.", "# Worker:Human"])(without("```ts\n/** @public */", "## Answer")(text)),
    mayFail: () => true,
    answersElsewhere: true,
  },
  {
    name: "classes change places",
    change: (text) => {
      const at = text.indexOf("# Worker");
      return `${text.slice(at)}\n${text.slice(0, at)}`;
    },
  },
  { name: "a step changes", change: swap(["- Return it", "- Return it at once"]) },
  {
    name: "steps are added and removed",
    change: swap([
      "- Ask the worker for the price of $item\n- Return it",
      "- Think\n- Ask around\n- Return 21",
    ]),
  },
  {
    name: "an agent is added that begins",
    change: (text) =>
      `${text}\n# Extra\n\n\`\`\`ts\n/** @trigger At the beginning */\nexport async function Extra() {\n  await Say("user", "extra");\n}\n\`\`\`\n`,
  },
  {
    name: "all is replaced",
    change: () => "# Other\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- End program\n",
  },
];

/** Words to persons in some entries. */
function saidIn(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [`(to ${entry.did.to}) ${entry.did.text}`] : []
  );
}

function endsWell(
  played: Played,
  entries: readonly Entry[],
  edit: Pick<Edit, "mayFail">,
  what: string,
): void {
  const { result } = played;
  if (result.kind === "failed" && edit.mayFail?.(entries)) return;
  assertEquals(result, { kind: "completed" }, what);
}

/** Resumes with an edited text. If the session offers choices, tries each of them. */
async function resumeBy(
  text: string,
  from: readonly Entry[],
  edit: Pick<Edit, "mayFail">,
  what: string,
): Promise<void> {
  const resumed = await playBounded(text, { from });
  if (resumed.result.kind !== "diverged") {
    const said = saidIn(resumed.entries);
    assertEquals([...new Set(said)], said, `${what}: nothing is said twice`);
    return endsWell(resumed, from, edit, what);
  }
  assertEquals(resumed.said, [], `${what}: nothing is done before the choice`);
  for (const choice of ["pin", "redo"] as const) {
    const chosen = await playBounded(text, { from: resumed.entries, [choice]: true });
    endsWell(chosen, from, edit, `${what}, --${choice}`);
  }
}

const whole = await playBounded(original);

Deno.test("edits: the unedited program does everything that the edits rely on", () => {
  assertEquals(whole.result, { kind: "completed" });
  assertEquals(whole.said, [
    "(to Ann) city Rome",
    "(to Ann) back done",
    "(to Ann) asked for lamp",
    "(to Ann) price 42",
    "(to Ann) name Eve",
    "(to Ann) later",
  ]);
});

/** In a thorough run each edit is made at every entry; else at every second one, and the next edit at the others. */
const isThorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";
const entryStep = isThorough ? 1 : 2;
const which = isThorough ? "every entry" : "every second entry";

for (const [index, edit] of edits.entries()) {
  const firstEnd = 2 + index % entryStep;
  Deno.test(`edits: at ${which}, when ${edit.name}, a session ends or offers a working choice`, async () => {
    const text = edit.change(original);
    for (let end = firstEnd; end < whole.entries.length; end += entryStep) {
      const from = whole.entries.slice(0, end);
      const what = `${edit.name}, after entry ${end} (${from.at(-1)!.type})`;
      await resumeBy(text, from, edit, what);
    }
  });

  Deno.test(`edits: at ${which}, when ${edit.name}, --pin finishes the calls in flight on the old source`, async () => {
    const text = edit.change(original);
    for (let end = firstEnd; end < whole.entries.length; end += entryStep) {
      const from = whole.entries.slice(0, end);
      const what = `${edit.name}, --pin after entry ${end} (${from.at(-1)!.type})`;
      const pinned = await playBounded(text, { from, pin: true });
      endsWell(pinned, from, edit, what);
      if (!from.some((entry) => entry.type === "thread") || edit.answersElsewhere) continue;
      const own = whole.said.slice(0, 5);
      assertEquals(saidIn(pinned.entries).filter((word) => own.includes(word)), own, what);
    }
  });
}

/** Makes two edits; the second one just after the first took effect. */
const rows: readonly (readonly string[])[] = [
  ["the class of an agent is removed", "nothing but white space"],
  ["the class of an agent is renamed", "the class of an agent is removed"],
  ["the class of an agent is renamed with all uses", "every class is renamed"],
  ["the class that began is renamed", "a begin playbook is renamed"],
  ["a code playbook in flight is renamed", "a parameter of a call in flight is renamed"],
  ["a model's playbook becomes code", "a model's playbook in flight is renamed"],
  ["words that were said change", "a call is put before all others"],
  ["a person is renamed", "a person is removed"],
  ["a step changes", "steps are added and removed"],
  ["all is replaced", "an agent becomes a person"],
];

for (const [first, second] of [...rows, ...rows.map(([first]) => [first])]) {
  Deno.test(`edits: after two in a row, ${first}, then ${second ?? "back"}, every session can continue`, async () => {
    const [one, two] = [first, second].map((name) => edits.find((edit) => edit.name === name));
    const back = two?.change(original) ?? original;
    // A definition that one edit removes before its use does not exist for the other edit.
    const mayFail = (entries: readonly Entry[]) =>
      [one, two].some((edit) => edit?.mayFail?.(entries) ?? false);
    for (let end = 3; end < whole.entries.length; end += 2 * entryStep) {
      const between = await playBounded(one!.change(original), { from: whole.entries.slice(0, end) });
      for (const more of [1, 4]) {
        const from = between.entries.slice(0, end + more);
        if (from.some((entry) => entry.type === "end")) continue;
        await resumeBy(
          back,
          from,
          { mayFail },
          `${first}, then ${second ?? "back"}, at ${end} and ${from.length}`,
        );
      }
    }
  });
}

Deno.test("edits: a playbook of --call that has not begun is called with the old text", async () => {
  const call = { playbook: "Later", args: [] } as const;
  const called = await playBounded(original, { call });
  assertEquals(called.said, ["(to Ann) later"]);
  const stop = called.entries.findIndex((entry) => entry.type === "thread");
  for (
    const change of [
      swap(["Later", "Sooner"]),
      swap(["# Host", "# Boss"]),
      swap(["Later()", "Later(needed)"]),
    ]
  ) {
    const resumed = await playBounded(change(original), { from: called.entries.slice(0, stop) });
    assertEquals([resumed.result.kind, resumed.said], ["completed", ["(to Ann) later"]]);
  }
});
