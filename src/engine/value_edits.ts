import { exitCodes, PlaybooksError } from "../errors.ts";
import { nearestName } from "../language/nearest_name.ts";
import { encode, type Encoded } from "../sandbox/mod.ts";
import type { EditEntry, Entry, EntryOf } from "./fold/entry.ts";
import { type Agent, type Frame, latestTime, type State } from "./fold/state.ts";

/** A value that a person sets at the place where a fork begins. `value` is JSON. */
export type ValueEdit =
  /** A variable of an agent: of the only one that has it, or of the one with this id or class. */
  | { readonly kind: "state"; readonly agent?: string; readonly name: string; readonly value: unknown }
  /** A local variable of the innermost call that has it. */
  | { readonly kind: "local"; readonly name: string; readonly value: unknown }
  /** The result, the answer or the words of the entry at a position. */
  | { readonly kind: "result"; readonly position: number; readonly value: unknown };

/** Who edits, and when (ms since 1970). */
interface Editor {
  readonly by: string;
  readonly at: number;
}

/**
 * The entries that edit variables after a state. Throws a `PlaybooksError` (exit 2) for an unknown name, and if a
 * running model call or code already has the old value.
 */
export function editVariables(
  state: State,
  edits: readonly Exclude<ValueEdit, { kind: "result" }>[],
  { by, at }: Editor,
): readonly Entry[] {
  if (state.end && edits.length > 0) {
    throw usage(
      `Cannot set a value after entry ${state.position}: the program has ended there; the nearest earlier place is ` +
        `@${state.position - 1}`,
    );
  }
  const common = { type: "edit", at: Math.max(at, latestTime(state)), by } as const;
  return edits.map((edit): EditEntry => {
    const value = encode(edit.value);
    if (edit.kind === "state") {
      const agent = editedAgent(state, edit);
      requireUnasked(state, agent, edit.name);
      const before = agent.state[edit.name] as Encoded;
      return { ...common, kind: "state", agent: agent.id, name: edit.name, before, value };
    }
    const frame = editedFrame(state, edit.name);
    return {
      ...common,
      kind: "local",
      frame: frame.id,
      name: edit.name,
      before: frame.locals[edit.name] as Encoded,
      value,
    };
  });
}

/**
 * The entries that take the place of a result: the edit, and the entry with the value in place of its own. `state` is
 * the state before the entry. Throws a `PlaybooksError` (exit 2) for an entry that has no result.
 */
export function editResult(
  state: State,
  entry: Entry,
  edit: Extract<ValueEdit, { kind: "result" }>,
  { by, at: nowMs }: Editor,
): readonly Entry[] {
  const at = Math.max(nowMs, latestTime(state));
  const found = withResult(state, entry, edit);
  if (typeof found === "string") {
    throw usage(
      `Cannot set result@${edit.position}: ${found}; playbooks sessions dump shows the entries, and those of types ` +
        "effect, return, turn and message have results",
    );
  }
  const { before, value, edited } = found;
  return [{ type: "edit", at, by, kind: "result", of: edit.position, before, value }, { ...edited, at }];
}

/** An entry with another result; the reason if it has none that can be set. */
function withResult(
  state: State,
  entry: Entry,
  edit: Extract<ValueEdit, { kind: "result" }>,
): string | { readonly before: Encoded; readonly value: Encoded; readonly edited: Entry } {
  const value = encode(edit.value);
  const text = typeof edit.value === "string" ? edit.value : JSON.stringify(edit.value);
  switch (entry.type) {
    case "turn": {
      const { finish: _, ...rest } = entry;
      return { before: entry.text, value: text, edited: { ...rest, text } };
    }
    case "message":
      return {
        before: entry.message.text,
        value: text,
        edited: { ...entry, message: { ...entry.message, text } },
      };
    case "return": {
      if (!state.frames[entry.frame]?.caller) return "no call waits for the result of this playbook";
      const { summary: _, ...rest } = entry;
      return { before: valueOf(entry.outcome), value, edited: { ...rest, outcome: { ok: true, value } } };
    }
    case "effect": {
      const { did, cancelled, outcome } = entry;
      if (cancelled) return "no code waited for this effect any more";
      if (did && !readingEffects.has(did.kind)) return `this effect has another consequence (${did.kind})`;
      return { before: valueOf(outcome), value, edited: { ...entry, outcome: { ok: true, value } } };
    }
    default:
      return `an entry of type ${entry.type} has no result`;
  }
}

