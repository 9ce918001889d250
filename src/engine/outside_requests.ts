import { encode } from "../sandbox/mod.ts";
import type { Outcome } from "../sandbox/sandbox.ts";
import type { SendContext, Sent } from "./builtins/builtin.ts";
import { effectNamed } from "./builtins/table.ts";
import type { SessionContext } from "./context.ts";
import type { Decision, UncertainEffect } from "./event.ts";
import type { Asked, Did } from "./fold/entry.ts";
import type { Open } from "./fold/history.ts";
import type { Frame } from "./fold/state.ts";
import type { ToolQuestions } from "./tool_questions.ts";
import { ToolRequests } from "./tool_requests.ts";

/** With `uncertain = "retry"`, a request with a lost answer is sent at most this often. The first wait is `resendMs`. */
const maxSends = 3;
const resendMs = 1000;

/** Choices for effects of an earlier run without a result, by frame and ordinal. */
type UncertainChoices = ReadonlyMap<string, Exclude<Decision, "fail">>;

/** Sends outside requests, and decides about those without a known result. */
export class OutsideRequests {
  readonly #context: SessionContext;
  readonly #questions: ToolQuestions;
  readonly #tools: ToolRequests;

  constructor(context: SessionContext, questions: ToolQuestions) {
    this.#context = context;
    this.#questions = questions;
    this.#tools = new ToolRequests(context, questions);
  }

