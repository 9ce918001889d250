import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Entry, foldEntries } from "../../src/engine/mod.ts";
import { upcastEntry } from "../../src/engine/fold/upcast.ts";
import type { AcceptedRequest, Model, ModelEvent, ModelRequest, StreamOptions } from "../../src/model/mod.ts";
import { defaultSettings, play, type Played } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

type Script = Parameters<typeof scriptedModel>[0];

/** A provider in memory that makes answers in the background. It lives longer than a run, as a real one does. */
class Provider {
  /** Requests in order; the id of an answer is its index. Each one is paid for. */
  readonly made: string[] = [];
  readonly fetched: string[] = [];
  readonly cancelled: string[] = [];
  /** The turn lines of requests whose answers never end. */
  readonly held = new Set<string>();
  /** Answers of these agents have no price. */
  readonly unpriced = new Set<string>();
  readonly model: Model;
  readonly #inner: Model;

  constructor(script: Script, id = "openai:test") {
    this.#inner = scriptedModel(script);
    this.model = {
      id,
      cancel: ({ id }) => {
        this.cancelled.push(id);
        return Promise.resolve();
      },
      stream: (request, options) => this.#stream(request, options),
    };
  }

  /** The number of answers that were made for requests with this turn line in their last message. */
  madeFor(line: string): number {
    return this.made.filter((request) => lineOf(JSON.parse(request)) === line).length;
  }

  /** Forgets all answers. */
  forget(): void {
    this.#isForgetful = true;
  }

  #isForgetful = false;

  async *#stream(
    request: ModelRequest,
    { signal, background }: StreamOptions,
  ): AsyncGenerator<ModelEvent> {
    const line = lineOf(request);
    const { accepted } = background ?? {};
    const known = this.#find(request, accepted);
    if (known === undefined) {
      if (accepted) background!.onAskedAnew(this.#reason(request, accepted));
      const text = JSON.stringify(request);
      const id = String(this.made.push(text) - 1);
      background?.onAccepted({ id, model: this.model.id, server: "https://api.example", request: text });
    } else this.fetched.push(known);
    if (this.held.has(line)) {
      yield { type: "text", text: "…" };
      const aborted = Promise.withResolvers<void>();
      if (signal.aborted) aborted.resolve();
      signal.addEventListener("abort", () => aborted.resolve());
      await aborted.promise;
      return yield { type: "failed", failure: { kind: "aborted", message: "aborted" } };
    }
    for await (const event of this.#inner.stream(request, { signal })) {
      if (event.type !== "completed" || ![...this.unpriced].some((each) => line.includes(each))) {
        yield event;
        continue;
      }
      const { costUsd: _, ...usage } = event.completion.usage;
      yield { ...event, completion: { ...event.completion, usage } };
    }
  }

  #find(request: ModelRequest, accepted: AcceptedRequest | undefined): string | undefined {
    if (!accepted || this.#isForgetful || this.cancelled.includes(accepted.id)) return undefined;
    return accepted.request === JSON.stringify(request) ? accepted.id : undefined;
  }

  #reason(request: ModelRequest, accepted: AcceptedRequest): "changed" | "lost" {
    return accepted.request === JSON.stringify(request) ? "lost" : "changed";
  }
}

function lineOf({ messages }: ModelRequest): string {
  return messages.at(-1)!.text.split("\n")[0]!;
}

function count(entries: readonly Entry[], type: Entry["type"]): number {
  return entries.filter((entry) => entry.type === type).length;
}

/** Answers of the provider that the frames on the stack wait for. */
function openIn(entries: readonly Entry[]): string[] {
  const { frames } = foldEntries(undefined, structuredClone(entries));
  return Object.values(frames).flatMap(({ accepted }) => accepted ? [accepted.id] : []);
}

function notices({ events }: Pick<Played, "events">): string[] {
  return events.flatMap((event) => event.type === "notice" ? [event.text] : []);
}

/** The entries up to and with the last one of this kind. */
function upTo(entries: readonly Entry[], type: Entry["type"]): Entry[] {
  const end = entries.findLastIndex((entry) => entry.type === type);
  assert(end >= 0);
  return entries.slice(0, end + 1);
}

