import { createHash } from "node:crypto";
import type { BackgroundOptions, Model } from "../../src/model/mod.ts";
import type { EngineWorld, SessionLog, Ui } from "../../src/engine/mod.ts";
import type { Awaitable } from "../../src/store/session_store.ts";
import type { Generated } from "./generate.ts";
import { Random } from "./random.ts";
import type { Operation } from "./tape.ts";

/** After this many waits a session counts as hanging, or its clock stands still. */
const maxWaits = 3_000;
/** After this many idle turns of the event loop a session counts as standing still. */
const maxIdle = 200;

/** The maximum number of promise steps until a session is idle. */
const maxTicks = 400;

const hundred = Array.from({ length: 100 }, (_each, index) => index);

/** The world did not end, or it stopped too early. */
export class Standstill extends Error {
  override readonly name = "Standstill";
}

/**
 * Everything outside a session, in virtual time: models, a server, a person, a clock that jumps. The order of
 * events is drawn from `random`; nothing takes real time.
 *
 * The world fires one event at a time when the session is idle, and sometimes earlier, so answers can also arrive
 * together.
 */
export class SimulatedWorld {
  readonly tape: Operation[];
  readonly #seed: string;
  readonly #drawn = new Map<string, number>();
  readonly #program: Generated;
  /** The models of half of the programs make answers in the background. */
  readonly #isBackground: boolean;
  readonly #queue: { readonly due: number; readonly fire: () => void }[] = [];
  #elapsedMs = 0;
  #offsetMs: number;
  /** The session is busy, or pauses only for the world. */
  #busy = true;
  #waits = 0;
  /** Calls of the store that have not ended. */
  #underWay = 0;
  #persons: number;
  /** Keys of requests with a lost first answer. */
  readonly #lost = new Set<string>();

  /** `startMs` is the time on the clock; `answered` is the number of earlier answers by a person. */
  constructor(
    random: Random,
    program: Generated,
    before: { readonly startMs: number; readonly answered: number; readonly tape: Operation[] },
  ) {
    this.tape = before.tape;
    this.#seed = String(random.next());
    this.#program = program;
    this.#isBackground = new Random(`background ${program.seed}`).pick([true, false]);
    this.#offsetMs = before.startMs;
    this.#persons = before.answered;
  }

