import type { EventFact, SpokenMessage } from "../../session/mod.ts";
import { applyToProgress, initialProgress, type Spent, type TerminalProgress } from "./progress.ts";
import { applyToWritings, type Writings } from "./writing.ts";

/** What the screen knows of a run: folded from its events. */
export interface View extends Spent {
  readonly progress: TerminalProgress;
  readonly writings: Writings;
  /** Names of the persons who can answer; the first one is whom `user` means. */
  readonly persons: readonly string[];
  /** `agent to` of the words shown last. */
  readonly lastWords?: string;
}

/** A view of a run of which nothing is known yet. */
export function initialView(startedMs: number): View {
  return {
    startedMs,
    agents: new Map(),
    tokens: 0,
    costUsd: 0,
    progress: initialProgress,
    writings: new Map(),
    persons: [],
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
  };
}

/** An agent that exists from the start is not seen before it does something. */
function isSeen(
  event: EventFact,
): event is Extract<EventFact, { readonly agent: string; readonly klass: string }> {
  return "klass" in event && !(event.type === "agent" && event.atStart);
}

/** The view after words were shown, and the line that says whose they are, where several agents may speak. */
export function applyWords(view: View, message: SpokenMessage): { view: View; header?: string } {
  const agents = withAgent(view.agents, message.agent, message.klass);
  const lastWords = `${message.agent} ${message.to}`;
  const next = { ...withPerson(view, message.to), agents, lastWords };
  if (agents.size < 2 || view.lastWords === lastWords) return { view: next };
  const to = message.to === "user" ? "User" : message.to;
  return { view: next, header: `[${message.klass}(${message.agent}) → ${to}]` };
}

/** The view with a person of whom one hears perhaps for the first time. */
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
