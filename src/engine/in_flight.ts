import type { Completion, Model, ModelFailure, ModelRequest, Usage } from "../model/mod.ts";
import type { AgentClass, Playbook } from "../language/mod.ts";
import type { Outcome } from "../sandbox/sandbox.ts";
import type { Core } from "./core.ts";
import type { Asked } from "./fold/entry.ts";
import type { UncertainEffect } from "./event.ts";
import { systemLookup } from "../net/mod.ts";
import { describeRequest, parseHttpRequest, sendHttpRequest } from "./builtins/outside.ts";
import { buildRequest } from "../prompt/prompt.ts";
import type { Frame } from "./fold/state.ts";

/** Models that are asked at once: more would only wait at the provider, and each takes memory here. */
const mostAsking = 64;

/** What is under way in the world: requests to models, and outside effects. Each ends as a happening. */
export class InFlight {
  readonly #core: Core;
  /** By frame for models, by frame and ordinal for effects. */
  readonly #flights = new Map<string, AbortController>();
  /** Requests to models that are under way, and frames whose turn to ask has not come. */
  #asking = 0;
  readonly #queue: string[] = [];
  /** Models of frames that ask, until they have an answer. */
  readonly #models = new Map<string, Model>();
  #isEstimateTold = false;

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
    this.#core.budget.reserve(frame.id, this.modelOf(frame), () => this.requestOf(frame));
    if (this.#asking >= mostAsking) this.#queue.push(frame.id);
    else this.#askNow(frame);
  }

  /** The model that a frame asks. */
  modelOf(frame: Frame): Model {
    const known = this.#models.get(frame.id);
    if (known) return known;
    const [klass, playbook] = this.#core.definition(frame);
    const model = this.#core.models.pick(frame.mode === "raw" ? "text" : "code", modelLine(playbook, klass));
    this.#models.set(frame.id, model);
    return model;
  }

