import { assert, assertEquals } from "@std/assert";
import { type Entry, foldEntries } from "../../src/engine/mod.ts";
import { type Finished, folderWith, type TestFolder } from "../support/playbooks_process.ts";
import type { KilledProgram } from "./programs.ts";
import type { Servers, Traffic } from "./servers.ts";
import { countOf, returnsIn } from "../support/entries.ts";
import { verifiedSession } from "../support/verified_session.ts";

/** The moment of a kill. */
export type Kill =
  /** This many ms after its start. */
  | { readonly kind: "time"; readonly ms: number }
  /** When this entry is durable; the process kills itself. */
  | { readonly kind: "entry"; readonly position: number }
  /** When its n-th model request, or its n-th order, has arrived and is unanswered. */
  | { readonly kind: "model" | "order"; readonly nth: number };

/** A program's run without a kill. */
export interface Whole {
  readonly said: string;
  readonly entries: readonly Entry[];
  readonly ms: number;
}

/** The result of a journey. */
export interface Told {
  readonly kills: number;
  /** Resumes that reported an uncertain effect. */
  readonly uncertain: number;
  readonly requests: number;
  readonly orders: number;
}

/** Runs a program without a kill. */
export async function runWhole(program: KilledProgram, servers: Servers): Promise<Whole> {
  const { url } = servers.journey(crypto.randomUUID());
  await using folder = await folderFor(program, url);
  const startedMs = performance.now();
  const run = await folder.run(["run", "program.pb"], { input: lines(program.answers) });
  assertEquals(run.code, 0, run.stderr);
  return { said: run.stdout, entries: folder.journal(), ms: performance.now() - startedMs };
}

/**
 * Runs a program, kills it as planned, resumes it until it ends, and checks that nothing was lost, said twice, asked twice
 * or ordered twice. `policy` decides whether an uncertain order is repeated or skipped.
 */
export async function travel(
  program: KilledProgram,
  kills: readonly Kill[],
  given: { readonly servers: Servers; readonly whole: Whole; readonly policy: "retry" | "skip" },
): Promise<Told> {
  const { servers, whole, policy } = given;
  const { url, traffic } = servers.journey(crypto.randomUUID());
  await using folder = await folderFor(program, url);
  const told = { kills: 0, uncertain: 0, requests: 0, orders: 0 };
  const where = `${program.name}, killed by ${JSON.stringify(kills)}, ${policy}`;
  const left = [...kills];
  let shown: readonly string[] = [];
  let askedBefore: ReadonlySet<string> = new Set();
  let inFlight: ReadonlySet<string> = new Set();
  let flags: readonly string[] = [];
  for (let process = 1;; process++) {
    assert(process < 30, `${where}: it does not end`);
    const before = { models: traffic.models.length };
    const run = await runOnce(folder, program, { traffic, flags, kill: left.shift() });
    const requests = traffic.models.slice(before.models);
    const bodies = requests.map(({ body }) => body);
    assertEquals(new Set(bodies).size, bodies.length, `${where}: one process asked twice`);
    for (const { body, last } of requests) {
      assert(!askedBefore.has(body) || inFlight.has(last), `${where}: asked again: ${last}`);
    }
    askedBefore = new Set([...askedBefore, ...bodies]);
    shown = joined(shown, run.stdout.split("\n").slice(0, -1));
    flags = [];
    if (run.code === 0) break;
    const entries = entriesOf(folder);
    const open = openOrders(entries);
    if (run.signal === "SIGKILL") {
      told.kills++;
      inFlight = asked(entries);
      continue;
    }
    assertEquals(run.code, 5, `${where}: ${run.stderr}`);
    assertEquals(open.length, 1, `${where}: an effect was reported, and there is none`);
    assert(run.stderr.includes(`POST ${url}/orders`), run.stderr);
    told.uncertain++;
    flags = ["--on-uncertain", policy];
    inFlight = asked(entries);
  }
  const entries = entriesOf(folder);
  const repeats = check(entries, traffic, { whole, policy, uncertain: told.uncertain, where });
  const words = policy === "skip" && told.uncertain > 0 ? withoutSkipped(whole.said) : whole.said;
  const said = policy === "skip" && told.uncertain > 0 ? withoutSkipped(joinLines(shown)) : joinLines(shown);
  assertEquals(said, words, where);
  const [session] = begunIn(folder) as [string];
  assertEquals(begunIn(folder), [session], where);
  const { findings } = verifiedSession(`${folder.path}/.checkpoints`, session);
  assertEquals(findings, [], where);
  return { ...told, requests: traffic.models.length, orders: repeats };
}

