import type { Model } from "../../src/model/mod.ts";
import type { EngineWorld, SessionLog, Ui } from "../../src/engine/mod.ts";
import type { Generated } from "./generate.ts";
import { Random } from "./random.ts";
import type { Operation } from "./tape.ts";

/** A session that waits longer than this many times hangs, or its clock stands still. */
const mostWaits = 3_000;
/** Turns of the event loop in which nothing happens before a session is taken to stand still. */
const mostIdle = 200;

/** Steps of promises that a session may need until it comes to rest. */
const mostTicks = 400;

const hundred = Array.from({ length: 100 }, (_each, index) => index);

/** The world went on for ever, or came to a halt. */
export class Standstill extends Error {
  override readonly name = "Standstill";
}

/**
 * All that is outside a session, in virtual time: models, a server, a person, a clock that jumps. The order in which
 * things happen is drawn from `random`; nothing takes real time.
 *
 * It fires one happening at a time, when the session has come to rest, or, now and then, before: so answers also arrive
 * together.
 */
export class SimulatedWorld {
  readonly tape: Operation[];
  readonly #seed: string;
  readonly #drawn = new Map<string, number>();
  readonly #program: Generated;
  readonly #queue: { readonly due: number; readonly fire: () => void }[] = [];
  #elapsedMs = 0;
  #offsetMs: number;
  /** The session is at work, or pauses only to let the world in. */
  #busy = true;
  #waits = 0;
  #persons: number;
  /** Keys of requests whose first answer was lost. */
  readonly #lost = new Set<string>();

  /** `startMs` is the time on the clock; `answered` how often a person has answered before. */
  constructor(
    random: Random,
    program: Generated,
    before: { readonly startMs: number; readonly answered: number; readonly tape: Operation[] },
  ) {
    this.tape = before.tape;
    this.#seed = String(random.next());
    this.#program = program;
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
      if (++this.#waits > mostWaits) throw new Standstill(`Waited ${mostWaits} times`);
      return this.#later(ms, signal);
    },
    fetch: ((url: URL, init: RequestInit) => this.#answer(url, init)) as typeof fetch,
    readFile: () => {
      throw new Error("no files here");
    },
    // No time passes for the computer alone: it must not change what happens in which order.
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
    stream: (request, { signal }) => {
      const line = request.messages.at(-1)?.text.split("\n")[0] ?? "";
      this.tape.push({ kind: "asked", line, request: JSON.stringify(request) });
      return this.#stream(line, signal);
    },
  };

  /** A log that tells when the session comes to rest. */
  watch(log: SessionLog): SessionLog {
    return {
      append: (entries) => {
        this.#busy = true;
        log.append(entries);
        this.tape.push({ kind: "acknowledged", entries: entries.map((entry) => structuredClone(entry)) });
      },
      get bytes() {
        return log.bytes;
      },
      flush: () => {
        log.flush();
        this.#busy = false;
      },
      checkpoint: (state, options) => log.checkpoint(state, options),
      shown: () => log.shown(),
      markShown: (position) => log.markShown(position),
      entriesAfter: (position) => log.entriesAfter(position),
      ...(log.snapshots ? { snapshots: log.snapshots } : {}),
    };
  }

  /** Lets the world go on until `session` is done. */
  async play<T>(session: Promise<T>): Promise<T> {
    let done = false;
    const finish = session.finally(() => {
      done = true;
    });
    finish.catch(() => {});
    let idle = 0;
    let ticks = mostTicks;
    while (!done) {
      for (; ticks > 0 && !done; ticks--) await null;
      for (let tick = mostTicks; this.#busy && tick > 0 && !done; tick--) await null;
      if (done) break;
      const next = this.#busy ? undefined : this.#next();
      if (next) {
        idle = 0;
        next();
        // Now and then the next thing happens while the session has not yet taken notice of this one.
        ticks = this.#draw("ticks", [1, 60, 60, 60]);
        continue;
      }
      if (++idle > mostIdle) throw new Standstill("Nothing happens any more");
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return await finish;
  }

  /** Draws by what for and how many before, so that nothing depends on how fast this machine is. */
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

  async *#stream(line: string, signal: AbortSignal): ReturnType<Model["stream"]> {
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
      // The server did its work, and its answer does not arrive; the next one does.
      this.#lost.add(key);
      throw new TypeError("connection reset");
    }
    return new Response(`${init.method} ${url.pathname}`, { headers: { "content-type": "text/plain" } });
  }
}
