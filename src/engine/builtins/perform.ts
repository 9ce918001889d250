import type { AgentClass, Playbook, Program } from "../../language/mod.ts";
import { type Encoded, fieldsOf, plainText } from "../../sandbox/mod.ts";
import type { EffectRequest, Outcome } from "../../sandbox/sandbox.ts";
import { boundsOf, wordsIn } from "../bounds.ts";
import { bindArguments } from "./call.ts";
import type { Did, NewAgent, NewFrame, Wait } from "../fold/entry.ts";
import { isSafeMethod, permits } from "../../net/mod.ts";
import { describeRequest, parseHttpRequest } from "./outside.ts";
import { processMessages } from "../../prompt/process_messages.ts";
import { depthOf, type Frame, framesOf, type State } from "../fold/state.ts";
import { findClass, resolveTarget } from "./target.ts";

/** What becomes of an effect: a result at once, something begun that takes its time, or a call. */
export type Performed =
  | { readonly kind: "result"; readonly outcome: Outcome; readonly did?: Did }
  | { readonly kind: "start"; readonly wait: Wait }
  | { readonly kind: "call"; readonly callee: NewFrame; readonly created?: NewAgent };

/** What an effect is performed against; all of it is read, nothing is changed. */
export interface Performing {
  readonly state: State;
  readonly frame: Frame;
  /** The program that the frame runs, with the classes of agents that live by an older one. */
  readonly program: Program;
  /** Where definitions are looked for, in this order. */
  readonly texts: readonly Text[];
  readonly nowMs: number;
  /** Words that people were shown in this minute. */
  readonly wordsInMinute: number;
  /** Reads a file that the permissions allow; throws what is to be told to the code. */
  readonly readFile: (path: string) => string;
}

/** A program and the hash of its source. */
export interface Text {
  readonly program: Program;
  readonly source: string;
}

/** Calls nested deeper than this are an endless recursion. */
const deepestCall = 200;

/** Decides what an effect does. A mistake of the code is an outcome that it can catch, never a throw. */
export function perform(request: EffectRequest, context: Performing): Performed {
  const performed = decide(request, context);
  const over = overBound(performed, context);
  return over === undefined ? performed : refuse("LimitError", over);
}

/** Which bound of the session an effect would pass; none for most. */
function overBound(performed: Performed, { state, wordsInMinute }: Performing): string | undefined {
  if (performed.kind === "start") return undefined;
  const did = performed.kind === "result" ? performed.did : undefined;
  const { maxAgents, maxInboxMessages, maxWordsPerMinute } = boundsOf(state.settings);
  if (did?.kind === "said" && wordsInMinute + wordsIn(did.text) > maxWordsPerMinute) {
    return `more than ${maxWordsPerMinute} words to people in one minute (limits.max_words_per_minute); nobody reads so fast`;
  }
  if (did?.kind === "sent" && (state.agents[did.message.to]?.inbox.length ?? 0) >= maxInboxMessages) {
    return `${maxInboxMessages} messages wait for agent ${did.message.to} already (limits.max_inbox_messages)`;
  }
  const creates = performed.kind === "call"
    ? performed.created
    : did?.kind === "created" || createsReceiver(did);
  if (creates && Object.keys(state.agents).length >= maxAgents) {
    return `there are ${maxAgents} agents already (limits.max_agents)`;
  }
  return undefined;
}

function createsReceiver(did: Did | undefined): boolean {
  return did?.kind === "sent" && did.created !== undefined;
}

