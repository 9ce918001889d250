import { tell } from "../../../frontends/tell.ts";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writePaged } from "../../../frontends/pager.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { storyName } from "../../../frontends/story_lines.ts";
import { StoryPrinter } from "../../../frontends/story_printer.ts";
import { joined, type TerminalText } from "../../../frontends/terminal_text.ts";
import { concerns, SessionHandle, type StoryAgent, type StoryItem } from "../../../session/mod.ts";
import { jsonText } from "../../../text/mod.ts";
import { didYouMean } from "../../../language/nearest_name.ts";
import { findAnywhere, printNotices, storedSessions } from "../../stored_sessions.ts";
import { hasColour } from "../../session_columns.ts";
import { usageError } from "../../usage_error.ts";
import { terminalColumns } from "../../terminal_columns.ts";
import { checkPosition } from "../../session_reference.ts";
import type { World } from "../../world.ts";

/** The options of `sessions log`. */
interface LogCommand {
  readonly session: string;
  /** An agent's id or class. */
  readonly agent?: string;
  readonly byAgent: boolean;
  readonly turns?: number;
  readonly tail?: number;
  readonly words: boolean;
  readonly code: boolean;
  readonly full: boolean;
  readonly follow: boolean;
  readonly json: boolean;
  readonly isPaged: boolean;
  readonly config?: string;
}

/** `playbooks sessions log`: prints the story of a session. A damaged journal ends it with exit code 6. */
export async function sessionsLog(command: LogCommand, world: World): Promise<ExitCode> {
  const { sessions, session, position: given } = await findAnywhere(
    command.session,
    storedSessions(command, world),
    world,
  );
  printNotices(sessions, world);
  if (given !== undefined) checkPosition(session.id, given, (await sessions.load(session.id)).position);
  const position = given ?? Infinity;
  const agents = new Map<string, StoryAgent>();
  const story = chosenItems(new SessionHandle(sessions, session.id), { ...command, position }, agents);
  if (command.json) await printJson(story, command, world);
  else await printStory(story, agents, command, world);
  if (command.agent !== undefined) requireAgent(command.agent, agents);
  if (command.follow && given === undefined && !command.json) {
    const { status = "removed" } = await sessions.get(session.id) ?? {};
    tell(world.stderr, `ℹ No process runs the session now; it is ${status}\n`);
  }
  return exitCodes.ok;
}

/** Enough to recognise a value. */
const maxValueCharacters = 120;

/** The items to print. Notes all agents of the story. */
async function* chosenItems(
  session: SessionHandle,
  { position, agent, turns, tail, full, json, follow }: LogCommand & { readonly position: number },
  agents: Map<string, StoryAgent>,
): AsyncGenerator<StoryItem> {
  const options = { position, maxCharacters: full || json ? Infinity : maxValueCharacters };
  const wanted = new Set<string>();
  const isChosen = (item: StoryItem) => {
    if (item.agent && !agents.has(item.agent.id)) {
      agents.set(item.agent.id, item.agent);
      if (agent !== undefined && isNamed(item.agent, agent)) wanted.add(item.agent.id);
    }
    return agent === undefined || [...wanted].some((id) => concerns(item, id));
  };
  let after = 0;
  if (turns !== undefined || tail !== undefined) {
    const items: StoryItem[] = [];
    let failure: { readonly error: unknown } | undefined;
    try {
      for await (const item of session.story(options)) {
        after = item.position;
        if (isChosen(item)) items.push(item);
      }
    } catch (error) {
      failure = { error };
    }
    yield* lastItems(items, { turns, tail });
    if (failure) throw failure.error;
    if (!follow) return;
  }
  for await (const item of session.story({ ...options, after, follow: follow && position === Infinity })) {
    if (isChosen(item)) yield item;
  }
}

/** The last `tail` items, or those from the last `turns` turns on. */
function lastItems(
  items: readonly StoryItem[],
  { turns, tail }: { readonly turns: number | undefined; readonly tail: number | undefined },
): readonly StoryItem[] {
  if (tail !== undefined) return items.slice(-tail);
  const begins = items.flatMap(({ type }, index) => type === "ask" || type === "code" ? [index] : []);
  return items.slice(begins.at(-turns!) ?? 0);
}

/** An agent is named by its id, its class, or as every command prints it: `Clerk(1000)`. */
function isNamed(agent: StoryAgent, wanted: string): boolean {
  const name = wanted.toLowerCase();
  return agent.id === wanted || [agent.klass, storyName(agent)].some((each) => each.toLowerCase() === name);
}

function requireAgent(wanted: string, agents: ReadonlyMap<string, StoryAgent>): void {
  const all = [...agents.values()];
  if (all.some((agent) => isNamed(agent, wanted))) return;
  const near = didYouMean(wanted, all.flatMap(({ id, klass }) => [id, klass]));
  const names = all.length === 0 ? "it has none yet" : `it has ${all.map(storyName).join(", ")}`;
  throw usageError(`the session has no agent ${JSON.stringify(wanted)}; ${names}${near}`);
}

async function printJson(
  story: AsyncIterable<StoryItem>,
  { words }: LogCommand,
  world: World,
): Promise<void> {
  for await (const { position, atMs, ...item } of story) {
    if (words && item.type !== "words") continue;
    writeAll(world.stdout, `${jsonText({ position, at: new Date(atMs).toISOString(), ...item })}\n`);
  }
}

/** Prints items as they come, or all at once if the order or the pager needs it. */
async function printStory(
  story: AsyncIterable<StoryItem>,
  agents: ReadonlyMap<string, StoryAgent>,
  command: LogCommand,
  world: World,
): Promise<void> {
  const { byAgent, follow, words, code, full, isPaged } = command;
  const printer = new StoryPrinter({
    // A script reads each line whole.
    columns: terminalColumns(world, full ? Infinity : undefined),
    colour: hasColour(world),
    detail: { words, code, full },
  });
  if (follow || !world.stdout.isTerminal() && !byAgent) {
    for await (const item of story) writeAll(world.stdout, printer.print(item));
    return;
  }
  const items: StoryItem[] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const item of story) items.push(item);
  } catch (error) {
    // Show the story up to the damage first.
    failure = { error };
  }
  const text = byAgent
    ? textByAgent(items, agents, printer)
    : joined(items.map((item) => printer.print(item)));
  if (isPaged) await writePaged(world.stdout, text, world);
  else writeAll(world.stdout, text);
  if (failure) throw failure.error;
}

/** The session's own items, then those of each agent. Words between two agents are in the parts of both. */
function textByAgent(
  items: readonly StoryItem[],
  agents: ReadonlyMap<string, StoryAgent>,
  printer: StoryPrinter,
): TerminalText {
  const part = (title: string, items: readonly StoryItem[]) =>
    items.length === 0 ? [] : [printer.section(title), ...items.map((item) => printer.print(item))];
  return joined([
    ...part("Session", items.filter(({ agent, type }) => !agent && type !== "words")),
    ...[...agents.values()].flatMap((agent) =>
      part(storyName(agent), items.filter((item) => concerns(item, agent.id)))
    ),
  ]);
}