  /** What a frame's model is sent. */
  requestOf(frame: Frame): ModelRequest {
    const [klass] = this.#core.definition(frame);
    return buildRequest(this.#core.state, frame, this.#core.programOf(frame.source), klass);
  }

  #askNext(): void {
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) {
      const frame = this.#core.state.frames[id];
      if (frame?.phase !== "asked") {
        this.#release(id);
        continue;
      }
      this.ask(frame);
      return;
    }
  }

  #release(id: string): void {
    this.#models.delete(id);
    for (const waiting of this.#core.budget.release(id)) this.#core.readyFrames.add(waiting);
  }

  #askNow(frame: Frame): void {
    this.#asking++;
    const [klass] = this.#core.definition(frame);
    const request = this.requestOf(frame);
    const model = this.modelOf(frame);
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
        this.#release(frame.id);
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
          text: keptText(answer, this.#core.state.settings.limits.contextTokens),
          ...(answer.finish === "stop" ? {} : { finish: answer.finish }),
          usage,
          model: answer.model,
          ...(model.terms?.isRehearsal ? { rehearsal: true as const } : {}),
        }, () => {
          const running = this.#core.state.frames[frame.id];
          if (running) this.#core.turns.run(running);
        });
        this.#checkCounted(usage, answer.model);
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

  /** A limit needs tokens or a price: where the server counts none that is said, where there is no price the session stops. */
  #checkCounted(usage: Usage, model: string): void {
    const { maxCostUsd, maxTokens } = this.#core.state.settings.limits;
    if (maxCostUsd !== null && usage.costUsd === undefined) {
      const message = `What an answer of ${model} costs is not known, and max_cost_usd = ${maxCostUsd}; ` +
        `give its price under [prices."${model}"] in playbooks.toml, then resume`;
      this.#core.stop ??= { kind: "limit", message };
    }
    if (!usage.estimated || this.#isEstimateTold || (maxCostUsd === null && maxTokens === null)) return;
    this.#isEstimateTold = true;
    this.#core.ui.event({
      type: "notice",
      level: "warning",
      text: `${model} does not say how many tokens it used: the limits count about four characters as one`,
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
    this.#send(frame, asked, key, abort.signal).then((outcome) => {
      this.#core.happen(() => {
        this.#flights.delete(name);
        if (abort.signal.aborted || this.#core.state.frames[frame.id] !== frame) return;
        if (outcome === undefined || !frame.running?.open[asked.ordinal]) return;
        this.#core.recordResult(frame, asked.ordinal, outcome);
      });
    }).catch((error) => {
      // A failed request is an outcome; this is our own mistake, and must not leave the session waiting.
      this.#core.happen(() => {
        throw error;
      });
    });
  }

  /**
   * Sends a request until its outcome is known, or is decided to stay unknown. A lost answer is as uncertain as one that a killed
   * run did not wait for, and the same policy decides. Gives nothing when the session stops instead.
   */
  async #send(frame: Frame, asked: Asked, key: string, signal: AbortSignal): Promise<Outcome | undefined> {
    const core = this.#core;
    const request = parseHttpRequest(asked.args);
    if (typeof request === "string") return { ok: false, error: { name: "TypeError", message: request } };
    const sender = { fetch: core.world.fetch, lookup: core.world.lookup ?? systemLookup };
    for (let sends = 1;; sends++) {
      const { permissions: { net }, limits } = core.state.settings;
      const sent = await sendHttpRequest(request, { ...sender, key, signal, net, limits });
      if (sent.kind === "result") return sent.outcome;
      if (signal.aborted) return undefined;
      const effect = this.#uncertain(frame, asked.ordinal, describeRequest(request), core.now());
      const choice = await this.#decideLost(effect, sends, signal);
      if (signal.aborted) return undefined;
      if (choice === "stop") {
        core.happen(() => core.stop ??= { kind: "uncertain", effect });
        return undefined;
      }
      if (choice === "give up") return { ok: false, error: lostAnswer(effect.what, sent.why, sends) };
      await core.world.wait(resendMs * 2 ** (sends - 1), { signal });
      if (signal.aborted) return undefined;
    }
  }

  /** What becomes of a request whose answer was lost while the program runs. */
  async #decideLost(
    effect: UncertainEffect,
    sends: number,
    signal: AbortSignal,
  ): Promise<"retry" | "give up" | "stop"> {
    const { uncertain } = this.#core.state.settings.durability;
    if (uncertain === "retry") return sends < maxSends ? "retry" : "give up";
    if (uncertain !== "ask") return "give up";
    const choice = await this.#core.ui.decide(effect, { signal }).catch((error) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    return choice === "retry" ? "retry" : choice === "fail" ? "stop" : "give up";
  }

  #uncertain(frame: Frame, ordinal: number, what: string, startedAtMs: number): UncertainEffect {
    return {
      id: `${frame.id}/${ordinal}`,
      agent: frame.agent,
      klass: this.#core.klassOf(frame.agent),
      playbook: frame.playbook,
      what,
      startedAtMs,
    };
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
        const effect = this.#uncertain(frame, Number(key), open.what, open.at);
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
        const asked = frame.running!.history.asked[Number(key)]!;
        if (choice === "retry") this.fly(frame, asked, open.key);
        else this.#core.recordResult(frame, asked.ordinal, { ok: false, error: unknownResult(open.what) });
      }
    }
  }
}

/**
 * The text of an answer. One that was cut off is never run, and would fill the window of the next request if it is very long:
 * then its beginning stays, with a note.
 */
function keptText({ text, finish }: Completion, contextTokens: number): string {
  if (finish !== "length" || text.length <= contextTokens) return text;
  const kept = text.slice(0, keptCutCharacters).replace(/[\ud800-\udbff]$/, "");
  return `${kept}\n… (cut off after ${text.length} characters)`;
}

const keptCutCharacters = 4000;

/** A flight that is no frame's. */
const loadingName = "sandbox";
/** With `uncertain = "retry"`, a request whose answer is lost is sent so many times in all; the first wait is this long. */
const maxSends = 3;
const resendMs = 1000;
/** Loading keeps the process busy for some 30 ms, in which no request would leave it; in this time one has. */
const sendingMs = 20;

function unknownResult(what: string): { readonly name: string; readonly message: string } {
  return {
    name: "UncertainEffectError",
    message: `${what} was begun before the session stopped; whether it was done is not known`,
  };
}

function lostAnswer(
  what: string,
  why: string,
  sends: number,
): { readonly name: string; readonly message: string } {
  const times = sends === 1 ? "" : ` ${sends} times`;
  return {
    name: "UncertainEffectError",
    message:
      `${what} was sent${times} and its answer did not arrive (${why}); whether it was done is not known`,
  };
}

/** The `model:` line of a playbook, else of its agent. */
function modelLine(playbook: Playbook, agent: AgentClass): string | undefined {
  const line = playbook.metadata["model"] ?? agent.metadata["model"];
  return typeof line === "string" ? line : undefined;
}
