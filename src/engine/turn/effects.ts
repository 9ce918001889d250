import type { EffectRequest } from "../../sandbox/sandbox.ts";
import { type Performed, undefinedValue } from "../builtins/builtin.ts";
import { performEffect } from "../builtins/perform.ts";
import { effectNamed } from "../builtins/table.ts";
import { agentCreated, type SessionCommand, triggerFired } from "../command.ts";
import type { SessionContext } from "../context.ts";
import { patched } from "../fold/apply.ts";
import type { Asked, CallEntry, StateDelta, Wait } from "../fold/entry.ts";
import { variablesInCode } from "../fold/meetings.ts";
import { type Frame, lastResultVariables, type State } from "../fold/state.ts";
import type { Timers } from "../timers.ts";

/** Performs the effects that code requests: decides with `performEffect`, and records the decision. */
export class EffectPerformer {
  readonly #context: SessionContext;
  readonly #timers: Timers;

  constructor(context: SessionContext, timers: Timers) {
    this.#context = context;
    this.#timers = timers;
  }

  /** Performs a request; `delta` is the code's change since its last entry. */
  perform(frame: Frame, request: EffectRequest, delta: StateDelta | undefined): void {
    const { state, definitions, clock, writer, world } = this.#context;
    const asked: Asked = { ordinal: request.ordinal, name: request.name, args: request.args };
    const performed = performEffect(request, {
      state,
      frame,
      get variables() {
        const seen = { ...variablesInCode(state, frame), ...lastResultVariables(frame) };
        return patched(seen, delta?.patch ?? {});
      },
      key: keyOf(state, frame, request.ordinal),
      program: definitions.programOf(frame.source),
      texts: definitions.textsFor(frame),
      nowMs: clock.now(),
      wordsInMinute: writer.wordsInMinute,
      world,
    });
    const out = delta ? { out: delta } : {};
    switch (performed.kind) {
      case "result": {
        const { did, outcome } = performed;
        // Code can catch the error of a wait that is refused, and wait again.
        if (!outcome.ok && effectNamed(asked.name)?.kind === "wait") {
          writer.recordSilence(frame, asked.ordinal, outcome, { asked, ...out });
          return;
        }
        writer.recordResult(frame, asked.ordinal, outcome, { asked, ...out, ...(did ? { did } : {}) });
        return;
      }
      case "start":
        this.#startWait(frame, asked, performed.wait, out);
        return;
      case "call":
        this.#call(frame, asked, performed, { ...out, ...changedLocals(frame, request) });
        return;
    }
  }

  #startWait(frame: Frame, asked: Asked, wait: Wait, out: { readonly out?: StateDelta }): void {
    const { writer, clock } = this.#context;
    this.#timers.waitBegins(wait);
    writer.record({ type: "start", at: clock.now(), frame: frame.id, asked, ...out, wait }, [
      { kind: "check-agent", agent: frame.agent },
      this.#waitCommand(frame, asked, wait),
    ]);
  }

  #waitCommand({ id: frame, agent }: Frame, asked: Asked, wait: Wait): SessionCommand {
    const klass = this.#context.definitions.classNameOf(agent);
    switch (wait.kind) {
      case "outside":
        return { kind: "send-request", frame, request: asked, key: wait.key };
      case "sleep":
        return { kind: "emit", event: { type: "sleep", agent, klass, untilMs: wait.until } };
      case "messages":
        return { kind: "emit", event: { type: "wait", agent, klass, for: wait.sources } };
    }
  }

  #call(
    frame: Frame,
    asked: Asked,
    { callee, created, meeting, fires }: Extract<Performed, { readonly kind: "call" }>,
    out: Pick<CallEntry, "out" | "locals">,
  ): void {
    const { writer, clock, schedule } = this.#context;
    const entry: CallEntry = {
      type: "call",
      at: clock.now(),
      frame: frame.id,
      asked,
      ...out,
      ...(created ? { created } : {}),
      ...(meeting ? { meeting } : {}),
      callee,
      ...(fires ? { fires } : {}),
      ...(this.#context.definitions.readsLastResult(frame) ? { keeps: true } : {}),
    };
    const fired: SessionCommand[] = fires ? [triggerFired(frame.agent, fires)] : [];
    if (meeting) {
      const agents = [...(created ? [created] : []), ...meeting.created ?? []];
      // The callee begins when the invitations are answered; see `Meetings`.
      writer.record(entry, [...agents.flatMap(agentCreated), ...fired]);
      return;
    }
    const begin: SessionCommand = { kind: "begin-frame", frame: callee.id };
    if (callee.mode === "code" && !created && !fires) writer.appendDeferred(entry, [begin]);
    else writer.record(entry, [...(created ? agentCreated(created) : []), ...fired, begin]);
    schedule.markReady(callee.id);
  }
}

/** The permanent key of an effect. A retry has the same key; a redone effect has a new one. */
function keyOf({ id: session, edited }: State, { id, turn, running }: Frame, ordinal: number): string {
  const redone = running?.redonePosition;
  const changes = `${redone === undefined ? "" : `-r${redone}`}${edited === undefined ? "" : `-e${edited}`}`;
  return `${session}-${id}-${turn}-${ordinal}${changes}`;
}

/** The locals of the calling code that its prompt does not have: those that changed since the turn's start. */
function changedLocals(frame: Frame, { locals = {} }: EffectRequest): Pick<CallEntry, "locals"> {
  const changed = Object.entries(locals).filter(([name, value]) => {
    const text = JSON.stringify(value);
    return text !== JSON.stringify(frame.locals[name]) && text !== JSON.stringify(undefinedValue);
  });
  return changed.length === 0 ? {} : { locals: Object.fromEntries(changed) };
}