  /** Sends a request whose start is journaled, and records its result. */
  startRequest(frame: Frame, request: Asked, key: string, isAgain = false): void {
    const { schedule, inFlight, state, writer } = this.#context;
    if (schedule.stopped) return;
    const name = `${frame.id}/${request.ordinal}`;
    const signal = inFlight.begin(name);
    this.#send(frame, request, { key, signal, isAgain }).then((ended) => {
      schedule.post(() => {
        inFlight.end(name);
        this.#questions.end(frame, request.ordinal);
        if (signal.aborted || state.frames[frame.id] !== frame) return;
        if (ended === undefined || !frame.running?.open[request.ordinal]) return;
        const { outcome, did } = ended;
        writer.recordResult(frame, request.ordinal, outcome, did ? { did } : {});
      });
    }).catch((error) => {
      // A failed request gives an outcome. An exception is our own mistake, and the session must not wait for it.
      schedule.post(() => {
        throw error;
      });
    });
  }

  /**
   * Sends a request until its outcome is known, or is decided to stay unknown. A lost answer is as uncertain as an
   * effect of a killed run, so the same policy decides. Returns `undefined` if the session stops instead.
   */
  async #send(
    frame: Frame,
    asked: Asked,
    { key, signal, isAgain }: {
      readonly key: string;
      readonly signal: AbortSignal;
      readonly isAgain: boolean;
    },
  ): Promise<Ended | undefined> {
    const { world, clock, schedule } = this.#context;
    for (let sends = 1;; sends++) {
      const open = frame.running?.open[asked.ordinal];
      if (open?.kind !== "outside") return undefined;
      const { what } = open;
      const attempt = sends > 1 ? "forced" : isAgain ? "again" : "first";
      const sent = open.tool
        ? await this.#tools.send(frame, asked, open, signal)
        : await this.#sendEffect(asked, { key, signal, wait: open, attempt });
      if (sent.kind === "result") return sent;
      if (signal.aborted) return undefined;
      // A call that changes nothing is made again, whatever the policy. An append that is lost may have been done.
      if (open.repeatable && open.append === undefined && sends < maxSends) {
        await world.wait(resendMs * 2 ** (sends - 1), { signal });
        if (signal.aborted) return undefined;
        continue;
      }
      const effect = this.#uncertain(frame, asked.ordinal, what, clock.now());
      const choice = await this.#decideLost(effect, sends, signal);
      if (signal.aborted) return undefined;
      if (choice === "stop") {
        schedule.post(() => schedule.stop({ kind: "uncertain", effect }));
        return undefined;
      }
      if (typeof choice === "object") return givenResult(asked, choice.result);
      if (choice === "give up") {
        return { outcome: { ok: false, error: lostAnswer(effect.what, sent.why, sends) } };
      }
      await world.wait(resendMs * 2 ** (sends - 1), { signal });
      if (signal.aborted) return undefined;
    }
  }

  #sendEffect(asked: Asked, sending: Omit<SendContext, "world" | "settings">): Promise<Sent> {
    const { world, state } = this.#context;
    const row = effectNamed(asked.name);
    if (row?.kind !== "outside" || !row.send) throw new TypeError(`${asked.name} is no effect that is sent`);
    return row.send(asked.args, { world, settings: state.settings, ...sending });
  }

  /** Decides about a request whose answer was lost in this run. */
  async #decideLost(
    effect: UncertainEffect,
    sends: number,
    signal: AbortSignal,
  ): Promise<"retry" | "give up" | "stop" | Exclude<Decision, string>> {
    const { state, ui } = this.#context;
    const { uncertain } = state.settings.durability;
    if (uncertain === "retry") return sends < maxSends ? "retry" : "give up";
    if (uncertain !== "ask") return "give up";
    const choice = await ui.decide(effect, { signal }).catch((error) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (typeof choice === "object") return choice;
    return choice === "retry" ? "retry" : choice === "fail" ? "stop" : "give up";
  }

  #uncertain(
    { id: frame, agent, playbook }: Frame,
    ordinal: number,
    what: string,
    startedAtMs: number,
  ): UncertainEffect {
    const klass = this.#context.definitions.classNameOf(agent);
    return { id: `${frame}/${ordinal}`, agent, klass, playbook, what, startedAtMs };
  }

  /**
   * Decides about outside effects of an earlier run without a result: by the policy, or by asking. If a person must
   * choose and none can be asked, the session stops.
   */
  async decideUncertain(): Promise<UncertainChoices> {
    const { state, ui, schedule } = this.#context;
    const choices = new Map<string, Exclude<Decision, "fail">>();
    for (const frame of Object.values(state.frames)) {
      for (const [ordinal, open] of Object.entries(frame.running?.open ?? {})) {
        if (open.kind !== "outside") continue;
        const effect = this.#uncertain(frame, Number(ordinal), open.what, open.at);
        const policy = isSafeToContinue(open) ? "retry" : state.settings.durability.uncertain;
        const choice = policy === "ask" ? await ui.decide(effect) ?? "fail" : policy;
        if (choice === "fail") {
          schedule.stop({ kind: "uncertain", effect });
          return choices;
        }
        choices.set(`${frame.id}/${ordinal}`, choice);
      }
    }
    return choices;
  }

  /** Carries out the choices for effects that are still open after the replay of all turns. */
  resumeRequests(choices: UncertainChoices): void {
    const found = Object.values(this.#context.state.frames).flatMap((frame) =>
      Object.entries(frame.running?.open ?? {}).flatMap(([ordinal, open]) =>
        open.kind === "outside" ? [{ frame, ordinal, open }] : []
      )
    );
    // Appends to one file are repeated in their order: each begins where the one before it ends.
    found.sort((a, b) => (a.open.append?.from ?? 0) - (b.open.append?.from ?? 0));
    for (const { frame, ordinal, open } of found) {
      const choice = choices.get(`${frame.id}/${ordinal}`);
      if (choice === undefined) continue;
      const asked = frame.running!.history.asked[Number(ordinal)]!;
      if (choice === "retry") this.startRequest(frame, asked, open.key, true);
      else {
        const { outcome, did }: Ended = choice === "skip"
          ? { outcome: { ok: false, error: unknownResult(open.what) } }
          : givenResult(asked, choice.result);
        this.#context.writer.recordResult(frame, asked.ordinal, outcome, did ? { did } : {});
      }
    }
  }
}

/** How a request ended. */
interface Ended {
  readonly outcome: Outcome;
  readonly did?: Did;
}

/**
 * Whether a started effect continues without a decision: it changes nothing, or its task is fetched, or its server waits
 * for a person's answer and so has not finished.
 */
function isSafeToContinue({ repeatable, task, questions }: Extract<Open, { kind: "outside" }>): boolean {
  const waitsForPerson = questions !== undefined && questions.at(-1)?.action === undefined;
  return repeatable || task !== undefined || waitsForPerson;
}

/** The end of an effect whose result a person gives, as JSON. */
function givenResult({ name, args }: Asked, result: unknown): Ended {
  const row = effectNamed(name);
  const given = encode(result);
  const value = row?.kind === "outside" ? row.valueOfGiven?.(given, args) ?? given : given;
  return { outcome: { ok: true, value }, did: { kind: "given" } };
}

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
