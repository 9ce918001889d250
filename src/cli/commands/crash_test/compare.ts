import { messageOf } from "../../../errors.ts";
import { type Entry, foldEntries, wordsShownBy } from "../../../engine/mod.ts";
import { counted } from "../../../frontends/counted.ts";
import { display } from "../../../sandbox/mod.ts";
import type { Words } from "../../playbooks_process.ts";

/** The result of one way to run a program to its end: in one process, or in several with kills between them. */
export interface Way {
  /** The whole journal at its end. */
  readonly entries: readonly Entry[];
  /** All words that were shown, in order. */
  readonly said: readonly Words[];
  /** Requests that were sent to the model. */
  readonly modelCalls: number;
  readonly exit: number;
}

/** The kinds of comparison. */
export type Check = "words" | "calls" | "model" | "state" | "journal";

/** A difference between a run with a kill and one without. */
export interface Difference {
  readonly check: Check;
  readonly what: string;
  /** The facet that differs; absent for a rule that holds in every run. */
  readonly facet?: string;
}

/** Facets that are equal in all runs without a kill, by agent. The program itself changes the others from run to run. */
export interface Expected {
  /** By check and agent, such as `words of Seller (agent 1000)`. */
  readonly facets: ReadonlyMap<string, Facet>;
  /** Names of facets that differ from run to run. */
  readonly unstable: readonly string[];
  readonly races: readonly Race[];
}

/** A facet that depends on which agent is faster. No run can promise its value. */
export interface Race {
  readonly facet: string;
  /** The agent whose slower answers change the facet in a run without a kill. */
  readonly slowed: string;
}

interface Facet {
  readonly check: Check;
  /** The agent's words, the results of its calls, or its variables at the end. */
  readonly value: string;
}

/** The expected result of a program, from two runs without a kill. */
export function expectedOf(first: Way, second: Way): Expected {
  const facets = facetsOf(first);
  const unstable = changedFacets(facets, facetsOf(second));
  return { facets: without(facets, unstable), unstable, races: [] };
}

/**
 * The expected result after one more run without a kill, in which an agent got its answers later. A facet in which both
 * this run and a run with a kill differ is a race. `found` holds the differences of runs with a kill.
 */
export function withSlowRun(
  expected: Expected,
  slow: Way,
  { slowed, found }: { readonly slowed: string; readonly found: readonly Difference[] },
): Expected {
  const differing = new Set(found.map(({ facet }) => facet));
  const known = namesNotCompared(expected);
  const racing = changedFacets(expected.facets, facetsOf(slow))
    .filter((name) => differing.has(name) && !known.includes(name));
  return {
    ...expected,
    facets: without(expected.facets, racing),
    races: [...expected.races, ...racing.map((facet) => ({ facet, slowed }))],
  };
}

function changedFacets(
  one: ReadonlyMap<string, Facet>,
  other: ReadonlyMap<string, Facet>,
): readonly string[] {
  const names = [...new Set([...one.keys(), ...other.keys()])];
  return names.filter((name) => one.get(name)?.value !== other.get(name)?.value);
}

function without(facets: ReadonlyMap<string, Facet>, names: readonly string[]): ReadonlyMap<string, Facet> {
  return new Map([...facets].filter(([name]) => !names.includes(name)));
}

function namesNotCompared({ unstable, races }: Expected): readonly string[] {
  return [...unstable, ...races.map(({ facet }) => facet)];
}

/** All differences of a run that was resumed after a kill. `killed` holds its entries at the kill. */
export function differences(way: Way, killed: readonly Entry[], expected: Expected): readonly Difference[] {
  const found: Difference[] = [];
  const { entries } = way;
  if (JSON.stringify(entries.slice(0, killed.length)) !== JSON.stringify(killed)) {
    found.push({ check: "journal", what: "the resume changed what had been journaled before the kill" });
  }
  const kept = wordsIn(entries);
  const shown = way.said.map(({ text }) => text);
  if (JSON.stringify(kept) !== JSON.stringify(shown)) {
    found.push({ check: "words", what: `shown was ${listed(shown)}, and the journal has ${listed(kept)}` });
  }
  const again = way.modelCalls - entries.filter(({ type }) => type === "request").length;
  const inFlight = askedAt(killed);
  if (again > inFlight) {
    found.push({
      check: "model",
      what: `${counted(again, "model call was", "model calls were")} made again, and ${inFlight} in flight`,
    });
  }
  const facets = foldable(way);
  if (typeof facets === "string") {
    return [{ check: "journal", what: `its journal makes no sense: ${facets}` }];
  }
  const notCompared = namesNotCompared(expected);
  for (const [name, { check, value }] of expected.facets) {
    const actual = facets.get(name)?.value;
    if (actual !== value) {
      found.push({
        check,
        what: `${name}: ${shortened(actual ?? "nothing")} instead of ${shortened(value)}`,
        facet: name,
      });
    }
  }
  for (const [name, { check, value }] of facets) {
    if (expected.facets.has(name) || notCompared.includes(name)) continue;
    found.push({ check, what: `${name}: ${shortened(value)} where there was nothing`, facet: name });
  }
  return found;
}

