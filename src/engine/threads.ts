import type { Playbook, Program } from "../language/mod.ts";
import type { Encoded } from "../sandbox/mod.ts";
import { beginPlaybooks, newAgent } from "./builtins/agents.ts";
import { argumentsOfEntry, bindArguments } from "./builtins/arguments.ts";
import { calledPlaybook, findPlaybook, newFrame } from "./builtins/frames.ts";
import type { SessionContext } from "./context.ts";
import { processMessages } from "../prompt/process_messages.ts";
import { countRepeats } from "../prompt/describe.ts";
import { nextRequest } from "../prompt/prompt.ts";
import type { NewFrame, ThreadEntry } from "./fold/entry.ts";
import { isHeld } from "./fold/meetings.ts";
import { type Frame, framesOf, type State } from "./fold/state.ts";
import type { ModelRequests } from "./model_requests.ts";
import { isLastStep } from "./turn/idle.ts";

/** A playbook is stuck after this many turns in a row without an effect. */
const maxIdleTurns = 3;
/** A playbook is stuck after its model repeats an answer with the same results this often. */
const maxRepeats = 4;

/** Starts agents, threads and turns: it decides only which frame runs next. */
export class Threads {
  readonly #context: SessionContext;
  readonly #state: State;
  readonly #requests: ModelRequests;

  constructor(context: SessionContext, requests: ModelRequests) {
    this.#context = context;
    this.#state = context.state;
    this.#requests = requests;
  }