  readonly world: EngineWorld = {
    now: () => {
      this.#busy = true;
      return this.#elapsedMs + this.#offsetMs;
    },
    wait: (ms, { signal }) => {
      this.#busy = false;
      if (++this.#waits > maxWaits) throw new Standstill(`Waited ${maxWaits} times`);
      return this.#later(ms, signal);
    },
    fetch: ((url: URL, init: RequestInit) => this.#answer(url, init)) as typeof fetch,
    readFile: () => {
      throw new Error("no files here");
    },
    // Computing takes no time, because it must not change the order of events.
    elapsed: () => this.#elapsedMs,
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    programFolder: "/",
  };

  readonly ui: Ui = {
    event: () => {},
    show: (message) => {
      this.tape.push({ kind: "shown", position: message.position, text: `${message.to}: ${message.text}` });
    },
    ask: async (_question, { signal }) => {
      await this.#later(this.#draw("person", [1, 500, 3_000, 40_000]), signal);
      return { text: this.#program.kind === "sequential" ? `answer ${this.#persons++}` : "yes" };
    },
    decide: (effect) => {
      const choice = this.#draw("choice", ["retry", "retry", "skip"] as const);
      this.tape.push({ kind: "uncertain", effect, choice });
      return Promise.resolve(choice);
    },
  };

  readonly model: Model = {
    id: "simulated",
    stream: (request, { signal, background }) => {
      const line = request.messages.at(-1)?.text.split("\n")[0] ?? "";
      const text = JSON.stringify(request);
      const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
      const { accepted } = background ?? {};
      const fetched = accepted?.request === hash ? accepted.id : undefined;
      this.tape.push({ kind: "asked", line, request: text, ...(fetched === undefined ? {} : { fetched }) });
      const begins = this.#isBackground && fetched === undefined ? { hash, background } : undefined;
      return this.#stream(line, signal, begins);
    },
  };

  /** A log that reports when the session is idle. */
  watch(log: SessionLog): SessionLog {
    return {
      append: (entries) => {
        this.#busy = true;
        return this.#during(log.append(entries), () => {
          this.tape.push({ kind: "acknowledged", entries: entries.map((entry) => structuredClone(entry)) });
        });
      },
      get bytes() {
        return log.bytes;
      },
      flush: () =>
        this.#during(log.flush(), () => {
          this.#busy = false;
        }),
      checkpoint: (state, options) => this.#during(log.checkpoint(state, options), (position) => position),
      shown: () => log.shown(),
      markShown: (position) => log.markShown(position),
      entriesAfter: (position) => this.#during(log.entriesAfter(position), (entries) => entries),
      ...(log.snapshots ? { snapshots: log.snapshots } : {}),
    };
  }

  /** Nothing happens in the world while a store takes its time. */
  #during<T, R>(value: Awaitable<T>, next: (value: T) => R): Awaitable<R> {
    if (!(value instanceof Promise)) return next(value);
    this.#underWay++;
    return value.finally(() => this.#underWay--).then(next);
  }

  /** Runs the world until `session` is done. */
  async play<T>(session: Promise<T>): Promise<T> {
    let done = false;
    const finish = session.finally(() => {
      done = true;
    });
    finish.catch(() => {});
    let idle = 0;
    let ticks = maxTicks;
    while (!done) {
      for (; ticks > 0 && !done; ticks--) await null;
      for (let tick = maxTicks; this.#busy && tick > 0 && !done; tick--) await null;
      if (done) break;
      if (this.#underWay > 0) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        continue;
      }
      const next = this.#busy ? undefined : this.#next();
      if (next) {
        idle = 0;
        next();
        // Sometimes the next event fires before the session has handled this one.
        ticks = this.#draw("ticks", [1, 60, 60, 60]);
        continue;
      }
      if (++idle > maxIdle) throw new Standstill("Nothing happens any more");
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return await finish;
  }

  /** Draws by purpose and count, so the result does not depend on the machine's speed. */
  #draw<T>(what: string, list: readonly T[]): T {
    const count = this.#drawn.get(what) ?? 0;
    this.#drawn.set(what, count + 1);
    return new Random(`${this.#seed} ${what} ${count}`).pick(list);
  }

  #next(): (() => void) | undefined {
    this.#queue.sort((a, b) => a.due - b.due);
    const next = this.#queue.shift();
    if (!next) return undefined;
    this.#elapsedMs = Math.max(this.#elapsedMs, next.due);
    if (this.#draw("jumps", hundred) < 3) {
      this.#offsetMs += this.#draw("jump", [-3_600_000, -5_000, 5_000, 3_600_000]);
    }
    return next.fire;
  }

  #later(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const happening = { due: this.#elapsedMs + ms, fire: resolve };
      this.#queue.push(happening);
      signal.addEventListener("abort", () => {
        const index = this.#queue.indexOf(happening);
        if (index >= 0) this.#queue.splice(index, 1);
        resolve();
      }, { once: true });
    });
  }

  /** `begins`: the answer is made in the background, and gets an id before its first word. */
  async *#stream(
    line: string,
    signal: AbortSignal,
    begins?: { readonly hash: string; readonly background: BackgroundOptions | undefined },
  ): ReturnType<Model["stream"]> {
    if (begins) {
      const count = this.#drawn.get(`id ${line}`) ?? 0;
      await this.#later(this.#draw(`id ${line}`, [0, 50, 50]), signal);
      const id = `${this.#seed}-${begins.hash}-${count}`;
      begins.background?.onAccepted({ id, model: "simulated", server: "https://sim", request: begins.hash });
    }
    await this.#later(this.#draw(line, [0, 100, 100, 900, 5_000]), signal);
    const [, turn, playbook, klass] = /^\[turn (\d+) of (\S+) · (\S+) \(agent \d+\)\]$/.exec(line) ?? [];
    const text = this.#program.script[`${klass}.${playbook}`]?.[Number(turn) - 1];
    if (text === undefined) {
      yield { type: "failed", failure: { kind: "other", message: `No answer for ${line}` } };
      return;
    }
    yield { type: "text", text };
    const usage = { inputTokens: 10, outputTokens: 5, cachedTokens: 0, costUsd: 0.001 };
    yield { type: "completed", completion: { text, finish: "stop", usage, model: "simulated" } };
  }

  async #answer(url: URL, init: RequestInit): Promise<Response> {
    const key = new Headers(init.headers).get("Idempotency-Key") ?? "";
    this.tape.push({ kind: "sent", method: init.method ?? "GET", url: url.href, key });
    await this.#later(this.#draw(url.href, [0, 50, 2_000]), init.signal!);
    if (url.pathname.startsWith("/down/")) {
      throw new TypeError("fetch failed", { cause: new Error("client error (Connect): the server is down") });
    }
    if (url.pathname.startsWith("/lost/") && key !== "" && !this.#lost.has(key)) {
      // The server did its work, but its first answer is lost. The next answer arrives.
      this.#lost.add(key);
      throw new TypeError("connection reset");
    }
    return new Response(`${init.method} ${url.pathname}`, { headers: { "content-type": "text/plain" } });
  }
}