function decide(request: EffectRequest, context: Performing): Performed {
  const { state, program, frame, nowMs } = context;
  const args = request.args;
  switch (request.name) {
    case "Say":
      return say(context, args[0] ?? null, plainText(args[1] ?? ""));
    case "Yield": {
      const list = Array.isArray(args[0]) ? args[0] as readonly Encoded[] : [args[0] ?? "user"];
      const timeout = numberField(args[1], "timeout");
      return wait(context, list, "yield", timeout === undefined ? undefined : nowMs + timeout * 1000);
    }
    case "WaitForMessage":
      return wait(context, [args[0] ?? "*"], "messages", undefined);
    case "Sleep": {
      const seconds = Number(args[0]);
      if (!Number.isFinite(seconds) || seconds < 0) {
        return refuse("TypeError", `Sleep needs a number of seconds, not ${plainText(args[0] ?? null)}`);
      }
      return { kind: "start", wait: { kind: "sleep", until: nowMs + seconds * 1000 } };
    }
    case "CreateAgent": {
      const klass = findClass(program, plainText(args[0] ?? ""));
      if (!klass) return refuse("ReferenceError", unknownClass(program, plainText(args[0] ?? "")));
      const agent = newAgentOf(context, klass, properties(args[1]));
      return result(agentValue(agent), { kind: "created", agent });
    }
    case "GetOrCreate": {
      const klass = findClass(program, plainText(args[0] ?? ""));
      if (!klass) return refuse("ReferenceError", unknownClass(program, plainText(args[0] ?? "")));
      const idle = idleAgent(state, klass, frame);
      if (idle) return result(agentValue({ id: idle, klass: klass.name }));
      const agent = newAgentOf(context, klass, {});
      return result(agentValue(agent), { kind: "created", agent });
    }
    case "Call":
      return call(context, args);
    case "SaveArtifact": {
      const [name, summary, content] = args.map((each) => plainText(each));
      if (!name) return refuse("TypeError", "SaveArtifact needs a name, a summary and the content");
      const artifact = { name, summary: summary ?? "", content: content ?? "" };
      return result({ $type: "artifact", ...artifact }, { kind: "saved", artifact });
    }
    case "LoadArtifact": {
      const name = plainText(args[0] ?? "");
      const artifacts = state.agents[frame.agent]?.artifacts ?? {};
      const artifact = artifacts[name];
      if (!artifact) {
        const known = Object.keys(artifacts).join(", ") || "none";
        return refuse("ReferenceError", `There is no artifact "${name}"; there are: ${known}`);
      }
      return result({ $type: "artifact", ...artifact });
    }
    case "LoadFile":
      try {
        return result(context.readFile(plainText(args[0] ?? "")));
      } catch (error) {
        return refuse("FileError", error instanceof Error ? error.message : String(error));
      }
    case "Fetch":
      return beginFetch(context, request);
    case "InviteToMeeting":
      return refuse("Error", "No meeting is going on");
    default:
      return refuse("ReferenceError", `There is no builtin ${request.name}`);
  }
}

function say(context: Performing, to: Encoded, text: string): Performed {
  const { state, program, frame, nowMs } = context;
  let target = resolveTarget(state, program, to);
  let created: NewAgent | undefined;
  if (target.kind === "class") {
    const { klass } = target;
    const other = Object.values(state.agents).find((each) => each.klass === klass && each.id !== frame.agent);
    const id = other?.id ?? (created = newAgentOf(context, findClass(program, klass)!, {})).id;
    target = { kind: "agent", id };
  }
  switch (target.kind) {
    case "person":
      return result(undefinedValue, { kind: "said", by: frame.agent, to: target.name, text });
    case "agent": {
      const sender = state.agents[frame.agent];
      return result(undefinedValue, {
        kind: "sent",
        message: {
          id: `m${state.next.message}`,
          from: frame.agent,
          fromKlass: sender?.klass ?? "",
          to: target.id,
          text,
          at: nowMs,
        },
        ...(created ? { created } : {}),
      });
    }
    case "unknown":
      return refuse("ReferenceError", target.message);
    default:
      return refuse("TypeError", "Say needs one receiver");
  }
}