/** Two agents that ask their models at once, and a third one that is called. */
const pair = `# One
You like facts.

## Main
### Triggers
- At the beginning
### Steps
- Ask Three for a fact
- End program

# Two
You are polite.

## Begin
### Triggers
- At the beginning
### Steps
- Say hello

# Three

## Fact
public: true
### Steps
- Return a fact
`;

const pairScript: Script = {
  "One.Main": ['const fact = await Three.Fact(); await Say("user", "fact " + fact);', "EndProgram();"],
  "Two.Begin": ['await Say("user", "hello"); Return();'],
  "Three.Fact": ['Return("water is wet");'],
};
const turnOfOne = "[turn 1 of Main · One (agent 1000)]";
const turnOfTwo = "[turn 1 of Begin · Two (agent 1001)]";

Deno.test("background: an id is journaled before its answer, once for each request", async () => {
  const provider = new Provider(pairScript);
  const { entries, result, said } = await play(pair, { model: provider.model });
  assertEquals(result, { kind: "completed" });
  assertEquals(said.toSorted(), ["fact water is wet", "hello"]);
  assertEquals(count(entries, "accepted"), count(entries, "request"));
  for (const [index, entry] of entries.entries()) {
    if (entry.type !== "accepted") continue;
    const before = entries.findLastIndex((each, at) =>
      at < index && each.type === "request" && each.frame === entry.frame
    );
    const after = entries.findIndex((each, at) =>
      at > before && each.type === "turn" && each.frame === entry.frame
    );
    assert(before >= 0 && (after === -1 || after > index), `entry ${index}`);
  }
});

Deno.test("background: the id is durable while the answer is still being made", async () => {
  const provider = new Provider(pairScript);
  provider.held.add(turnOfOne);
  const appended: Entry[] = [];
  await play(pair, {
    model: provider.model,
    stopAt: "text",
    onAppend: (fresh) => appended.push(...fresh),
  });
  assertEquals(count(appended, "turn"), 0);
  assertEquals(count(appended, "accepted"), 2);
});

Deno.test("background: a resume from every entry fetches what was accepted and asks only for the rest", async () => {
  const whole = await play(pair, { model: new Provider(pairScript).model });
  for (let length = 2; length < whole.entries.length; length++) {
    const provider = new Provider(pairScript);
    const from = whole.entries.slice(0, length);
    const resumed = await play(pair, { model: provider.model, from });
    const open = openIn(from);
    assertEquals(resumed.result, { kind: "completed" }, `from ${length}`);
    assertEquals(provider.fetched.toSorted(), open.toSorted(), `from ${length}`);
    const turns = count(resumed.entries, "turn") - count(from, "turn");
    // An answer in flight when the program ends is no turn.
    const dropped = count(resumed.entries, "request") - count(resumed.entries, "turn");
    assertEquals(provider.made.length, turns + dropped - open.length, `from ${length}`);
    assertEquals(provider.cancelled.length, dropped, `from ${length}`);
    assertEquals(notices(resumed), [], `from ${length}`);
    const { spent } = resumed.state;
    assertEquals(spent.inputTokens, count(resumed.entries, "turn") * 10, `from ${length}`);
    assertEquals(spent.calls, count(resumed.entries, "request"), `from ${length}`);
  }
});

Deno.test("background: an answer is fetched again after a second death, and after a third", async () => {
  const provider = new Provider(pairScript);
  provider.held.add(turnOfOne);
  let entries: readonly Entry[] = [];
  for (let run = 0; run < 4; run++) {
    ({ entries } = await play(pair, { model: provider.model, from: entries, stopAt: "text" }));
  }
  const made = provider.made.length;
  provider.held.clear();
  const { result } = await play(pair, { model: provider.model, from: entries });
  assertEquals(result, { kind: "completed" });
  assertEquals([provider.madeFor(turnOfOne), provider.cancelled], [1, []]);
  assert(provider.made.length >= made);
});

Deno.test("background: an interrupted run cancels nothing", async () => {
  const provider = new Provider(pairScript);
  for (const line of [turnOfOne, turnOfTwo]) {
    provider.held.add(line);
  }
  const { result, entries } = await play(pair, { model: provider.model, stopAt: "text" });
  assertEquals(result, { kind: "interrupted" });
  assertEquals([provider.cancelled, openIn(entries)], [[], ["0", "1"]]);
});

