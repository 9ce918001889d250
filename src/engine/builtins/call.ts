import type { Playbook } from "../../language/mod.ts";
import { type Encoded, plainText } from "../../sandbox/mod.ts";
import type { NewAgent, NewFrame } from "../fold/entry.ts";
import { depthOf, type Fired, type Frame, variablesSeenBy } from "../fold/state.ts";
import { processMessages } from "../../prompt/process_messages.ts";
import { firstAgent, newAgentOf, unknownClass } from "./agents.ts";
import { bindArguments, parametersWithMeeting } from "./arguments.ts";
import {
  type EffectContext,
  type InsideBuiltin,
  type Performed,
  refuse,
  shortened,
  succeed,
} from "./builtin.ts";
import { judgeCall } from "./firing.ts";
import { findPlaybook, newFrame } from "./frames.ts";
import { callMeeting } from "./meetings.ts";
import { callTool } from "./tool_call.ts";
import { findClass, resolveTarget } from "./target.ts";

export const callBuiltin: InsideBuiltin = {
  kind: "inside",
  name: "Call",
  isInternal: true,
  parameters: [
    { name: "target", type: "Agent | string | null" },
    { name: "playbook", type: "string" },
    { name: "args", type: "unknown[]" },
  ],
  returns: "Promise<unknown>",
  isUndeclared: true,
  doc: "Calls a playbook of the agent itself (`null`), of an agent, or of the first agent of a class.",
  perform: call,
};

/** Deeper calls are treated as an endless recursion. */
const maxCallDepth = 200;

function call(args: readonly Encoded[], context: EffectContext): Performed {
  const { state, frame } = context;
  if (depthOf(state, frame) >= maxCallDepth) {
    return refuse("RangeError", `Playbooks call each other more than ${maxCallDepth} deep`);
  }
  const receiver = receiverOf(args[0] ?? null, context);
  if ("refusal" in receiver) return refuse("ReferenceError", receiver.refusal);
  const { agent, created } = receiver;
  const definition = definitionOf(agent, plainText(args[1] ?? ""), context);
  if ("refusal" in definition) return refuse("ReferenceError", definition.refusal);
  const { playbook, source } = definition;
  const given = Array.isArray(args[2]) ? args[2] as readonly Encoded[] : [];
  if (playbook.tool) return callTool(playbook, given, context);
  const circle = placeholderCircle(context, agent.id, playbook.name);
  if (circle !== undefined) return refuse("RangeError", circle);
  const parameters = parametersWithMeeting(playbook);
  const bound = bindArguments({ ...playbook, parameters }, given, variablesOf(agent.id, context));
  if (!bound.ok) return refuse("TypeError", bound.message);
  const verdict = judgeCall(state, frame, {
    caller: callingPlaybook(context),
    callee: playbook,
    args: bound.args,
  });
  if (verdict.kind === "again") return succeed(firedBefore(verdict.before));
  const called = playbook.meeting
    ? callMeeting({ agent, created, playbook, source, ...bound }, context)
    : newCall(newFrame(state, agent.id, playbook, bound, source), created);
  return called.kind === "call" && verdict.kind === "fires" ? { ...called, fires: verdict.firing } : called;
}

function newCall(callee: NewFrame, created: NewAgent | undefined): Performed {
  return { kind: "call", callee, ...(created ? { created } : {}) };
}

/** The playbook that makes the call. The text of `ProcessMessages` names no playbook of a program. */
function callingPlaybook({ state, frame, texts }: EffectContext): Playbook | undefined {
  const klass = state.agents[frame.agent]?.klass;
  const agentClass = texts.find(({ source }) => source === frame.source)?.program.agents
    .find((each) => each.name === klass);
  const playbook = agentClass && findPlaybook(agentClass, frame.playbook);
  return playbook === processMessages ? undefined : playbook;
}

