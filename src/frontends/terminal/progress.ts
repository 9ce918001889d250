import { cleanLine } from "../../text/mod.ts";
import type { EventFact } from "../../session/mod.ts";
import { progressText } from "../event_lines.ts";
import { fit, textWidth } from "../text_width.ts";
import { thousands } from "../thousands.ts";

/** The activity of each agent, by id. */
export interface TerminalProgress {
  readonly places: ReadonlyMap<string, Place>;
  /** The agent with the last event. */
  readonly latest?: string;
}

interface Place {
  /** Playbooks under way, outermost first. */
  readonly calls: readonly Call[];
  readonly doing?: Doing;
}

interface Call {
  readonly playbook: string;
  readonly step?: string;
}

interface Doing {
  readonly text: string;
  /** A model is at work. */
  readonly busy: boolean;
}

/** The progress before the first event. */
export const initialProgress: TerminalProgress = { places: new Map() };

/** The progress after an event. */
export function applyToProgress(progress: TerminalProgress, event: EventFact): TerminalProgress {
  if (!("agent" in event)) return progress;
  const place = progress.places.get(event.agent) ?? { calls: [] };
  const at = (calls: readonly Call[], doing?: Doing): TerminalProgress => ({
    places: new Map([...progress.places, [event.agent, { calls, ...(doing ? { doing } : {}) }]]),
    latest: event.agent,
  });
  switch (event.type) {
    case "call":
      return at([...place.calls, { playbook: event.playbook }].slice(-maxCalls));
    case "return": {
      const index = place.calls.findLastIndex(({ playbook }) => playbook === event.playbook);
      return at(place.calls.filter((_, each) => each !== index));
    }
    case "turn":
      return at(onTop(place.calls, event.playbook), { text: "thinking", busy: true });
    case "text":
      return place.doing?.busy ? at(place.calls, { text: "writing", busy: true }) : progress;
    case "step":
      return at(onTop(place.calls, event.playbook, event.step));
    case "completion":
      return at(onTop(place.calls, event.playbook));
    case "wait":
      return at(place.calls, { text: `waiting for ${event.for.join(", ")}`, busy: false });
    case "sleep":
      return at(place.calls, { text: `sleeping until ${clock(event.untilMs)}`, busy: false });
    case "progress":
      return at(place.calls, { text: progressText(event), busy: true });
    case "retrying":
      return at(place.calls, { text: `asking again (${event.reason})`, busy: true });
    default:
      return progress;
  }
}

/** The use of tokens and money so far. */
export interface Spent {
  readonly startedMs: number;
  /** Classes of the agents seen, by id. */
  readonly agents: ReadonlyMap<string, string>;
  readonly tokens: number;
  readonly costUsd: number;
}

/**
 * The live line: agent, playbook, step, tokens, cost, elapsed; at most `columns` wide.
 *
 * If several agents are under way, it shows one whose model is at work. A narrow terminal shows only the most important
 * parts.
 */
export function progressLine(
  progress: TerminalProgress,
  spent: Spent,
  { nowMs, columns }: { readonly nowMs: number; readonly columns: number },
): string {
  const busy = [...progress.places].filter(([, place]) => place.doing?.busy).map(([agent]) => agent);
  const agent = busy.includes(progress.latest ?? "") ? progress.latest : busy.at(-1) ?? progress.latest;
  const place = agent === undefined ? undefined : progress.places.get(agent);
  const call = place?.calls.at(-1);
  const doing = place?.doing?.text ?? "";
  const withOthers = busy.length < 2 ? doing : `${doing}, and ${busy.length - 1} more`;
  const who = agent === undefined ? "starting" : `${spent.agents.get(agent) ?? "agent"}(${agent})`;
  const where = [call?.playbook, call?.step].filter((part) => part !== undefined).join(" ");
  const tokens = spent.tokens === 0 ? "" : `${thousands(spent.tokens)} tokens`;
  const cost = spent.costUsd === 0 ? "" : `$${spent.costUsd.toFixed(4)}`;
  const time = elapsed(nowMs - spent.startedMs);
  for (const used of [[tokens, cost], [cost], []]) {
    for (const shown of [withOthers, doing]) {
      const line = join([who, where, shown, ...used, time]);
      if (textWidth(line) <= columns) return line;
    }
  }
  const short = join([who, where, time]);
  const room = columns - textWidth(short) - textWidth(separator);
  if (room >= minDoingColumns) return join([who, where, fit(oneLine(doing), room), time]);
  return textWidth(short) <= columns ? short : fit(join([who, where]), columns);
}

const separator = " · ";
/** In fewer columns the start of an activity is useless. */
const minDoingColumns = 16;
/** Maximum calls that are kept for an agent. Outer ones are not shown. */
const maxCalls = 100;

function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").map(oneLine).join(separator);
}

function oneLine(text: string): string {
  return cleanLine(text);
}

/** The calls with the innermost one of `playbook` on top, because threads of an agent take turns. */
function onTop(calls: readonly Call[], playbook: string, step?: string): readonly Call[] {
  const index = calls.findLastIndex((call) => call.playbook === playbook);
  const known = calls[index]?.step;
  const reached = step ?? known;
  const call = { playbook, ...(reached === undefined ? {} : { step: reached }) };
  return [...calls.filter((_, each) => each !== index), call].slice(-maxCalls);
}

function elapsed(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (number: number) => String(number).padStart(2, "0");
  if (hours > 0) return `${hours}:${two(minutes)}:${two(rest)}`;
  return minutes > 0 ? `${minutes}:${two(rest)}` : `${rest}s`;
}

function clock(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19) + " UTC";
}
