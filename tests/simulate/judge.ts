import { assert, assertEquals } from "@std/assert";
import { type Entry, foldEntries, type State } from "../../src/engine/mod.ts";
import type { Generated, Kind } from "./generate.ts";
import { jsonCopy, type Life } from "./life.ts";
import { outcomeOf } from "./outcome.ts";
import { acknowledgedOn, type Operation } from "./tape.ts";

/** The history of a session: the killed processes and the last one, which finished. */
export interface History {
  readonly program: Generated;
  /** The tape of each process is cut at its death. The last tape is complete. */
  readonly lives: readonly Life[];
  /** The complete journal at the end. */
  readonly entries: readonly Entry[];
}

/**
 * Checks the rules for every history. Throws for the first violation.
 *
 * H1. All entries that were acknowledged as durable are in the journal at the end.
 * H2. The journal folds into the state of the last process.
 * H3. No effect has two results, no message is taken twice, and no frame or turn is repeated. Time and token never decrease.
 * H4. Words are shown once, in order, and only when durable. Only a process after a death before the update
 *     of the delivery cursor may repeat them.
 *     The writes of code after its return appear nowhere.
 * H5. A model gets one request per turn, and one more from each process that finds the request without an answer. If the
 *     answer in the background has a journaled id, it is fetched in place of that.
 * H6. A request with an external effect is sent once, after its start is durable. If its result is unknown after a
 *     death, each process reports that once. A lost answer is reported too. The request is sent
 *     again only by the person's decision.
 */
export function judge(history: History): void {
  const { entries, lives } = history;
  const last = lives.at(-1)!;
  if (last.result.kind === "threw") throw last.result.error;
  checkAcknowledged(history);
  assertEquals(jsonCopy(last.state), jsonCopy(foldEntries(undefined, jsonCopy(entries))), "H2");
  checkEntries(entries);
  assert(!JSON.stringify(last.state.agents).includes("NEVER"), "H4: something was written after a return");
  assert(Object.values(last.state.agents).every(({ state }) => state["never"] === undefined), "H4: never");
  checkShown(history);
  checkAsked(lives);
  checkSent(lives);
}

/** Checks that a stopped session ended like an uninterrupted one. `kind` decides how much is compared. */
export function compare(stopped: History, whole: History, kind: Kind): void {
  const [first, second] = [stopped, whole].map((history) => history.lives.at(-1)!);
  assertEquals(first!.result.kind, second!.result.kind, "ends in the same way");
  if (kind === "abrupt" || [...stopped.lives, ...whole.lives].some((life) => skipped(life.tape))) return;
  assertEquals(outcomeOf(stopped.entries, first!.state, kind), outcomeOf(whole.entries, second!.state, kind));
}

function skipped(tape: readonly Operation[]): boolean {
  return tape.some((operation) => operation.kind === "uncertain" && operation.choice === "skip");
}

function checkAcknowledged({ lives, entries }: History): void {
  for (const life of lives) {
    const start = life.before.entries.length;
    const acknowledged = acknowledgedOn(life.tape);
    assert(start + acknowledged.length <= entries.length, "H1: acknowledged entries are gone");
    assertEquals(jsonCopy(entries.slice(start, start + acknowledged.length)), jsonCopy(acknowledged), "H1");
  }
}

function checkEntries(entries: readonly Entry[]): void {
  const seen = new Set<string>();
  const once = (name: string) => {
    assert(!seen.has(name), `H3: ${name} comes twice`);
    seen.add(name);
  };
  const turns = new Map<string, number>();
  const callers = new Map<string, string>();
  const agents = new Map<string, string>();
  let at = 0;
  let token = 0;
  for (const entry of entries) {
    assert(entry.at >= at, "H3: time goes back");
    at = entry.at;
    switch (entry.type) {
      case "run":
        assert(entry.token === token + 1, "H3: the token does not grow");
        token = entry.token;
        break;
      case "thread":
        once(`frame ${entry.frame.id}`);
        agents.set(entry.frame.id, entry.frame.agent);
        for (const message of entry.takes ?? []) once(`taken ${message} by ${entry.frame.agent}`);
        break;
      case "call":
        once(`frame ${entry.callee.id}`);
        agents.set(entry.callee.id, entry.callee.agent);
        once(`call ${nameOf(entry.frame, entry.asked.ordinal)}`);
        callers.set(entry.callee.id, nameOf(entry.frame, entry.asked.ordinal));
        break;
      case "start":
        once(`start ${nameOf(entry.frame, entry.asked.ordinal)}`);
        break;
      case "turn":
        once(`turn ${entry.frame}/${turns.get(entry.frame) ?? 0}`);
        break;
      case "end-turn":
        turns.set(entry.frame, (turns.get(entry.frame) ?? 0) + 1);
        break;
      case "effect":
        once(`result ${nameOf(entry.frame, entry.ordinal)}`);
        if (entry.did?.kind === "took") {
          // Words of a meeting are taken by each participant.
          for (const message of entry.did.messages) once(`taken ${message} by ${agents.get(entry.frame)}`);
        }
        if (entry.did?.kind === "sent") once(`message ${entry.did.message.id}`);
        break;
      case "message":
        once(`message ${entry.message.id}`);
        break;
      case "return":
        once(`returned ${entry.frame}`);
        if (callers.has(entry.frame)) once(`result ${callers.get(entry.frame)}`);
        break;
      case "end":
        once("end");
        break;
    }
  }

  function nameOf(frame: string, ordinal: number): string {
    return `${frame}/${turns.get(frame) ?? 0}/${ordinal}`;
  }
}

