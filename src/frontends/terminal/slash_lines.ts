import { cleanLine } from "../../text/mod.ts";
import { personsAsked, type SessionEvent, type SessionSnapshot } from "../../session/mod.ts";
import { shownName } from "../addressed.ts";
import { eventLines } from "../event_lines.ts";
import { counted } from "../counted.ts";
import { keyTable } from "./key_table.ts";
import { slashCommands } from "./slash_commands.ts";

/** The lines of `/help`. */
export function helpLines(): readonly string[] {
  const commands = Object.values(slashCommands).map(({ usage, does }) => ["  " + usage, does] as const);
  const keys = Object.values(keyTable).map(({ keys, does }) => ["  " + keys.join(", "), does] as const);
  const width = Math.max(...[...commands, ...keys].map(([left]) => left.length)) + 2;
  const lines = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([left, does]) => left.padEnd(width) + does);
  return [
    "Commands (// begins words with /):",
    ...lines(commands),
    "Keys:",
    ...lines(keys),
  ];
}

/** The lines of `/show`. */
export function snapshotLines(snapshot: SessionSnapshot): readonly string[] {
  const { id, name, position, agents, frames, questions, spent } = snapshot;
  const people = snapshot.people.map((person) => ({ ...person, streams: true }));
  const klassOf = new Map(agents.map(({ id, klass }) => [id, klass]));
  const calls = frames.map(({ agent, playbook, step, turn, phase }) => {
    const place = step === undefined ? playbook : `${playbook} ${step}`;
    return `  ${klassOf.get(agent) ?? "agent"}(${agent}) ${place}: turn ${turn}, ${phases[phase]}`;
  });
  const asked = questions.map((question) => {
    const names = personsAsked(question).map((person) => shownName(people, person)).join(" or ");
    return `  ${question.klass}(${question.agent}) asks ${names}`;
  });
  const cost = spent.costUsd === 0 ? "" : `, $${spent.costUsd.toFixed(4)}`;
  return [
    `Session ${id}${name === undefined ? "" : ` (${name})`}, ${counted(position, "entry", "entries")}`,
    `Agents: ${agents.map(({ id, klass }) => `${klass}(${id})`).join(", ") || "none"}`,
    ...section("Calls:", calls),
    ...section("Questions:", asked),
    `Spent: ${counted(spent.calls, "model call")}, ${counted(spent.tokens, "token")}${cost}`,
  ].map(cleanLineKeepingMargin);
}

const phases = {
  ready: "about to ask the model",
  asked: "the model is asked",
  running: "its code runs",
} as const;

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

/** The lines of `/log`: what happened last. */
export function logLines(events: readonly SessionEvent[]): readonly string[] {
  const lines = events.flatMap((event) => {
    if (event.type === "say") return [`${event.klass}(${event.agent}) → ${event.to}: ${event.text}`];
    if (event.type === "heard") return [`${event.from} → ${event.klass}(${event.agent}): ${event.text}`];
    return eventLines(event, { verbose: true, snoop: true, quiet: false });
  });
  return lines.slice(-maxLogLines).map(cleanLineKeepingMargin);
}

/** One clean line. Blanks at its start show the depth. */
function cleanLineKeepingMargin(text: string): string {
  const margin = /^ */.exec(text)![0];
  return margin + cleanLine(text.slice(margin.length));
}

const maxLogLines = 20;
