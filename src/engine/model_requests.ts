import type { AgentClass, Playbook } from "../language/mod.ts";
import type { Model, ModelRequest, Models, RequestedTurn } from "../model/mod.ts";
import { buildRequest } from "../prompt/prompt.ts";
import { Budget, type Verdict } from "./budget.ts";
import type { Definitions } from "./definitions.ts";
import { chainOf, type Frame, type State, variablesSeenBy } from "./fold/state.ts";

/** Picks the model of a frame, builds its request, and reserves the request's maximum use. */
export class ModelRequests {
  readonly #state: State;
  readonly #definitions: Definitions;
  readonly #models: Pick<Models, "pick">;
  readonly #budget: Budget;
  /** Models of frames that wait for an answer. */
  readonly #picked = new Map<string, Model>();

  constructor(state: State, definitions: Definitions, models: Pick<Models, "pick">) {
    this.#state = state;
    this.#definitions = definitions;
    this.#models = models;
    this.#budget = new Budget(state);
  }

  modelOf(frame: Frame): Model {
    const known = this.#picked.get(frame.id);
    if (known) return known;
    const [agentClass, playbook] = this.#definitions.definitionOf(frame);
    const model = this.#models.pick(frame.mode === "raw" ? "text" : "code", modelLine(playbook, agentClass));
    this.#picked.set(frame.id, model);
    return model;
  }

  requestOf(frame: Frame): ModelRequest {
    const [agentClass] = this.#definitions.definitionOf(frame);
    return buildRequest(this.#state, frame, this.#definitions.programOf(frame.source), agentClass);
  }

  /** The turn that the request is for, as data. */
  turnOf(frame: Frame): RequestedTurn {
    const [agentClass, playbook] = this.#definitions.definitionOf(frame);
    return {
      turn: frame.turn,
      agentClass,
      classes: this.#definitions.programOf(frame.source).agents,
      playbook,
      stack: chainOf(this.#state, frame).map((each) => each.playbook),
      ...(frame.step === undefined ? {} : { step: frame.step }),
      args: frame.args,
      state: variablesSeenBy(this.#state.agents[frame.agent]!, frame),
      locals: frame.locals,
    };
  }

  /** Whether the limits allow a request of the frame. */
  verdictOn(frame: Frame): Verdict {
    return this.#budget.look(frame.id, this.modelOf(frame), () => this.requestOf(frame));
  }

  /** Reserves the possible use of a frame's request, once. */
  reserve(frame: Frame): void {
    this.#budget.reserve(frame.id, this.modelOf(frame), () => this.requestOf(frame));
  }

  /** Call this when a request is over. Returns the frames that waited for room. */
  release(frame: string): readonly string[] {
    this.#picked.delete(frame);
    return this.#budget.release(frame);
  }
}

/** The `model:` line of a playbook, else of its agent. */
function modelLine(playbook: Playbook, agent: AgentClass): string | undefined {
  const line = playbook.metadata["model"] ?? agent.metadata["model"];
  return typeof line === "string" ? line : undefined;
}