function checkShown({ lives, entries }: History): void {
  const said = new Map<number, string>();
  for (const [index, entry] of entries.entries()) {
    if (entry.type === "effect" && entry.did?.kind === "said") {
      assert(!entry.did.text.includes("NEVER"), `H3: ${entry.did.text} was said after a return`);
      said.set(index + 1, `${entry.did.to}: ${entry.did.text}`);
    }
  }
  const shown = new Set<number>();
  let newest = 0;
  for (const life of lives) {
    let durable = life.before.entries.length;
    for (const [index, operation] of life.tape.entries()) {
      if (operation.kind === "acknowledged") durable += operation.entries.length;
      if (operation.kind !== "shown") continue;
      const { position, text } = operation;
      assert(position <= durable, `H4: shown before it was durable: ${text}`);
      assertEquals(text, said.get(position), "H4: what was shown");
      assert(position > life.before.shown, `H4: shown again though that was noted: ${text}`);
      if (!shown.has(position)) assert(position > newest, `H4: shown out of order: ${text}`);
      shown.add(position);
      newest = Math.max(newest, position);
      const next = life.tape[index + 1];
      assert(
        !next || (next.kind === "marked" && next.position === position),
        `H4: not noted as shown: ${text}`,
      );
    }
    assert(isOnce(life.tape.filter((operation) => operation.kind === "shown").map((one) => one.position)));
  }
  for (const [position, text] of said) assert(shown.has(position), `H4: never shown: ${text}`);
}

function isOnce(list: readonly unknown[]): boolean {
  return new Set(list).size === list.length;
}

function checkAsked(lives: readonly Life[]): void {
  for (const life of lives) {
    const state = stateBefore(life);
    const waiting = Object.values(state.frames).filter((frame) => frame.phase === "asked");
    const ids = waiting.flatMap(({ accepted }) => accepted ? [accepted.id] : []);
    const open = waiting.length - ids.length;
    const fresh = acknowledgedOn(life.tape).filter((entry) => entry.type === "request").length;
    const asked = life.tape.filter((operation) => operation.kind === "asked");
    const fetched = asked.flatMap((operation) => operation.fetched ?? []);
    const paid = asked.length - fetched.length;
    assert(paid <= open + fresh, `H5: a model was asked ${paid} times for ${open + fresh} turns`);
    assert(isOnce(fetched) && fetched.every((id) => ids.includes(id)), "H5: another answer was fetched");
  }
}

function checkSent(lives: readonly Life[]): void {
  const sent = new Map<string, number>();
  for (const life of lives) {
    const state = stateBefore(life);
    const retried = new Set<string>();
    const unknown = opensOutside(state).filter((open) => !open.repeatable);
    const reports = life.tape.filter((operation) => operation.kind === "uncertain");
    // Requests of an earlier process come first. A killed process may have sent only some of them.
    const reported = reports.slice(0, unknown.length);
    if (life.result.kind === "completed" || life.result.kind === "failed") {
      assert(reported.length === unknown.length, "H6: something uncertain was not reported");
    }
    for (const [index, report] of reported.entries()) {
      const open = unknown[index]!;
      assertEquals(report.effect.what, open.what, "H6: what was reported");
      if (report.choice === "retry") retried.add(open.key);
    }
    /** Keys of requests with a possibly lost answer, by their description. */
    const lost = new Map<string, string[]>();
    const told = new Map<string, number>();
    const reportedLost = (what: string) => told.get(what) ?? 0;
    const begun = new Set<string>();
    for (const operation of life.tape) {
      if (operation.kind === "acknowledged") {
        for (const entry of operation.entries) {
          if (entry.type === "start" && entry.wait.kind === "outside") begun.add(entry.wait.key);
        }
      }
      if (operation.kind === "uncertain" && !reported.includes(operation)) {
        const { what } = operation.effect;
        const keys = lost.get(what) ?? [];
        assert(reportedLost(what) < keys.length, "H6: something certain was reported as uncertain");
        told.set(what, reportedLost(what) + 1);
        // A report does not distinguish several requests to one address.
        if (operation.choice === "retry") { for (const key of keys) retried.add(key); }
      }
      if (operation.kind !== "sent" || operation.method === "GET") continue;
      const { key, method, url } = operation;
      if (url.includes("/lost/")) lost.set(`${method} ${url}`, [...lost.get(`${method} ${url}`) ?? [], key]);
      assert(begun.has(key) || retried.has(key), `H6: ${key} was sent before its start was durable`);
      if (begun.has(key)) assert(!sent.has(key), `H6: ${key} was sent twice`);
      begun.delete(key);
      retried.delete(key);
      sent.set(key, (sent.get(key) ?? 0) + 1);
    }
  }
}

function opensOutside(state: State) {
  return Object.values(state.frames).flatMap((frame) =>
    Object.values(frame.running?.open ?? {}).flatMap((open) => open.kind === "outside" ? [open] : [])
  );
}

function stateBefore(life: Life): State {
  return foldEntries(undefined, jsonCopy(life.before.entries));
}