/** Starts a process, kills it if `kill` is given, and waits for its end. */
async function runOnce(
  folder: TestFolder,
  program: KilledProgram,
  given: { readonly traffic: Traffic; readonly flags: readonly string[]; readonly kill: Kill | undefined },
): Promise<Finished> {
  const { traffic, flags, kill } = given;
  const begun = begunIn(folder).length > 0;
  const heard = entriesOf(folder).filter(({ type }) => type === "message").length;
  const process = folder.start(["run", "program.pb", ...(begun ? ["--resume"] : []), ...flags], {
    input: lines(program.answers.slice(heard)),
    ...(kill?.kind === "entry" ? { crashAt: kill.position } : {}),
  });
  process.closeInput();
  const nth = (wanted: number) => {
    let count = 0;
    return () => {
      if (++count === wanted) process.kill("SIGKILL");
    };
  };
  traffic.onModel = kill?.kind === "model" ? nth(kill.nth) : () => {};
  traffic.onPost = kill?.kind === "order" ? nth(kill.nth) : () => {};
  const timer = kill?.kind === "time" ? setTimeout(() => process.kill("SIGKILL"), kill.ms) : undefined;
  const finished = await process.finished;
  clearTimeout(timer);
  return finished;
}

/** Checks the stored session; returns the number of orders. */
function check(
  entries: readonly Entry[],
  traffic: Traffic,
  given: {
    readonly whole: Whole;
    readonly policy: "retry" | "skip";
    readonly uncertain: number;
    readonly where: string;
  },
): number {
  const { whole, policy, uncertain, where } = given;
  for (const type of ["request", "turn", "call", "thread", "agent", "message", "return", "end"] as const) {
    assertEquals(countOf(entries, type), countOf(whole.entries, type), `${where}: entries ${type}`);
  }
  if (policy === "retry" || uncertain === 0) {
    assertEquals(returnsIn(entries), returnsIn(whole.entries), where);
  }
  const posts = traffic.tools.filter(({ method }) => method === "POST");
  const keys = new Set(posts.map(({ key }) => key));
  assert(!keys.has(null), `${where}: an order without a key`);
  const ordered = entries.filter((entry) => entry.type === "start" && isOrder(entry)).length;
  assertEquals(
    ordered,
    whole.entries.filter((entry) => entry.type === "start" && isOrder(entry)).length,
    where,
  );
  // An order never arrived if the kill came before it was sent and it was then skipped.
  assert(
    keys.size <= ordered && (policy === "skip" || keys.size === ordered),
    `${where}: ${keys.size} orders`,
  );
  const again = posts.length - keys.size;
  assert(again <= (policy === "retry" ? uncertain : 0), `${where}: ${again} orders were made again`);
  return posts.length;
}

/** The last line of a killed process may appear again: the write and the delivery cursor are two operations. */
export function joined(before: readonly string[], after: readonly string[]): readonly string[] {
  const repeated = before.length > 0 && before.at(-1) === after[0];
  return [...before, ...(repeated ? after.slice(1) : after)];
}

function joinLines(shown: readonly string[]): string {
  return shown.map((line) => `${line}\n`).join("");
}

/** The words as if no order was skipped, so they can be compared. */
function withoutSkipped(said: string): string {
  return said.replaceAll("left as it is", "taken");
}

function asked(entries: readonly Entry[]): ReadonlySet<string> {
  const { frames } = foldEntries(undefined, structuredClone(entries));
  const texts = Object.values(frames).filter(({ phase }) => phase === "asked").map(({ transcript }) =>
    transcript.at(-1)!.text
  );
  return new Set(texts);
}

function openOrders(entries: readonly Entry[]): readonly Entry[] {
  const done = new Set(
    entries.flatMap((entry) => entry.type === "effect" ? [`${entry.frame}/${entry.ordinal}`] : []),
  );
  return entries.filter((entry) =>
    entry.type === "start" && isOrder(entry) && !done.has(`${entry.frame}/${entry.asked.ordinal}`)
  );
}

function isOrder(entry: Entry & { readonly type: "start" }): boolean {
  return entry.wait.kind === "outside" && !entry.wait.repeatable;
}

/** The complete entries; a killed process may have left the start of another. */
export function entriesOf(folder: TestFolder): readonly Entry[] {
  const [session] = begunIn(folder);
  return session === undefined ? [] : unlessMissing(() => folder.journal(session)) ?? [];
}

/** The registered sessions. An earlier kill leaves only an unlisted folder with a lock. */
export function begunIn(folder: TestFolder): readonly string[] {
  return folder.sessions().filter((session) =>
    unlessMissing(() => Deno.statSync(folder.sessionFile("session.json", session)))
  );
}

function unlessMissing<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

export function lines(answers: readonly string[]): string {
  return answers.map((answer) => `${answer}\n`).join("");
}

async function folderFor(program: KilledProgram, url: string): Promise<TestFolder> {
  const configuration = `[model]
provider = "openai-compatible"
name = "test"
base_url = "${url}/v1"

[permissions]
net = ["127.0.0.1"]
`;
  return await folderWith({ "program.pb": program.source(url), "playbooks.toml": configuration });
}
