import { exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import { endingMessage } from "../../../frontends/mod.ts";
import {
  type CallAnswer,
  CallError,
  type CallProgress,
  type CallView,
  type ToolCalls,
} from "../../../frontends/mcp/mod.ts";
import { type Decision, readCallOutcome, type SessionEvent, SessionHandle } from "../../../session/mod.ts";
import { canGoOn, type SessionFile, type SessionRequest } from "../../../store/mod.ts";
import type { TakerFact } from "../../host/session_taker.ts";
import type { ServedRuns } from "../serve/served_runs.ts";
import { type OpenCallQuestion, questionsAboutEffects, questionsToPersons } from "./call_questions.ts";
import { requestOfCall, sessionNameOf, toolOfSession } from "./call_request.ts";
import { BoundedMap } from "./bounded_map.ts";
import type { ProgramTool } from "./offered_program.ts";
import { callProgressText } from "./call_progress_text.ts";

/** The parts of the calls of a program. */
interface CalledSessionsParts {
  readonly tools: readonly ProgramTool[];
  /** The key of the program's sessions. */
  readonly program: string;
  readonly runs: ServedRuns;
  /** Calls that are not over and wait for no person. */
  readonly maxCalls: number;
  /** Aborts when the server stops. */
  readonly closing: AbortSignal;
  readonly faultOf: ToolCalls["faultOf"];
  /** Makes a queued session for a call. */
  readonly make: (session: {
    /** As `--call` has it. */
    readonly call: string;
    readonly name: string;
    readonly request: SessionRequest;
  }) => Promise<SessionFile>;
}

/** Calls whose last sign of life, or result, is kept in memory. */
const maxKept = 1000;
/** The time between two looks at a session that another process runs. */
const lookMs = 500;

/** The calls of a program's tools: sessions of its storage, which this process runs. */
export class CalledSessions implements ToolCalls {
  readonly tools: readonly ProgramTool[];
  readonly #parts: CalledSessionsParts;
  readonly #store: ServedRuns["store"];
  /** Sessions by the key of the request that made them. Read when the first key comes. */
  #requests: Map<string, string> | undefined;
  /** Sessions that are being made, by the key of their request. */
  readonly #making = new Map<string, Promise<string>>();
  readonly #open = new Set<string>();
  /** The time until which the open calls are not looked at again. */
  #lookedUntilMs = -Infinity;
  /** Calls whose sessions are being made. */
  #beginning = 0;
  readonly #progress = new BoundedMap<string, string>(maxKept);
  readonly #endings = new BoundedMap<string, string>(maxKept);
  readonly #outcomes = new BoundedMap<string, CallView["status"]>(maxKept);
  /** The words of open questions, which must not change while they are open. */
  readonly #messages = new BoundedMap<string, string>(maxKept);
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(parts: CalledSessionsParts) {
    this.#parts = parts;
    this.tools = parts.tools;
    this.#store = parts.runs.store;
  }

  get isClosing(): boolean {
    return this.#parts.closing.aborted;
  }

  faultOf(...[tool, given]: Parameters<ToolCalls["faultOf"]>): string | undefined {
    return this.#parts.faultOf(tool, given);
  }

  async begin(
    { tool, arguments: given, key }: Parameters<ToolCalls["begin"]>[0],
  ): ReturnType<ToolCalls["begin"]> {
    const request = requestOfCall(tool.name, given, key);
    const making = this.#making.get(request.key);
    if (making) {
      const made = await making;
      await this.#refuseOther(made, request);
      return made;
    }
    const made = this.#begin(tool as ProgramTool, given, { request, isKeyed: key !== undefined });
    this.#making.set(request.key, made);
    try {
      return await made;
    } finally {
      this.#making.delete(request.key);
    }
  }

  async view(id: string): Promise<CallView | undefined> {
    const session = await this.#get(id);
    return session && await this.#viewOf(session);
  }

  async settled(
    id: string,
    signal: AbortSignal,
    kind: CallView["status"]["kind"] = "working",
  ): Promise<CallView | undefined> {
    for (;;) {
      using change = this.#nextChange(id);
      const view = await this.view(id);
      if (view?.status.kind !== kind || signal.aborted) return view;
      await firstOf([change.promise], { signal, ms: this.#parts.runs.host.has(id) ? 30_000 : lookMs });
    }
  }

  async list(
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly CallView[]> {
    const own = (await this.#store.list()).filter((session) => this.isOwn(session));
    const first = after === undefined ? 0 : own.findIndex(({ id }) => id === after) + 1;
    if (after !== undefined && first === 0) {
      throw new CallError("wrong", "The cursor names no call; list from the start");
    }
    const views = [];
    for (const session of own.slice(first, first + limit)) views.push(await this.#viewOf(session));
    return views;
  }

  async answer(id: string, answers: readonly CallAnswer[]): Promise<void> {
    const session = await this.#get(id);
    if (!session || answers.length === 0) return;
    const questions = await this.#questionsOf(session);
    for (const { question: asked, text } of answers) {
      const question = questions.find((each) => each.id === asked);
      if (question) await this.#answerOne(id, question, text);
    }
    this.#parts.runs.look(id);
  }

  async stop(id: string): Promise<void> {
    const { host } = this.#parts.runs;
    if (host.has(id)) await host.stop(id);
    const session = await this.#get(id);
    if (session === undefined || !canGoOn(session) || isCancelled(session)) return;
    try {
      const process = { pid: Deno.pid, host: Deno.hostname(), sync: "always" as const };
      await using _ = await this.#store.open(id, process);
      await this.#store.update(id, { status: "stopped", exit: exitCodes.terminated, dueAt: undefined });
    } catch (error) {
      if (!(error instanceof PlaybooksError) || error.exitCode !== exitCodes.sessionBusy) throw error;
      await new SessionHandle(this.#store, id).stop();
    }
    this.#open.delete(id);
    this.#changed(id);
  }

  follow(id: string, hear: (progress: CallProgress) => void): Disposable {
    return this.#parts.runs.listen(id, (event) => {
      const message = callProgressText(event);
      if (message !== undefined) hear({ message });
    });
  }

  /** Whether a session is a call of this program. */
  isOwn(session: Pick<SessionFile, "key" | "request">): boolean {
    return session.key === this.#parts.program && toolOfSession(session) !== undefined;
  }

  /** Takes an event of a session that runs here. */
  hear(id: string, event: SessionEvent): void {
    const text = callProgressText(event);
    if (text !== undefined) this.#progress.set(id, text);
    if (event.type === "ask") this.#changed(id);
  }

  /** Takes a fact about the sessions that are run here. */
  hearTaker(fact: TakerFact): void {
    if (fact.type === "trouble") return;
    const { id } = fact.session;
    if (fact.type === "take") this.#open.add(id);
    if (fact.type === "end") {
      const { status, result, error } = fact.end;
      if (status !== "queued") this.#open.delete(id);
      const message = error === undefined ? result && endingMessage(result) : messageOf(error);
      if (message !== undefined) this.#endings.set(id, message);
    }
    if (fact.type === "park") this.#endings.set(id, `the server died ${fact.deaths} times at the same place`);
    if (fact.type === "miss" || fact.type === "refuse" || fact.type === "park") this.#open.delete(id);
    this.#changed(id);
  }

  async #begin(
    tool: ProgramTool,
    given: Readonly<Record<string, unknown>>,
    { request, isKeyed }: { readonly request: SessionRequest; readonly isKeyed: boolean },
  ): Promise<string> {
    if (isKeyed) {
      const known = await this.#madeBefore(request);
      if (known !== undefined) return known;
    }
    if (this.#open.size + this.#beginning >= this.#parts.maxCalls) await this.#forgetTaken();
    const open = this.#open.size + this.#beginning;
    if (open >= this.#parts.maxCalls) {
      throw new CallError("busy", `The server is busy: ${open} calls are open; call again later`);
    }
    const name = sessionNameOf(tool.name, this.#parts.program, request);
    const call = `${tool.call}(${Object.keys(given).length === 0 ? "" : JSON.stringify(given)})`;
    let id: string;
    this.#beginning++;
    try {
      ({ id } = await this.#parts.make({ call, name, request }));
      this.#open.add(id);
    } catch (error) {
      // Another server of this storage may have made it in the meantime.
      const made = isKeyed ? await this.#store.find(name) : undefined;
      if (made?.kind !== "found" || made.session.request?.key !== request.key) throw error;
      this.#requests?.set(request.key, made.session.id);
      await this.#refuseOther(made.session.id, request);
      return made.session.id;
    } finally {
      this.#beginning--;
    }
    if (isKeyed) this.#requests?.set(request.key, id);
    this.#parts.runs.look(id);
    return id;
  }

  /** No fact is told about a call that another process has taken, so the calls are looked at when they are too many. */
  async #forgetTaken(): Promise<void> {
    const startMs = performance.now();
    if (startMs < this.#lookedUntilMs) return;
    for (const id of [...this.#open]) {
      if (this.#parts.runs.host.has(id)) continue;
      if ((await this.#store.get(id))?.status !== "queued") this.#open.delete(id);
    }
    // Clients that are refused again and again must not keep the storage busy.
    this.#lookedUntilMs = performance.now() + 10 * (performance.now() - startMs);
  }

  /** The session that an earlier call with this key began, perhaps in an earlier server. A stopped one goes on. */
  async #madeBefore(request: SessionRequest): Promise<string | undefined> {
    this.#requests ??= new Map(
      (await this.#store.list()).flatMap((session) =>
        this.isOwn(session) ? [[session.request!.key, session.id]] : []
      ),
    );
    const id = this.#requests.get(request.key);
    const session = id === undefined ? undefined : await this.#get(id);
    if (!session) return undefined;
    await this.#refuseOther(session.id, request);
    if (session.status === "stopped" && session.exit !== exitCodes.choiceNeeded) {
      if (session.exit !== undefined) {
        await this.#store.update(session.id, { status: "queued", failures: undefined });
      }
      this.#open.add(session.id);
      this.#parts.runs.look(session.id);
    }
    return session.id;
  }

  async #refuseOther(id: string, { hash }: SessionRequest): Promise<void> {
    const made = await this.#get(id);
    if (!made || made.request?.hash === hash) return;
    throw new CallError(
      "wrong",
      `The idempotency key was used for a call with other arguments (session ${id}); use a new key for each call`,
    );
  }

  async #get(id: string): Promise<SessionFile | undefined> {
    const session = await this.#store.get(id);
    return session && this.isOwn(session) ? session : undefined;
  }

  async #viewOf(session: SessionFile): Promise<CallView> {
    const { id, name, createdAt, updatedAt } = session;
    const message = this.#progress.get(id);
    return {
      id,
      ...(name === undefined ? {} : { name }),
      tool: toolOfSession(session)!,
      createdAt,
      updatedAt,
      status: await this.#statusOf(session),
      ...(message === undefined ? {} : { message }),
    };
  }

  async #statusOf(session: SessionFile): Promise<CallView["status"]> {
    const { id, status, exit } = session;
    const refusal = this.#parts.runs.refusalOf(id);
    switch (status) {
      case "completed":
      case "failed":
        return await this.#outcomeOf(session);
      case "queued":
        return refusal === undefined ? { kind: "working" } : failed(`The call cannot run: ${refusal}`);
      case "running":
      case "waiting":
        return inputOr(await this.#questionsOf(session), { kind: "working" });
      case "stopped": {
        if (isCancelled(session)) return { kind: "cancelled", reason: "The call was cancelled" };
        if (exit === exitCodes.choiceNeeded) return await this.#choiceOf(session);
        if (exit === undefined) {
          // Its process has died, and it is about to go on.
          return refusal === undefined ? { kind: "working" } : failed(`The call cannot go on: ${refusal}`);
        }
        const why = this.#endings.get(id) ?? `its run ended with exit code ${exit}`;
        return failed(`The call stopped: ${why}`);
      }
    }
  }

  /** A session that stopped because a person must choose goes on when it has read the choice. */
  async #choiceOf(session: SessionFile): Promise<CallView["status"]> {
    const { id, heard = 0 } = session;
    const questions = await this.#questionsOf(session);
    const hasNews = (await this.#store.inbox(id).read()).some(({ number }) => number > heard);
    return inputOr(
      questions,
      hasNews ? { kind: "working" } : failed("The call stopped: a person must choose how it goes on"),
    );
  }

  async #outcomeOf({ id }: SessionFile): Promise<CallView["status"]> {
    const known = this.#outcomes.get(id);
    if (known) return known;
    const outcome = await readCallOutcome(this.#store, id);
    const end = (await new SessionHandle(this.#store, id).snapshot())?.end;
    const status: CallView["status"] = end?.status === "failed" || outcome?.ok === false
      ? {
        ...failed(
          `The call failed: ${end?.reason ?? (outcome?.ok === false ? outcome.error : "no reason is known")}`,
        ),
        isOver: true,
      }
      : { kind: "completed", ...(outcome?.ok ? withoutOk(outcome) : {}) };
    this.#outcomes.set(id, status);
    return status;
  }

  async #questionsOf({ id, status, exit, heard = 0 }: SessionFile): Promise<readonly OpenCallQuestion[]> {
    const live = this.#parts.runs.host.control(id);
    const needsChoice = status === "stopped" && exit === exitCodes.choiceNeeded;
    if (!live && status !== "waiting" && !needsChoice) return [];
    const snapshot = live ? live.snapshot() : await new SessionHandle(this.#store, id).snapshot();
    if (!snapshot || snapshot.end) return [];
    const kept = await this.#store.inbox(id).read();
    const questions = needsChoice
      ? questionsAboutEffects(snapshot, kept, heard)
      : questionsToPersons(snapshot, kept);
    return questions.map((question) => ({
      ...question,
      message: this.#messages.getOr(`${id} ${question.id}`, question.message),
    }));
  }

  async #answerOne(id: string, question: OpenCallQuestion, text: string): Promise<void> {
    if (question.choices && !question.choices.includes(text)) {
      throw new CallError("wrong", `The answer must be one of ${question.choices.join(", ")}`);
    }
    const handle = new SessionHandle(this.#store, id);
    if (question.kind === "decision") return await handle.decide(question.effect, text as Decision);
    const live = this.#parts.runs.host.control(id);
    await (live ?? handle).post(question.post(text), { key: question.key });
  }

  #nextChange(id: string): Disposable & { readonly promise: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, all.add(resolve));
    return {
      promise,
      [Symbol.dispose]: () => {
        all.delete(resolve);
        if (all.size === 0 && this.#waiting.get(id) === all) this.#waiting.delete(id);
      },
    };
  }

  #changed(id: string): void {
    for (const resolve of this.#waiting.get(id) ?? []) resolve();
  }
}

function failed(reason: string): Extract<CallView["status"], { readonly kind: "failed" }> {
  return { kind: "failed", reason };
}

function inputOr(questions: readonly OpenCallQuestion[], other: CallView["status"]): CallView["status"] {
  return questions.length === 0 ? other : { kind: "input_required", questions };
}

function withoutOk({ value, words }: { readonly value?: unknown; readonly words?: readonly string[] }) {
  return { ...(value === undefined ? {} : { value }), ...(words === undefined ? {} : { words }) };
}

/** A person or a client stopped it. */
function isCancelled({ status, exit }: SessionFile): boolean {
  return status === "stopped" && (exit === exitCodes.terminated || exit === exitCodes.interrupted);
}

/** Resolves with the first of `promises`, after `ms`, or when `signal` aborts. */
async function firstOf(
  promises: readonly Promise<unknown>[],
  { signal, ms }: { readonly signal: AbortSignal; readonly ms: number },
): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  const onAbort = () => late.resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([...promises, late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
