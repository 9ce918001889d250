import { conditionHolds, type Playbook, type Trigger, variablesOfCondition } from "../language/mod.ts";
import { type Encoded, fieldsOf } from "../sandbox/mod.ts";
import { bindArguments } from "./builtins/arguments.ts";
import { announcedFiring } from "./builtins/firing.ts";
import { newFrame } from "./builtins/frames.ts";
import { triggerFired } from "./command.ts";
import type { SessionContext } from "./context.ts";
import { triggerKey } from "./fold/apply.ts";
import type { Entry, Firing, StateDelta } from "./fold/entry.ts";
import type { Agent, Frame, State } from "./fold/state.ts";

/** A trigger whose condition the runtime computes. */
interface Condition {
  readonly playbook: Playbook;
  readonly trigger: Trigger & { readonly when: string };
  /** Hash of the source that defines it. */
  readonly source: string;
}

/** Triggers that set each other off more often than this are an endless loop. */
const maxPauseDepth = 50;

/**
 * Fires the triggers whose conditions are computed, and notes the triggers that models announce.
 *
 * A condition fires when a change of a variable makes it true, once: it must become false before it can fire again. The
 * code that made the change waits at its next effect until the playbook of the trigger has returned.
 *
 * Invariant: the entry of a trigger follows directly after the entry that set it off. If the process dies between them,
 * the next run records it before anything else.
 */