Deno.test("background: a model that fails leaves its answer to the resume", async () => {
  const provider = new Provider({ ...pairScript, "Three.Fact": [] });
  const failed = await play(pair, { model: provider.model });
  assertEquals(failed.result.kind, "model");
  assertEquals([provider.cancelled, openIn(failed.entries).length], [[], 1]);
});

Deno.test("background: the end of the program cancels an answer that nobody needs", async () => {
  const script: Script = { "One.Main": ["EndProgram();"], "Two.Begin": ["Return();"] };
  const provider = new Provider(script);
  provider.held.add(turnOfTwo);
  const { result, entries } = await play(pair, { model: provider.model });
  assertEquals(result, { kind: "completed" });
  const accepted = entries.find((entry) => entry.type === "accepted" && entry.frame === "f2");
  assert(accepted?.type === "accepted");
  assertEquals(provider.cancelled, [accepted.id]);
});

Deno.test("background: a limit cancels the answers in flight", async () => {
  const provider = new Provider(pairScript);
  provider.held.add(turnOfTwo);
  provider.unpriced.add("One");
  const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, maxCostUsd: 1 } };
  const limited = await play(pair, { model: provider.model, settings });
  assertEquals(limited.result.kind, "limit");
  assertEquals(provider.cancelled, openIn(limited.entries));
  assertEquals(provider.cancelled.length, 1);
  provider.held.clear();
  const resumed = await play(pair, { model: provider.model, from: limited.entries });
  assertEquals(resumed.result, { kind: "completed" });
  assertEquals(notices(resumed).length, 1);
  assertStringIncludes(notices(resumed)[0]!, "Begin of Two (agent 1001) is not available any more");
});

Deno.test("background: an answer that the provider forgot is asked anew, with a notice, and its new id is journaled", async () => {
  const provider = new Provider(pairScript);
  const whole = await play(pair, { model: provider.model });
  const from = upTo(whole.entries, "accepted");
  provider.forget();
  const resumed = await play(pair, { model: provider.model, from });
  assertEquals(resumed.result, { kind: "completed" });
  assertEquals(notices(resumed).length, 1);
  assertEquals(provider.cancelled, []);
  assertEquals(count(resumed.entries, "accepted"), count(whole.entries, "accepted") + 1);
});

Deno.test("background: an edited program cancels the answer to its old request and asks with the new text", async () => {
  const first = new Provider(pairScript);
  first.held.add(turnOfOne);
  first.held.add(turnOfTwo);
  const { entries } = await play(pair, { model: first.model, stopAt: "text" });
  const edited = pair.replace("You are polite.", "You are rude.");
  const second = new Provider(pairScript);
  const resumed = await play(edited, { model: second.model, from: entries });
  assertEquals(resumed.result, { kind: "completed" });
  // An agent reads the descriptions of the others, so both requests differ.
  assertEquals([second.fetched, second.cancelled], [[], ["0", "1"]]);
  assertEquals(notices(resumed).length, 2);
  assertStringIncludes(notices(resumed)[0]!, "was made for another request, model or server");
  assertEquals(second.madeFor(turnOfTwo), 1);
  assert(second.made.every((request) => request.includes("You are rude.")));
  // With --pin the request is the old one.
  const pinned = new Provider(pairScript);
  await play(edited, { model: pinned.model, from: entries, pin: true });
  assertEquals([pinned.fetched, pinned.cancelled], [["0", "1"], []]);
});

Deno.test("background: an edit that the journaled request does not show lets the answer be fetched", async () => {
  const first = new Provider(pairScript);
  first.held.add(turnOfTwo);
  const { entries } = await play(pair, { model: first.model, stopAt: "text" });
  const second = new Provider(pairScript);
  const edited = pair.replace("- Say hello", "- Say good evening");
  const resumed = await play(edited, { model: second.model, from: entries });
  assertEquals(resumed.result, { kind: "completed" });
  assertEquals([second.fetched.toSorted(), second.cancelled], [openIn(entries).toSorted(), []]);
});

