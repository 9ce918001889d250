import type { StripTypes } from "./code_parse.ts";
import type { ReadImport } from "./imports.ts";
import type { CodeAnalysis } from "./code_references.ts";
import { type PlacedPlaybook, readModule } from "./code_module.ts";
import { readPerson } from "./delivery.ts";
import { rawLines } from "./elements.ts";
import { agentName, parseAgentHeading, playbookNames, withoutAnchor } from "./heading_names.ts";
import { isListItem, type ListItem, readList } from "./list.ts";
import { type Body, booleanOf, choiceOf, markdownLocations, markdownOf, takeMetadata } from "./metadata.ts";
import { toCamelCase } from "./names.ts";
import type { AgentClass, Playbook, Problem } from "./program.ts";
import type { AgentDraft, PlaybookDraft } from "./sections.ts";
import { parseHeading } from "./signature.ts";
import { readRemote, type RemoteServer } from "./remote.ts";
import { errorAt, locationAt, warningAt } from "./source.ts";
import { readNotes, readNumberedSteps, readSteps } from "./steps.ts";
import { readTriggers } from "./trigger.ts";
import { textOr } from "./values.ts";

/** Options for reading an agent. */
interface ReadOptions {
  /** Whether the file is in the numbered form. That form has one fixed order of parts. */
  readonly strict: boolean;
  readonly strip: StripTypes | undefined;
  readonly builtins: ReadonlySet<string>;
  /** Absent if nothing checks the code. */
  readonly analysis: CodeAnalysis | undefined;
  readonly readImport: ReadImport | undefined;
  readonly problems: Problem[];
}

/** Reads an agent with its metadata, code and playbooks. The parser finds placeholders after it has read all agents. */
export function readAgent(draft: AgentDraft, options: ReadOptions, position: number): AgentClass {
  const { problems } = options;
  const { line, index } = draft.heading;
  const heading = withoutAnchor(draft.heading.title);
  const { title, type: kind, index: typeIndex } = parseAgentHeading(heading);
  if (!isAgentType(kind)) {
    const place = { index: index + typeIndex, length: Math.max(1, heading.length - typeIndex) };
    const hint = 'A type is AI, Human or MCP, as in "# Alice:Human"';
    problems.push(errorAt(line, "agent-type", `"${kind}" is not an agent type`, { ...place, hint }));
  }
  let name = agentName(title);
  if (name === "") {
    const message = heading === ""
      ? "An agent needs a name"
      : `Cannot make a name of "${title}": ${needsLetter}`;
    problems.push(errorAt(line, "bad-name", message, { index, length: Math.max(1, title.length) }));
    name = `Agent${toCamelCase(title)}`;
  }
  const body = takeMetadata(draft.body, options);
  const startupMode = choiceOf(body, "startup_mode", ["default", "standby"], problems) ?? "default";
  const remote = remoteOf(body, problems);
  const { module, playbooks: functions, references } = readModule(draft.fences, options);
  options.analysis?.references.set(position, [...references]);
  const headings = draft.playbooks.map((playbook) => {
    const mentions = (word: string) => mentionsVariable(playbook, word);
    return parseHeading(withoutAnchor(playbook.heading.title), mentions);
  });
  const names = playbookNames(headings);
  const written = draft.playbooks.map((playbook, index) => ({
    playbook: readPlaybook(playbook, { heading: headings[index]!, name: names[index]! }, options),
    line: playbook.heading.line,
  }));
  const playbooks = inSourceOrder(draft, written, functions);
  return {
    name,
    title: title === "" ? name : title,
    type: isAgentType(kind) ? kind : "AI",
    description: markdownOf(body.rest) || textOr(body.metadata["description"], ""),
    metadata: body.metadata,
    startupMode,
    ...(remote === undefined ? {} : { remote }),
    playbooks: playbooks.map(({ playbook }) => playbook),
    ...(module === undefined ? {} : { module }),
    ...(kind === "Human"
      ? { person: readPerson(body, { title: title === "" ? name : title, heading: line, problems }) }
      : {}),
    location: locationAt(line, index),
  };
}

/** The tool server of an agent, from its `remote:`. */
function remoteOf(body: Body, problems: Problem[]): RemoteServer | undefined {
  if (body.metadata["remote"] === undefined) return undefined;
  const line = body.keyLines.get("remote")!;
  const { server, faults } = readRemote(body.metadata["remote"]);
  for (const { message, hint, severity, key } of faults) {
    const place = body.keyLines.get(`remote.${key}`) ?? line;
    const options = hint === undefined ? {} : { hint };
    problems.push((severity === "warning" ? warningAt : errorAt)(place, "remote", message, options));
  }
  return server;
}