function wait(
  { state, program }: Performing,
  targets: readonly Encoded[],
  as: "yield" | "messages",
  deadline: number | undefined,
): Performed {
  const sources: string[] = [];
  for (const each of targets) {
    const target = resolveTarget(state, program, each);
    switch (target.kind) {
      case "person":
        sources.push(target.name);
        break;
      case "agent":
        sources.push(target.id);
        break;
      case "class":
        sources.push(target.klass);
        break;
      case "anyone":
        sources.push("*");
        break;
      case "unknown":
        return refuse("ReferenceError", target.message);
    }
  }
  if (sources.length === 0) return refuse("TypeError", "Yield needs somebody to wait for");
  return {
    kind: "start",
    wait: { kind: "messages", as, sources, ...(deadline === undefined ? {} : { deadline }) },
  };
}

function call(context: Performing, args: readonly Encoded[]): Performed {
  const { state, program, frame } = context;
  const [to, name, given] = [args[0] ?? null, plainText(args[1] ?? ""), args[2]];
  const list = Array.isArray(given) ? given as readonly Encoded[] : [];
  if (depthOf(state, frame) >= deepestCall) {
    return refuse("RangeError", `Playbooks call each other more than ${deepestCall} deep`);
  }
  const own = state.agents[frame.agent];
  let created: NewAgent | undefined;
  let agent: { readonly id: string; readonly klass: string } | undefined = own;
  if (typeof to === "string") {
    const klass = findClass(program, to);
    if (!klass) return refuse("ReferenceError", unknownClass(program, to));
    const idle = idleAgent(state, klass, frame);
    agent = idle === undefined ? undefined : state.agents[idle];
    if (!agent) agent = created = newAgentOf(context, klass, {});
  } else if (to !== null) {
    const target = resolveTarget(state, program, to);
    if (target.kind !== "agent") {
      return refuse(
        "ReferenceError",
        target.kind === "unknown" ? target.message : "A person has no playbooks",
      );
    }
    agent = state.agents[target.id];
  }
  if (!agent) return refuse("ReferenceError", "There is no such agent");
  const isOwn = agent.id === frame.agent;
  const { klass: className } = agent;
  const defined = context.texts.flatMap(({ program, source }) => {
    const klass = program.agents.find((each) => each.name === className);
    return klass ? [{ klass, source, playbook: findPlaybook(klass, name) }] : [];
  });
  const found = defined.find(({ playbook }) => playbook !== undefined) ?? defined[0];
  if (!found) return refuse("ReferenceError", "The class of this agent is no longer in the program");
  const { klass, source, playbook } = found;
  if (!playbook || (!isOwn && !playbook.public)) {
    const known = klass.playbooks.filter((each) => isOwn || each.public).map((each) => each.name);
    const what = playbook
      ? `${playbook.name} of ${klass.name} is not public`
      : `${klass.name} has no playbook ${name}`;
    const rest = known.length > 0
      ? `it has: ${known.join(", ")}`
      : "it has none to call; Say something to it";
    return refuse("ReferenceError", `${what}; ${rest}`);
  }
  if (playbook.meeting) {
    return refuse(
      "Error",
      `${playbook.name} is a meeting playbook, and meetings are not part of this version`,
    );
  }
  const bound = bindArguments(playbook, list, state.agents[agent.id]?.state ?? {});
  if (!bound.ok) return refuse("TypeError", bound.message);
  const callee = newFrame(state, agent.id, playbook, bound, source);
  return { kind: "call", callee, ...(created ? { created } : {}) };
}

/** A frame for a playbook, ready to be put on the stack. */
export function newFrame(
  state: State,
  agent: string,
  playbook: Playbook,
  bound: { readonly args: NewFrame["args"]; readonly writes?: NewFrame["writes"] },
  source: string,
): NewFrame {
  return {
    id: `f${state.next.frame}`,
    agent,
    playbook: playbook.name,
    mode: modeOf(playbook),
    resolves: playbook.mode !== "code" && playbook.placeholders.length > 0,
    args: bound.args,
    ...(bound.writes && Object.keys(bound.writes).length > 0 ? { writes: bound.writes } : {}),
    source,
  };
}

