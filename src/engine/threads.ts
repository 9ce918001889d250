import type { Playbook, Program } from "../language/mod.ts";
import type { Encoded } from "../sandbox/mod.ts";
import { bindArguments, entryArguments } from "./builtins/call.ts";
import type { Core } from "./core.ts";
import { beginPlaybooks, findPlaybook, newAgent, newFrame } from "./builtins/perform.ts";
import { processMessages } from "../prompt/process_messages.ts";
import { turnMessage } from "../prompt/prompt.ts";
import { depthOf, type Frame, framesOf } from "./fold/state.ts";

/** Starts agents, threads and turns: decides who runs next, never what they do. */
export class Threads {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Agents that exist from the start; made before the first frame, those that a torn append did not leave there. */
  startAgents(): void {
    if (this.#core.state.next.frame > 1) return;
    // A start that was cut short is finished by the text that began it.
    const [begunBy] = Object.values(this.#core.state.oldTexts ?? {});
    const program = this.#core.programs.get(begunBy ?? this.#core.state.source);
    const made = new Set(Object.values(this.#core.state.agents).map((agent) => agent.klass));
    for (const klass of program.agents) {
      if (made.has(klass.name)) continue;
      const begins = this.#core.state.call ? [] : beginPlaybooks(klass);
      const needed = begins.length > 0 || klass.startupMode === "standby" || klass.type !== "AI" ||
        (this.#core.state.call && findPlaybook(klass, this.#core.state.call.playbook) &&
          !this.#hasAgentFor(this.#core.state.call.playbook, program));
      if (!needed) continue;
      const startup = this.#core.state.parameters["startup_message"];
      const given = startup === undefined ? {} : { startup_message: startup };
      const agent = {
        ...newAgent(this.#core.state, klass, given),
        ...(begunBy === undefined ? {} : { source: begunBy }),
        begins: begins.map((playbook) => playbook.name),
      };
      this.#core.record({ type: "agent", at: this.#core.now(), agent });
      this.#core.changedAgents.add(agent.id);
    }
  }

  #hasAgentFor(playbook: string, program: Program): boolean {
    return Object.values(this.#core.state.agents).some((agent) => {
      const klass = program.agents.find((each) => each.name === agent.klass);
      return klass !== undefined && findPlaybook(klass, playbook) !== undefined;
    });
  }

  /** Starts the next begin playbook of each agent that has one, and what `--call` asks for. */
  startThreads(): void {
    if (this.#core.state.call) this.#startCall(this.#core.state.call);
    for (const id of this.#core.changedAgents) {
      const agent = this.#core.state.agents[id];
      if (!agent || agent.begins.length === 0) continue;
      const frames = framesOf(this.#core.state, id);
      if (frames.some((frame) => frame.root === "begin")) continue;
      const found = this.#bindBegin(
        id,
        agent.begins[0]!,
        (playbook) => entryArguments(this.#core.state.parameters, playbook),
      );
      if (!found) continue;
      const { playbook, bound, source } = found;
      if (!bound.ok) {
        this.#core.end("failed", { reason: `Cannot start ${agent.klass}: ${bound.message}` });
        return;
      }
      const frame = newFrame(this.#core.state, id, playbook, bound, source);
      this.#core.record(
        { type: "thread", at: this.#core.now(), kind: "begin", frame },
        () => this.begin(frame.id),
      );
      this.makeReady(frame.id);
    }
  }

  #startCall(call: { readonly playbook: string; readonly args: readonly Encoded[] }): void {
    for (const agent of Object.values(this.#core.state.agents)) {
      const found = this.#bindBegin(agent.id, call.playbook, () => call.args);
      if (!found || found.playbook === processMessages) continue;
      const { playbook, bound, source } = found;
      if (!bound.ok) {
        this.#core.end("failed", { reason: `Cannot call ${call.playbook}: ${bound.message}` });
        return;
      }
      const frame = newFrame(this.#core.state, agent.id, playbook, bound, source);
      this.#core.record(
        { type: "thread", at: this.#core.now(), kind: "call", frame },
        () => this.begin(frame.id),
      );
      this.makeReady(frame.id);
      return;
    }
    this.#core.end("failed", { reason: `Cannot call ${call.playbook}: no agent has such a playbook` });
  }

  /** A playbook that begins without a caller, from the newest text of it that takes its arguments. */
  #bindBegin(agent: string, name: string, args: (playbook: Playbook) => readonly Encoded[]) {
    const { state } = this.#core;
    const all = this.#core.definitionsOf(agent).flatMap(({ agentClass, source }) => {
      const playbook = findPlaybook(agentClass, name);
      if (!playbook) return [];
      return [{
        playbook,
        source,
        bound: bindArguments(playbook, args(playbook), state.agents[agent]!.state),
      }];
    });
    return all.find(({ bound }) => bound.ok) ?? all[0];
  }

  /** Takes up a frame that has just come onto the stack. */
  begin(id: string): void {
    const frame = this.#core.state.frames[id];
    if (!frame || this.#core.stop) return;
    const agent = this.#core.state.agents[frame.agent]!;
    this.#core.ui.event({
      type: "call",
      agent: agent.id,
      klass: agent.klass,
      playbook: frame.playbook,
      depth: depthOf(this.#core.state, frame),
    });
    if (frame.phase === "running") this.#core.turns.run(frame);
  }

  /** To be called with the entry that puts a frame onto the stack: its first request may go into the same append. */
  makeReady(id: string): void {
    if (this.#core.state.frames[id]?.phase === "ready") this.#core.readyFrames.add(id);
  }

  /** Asks for a turn of each frame that is ready for one. */
  startTurns(): void {
    for (const id of this.#core.readyFrames) {
      this.#core.readyFrames.delete(id);
      const frame = this.#core.state.frames[id];
      if (!frame || frame.phase !== "ready") continue;
      const [klass, playbook] = this.#core.definition(frame);
      if (frame.mode === "code") continue;
      const failed = this.#exhausted(frame);
      if (failed) {
        this.#core.turns.return(frame, { ok: false, error: failed });
        continue;
      }
      const { budget, flights } = this.#core;
      const model = flights.modelOf(frame);
      const verdict = budget.look(id, model, () => flights.requestOf(frame));
      if (verdict.kind === "later") continue;
      if (verdict.kind === "reached") {
        this.#core.stop = { kind: "limit", message: verdict.message };
        return;
      }
      const text = turnMessage(this.#core.state, frame, playbook, klass);
      const rehearsal = model.terms?.isRehearsal ? { rehearsal: true as const } : {};
      this.#core.record({ type: "request", at: this.#core.now(), frame: id, text, ...rehearsal }, () => {
        const asked = this.#core.state.frames[id];
        if (asked) flights.ask(asked);
      });
      budget.reserve(id, model, () => flights.requestOf(frame));
    }
  }

  /** Turns in a row without an effect after which a playbook is stuck. */
  static readonly #mostIdleTurns = 3;
  /** Times that an answer may be given again, with the same results, before a playbook is stuck. */
  static readonly #mostRepeats = 4;

  /** Why a frame gets no further turn. */
  #exhausted(frame: Frame): { readonly name: string; readonly message: string } | undefined {
    const { maxRepairs } = this.#core.state.settings.limits;
    if (frame.failures > maxRepairs) {
      const error = frame.before?.error;
      return {
        name: error?.name ?? "Error",
        message: `${frame.playbook} failed ${frame.failures} times in a row, last with: ${
          error ? error.message : "an error"
        }`,
      };
    }
    if (frame.repeats >= Threads.#mostRepeats) {
      return {
        name: "Error",
        message: `${frame.playbook} was given the same answer ${
          frame.repeats + 1
        } times in a row, to no avail`,
      };
    }
    if (frame.idle >= Threads.#mostIdleTurns) {
      return { name: "Error", message: `${frame.playbook} made no progress in ${frame.idle} turns in a row` };
    }
    return undefined;
  }
}