/** Outside effects of the program, in order: `POST https://shop.example/orders`. */
export function outsideEffects(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap((entry) =>
    entry.type === "start" && entry.wait.kind === "outside" ? [entry.wait.what] : []
  );
}

/** The agents of a run, by id, with their names in reports. */
export function agentsIn(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const { agents } = foldEntries(undefined, structuredClone(entries));
  return new Map(Object.values(agents).map(({ id, klass }) => [id, agentName(klass, id)]));
}

function agentName(klass: string, id: string): string {
  return `${klass} (agent ${id})`;
}

function facetsOf({ entries, exit }: Way): ReadonlyMap<string, Facet> {
  const facets = new Map<string, Facet>([["the exit code", { check: "journal", value: String(exit) }]]);
  const state = foldEntries(undefined, structuredClone(entries));
  const agentOfFrame = new Map<string, string>();
  const nameOf = (agent: string) => agentName(state.agents[agent]?.klass ?? "?", agent);
  const words = new Map<string, string[]>();
  const returns = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.type === "thread") agentOfFrame.set(entry.frame.id, entry.frame.agent);
    if (entry.type === "call") agentOfFrame.set(entry.callee.id, entry.callee.agent);
    if (entry.type === "effect" && entry.did?.kind === "said") {
      push(words, entry.did.by, `${entry.did.to}: ${entry.did.text}`);
    }
    if (entry.type === "return") {
      const { outcome } = entry;
      const value = outcome.ok
        ? display(outcome.value, { maxCharacters: 1000 })
        : `failed: ${outcome.error.message}`;
      push(returns, agentOfFrame.get(entry.frame) ?? "?", value);
    }
  }
  for (const [agent, said] of words) {
    facets.set(`words of ${nameOf(agent)}`, { check: "words", value: JSON.stringify(said) });
  }
  for (const [agent, values] of returns) {
    // The order in which concurrent calls return depends on the outside.
    facets.set(`results of ${nameOf(agent)}`, { check: "calls", value: JSON.stringify(values.sort()) });
  }
  for (const agent of Object.values(state.agents)) {
    const variables = Object.entries(agent.state).sort(([a], [b]) => a < b ? -1 : 1);
    facets.set(`variables of ${nameOf(agent.id)}`, {
      check: "state",
      value: JSON.stringify([agent.klass, variables, agent.inbox.map(({ text }) => text)]),
    });
  }
  return facets;
}

/** The facets, or the reason why the entries do not fit each other. */
function foldable(way: Way): ReadonlyMap<string, Facet> | string {
  try {
    return facetsOf(way);
  } catch (error) {
    return messageOf(error);
  }
}

function push(lists: Map<string, string[]>, key: string, item: string): void {
  lists.set(key, [...lists.get(key) ?? [], item]);
}

function wordsIn(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap((entry) => wordsShownBy(entry)?.text ?? []);
}

/** The number of model calls in flight. */
function askedAt(entries: readonly Entry[]): number {
  const { frames } = foldEntries(undefined, structuredClone(entries));
  return Object.values(frames).filter(({ phase }) => phase === "asked").length;
}

function listed(words: readonly string[]): string {
  return shortened(JSON.stringify(words));
}

function shortened(text: string): string {
  return text.length <= maxShownCharacters ? text : `${text.slice(0, maxShownCharacters)}…`;
}

/** Maximum characters of a shown value: a line or two of a terminal. */
const maxShownCharacters = 160;