function readPlaybook(
  draft: PlaybookDraft,
  { heading, name: given }: { readonly heading: ReturnType<typeof parseHeading>; readonly name: string },
  options: ReadOptions,
): Playbook {
  const { strict, problems } = options;
  const { line, index } = draft.heading;
  for (const { message, ...place } of heading.faults) {
    problems.push(
      errorAt(line, "bad-parameter", message, { index: index + place.index, length: place.length }),
    );
  }
  let name = given;
  if (name === "") {
    const message = heading.title === ""
      ? "A playbook needs a name"
      : `Cannot make a name of "${heading.title}": ${needsLetter}`;
    problems.push(errorAt(line, "bad-name", message, { index, length: Math.max(1, heading.title.length) }));
    name = `Playbook${toCamelCase(heading.title)}`;
  }

  const body = takeMetadata(draft.body, options);
  const chosen = choiceOf(body, "execution_mode", ["playbook", "react", "raw"], problems);
  const items = draft.steps ?? (!strict && chosen !== "raw" && isBareList(body) ? [...body.rest] : undefined);
  const list = readList(items ?? []);
  const steps = strict ? readNumberedSteps(list, { problems }) : readSteps(list, { problems });
  const prose = draft.steps === undefined && items !== undefined ? "" : markdownOf(body.rest);
  const description = prose || textOr(body.metadata["description"], "");
  const lines = prose === "" ? undefined : markdownLocations(body.rest);
  const mode = chosen ?? (steps.length > 0 ? "playbook" : "react");
  if (draft.steps !== undefined && steps.length === 0) {
    problems.push(warningAt(line, "empty-playbook", `The steps of "${name}" are empty`, { index }));
  } else if (steps.length === 0 && description === "" && draft.isImplicit !== true) {
    problems.push(
      warningAt(line, "empty-playbook", `"${name}" has neither steps nor a description`, { index }),
    );
  }
  return {
    name,
    title: heading.title === "" ? name : heading.title,
    mode,
    parameters: heading.parameters,
    description,
    ...(lines === undefined ? {} : { lines }),
    placeholders: [],
    triggers: readTriggers(triggerItems(draft, problems)),
    steps,
    notes: readNotes(readList(draft.notes), { numbered: strict }),
    metadata: body.metadata,
    public: booleanOf(body, "public", problems),
    hidden: booleanOf(body, "hidden", problems),
    meeting: booleanOf(body, "meeting", problems),
    source: "",
    location: locationAt(line, index),
  };
}

/** The items of the triggers. A text below a list of them was probably meant as a description. */
function triggerItems({ triggers }: PlaybookDraft, problems: Problem[]): readonly ListItem[] {
  const items = readList(triggers);
  for (const { listed, line } of items.some(({ listed }) => listed) ? items : []) {
    if (listed) continue;
    problems.push(
      warningAt(line, "stray-step", "This line is not a list item; it is read as a trigger", {
        hint: 'Put a description above "### Triggers", and begin each trigger with "- "',
      }),
    );
  }
  return items;
}

const needsLetter = "it needs a letter";

/** Whether the text of a playbook uses a word as a variable. */
function mentionsVariable({ body, triggers, steps = [], notes }: PlaybookDraft, word: string): boolean {
  const variable = new RegExp(`\\$${word}(?!\\w)`, "u");
  return [body, triggers, steps, notes].some((elements) =>
    elements.some((element) => rawLines(element).some((line) => variable.test(line)))
  );
}

/** Whether the body is only a list. Such a list contains the steps. Prose with a list is a description. */
function isBareList(body: Body): boolean {
  const [first] = body.rest;
  if (first?.kind !== "text" || !isListItem(first.text)) return false;
  return readList(body.rest).every((item) => item.listed);
}

/** Merges code playbooks and other playbooks in the order of the file, since begin playbooks run in that order. */
function inSourceOrder(
  draft: AgentDraft,
  written: readonly PlacedPlaybook[],
  functions: readonly PlacedPlaybook[],
): PlacedPlaybook[] {
  const ordered: PlacedPlaybook[] = [];
  const remaining = [...functions];
  const takeUntil = (count: number) => {
    for (const { fence, after } of draft.fences) {
      if (after !== count) continue;
      while (remaining.length > 0 && fence.lines.includes(remaining[0]!.line)) {
        ordered.push(remaining.shift()!);
      }
    }
  };
  takeUntil(0);
  for (const [index, playbook] of written.entries()) {
    ordered.push(playbook);
    takeUntil(index + 1);
  }
  return [...ordered, ...remaining];
}

function isAgentType(kind: string): kind is AgentClass["type"] {
  return kind === "AI" || kind === "Human" || kind === "MCP";
}