export class Triggers {
  readonly #context: SessionContext;
  readonly #state: State;
  /** The answer of `#hasTriggers` for the present texts. */
  #known:
    | Pick<State, "source"> & { readonly oldTexts: State["oldTexts"]; readonly hasTriggers: boolean }
    | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#state = context.state;
  }

  /** Call this after each entry. */
  afterEntry(entry: Entry): void {
    const state = this.#state;
    if (state.end || !this.#hasTriggers()) return;
    const { position } = state;
    for (const agent of Object.values(state.agents)) {
      if (agent.lastWrite.position === position || agent.born === position) this.#check(agent, position);
      if (state.end) return;
    }
    this.#noteModel(entry);
  }

  /** Whether the program has triggers that may fire later. Most have none, and each entry asks. */
  #hasTriggers(): boolean {
    const { source, oldTexts } = this.#state;
    const known = this.#known;
    if (known?.source === source && known.oldTexts === oldTexts) return known.hasTriggers;
    const hasTriggers = this.#context.definitions.programOf(source).agents.some(({ playbooks }) =>
      playbooks.some(({ triggers }) => triggers.some(({ kind }) => kind !== "begin"))
    );
    this.#known = { source, oldTexts, hasTriggers };
    return hasTriggers;
  }

  /** Fires what a killed run did not: call this before any code runs. */
  checkAll(): void {
    for (const agent of Object.values(this.#state.agents)) {
      if (this.#state.end) return;
      this.#check(agent, Math.max(agent.lastWrite.position, agent.born));
    }
  }

  /** Compares the conditions of an agent with what held before. `changed` is the position of the change. */
  #check(agent: Agent, changed: number): void {
    for (const condition of this.#conditionsOf(agent.id)) {
      if (this.#state.end) return;
      const { playbook, trigger } = condition;
      const name = { playbook: playbook.name, trigger: trigger.text };
      const held = agent.holding?.includes(triggerKey(name)) ?? false;
      const holds = conditionHolds(trigger.when, (variable) => plainValue(agent.state[variable]));
      if (holds && !held) this.#fire(agent, condition, changed);
      else if (held && !holds) {
        const { writer, clock } = this.#context;
        writer.record({ type: "trigger", at: clock.now(), agent: agent.id, rearms: name });
      }
    }
  }

  #conditionsOf(agent: string): readonly Condition[] {
    const newest = this.#context.definitions.classesOf(agent)[0];
    if (!newest) return [];
    return newest.agentClass.playbooks.filter(({ meeting }) => !meeting).flatMap((playbook) =>
      playbook.triggers.flatMap((trigger) =>
        trigger.when === undefined
          ? []
          : [{ playbook, trigger: { ...trigger, when: trigger.when }, source: newest.source }]
      )
    );
  }

  /** Runs the playbook of a condition. Its parameters are variables of the same name; it waits until all have values. */
  #fire(agent: Agent, { playbook, trigger, source }: Condition, changed: number): void {
    const { writer, clock, schedule } = this.#context;
    const state = this.#state;
    const given = playbook.parameters.filter(({ name }) => Object.hasOwn(agent.state, name))
      .map(({ name }) => [name, agent.state[name] as Encoded] as const);
    const bound = bindArguments(playbook, given.length > 0 ? [Object.fromEntries(given)] : [], agent.state);
    if (!bound.ok) return;
    const cause = state.frames[agent.lastWrite.frame];
    const paused = cause?.agent === agent.id && agent.lastWrite.position === changed ? cause : undefined;
    if (paused && depthOfPauses(state, paused) >= maxPauseDepth) {
      const reason =
        `${playbook.name} of ${agent.klass} (agent ${agent.id}): the trigger "${trigger.text}" ` +
        `and others set each other off more than ${maxPauseDepth} times`;
      return writer.recordEnd("failed", { reason });
    }
    const frame = newFrame(state, agent.id, playbook, { args: bound.args }, source);
    const fires: Firing = {
      playbook: playbook.name,
      trigger: trigger.text,
      by: "runtime",
      cause: {
        kind: "change",
        position: changed,
        names: variablesOfCondition(trigger.when).filter((name) => agent.writes[name]?.position === changed),
      },
    };
    schedule.markReady(frame.id);
    writer.record({
      type: "thread",
      at: clock.now(),
      kind: "trigger",
      frame,
      fires,
      ...(paused ? { pauses: paused.id } : {}),
    }, [
      triggerFired(agent.id, fires),
      { kind: "begin-frame", frame: frame.id },
    ]);
  }

  /** Notes the triggers that the code of a model's turn announces. */
  #noteModel(entry: Entry): void {
    const notes = notesOf(entry);
    const frame = "frame" in entry && typeof entry.frame === "string"
      ? this.#state.frames[entry.frame]
      : undefined;
    if (notes.length === 0 || frame?.running?.kind !== "turn") return;
    const [agentClass, playbook] = this.#context.definitions.definitionOf(frame);
    for (const { kind, text } of notes) {
      if (kind !== "trigger") continue;
      const firing = announcedFiring(this.#state, frame, { agentClass, playbook, text });
      if (!firing) continue;
      const { writer, clock } = this.#context;
      writer.record({ type: "trigger", at: clock.now(), agent: frame.agent, fires: firing });
    }
  }
}

function notesOf(entry: Entry): NonNullable<StateDelta["notes"]> {
  return "out" in entry ? entry.out?.notes ?? [] : [];
}

/** The number of threads of triggers that set each other off up to a frame. */
function depthOfPauses(state: State, frame: Frame): number {
  let depth = 0;
  let current: Frame | undefined = frame;
  while (current) {
    if (current.pauses !== undefined) depth++;
    const below: string | undefined = current.pauses ?? current.caller?.frame;
    current = below === undefined ? undefined : state.frames[below];
  }
  return depth;
}

/** A variable's value for a condition: texts, numbers, lists and fields. */
function plainValue(encoded: Encoded | undefined): unknown {
  if (typeof encoded !== "object" || encoded === null || Array.isArray(encoded)) return encoded;
  const { $type, value, content } = encoded as { readonly [key: string]: Encoded };
  switch ($type) {
    case "undefined":
    case "gone":
      return undefined;
    case "number":
    case "bigint":
      return Number(value);
    case "date":
      return value;
    case "artifact":
      return content;
    case "set":
      return value;
    default: {
      const fields = fieldsOf(encoded);
      return fields ? Object.fromEntries(fields) : encoded;
    }
  }
}
