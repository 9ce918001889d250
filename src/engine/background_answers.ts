import type { AcceptedRequest, AskedAnew, BackgroundOptions, Model } from "../model/mod.ts";
import type { SessionContext } from "./context.ts";
import type { Frame } from "./fold/state.ts";

/** An answer that a provider makes in the background for a frame of this session. */
interface OpenAnswer {
  readonly frame: Frame;
  readonly model: Model;
  readonly accepted: AcceptedRequest;
  /** Whether this session asked for it. A fork does not cancel an answer that its original may fetch. */
  readonly isOwn: boolean;
  isJournaled: boolean;
}

/**
 * Journals the ids of answers that providers make in the background, so that a resume fetches them. Cancels answers that
 * the session does not need any more. A run that is interrupted cancels nothing, because a resume needs the answers.
 */
export class BackgroundAnswers {
  readonly #context: SessionContext;
  readonly #forkedAt: number;
  /** Open answers by frame. */
  readonly #open = new Map<string, OpenAnswer>();
  readonly #cancels: Promise<void>[] = [];

  /** `forkedAt`: entries up to this position are those of the session that this one was forked from. */
  constructor(context: SessionContext, forkedAt: number) {
    this.#context = context;
    this.#forkedAt = forkedAt;
  }

  /** Notes the answers of earlier runs. */
  restore(modelOf: (frame: Frame) => Model): void {
    for (const frame of Object.values(this.#context.state.frames)) {
      const { accepted } = frame;
      if (!accepted) continue;
      const isOwn = accepted.position > this.#forkedAt;
      this.#open.set(frame.id, { frame, model: modelOf(frame), accepted, isOwn, isJournaled: true });
    }
  }

  /** The options for the call of a frame's model. */
  optionsFor(frame: Frame, model: Model): BackgroundOptions {
    const { schedule } = this.#context;
    const earlier = this.#open.get(frame.id);
    const askedAnew = (reason: AskedAnew) =>
      schedule.post(() => this.#noteAskedAnew(frame, earlier!, reason));
    const isFetched = earlier?.accepted.model === model.id;
    if (earlier && !isFetched) askedAnew("changed");
    return {
      ...(isFetched ? { accepted: earlier.accepted } : {}),
      onAskedAnew: askedAnew,
      onAccepted: (accepted) => {
        this.#open.set(frame.id, { frame, model, accepted, isOwn: true, isJournaled: false });
        schedule.post(() => this.journal());
      },
    };
  }

  /** Records the ids that are not journaled yet. */
  journal(): void {
    const { state, writer, clock } = this.#context;
    for (const answer of this.#open.values()) {
      if (answer.isJournaled) continue;
      answer.isJournaled = true;
      const { frame, accepted } = answer;
      if (state.frames[frame.id] !== frame || frame.phase !== "asked") continue;
      writer.record({ type: "accepted", at: clock.now(), frame: frame.id, ...accepted });
    }
  }

  /** Call this when the answer of a frame has come. */
  end(frame: string): void {
    this.#open.delete(frame);
  }

  /** Cancels the answers of frames that are no longer on the stack. Call this when the reason for it is durable. */
  cancelUnneeded(): void {
    const { state, inFlight } = this.#context;
    for (const [id, answer] of this.#open) {
      if (state.frames[id] === answer.frame) continue;
      inFlight.abort(id);
      this.#open.delete(id);
      this.#cancel(answer);
    }
  }

  /** Ends the run, after its calls were aborted. A limit ends the answers, too. */
  async stop(): Promise<void> {
    if (this.#context.schedule.stopped?.kind === "limit") {
      this.#open.forEach((answer) => this.#cancel(answer));
    }
    this.#open.clear();
    await Promise.all(this.#cancels);
  }

  #noteAskedAnew({ agent, playbook }: Frame, earlier: OpenAnswer, reason: AskedAnew): void {
    const { ui, definitions } = this.#context;
    if (reason === "changed") this.#cancel(earlier);
    const why = reason === "changed"
      ? "was made for another request, model or server"
      : "is not available any more";
    const text = `The answer in the background for ${playbook} of ${definitions.classNameOf(agent)} ` +
      `(agent ${agent}) ${why}: the model is asked again`;
    ui.event({ type: "notice", level: "warning", text });
  }

  #cancel({ model, accepted, isOwn }: OpenAnswer): void {
    if (isOwn && model.cancel) this.#cancels.push(model.cancel(accepted));
  }
}
