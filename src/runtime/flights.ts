import type { Completion, ModelFailure } from "../model/mod.ts";
import type { AgentClass, Playbook } from "../program/mod.ts";
import type { Outcome } from "../sandbox/sandbox.ts";
import type { Core } from "./core.ts";
import type { Asked } from "./entry.ts";
import { parseHttpRequest, sendHttpRequest } from "./outside.ts";
import { buildRequest } from "./prompt.ts";
import type { Frame } from "./state.ts";

/** Models that are asked at once: more would only wait at the provider, and each takes memory here. */
const mostAsking = 64;

/** What is under way in the world: requests to models, and outside effects. Each ends as a happening. */
export class Flights {
  readonly #core: Core;
  /** By frame for models, by frame and ordinal for effects. */
  readonly #flights = new Map<string, AbortController>();
  /** Requests to models that are under way, and frames whose turn to ask has not come. */
  #asking = 0;
  readonly #queue: string[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  /** How many are under way. */
  get size(): number {
    return this.#flights.size;
  }

  /** Gives up all that is under way. */
  abortAll(): void {
    for (const flight of this.#flights.values()) flight.abort();
    this.#flights.clear();
    this.#queue.length = 0;
  }

  /** Asks the model for the turn whose request is journaled, or as soon as fewer others are being asked. */
  ask(frame: Frame): void {
    if (this.#core.stop) return;
    if (this.#asking >= mostAsking) this.#queue.push(frame.id);
    else this.#askNow(frame);
  }

  #askNext(): void {
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) {
      const frame = this.#core.state.frames[id];
      if (frame?.phase !== "asked") continue;
      this.ask(frame);
      return;
    }
  }

  #askNow(frame: Frame): void {
    this.#asking++;
    const [klass, playbook] = this.#core.definition(frame);
    const program = this.#core.programOf(frame.source);
    const request = buildRequest(this.#core.state, frame, program, klass);
    const model = this.#core.models.pick(frame.mode === "raw" ? "text" : "code", modelLine(playbook, klass));
    const abort = new AbortController();
    this.#flights.set(frame.id, abort);
    if (frame.mode !== "raw") this.#warmSandbox();
    const base = { agent: frame.agent, klass: klass.name, playbook: frame.playbook, turn: frame.turn };
    this.#core.ui.event({ type: "turn", ...base });
    const consume = async (): Promise<Completion | ModelFailure> => {
      for await (const event of model.stream(request, { signal: abort.signal })) {
        switch (event.type) {
          case "text":
            this.#core.ui.event({ type: "text", agent: frame.agent, text: event.text });
            break;
          case "thought":
            this.#core.ui.event({ type: "thought", agent: frame.agent, klass: klass.name, text: event.text });
            break;
          case "retrying":
            this.#core.ui.event({ ...event, type: "retrying", agent: frame.agent, klass: klass.name });
            break;
          case "completed":
            return event.completion;
          case "failed":
            return event.failure;
        }
      }
      return { kind: "other", message: `The model ${model.id} ended without an answer` };
    };
    consume().catch((error): ModelFailure => ({ kind: "other", message: String(error) })).then((answer) => {
      this.#core.happen(() => {
        this.#asking--;
        this.#flights.delete(frame.id);
        this.#askNext();
        if (abort.signal.aborted || this.#core.state.frames[frame.id] !== frame) return;
        if ("kind" in answer) {
          this.#core.stop ??= { kind: "model", message: answer.message };
          return;
        }
        const { usage } = answer;
        this.#core.record({
          type: "turn",
          at: this.#core.now(),
          frame: frame.id,
          text: answer.text,
          ...(answer.finish === "stop" ? {} : { finish: answer.finish }),
          usage,
          model: answer.model,
        }, () => {
          const running = this.#core.state.frames[frame.id];
          if (running) this.#core.turns.run(running);
        });
        this.#core.ui.event({
          type: "completion",
          ...base,
          inputTokens: usage.inputTokens,
          outputTokens: usage.outputTokens,
          ...(usage.costUsd === undefined ? {} : { costUsd: usage.costUsd }),
        });
      });
    });
  }

  /** Gets the sandbox ready for an answer; where it must be loaded first, once the request is on its way. */
  #warmSandbox(): void {
    const core = this.#core;
    if (core.sandbox) {
      core.sandbox.warm();
      return;
    }
    if (this.#flights.has(loadingName)) return;
    const abort = new AbortController();
    this.#flights.set(loadingName, abort);
    this.sent(abort).then(() => abort.signal.aborted ? undefined : core.loadSandbox()).then(
      () => core.sandbox?.warm(),
      // Who needs it meets the same failure.
      () => {},
    ).then(() => core.happen(() => this.#flights.delete(loadingName)));
  }

  /** Resolves when requests have had the time to leave the process, which work that cannot be interrupted would keep here. */
  sent({ signal }: AbortController = new AbortController()): Promise<void> {
    return this.#core.world.wait(sendingMs, { signal });
  }

  /** Sends an outside effect on its way; its result is a happening. */
  fly(frame: Frame, asked: Asked, key: string): void {
    if (this.#core.stop) return;
    const name = `${frame.id}/${asked.ordinal}`;
    const abort = new AbortController();
    this.#flights.set(name, abort);
    const request = parseHttpRequest(asked.args);
    const sent = typeof request === "string"
      ? Promise.resolve<Outcome>({ ok: false, error: { name: "TypeError", message: request } })
      : sendHttpRequest(request, { fetch: this.#core.world.fetch, key, signal: abort.signal });
    sent.then((outcome) => {
      this.#core.happen(() => {
        this.#flights.delete(name);
        if (abort.signal.aborted || this.#core.state.frames[frame.id] !== frame) return;
        if (!frame.running?.open[asked.ordinal]) return;
        this.#core.recordResult(frame, asked.ordinal, outcome);
      });
    });
  }

  /**
   * Decides what becomes of outside effects that were begun and have no result, before anything is done: by the policy, or
   * by asking. Gives the decisions by frame and ordinal; when a person must choose and nobody can be asked, the session
   * stops.
   */
  async decideUncertain(): Promise<ReadonlyMap<string, "retry" | "skip">> {
    const core = this.#core;
    const choices = new Map<string, "retry" | "skip">();
    for (const frame of Object.values(core.state.frames)) {
      for (const [key, open] of Object.entries(frame.running?.open ?? {})) {
        if (open.kind !== "outside") continue;
        const effect = {
          agent: frame.agent,
          klass: core.klassOf(frame.agent),
          playbook: frame.playbook,
          what: open.what,
          startedAtMs: open.at,
        };
        const policy = open.repeatable ? "retry" : core.state.settings.durability.uncertain;
        const choice = policy === "ask" ? await core.ui.decide(effect) ?? "fail" : policy;
        if (choice === "fail") {
          core.stop = { kind: "uncertain", effect };
          return choices;
        }
        choices.set(`${frame.id}/${key}`, choice);
      }
    }
    return choices;
  }

  /** Does what was decided, for the effects that are still open once all turns stand where they stood. */
  takeUpOutside(choices: ReadonlyMap<string, "retry" | "skip">): void {
    for (const frame of Object.values(this.#core.state.frames)) {
      for (const [key, open] of Object.entries(frame.running?.open ?? {})) {
        const choice = choices.get(`${frame.id}/${key}`);
        if (open.kind !== "outside" || choice === undefined) continue;
        const asked = frame.running!.asked[Number(key)]!;
        if (choice === "retry") this.fly(frame, asked, open.key);
        else this.#core.recordResult(frame, asked.ordinal, { ok: false, error: unknownResult(open.what) });
      }
    }
  }
}

/** A flight that is no frame's. */
const loadingName = "sandbox";
/** Loading keeps the process busy for some 30 ms, in which no request would leave it; in this time one has. */
const sendingMs = 20;

function unknownResult(what: string): { readonly name: string; readonly message: string } {
  return {
    name: "UncertainEffectError",
    message: `${what} was begun before the session stopped; whether it was done is not known`,
  };
}

/** The `model:` line of a playbook, else of its agent. */
function modelLine(playbook: Playbook, agent: AgentClass): string | undefined {
  const line = playbook.metadata["model"] ?? agent.metadata["model"];
  return typeof line === "string" ? line : undefined;
}
