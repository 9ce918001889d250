import type { EventFact, PersonInfo, SpokenMessage } from "../../session/mod.ts";
import { shownName } from "../addressed.ts";
import { applyToProgress, initialProgress, type Spent, type TerminalProgress } from "./progress.ts";
import { applyToWritings, type Writings } from "../live_words/writing.ts";

/** The screen's knowledge of a run, folded from its events. */
export interface View extends Spent {
  readonly progress: TerminalProgress;
  readonly writings: Writings;
  /** Names of the persons who can answer. */
  readonly persons: readonly string[];
  /** The persons of the program, once they are known. */
  readonly people: readonly PersonInfo[];
  /** `agent to` of the last shown words. */
  readonly lastWords?: string;
}

/** The view before the first event. */
export function initialView(startedMs: number): View {
  return {
    startedMs,
    agents: new Map(),
    tokens: 0,
    costUsd: 0,
    progress: initialProgress,
    writings: new Map(),
    persons: [],
    people: [],
  };
}

/** The view after an event. */
export function applyEvent(view: View, event: EventFact): View {
  const completion = event.type === "completion" ? event : undefined;
  return {
    ...view,
    agents: isSeen(event) ? withAgent(view.agents, event.agent, event.klass) : view.agents,
    tokens: view.tokens + (completion?.inputTokens ?? 0) + (completion?.outputTokens ?? 0),
    costUsd: view.costUsd + (completion?.costUsd ?? 0),
    progress: applyToProgress(view.progress, event),
    writings: applyToWritings(view.writings, event),
    persons: event.type === "persons" ? event.names : view.persons,
    people: event.type === "persons" ? event.people : view.people,
  };
}

/** An agent that exists from the start counts as seen after its first action. */
function isSeen(
  event: EventFact,
): event is Extract<EventFact, { readonly agent: string; readonly klass: string }> {
  return "klass" in event && !(event.type === "agent" && event.atStart);
}

/**
 * The view after words were shown. If several agents may speak, or several persons may be addressed, also the line that
 * says who speaks to whom.
 */
export function applyWords(view: View, message: SpokenMessage): { view: View; header?: string } {
  const agents = withAgent(view.agents, message.agent, message.klass);
  const lastWords = `${message.agent} ${message.to}`;
  const { hearers = [message.to] } = message;
  const next = { ...hearers.reduce(withPerson, view), agents, lastWords };
  if ((agents.size < 2 && view.people.length < 2) || view.lastWords === lastWords) return { view: next };
  const to = shownName(view.people, message.to);
  return { view: next, header: `[${message.klass}(${message.agent}) → ${to}]` };
}

/** The view with a person who may be new. */
export function withPerson(view: View, name: string): View {
  return view.persons.includes(name) ? view : { ...view, persons: [...view.persons, name] };
}

function withAgent(
  agents: ReadonlyMap<string, string>,
  id: string,
  klass: string,
): ReadonlyMap<string, string> {
  return agents.get(id) === klass ? agents : new Map([...agents, [id, klass]]);
}