  /** Creates the agents that exist from the start, before the first frame. A torn append may have created some. */
  startAgents(): void {
    const { definitions, schedule, clock, writer } = this.#context;
    if (this.#state.next.frame > 1) return;
    // The text that began an unfinished start also finishes it.
    const [begunBy] = Object.values(this.#state.oldTexts ?? {});
    const program = definitions.programAt(begunBy ?? this.#state.source);
    const made = new Set(Object.values(this.#state.agents).map((agent) => agent.klass));
    for (const klass of program.agents) {
      if (made.has(klass.name)) continue;
      const begins = this.#state.call ? [] : beginPlaybooks(klass);
      const { call } = this.#state;
      const isCalled = call && klass.type !== "Human" && calledPlaybook(klass, call.playbook) &&
        !this.#hasAgentFor(call.playbook, program);
      const needed = begins.length > 0 || klass.startupMode === "standby" || klass.type !== "AI" ||
        klass.remote !== undefined || isCalled;
      if (!needed) continue;
      const startup = this.#state.parameters["startup_message"];
      const given = startup === undefined ? {} : { startup_message: startup };
      const agent = {
        ...newAgent(this.#state, klass, given),
        ...(begunBy === undefined ? {} : { source: begunBy }),
        begins: begins.map((playbook) => playbook.name),
      };
      writer.record({ type: "agent", at: clock.now(), agent });
      schedule.markChanged(agent.id);
    }
  }

  #hasAgentFor(playbook: string, program: Program): boolean {
    return Object.values(this.#state.agents).some((agent) => {
      const klass = program.agents.find((each) => each.name === agent.klass && each.type !== "Human");
      return klass !== undefined && calledPlaybook(klass, playbook) !== undefined;
    });
  }

  /** Starts the next begin playbook of each agent that has one, and the call of `--call`. */
  startThreads(): void {
    if (this.#state.call) this.#startCall(this.#state.call);
    for (const id of this.#context.schedule.changedAgents) {
      const agent = this.#state.agents[id];
      if (!agent || agent.begins.length === 0) continue;
      const frames = framesOf(this.#state, id);
      if (frames.some((frame) => frame.root === "begin")) continue;
      const found = this.#bindBegin(
        id,
        agent.begins[0]!,
        (playbook) => argumentsOfEntry(this.#state.parameters, playbook),
      );
      if (!found) continue;
      const { playbook, bound, source } = found;
      if (!bound.ok) {
        this.#context.writer.recordEnd("failed", { reason: `Cannot start ${agent.klass}: ${bound.message}` });
        return;
      }
      this.#recordThread("begin", newFrame(this.#state, id, playbook, bound, source));
    }
  }

  #startCall(call: { readonly playbook: string; readonly args: readonly Encoded[] }): void {
    const { writer } = this.#context;
    for (const agent of Object.values(this.#state.agents)) {
      if (this.#isPerson(agent.id)) continue;
      const found = this.#bindBegin(agent.id, call.playbook, () => call.args, calledPlaybook);
      if (!found || found.playbook === processMessages) continue;
      const { playbook, bound, source } = found;
      if (!bound.ok) {
        writer.recordEnd("failed", { reason: `Cannot call ${call.playbook}: ${bound.message}` });
        return;
      }
      this.#recordThread("call", newFrame(this.#state, agent.id, playbook, bound, source));
      return;
    }
    writer.recordEnd("failed", { reason: `Cannot call ${call.playbook}: no agent has such a playbook` });
  }

  /** Playbooks of persons are not run. */
  #isPerson(agent: string): boolean {
    return this.#context.definitions.classesOf(agent)[0]?.agentClass.type === "Human";
  }

  #recordThread(kind: ThreadEntry["kind"], frame: NewFrame): void {
    const { writer, schedule, clock } = this.#context;
    const commands = [{ kind: "begin-frame", frame: frame.id }] as const;
    writer.record({ type: "thread", at: clock.now(), kind, frame }, commands);
    schedule.markReady(frame.id);
  }

  /** A playbook that begins without a caller, from its newest text that accepts its arguments. */
  #bindBegin(
    agent: string,
    name: string,
    args: (playbook: Playbook) => readonly Encoded[],
    find = findPlaybook,
  ) {
    const { state } = this.#state.agents[agent]!;
    const all = this.#context.definitions.classesOf(agent).flatMap(({ agentClass, source }) => {
      const playbook = find(agentClass, name);
      if (!playbook) return [];
      return [{ playbook, source, bound: bindArguments(playbook, args(playbook), state) }];
    });
    return all.find(({ bound }) => bound.ok) ?? all[0];
  }

  /** Requests a turn of each frame that is ready for one. */
  startTurns(): void {
    const { schedule, definitions, writer } = this.#context;
    for (let id = schedule.takeReady(); id !== undefined; id = schedule.takeReady()) {
      const frame = this.#state.frames[id];
      if (!frame || frame.phase !== "ready" || frame.paused) continue;
      const [agentClass, playbook] = definitions.definitionOf(frame);
      if (frame.mode === "code" || isHeld(this.#state, frame)) continue;
      if (frame.idle >= maxIdleTurns && isLastStep(playbook, frame.step)) {
        writer.recordReturn(frame, { ok: true, value: { $type: "undefined" } });
        continue;
      }
      const failed = this.#exhausted(frame);
      if (failed) {
        writer.recordReturn(frame, { ok: false, error: failed });
        continue;
      }
      const verdict = this.#requests.verdictOn(frame);
      if (verdict.kind === "later") continue;
      if (verdict.kind === "reached") {
        schedule.stop({ kind: "limit", message: verdict.message });
        return;
      }
      const program = definitions.programOf(frame.source);
      this.#recordRequest(frame, nextRequest(this.#state, frame, { playbook, agentClass, program }));
    }
  }

  #recordRequest(frame: Frame, request: ReturnType<typeof nextRequest>): void {
    const { writer, clock } = this.#context;
    const { isRehearsal } = this.#requests.modelOf(frame).terms ?? {};
    const rehearsal = isRehearsal ? { rehearsal: true as const } : {};
    const commands = [{ kind: "call-model", frame: frame.id }] as const;
    writer.record({ type: "request", at: clock.now(), frame: frame.id, ...request, ...rehearsal }, commands);
    this.#requests.reserve(frame);
  }

  /** The reason why a frame gets no further turn. */
  #exhausted(frame: Frame): { readonly name: string; readonly message: string } | undefined {
    // A rehearsal would write the same code again.
    const isRehearsal = frame.failures > 0 && this.#requests.modelOf(frame).terms?.isRehearsal;
    const maxRepairs = isRehearsal ? 0 : this.#state.settings.limits.maxRepairs;
    if (frame.failures > maxRepairs) {
      const { name = "Error", message = "an error" } = frame.endedTurn?.error ?? {};
      const times = `failed ${frame.failures} times in a row, last with`;
      return { name, message: `${frame.playbook} ${isRehearsal ? "failed" : times}: ${message}` };
    }
    const repeats = countRepeats(this.#state, frame);
    if (repeats >= maxRepeats) {
      const times = repeats + 1;
      return {
        name: "Error",
        message: `${frame.playbook} was given the same answer ${times} times in a row, to no avail`,
      };
    }
    if (frame.idle >= maxIdleTurns) {
      return { name: "Error", message: `${frame.playbook} made no progress in ${frame.idle} turns in a row` };
    }
    return undefined;
  }
}