/** How a frame of a playbook runs. */
export function modeOf(playbook: Playbook): NewFrame["mode"] {
  return playbook.mode === "code" ? "code" : playbook.mode === "raw" ? "raw" : "model";
}

/** An agent of a class, with the next id. */
export function newAgent(
  state: State,
  klass: AgentClass,
  given: Readonly<Record<string, Encoded>>,
): NewAgent {
  return {
    id: String(state.next.agent),
    klass: klass.name,
    properties: given,
    begins: beginPlaybooks(klass).map((playbook) => playbook.name),
  };
}

/** As `newAgent`, of a class that an older source may have: then the agent keeps that one. */
function newAgentOf(
  { state, texts }: Performing,
  klass: AgentClass,
  given: Readonly<Record<string, Encoded>>,
): NewAgent {
  const agent = newAgent(state, klass, given);
  const newest = texts.find(({ source }) => source === state.source)?.program;
  if (newest?.agents.some((each) => each.name === klass.name)) return agent;
  const text = texts.find(({ program }) => program.agents.includes(klass));
  return text ? { ...agent, source: text.source } : agent;
}

/** Playbooks of a class that run when an agent of it comes into being, in file order. */
export function beginPlaybooks(klass: AgentClass): readonly Playbook[] {
  return klass.playbooks.filter((playbook) => playbook.triggers.some((trigger) => trigger.kind === "begin"));
}

/** A playbook of a class by any spelling of its name, case aside. */
export function findPlaybook(klass: AgentClass, spelling: string): Playbook | undefined {
  if (spelling === processMessages.name) return processMessages;
  const exact = klass.playbooks.find((playbook) => playbook.name === spelling);
  if (exact) return exact;
  const wanted = plainName(spelling);
  return klass.playbooks.find((playbook) => plainName(playbook.name) === wanted) ??
    klass.playbooks.find((playbook) => plainName(playbook.title) === wanted);
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function idleAgent(state: State, klass: AgentClass, caller: Frame): string | undefined {
  return Object.values(state.agents).find((agent) =>
    agent.klass === klass.name && agent.id !== caller.agent && framesOf(state, agent.id).length === 0 &&
    agent.begins.length === 0
  )?.id;
}

function beginFetch({ state, frame }: Performing, request: EffectRequest): Performed {
  const parsed = parseHttpRequest(request.args);
  if (typeof parsed === "string") return refuse("TypeError", parsed);
  const denied = permits(state.settings.permissions.net, parsed.url);
  if (denied) return refuse("PermissionError", denied);
  return {
    kind: "start",
    wait: {
      kind: "outside",
      key: `${state.id}-${frame.id}-${frame.turn}-${request.ordinal}`,
      repeatable: isSafeMethod(parsed.method),
      what: describeRequest(parsed),
    },
  };
}

const undefinedValue: Encoded = { $type: "undefined" };

function result(value: Encoded, did?: Did): Performed {
  return { kind: "result", outcome: { ok: true, value }, ...(did ? { did } : {}) };
}

function refuse(name: string, message: string): Performed {
  return { kind: "result", outcome: { ok: false, error: { name, message } } };
}

function agentValue(agent: { readonly id: string; readonly klass: string }): Encoded {
  return { $type: "agent", id: agent.id, klass: agent.klass };
}

function unknownClass(program: Program, spelling: string): string {
  return `There is no agent class ${spelling}; there are: ${
    program.agents.map((agent) => agent.name).join(", ")
  }`;
}

function properties(value: Encoded | undefined): Readonly<Record<string, Encoded>> {
  return Object.fromEntries(fieldsOf(value) ?? []);
}

function numberField(value: Encoded | undefined, name: string): number | undefined {
  const field = fieldsOf(value)?.find(([key]) => key === name)?.[1];
  return typeof field === "number" && Number.isFinite(field) && field >= 0 ? field : undefined;
}