Deno.test("background: another model does not get the id, and asks anew", async () => {
  const first = new Provider(pairScript);
  first.held.add(turnOfOne);
  const { entries } = await play(pair, { model: first.model, stopAt: "text" });
  const other = new Provider(pairScript, "openai:other");
  const resumed = await play(pair, { model: other.model, from: entries });
  assertEquals(resumed.result, { kind: "completed" });
  assertEquals([other.fetched, notices(resumed).length > 0], [[], true]);
  const plain = await play(pair, { model: scriptedModel(pairScript), from: entries });
  assertEquals(plain.result, { kind: "completed" });
  assert(notices(plain).length > 0);
});

Deno.test("background: a fork fetches the answer of its original, and cancels only its own", async () => {
  const provider = new Provider(pairScript);
  provider.held.add(turnOfOne);
  const { entries } = await play(pair, { model: provider.model, stopAt: "text" });
  const [original] = openIn(entries);
  assert(original !== undefined);
  const edited = pair.replace("You like facts.", "You dislike facts.");
  const fork = new Provider(pairScript);
  const forked = await play(edited, { model: fork.model, from: entries, forkedAt: entries.length });
  assertEquals(forked.result, { kind: "completed" });
  assertEquals(fork.cancelled, []);
  assert(notices(forked).some((text) => text.includes("was made for another request")));
  provider.held.clear();
  for (const forkedAt of [entries.length, undefined]) {
    const same = await play(pair, {
      model: provider.model,
      from: entries,
      ...(forkedAt === undefined ? {} : { forkedAt }),
    });
    assertEquals(same.result, { kind: "completed" });
    assert(provider.fetched.includes(original));
    assertEquals(provider.madeFor(turnOfOne), 1);
  }
});

/** Code in flight that calls a playbook of a model. */
const caller = `# Solo

\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "start");
  await Say("user", "fact " + await Fact("water"));
}
\`\`\`

## Fact($about)
### Steps
- Return a fact
`;

Deno.test("background: --redo cancels the answer of a call that is made again, and a fork does not", async () => {
  const script: Script = { Fact: ['Return("water is wet");'] };
  const first = new Provider(script);
  first.held.add("[turn 1 of Fact · Solo (agent 1000)]");
  const { entries } = await play(caller, { model: first.model, stopAt: "text" });
  assertEquals(openIn(entries), ["0"]);
  const edited = caller.replace('"start"', '"begin"');
  for (const forkedAt of [0, entries.length]) {
    const second = new Provider(script);
    const redone = await play(edited, { model: second.model, from: entries, redo: true, forkedAt });
    assertEquals(redone.result, { kind: "completed" });
    assertEquals(redone.said, ["begin", "fact water is wet"]);
    assertEquals([second.made.length, second.fetched], [1, []]);
    assertEquals(second.cancelled, forkedAt === 0 ? ["0"] : []);
  }
});

Deno.test("background: a journal without ids is asked as before", async () => {
  const whole = await play(pair, { model: scriptedModel(pairScript) });
  assertEquals(count(whole.entries, "accepted"), 0);
  const provider = new Provider(pairScript);
  const resumed = await play(pair, { model: provider.model, from: upTo(whole.entries, "request") });
  assertEquals(resumed.result, { kind: "completed" });
  assertEquals([provider.fetched, notices(resumed)], [[], []]);
});

Deno.test("background: an id for a frame that asks no model does not fit, and an unknown field is refused", async () => {
  const { entries } = await play(pair, { model: new Provider(pairScript).model });
  const from = entries.slice(0, entries.findIndex(({ type }) => type === "accepted") + 1);
  const accepted = from.at(-1)!;
  const state = foldEntries(undefined, structuredClone(from));
  assertThrows(() => upcastEntry({ ...accepted, until: 1 }, state), Error, '"until"');
  const turn = entries.findIndex((entry) => entry.type === "turn");
  assertThrows(
    () =>
      foldEntries(undefined, [...structuredClone(entries.slice(0, turn + 1)), {
        ...accepted,
        frame: (entries[turn] as { frame: string }).frame,
      }]),
    TypeError,
    "asks no model",
  );
});