/** Side effects of effects that bring something in. Others would not fit another result. */
const readingEffects: ReadonlySet<string> = new Set(["took", "kept", "given"]);

function valueOf(outcome: EntryOf<"return">["outcome"]): Encoded {
  return outcome.ok ? outcome.value : `${outcome.error.name}: ${outcome.error.message}`;
}

function editedAgent(
  { agents: all, position }: State,
  { agent: wanted, name }: Extract<ValueEdit, { kind: "state" }>,
): Agent {
  const agents = Object.values(all);
  const called = (agent: Agent) => `${agent.klass}(${agent.id})`;
  const candidates = wanted === undefined ? agents : agents.filter((agent) =>
    agent.id === wanted ||
    [agent.klass, called(agent)].some((each) => each.toLowerCase() === wanted.toLowerCase())
  );
  if (candidates.length === 0 && wanted !== undefined) {
    const names = agents.flatMap(({ id, klass }) => [klass, id]);
    throw usage(`There is no agent ${quoted(wanted)} after entry ${position}${near(wanted, names)}`);
  }
  const having = candidates.filter(({ state }) => Object.hasOwn(state, name));
  if (having.length === 1) return having[0]!;
  if (having.length > 1) {
    throw usage(
      `Several agents have a variable ${name}: ${having.map(called).join(", ")}; ` +
        `say which one, as in --set ${having[0]!.id}.state.${name}=VALUE`,
    );
  }
  const names = [...new Set(candidates.flatMap(({ state }) => Object.keys(state)))];
  throw usage(`There is no variable state.${name} after entry ${position}${near(name, names)}`);
}

function editedFrame({ frames, position }: State, name: string): Frame {
  const all = Object.values(frames);
  const frame = all.findLast(({ locals }) => Object.hasOwn(locals, name));
  if (!frame) {
    const names = [...new Set(all.flatMap(({ locals }) => Object.keys(locals)))];
    throw usage(
      `No call on the stack has a variable local.${name} after entry ${position}${near(name, names)}`,
    );
  }
  if (frame.phase === "ready") return frame;
  const reason = frame.phase === "asked" ? "its model was asked with the old value" : "its code runs";
  throw usage(
    `Cannot set local.${name} after entry ${position}: ${frame.playbook} is in a turn, and ${reason}${
      earlier(frame.askedAt)
    }`,
  );
}

/** The request of a model shows the old value, so its answer would not fit the new one. */
function requireUnasked({ frames, position }: State, { id, klass }: Agent, name: string): void {
  const asked = Object.values(frames).filter(({ agent, phase }) => agent === id && phase === "asked");
  if (asked.length === 0) return;
  const place = earlier(Math.min(...asked.map(({ askedAt = 0 }) => askedAt)));
  throw usage(
    `Cannot set state.${name} after entry ${position}: ${klass}(${id}) has asked a model, and the request has the ` +
      `old value${place}`,
  );
}

/** The position before a request, if there is one. */
function earlier(askedAt: number | undefined): string {
  return askedAt === undefined ? "" : `; the nearest earlier place is @${askedAt - 1}`;
}

function near(name: string, names: readonly string[]): string {
  if (names.length === 0) return "; there are none";
  const nearest = nearestName(name, names);
  if (nearest !== undefined && names.length === 1) return `; did you mean ${nearest}`;
  const some = names.slice(0, maxNames).join(", ");
  return `${nearest === undefined ? "" : `; did you mean ${nearest}`}; there are ${some}${
    names.length > maxNames ? ", …" : ""
  }`;
}

/** Enough for most programs, and one line. */
const maxNames = 12;

function quoted(text: string): string {
  return JSON.stringify(text);
}

function usage(message: string): PlaybooksError {
  return new PlaybooksError(message, { exitCode: exitCodes.usage });
}
