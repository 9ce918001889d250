import type { RuntimeEvent, SpokenMessage } from "../runtime/event.ts";
import { fit, printable } from "./text_width.ts";

/** What the screen knows of a run: folded from its events. */
export interface View {
  readonly startedMs: number;
  /** Classes of the agents seen, by id. */
  readonly agents: ReadonlyMap<string, string>;
  readonly tokens: number;
  readonly costUsd: number;
  /** What happened last, for the progress line. */
  readonly current?: Current;
  /** `agent to` of the words shown last. */
  readonly lastWords?: string;
}

interface Current {
  readonly agent: string;
  readonly playbook?: string;
  readonly step?: string;
  readonly doing?: string;
}

/** A view of a run of which nothing is known yet. */
export function initialView(startedMs: number): View {
  return { startedMs, agents: new Map(), tokens: 0, costUsd: 0 };
}

/** The view after an event. */
export function applyEvent(view: View, event: RuntimeEvent): View {
  const seen = "klass" in event
    ? { ...view, agents: withAgent(view.agents, event.agent, event.klass) }
    : view;
  switch (event.type) {
    case "call":
      return at(seen, event, { playbook: event.playbook });
    case "turn":
      return at(seen, event, { playbook: event.playbook, step: stepOf(view, event), doing: "thinking" });
    case "step":
      return at(seen, event, { playbook: event.playbook, step: event.step });
    case "completion":
      return {
        ...at(seen, event, { playbook: event.playbook, step: stepOf(view, event) }),
        tokens: view.tokens + event.inputTokens + event.outputTokens,
        costUsd: view.costUsd + (event.costUsd ?? 0),
      };
    case "wait":
      return at(seen, event, { ...placeOf(view, event.agent), doing: `waiting for ${event.for.join(", ")}` });
    case "sleep":
      return at(seen, event, {
        ...placeOf(view, event.agent),
        doing: `sleeping until ${clock(event.untilMs)}`,
      });
    case "retrying":
      return at(seen, event, { ...placeOf(view, event.agent), doing: `asking again (${event.reason})` });
    case "agent":
    case "return":
    case "repair":
    case "log":
      return seen;
    case "text":
    case "trigger":
    case "message":
    case "checkpoint":
    case "notice":
      return view;
  }
}

/** The view after words were shown, and the line that says whose they are, where several agents may speak. */
export function applyWords(view: View, message: SpokenMessage): { view: View; header?: string } {
  const agents = withAgent(view.agents, message.agent, message.klass);
  const lastWords = `${message.agent} ${message.to}`;
  const next = { ...view, agents, lastWords };
  if (agents.size < 2 || view.lastWords === lastWords) return { view: next };
  const to = message.to === "user" ? "User" : message.to;
  return { view: next, header: `[${message.klass}(${message.agent}) → ${to}]` };
}

/** The live line: agent, playbook, step, tokens, cost, elapsed; no longer than `columns`. */
export function progressLine(view: View, nowMs: number, columns: number): string {
  const { current } = view;
  const klass = current === undefined ? undefined : view.agents.get(current.agent);
  const parts = [
    current === undefined ? "starting" : `${klass ?? "agent"}(${current.agent})`,
    [current?.playbook, current?.step].filter((part) => part !== undefined).join(" "),
    current?.doing ?? "",
    view.tokens === 0 ? "" : `${view.tokens.toLocaleString("en-US")} tokens`,
    view.costUsd === 0 ? "" : `$${view.costUsd.toFixed(4)}`,
    elapsed(nowMs - view.startedMs),
  ];
  return fit(printable(parts.filter((part) => part !== "").join(" · ")).replaceAll("\n", " "), columns);
}

/** What a person asked to see of the events. */
export interface Detail {
  /** Calls, turns, steps, triggers. */
  readonly verbose: boolean;
  /** What agents say to each other. */
  readonly snoop: boolean;
  /** Nothing but words and warnings. */
  readonly quiet: boolean;
}

/** The lines that an event adds to standard error. */
export function eventLines(event: RuntimeEvent, { verbose, snoop, quiet }: Detail): readonly string[] {
  switch (event.type) {
    case "notice":
      if (event.level === "warning") return [`⚠️  ${event.text}`];
      return quiet ? [] : [`ℹ ${event.text}`];
    case "retrying":
      return quiet ? [] : [
        `⚠️  ${event.klass}(${event.agent}): ${event.reason}; asking again in ${seconds(event.waitMs)} ` +
        `(attempt ${event.attempt})`,
      ];
    case "repair":
      return verbose
        ? [`${event.klass}(${event.agent}) ${event.playbook}: the code failed: ${event.error}`]
        : [];
    case "log":
      return quiet ? [] : [`${event.klass}(${event.agent}): ${event.text}`];
    case "message":
      return snoop
        ? [`[${event.fromKlass}(${event.from}) → ${event.toKlass}(${event.to})] ${event.text}`]
        : [];
    case "agent":
      return verbose ? [`+ ${event.klass}(${event.agent})`] : [];
    case "call":
      return verbose ? [`${"  ".repeat(event.depth)}→ ${event.klass}(${event.agent}) ${event.playbook}`] : [];
    case "return":
      return verbose
        ? [`← ${event.klass}(${event.agent}) ${event.playbook}${event.ok ? "" : " failed"}`]
        : [];
    case "turn":
      return verbose ? [`  ${event.klass}(${event.agent}) ${event.playbook}, turn ${event.turn}`] : [];
    case "step": {
      const text = event.text === undefined ? "" : `: ${event.text}`;
      return verbose ? [`  ${event.klass}(${event.agent}) ${event.playbook} ${event.step}${text}`] : [];
    }
    case "trigger":
      return verbose ? [`  trigger of agent ${event.agent}: ${event.text}`] : [];
    case "completion":
    case "text":
    case "wait":
    case "sleep":
    case "checkpoint":
      return [];
  }
}

function withAgent(
  agents: ReadonlyMap<string, string>,
  id: string,
  klass: string,
): ReadonlyMap<string, string> {
  return agents.get(id) === klass ? agents : new Map([...agents, [id, klass]]);
}

function at(
  view: View,
  event: { readonly agent: string },
  { playbook, step, doing }: {
    readonly playbook?: string | undefined;
    readonly step?: string | undefined;
    readonly doing?: string | undefined;
  },
): View {
  const current = {
    agent: event.agent,
    ...(playbook === undefined ? {} : { playbook }),
    ...(step === undefined ? {} : { step }),
    ...(doing === undefined ? {} : { doing }),
  };
  return { ...view, current };
}

function placeOf({ current }: View, agent: string): Current | undefined {
  return current?.agent === agent ? current : undefined;
}

function stepOf(
  view: View,
  event: { readonly agent: string; readonly playbook: string },
): string | undefined {
  const place = placeOf(view, event.agent);
  return place?.playbook === event.playbook ? place.step : undefined;
}

function elapsed(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (number: number) => String(number).padStart(2, "0");
  if (hours > 0) return `${hours}:${two(minutes)}:${two(rest)}`;
  return minutes > 0 ? `${minutes}:${two(rest)}` : `${rest}s`;
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

function clock(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19) + " UTC";
}
