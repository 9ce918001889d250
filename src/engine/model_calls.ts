import type {
  BackgroundOptions,
  Completion,
  Model,
  ModelFailure,
  ModelRequest,
  RequestedTurn,
  Usage,
} from "../model/mod.ts";
import type { BackgroundAnswers } from "./background_answers.ts";
import type { SessionContext } from "./context.ts";
import type { Frame } from "./fold/state.ts";
import type { ModelRequests } from "./model_requests.ts";
import type { SandboxLoader } from "./sandbox_loader.ts";
import { currentReading } from "./turn/answer.ts";

/** Model calls at the same time. More would only wait at the provider, and each needs memory here. */
const maxModelCalls = 64;

/** Calls models for turns whose requests are journaled, and records their answers. */
export class ModelCalls {
  readonly #context: SessionContext;
  readonly #requests: ModelRequests;
  readonly #sandbox: SandboxLoader;
  readonly #background: BackgroundAnswers;
  #running = 0;
  /** Frames that wait for a free place. */
  readonly #queue: string[] = [];
  #isEstimateTold = false;

  constructor(
    context: SessionContext,
    parts: {
      readonly requests: ModelRequests;
      readonly sandbox: SandboxLoader;
      readonly background: BackgroundAnswers;
    },
  ) {
    this.#context = context;
    this.#requests = parts.requests;
    this.#sandbox = parts.sandbox;
    this.#background = parts.background;
  }

  /** Calls the model of a frame, or queues the call. */
  startModelCall(frame: Frame): void {
    if (this.#context.schedule.stopped) return;
    this.#requests.reserve(frame);
    if (this.#running >= maxModelCalls) this.#queue.push(frame.id);
    else this.#call(frame);
  }

  /** Calls again the model of a frame whose answer is missing, unless its failed requests reached a limit. */
  resumeModelCall(frame: Frame): void {
    const verdict = frame.isCallCounted ? this.#requests.verdictOn(frame) : undefined;
    if (verdict?.kind !== "reached") return this.startModelCall(frame);
    this.#context.schedule.stop({ kind: "limit", message: verdict.message });
  }

  #startNext(): void {
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) {
      const frame = this.#context.state.frames[id];
      if (frame?.phase !== "asked") {
        this.#release(id);
        continue;
      }
      this.startModelCall(frame);
      return;
    }
  }

  #release(id: string): void {
    for (const waiting of this.#requests.release(id)) this.#context.schedule.markReady(waiting);
  }

  #call(frame: Frame): void {
    const { ui, schedule, state, inFlight } = this.#context;
    this.#running++;
    const request = this.#requests.requestOf(frame);
    const model = this.#requests.modelOf(frame);
    const signal = inFlight.begin(frame.id);
    if (frame.mode !== "raw") this.#sandbox.warm();
    ui.event({ type: "turn", ...this.#turnOf(frame) });
    const turn = this.#requests.turnOf(frame);
    const background = this.#background.optionsFor(frame, model);
    this.#readAnswer(frame, { model, request, turn, signal, background }).then((answer) => {
      schedule.post(() => {
        this.#running--;
        inFlight.end(frame.id);
        if (!signal.aborted) this.#background.end(frame.id);
        this.#release(frame.id);
        this.#startNext();
        if (signal.aborted || state.frames[frame.id] !== frame) return;
        if ("kind" in answer) this.#recordFailure(frame, model, answer);
        else this.#recordTurn(frame, model, answer);
      });
    });
  }

  /** Reports a streaming answer to the ui, and returns it when it is complete. */
  async #readAnswer(
    { agent }: Frame,
    { model, request, ...options }: {
      readonly model: Model;
      readonly request: ModelRequest;
      readonly turn: RequestedTurn;
      readonly signal: AbortSignal;
      readonly background: BackgroundOptions;
    },
  ): Promise<Completion | ModelFailure> {
    const { ui } = this.#context;
    const klass = this.#context.definitions.classNameOf(agent);
    try {
      for await (const event of model.stream(request, options)) {
        switch (event.type) {
          case "text":
            ui.event({ type: "text", agent, text: event.text });
            break;
          case "withdrawn":
            ui.event({ type: "withdrawn", agent });
            break;
          case "thought":
            ui.event({ type: "thought", agent, klass, text: event.text });
            break;
          case "retrying":
            ui.event({ ...event, type: "retrying", agent, klass });
            break;
          case "completed":
            return event.completion;
          case "failed":
            return event.failure;
        }
      }
    } catch (error) {
      return { kind: "other", message: String(error) };
    }
    return { kind: "other", message: `The model ${model.id} ended without an answer` };
  }

  /** A failed call stops the session. Its requests may be billed, so they count. */
  #recordFailure(frame: Frame, model: Model, { message, usage }: ModelFailure): void {
    const { schedule, clock, writer } = this.#context;
    if (usage) {
      writer.record({ type: "lost", at: clock.now(), frame: frame.id, usage, model: model.id });
    }
    schedule.stop({ kind: "model", message });
  }

  #recordTurn(frame: Frame, model: Model, completion: Completion): void {
    const { ui, state, clock, writer } = this.#context;
    const { usage } = completion;
    writer.record({
      type: "turn",
      at: clock.now(),
      frame: frame.id,
      text: keptText(completion, state.settings.limits.contextTokens),
      ...(completion.finish === "stop" ? {} : { finish: completion.finish }),
      usage,
      model: completion.model,
      ...(model.terms?.isRehearsal ? { rehearsal: true as const } : {}),
      ...(frame.mode === "raw" ? {} : { reading: currentReading }),
    }, [{ kind: "run-turn", frame: frame.id }]);
    this.#checkCounted(usage, completion.model);
    ui.event({
      type: "completion",
      ...this.#turnOf(frame),
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      ...(usage.costUsd === undefined ? {} : { costUsd: usage.costUsd }),
    });
  }

  #turnOf({ agent, playbook, turn }: Frame) {
    return { agent, klass: this.#context.definitions.classNameOf(agent), playbook, turn };
  }

  /**
   * A limit needs tokens or a price. Without a price the session stops. If the server counts no tokens, a notice says
   * that they are estimated.
   */
  #checkCounted(usage: Usage, model: string): void {
    const { ui, schedule, state } = this.#context;
    const { maxCostUsd, maxTokens } = state.settings.limits;
    if (maxCostUsd !== null && usage.costUsd === undefined) {
      const message = `The price of an answer of ${model} is not known, and max_cost_usd = ${maxCostUsd}; ` +
        `give its price under [prices."${model}"] in playbooks.toml, then resume`;
      schedule.stop({ kind: "limit", message });
    }
    if (!usage.estimated || this.#isEstimateTold || (maxCostUsd === null && maxTokens === null)) return;
    this.#isEstimateTold = true;
    ui.event({
      type: "notice",
      level: "warning",
      text: `${model} does not say how many tokens it used: the limits count about four characters as one`,
    });
  }
}

/**
 * An answer that was cut off is never run. If it is very long, only its beginning is kept, because it would fill the
 * window.
 */
function keptText({ text, finish }: Completion, contextTokens: number): string {
  if (finish !== "length" || text.length <= contextTokens) return text;
  const kept = text.slice(0, keptCutCharacters).replace(/[\ud800-\udbff]$/, "");
  return `${kept}\n… (cut off after ${text.length} characters)`;
}

const keptCutCharacters = 4000;