/** The result of a call that is ignored: its trigger has fired for this cause. The next prompt shows it. */
function firedBefore({ playbook, trigger, position, cause, by }: Fired): string {
  const what = cause.kind === "message"
    ? `for the same message (${cause.message})`
    : cause.kind === "change"
    ? `for the same change of ${cause.names.join(", ")}`
    : "for the same step";
  const who = by === "runtime" ? "the runtime ran it" : "it ran";
  return `[${playbook} was not run again: ${who} at entry ${position} ${what}; the trigger "${trigger}" fires once for ` +
    "one cause. Go on with what is still to be done]";
}

/** Names the placeholders that would call each other without an end, if this call of a placeholder does. */
function placeholderCircle(
  { state, frame }: EffectContext,
  agent: string,
  playbook: string,
): string | undefined {
  if (frame.running?.kind !== "expressions") return undefined;
  const names = [playbook];
  for (let caller: Frame | undefined = frame; caller !== undefined; caller = callerOf(state, caller)) {
    if (caller.running?.kind !== "expressions") continue;
    names.unshift(caller.playbook);
    if (caller.agent === agent && caller.playbook === playbook) {
      return `Circular reference: the placeholders of ${
        names.join(" → ")
      } need each other; take one of them out`;
    }
  }
  return undefined;
}

function callerOf(state: EffectContext["state"], { caller }: Frame): Frame | undefined {
  return caller && state.frames[caller.frame];
}

/** The variables that missing `$` parameters are taken from: for an own call, those that the caller's code sees. */
function variablesOf(id: string, { state, frame }: EffectContext): Readonly<Record<string, Encoded>> {
  const agent = state.agents[id];
  if (!agent) return {};
  return id === frame.agent ? variablesSeenBy(agent, frame) : agent.state;
}

interface Receiver {
  readonly agent: { readonly id: string; readonly klass: string };
  readonly created?: NewAgent;
}

interface Refusal {
  readonly refusal: string;
}

/** The agent whose playbook is called. A class means its first agent, also while that waits; without one it is made. */
function receiverOf(to: Encoded, context: EffectContext): Receiver | Refusal {
  const { state, program, frame } = context;
  if (typeof to === "string") {
    const agentClass = findClass(program, to);
    if (!agentClass) return { refusal: unknownClass(program, to) };
    const first = firstAgent(state, agentClass);
    if (first) return { agent: first };
    const created = newAgentOf(context, agentClass, {});
    return { agent: created, created };
  }
  let id = frame.agent;
  if (to !== null) {
    const target = resolveTarget(context, to);
    if (target.kind === "unknown") return { refusal: target.message };
    if (target.kind !== "agent") return { refusal: "Only an agent has playbooks" };
    id = target.id;
  }
  const agent = state.agents[id];
  return agent ? { agent } : { refusal: "There is no such agent" };
}

/** The playbook with this name in an agent's class, and its source. */
function definitionOf(
  agent: Receiver["agent"],
  name: string,
  { frame, texts }: EffectContext,
): { readonly playbook: Playbook; readonly source: string } | Refusal {
  const isOwn = agent.id === frame.agent;
  const defined = texts.flatMap(({ program, source }) => {
    const agentClass = program.agents.find((each) => each.name === agent.klass);
    return agentClass ? [{ agentClass, source, playbook: findPlaybook(agentClass, name) }] : [];
  });
  const found = defined.find(({ playbook }) => playbook !== undefined) ?? defined[0];
  if (!found) return { refusal: "The class of this agent is no longer in the program" };
  const { agentClass, source, playbook } = found;
  if (playbook && (isOwn || playbook.public)) return { playbook, source };
  const known = agentClass.playbooks.filter((each) => isOwn || each.public).map((each) => each.name);
  const what = playbook
    ? `${playbook.name} of ${agentClass.name} is not public`
    : `${agentClass.name} has no playbook ${shortened(name)}`;
  const rest = known.length > 0
    ? `it has: ${known.join(", ")}`
    : `it has no public playbook; use Say, or add "public: true" below the playbook's heading`;
  return { refusal: `${what}; ${rest}` };
}
