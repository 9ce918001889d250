import { exitCodes, PlaybooksError } from "../errors.ts";
import type { Models } from "../model/mod.ts";
import type { AgentClass, Playbook, Program } from "../language/mod.ts";
import type { Sandbox } from "../sandbox/mod.ts";
import type { Outcome } from "../sandbox/sandbox.ts";
import { applyEntry } from "./fold/apply.ts";
import { Budget } from "./budget.ts";
import { boundsOf, WordCount, wordsIn } from "./bounds.ts";
import type { Asked, Did, Entry, StateDelta } from "./fold/entry.ts";
import {
  classOfAgent,
  type Defined,
  definitionOf,
  definitionsOfAgent,
  personNames,
  programWithLiving,
} from "./definitions.ts";
import type { Ui } from "./event.ts";
import type { InFlight } from "./in_flight.ts";
import type { SessionLog } from "./log.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Programs } from "./programs.ts";
import type { RunResult } from "./fold/result.ts";
import type { Frame, State } from "./fold/state.ts";
import type { Threads } from "./threads.ts";
import type { Turns } from "./turn/turns.ts";
import type { World } from "./world.ts";

/** What a session is made of. */
export interface SessionParts {
  /** The state that the log's entries fold into, with the `session` and `run` entries among them. */
  readonly state: State;
  readonly log: SessionLog;
  readonly world: World;
  readonly ui: Ui;
  /** The models, by the kind of answer and by a `model:` line of a playbook or an agent. */
  readonly models: Pick<Models, "pick">;
  readonly programs: Programs;
  /** What code runs in, or what loads that: it is not needed before a model's first answer. */
  readonly sandbox: Sandbox | (() => Promise<Sandbox>);
  /** What a person said beforehand, with `--message`: given to the first waits. */
  readonly replies?: readonly string[];
  /** Edited code in flight is run anew from the first call that differs; else the session stops there. */
  readonly redo?: boolean;
  /** Scopes that are kept while their code waits (40): each takes a megabyte or two, and less than one comes to the same. */
  readonly mostLiveScopes?: number;
  /** Results after which an image of a turn is kept (250): fewer are run again in no time. */
  readonly resultsPerImage?: number;
}

/**
 * Entries that wait for the next append while code goes on, and for how long: a sync shared by so many costs each little,
 * and who is killed does no more than that work again.
 */
export const mostUnsynced = 256;
export const longestUnsyncedMs = 20;
/** Two clocks that are read one after the other differ by less. */
const clockJitterMs = 20;
/** Steps that one code takes before another gets its turn. */
const longestStreak = 32;

/**
 * What the parts of a running session share: the state and the one way to change it.
 *
 * Invariants:
 * 1. `record` is the only way to change the state; what it records is durable before any of its acts is done: words are
 *    shown, models asked, requests sent, waits begun only then.
 * 2. Code sees what the world gave (completions, messages, responses, files) only after the entry that holds it is
 *    durable. What follows from the state alone (an artifact kept, a call, its return) it may see before: nobody outside
 *    can tell, and code that is run again from the durable entries comes to the same. At most `mostUnsynced` entries wait
 *    like that, for `longestUnsyncedMs` and what the step in hand takes, and code never waits for the world before they are durable.
 * 3. After a failed append nothing more is done: `commit` throws, and nobody catches it but the command line.
 */
export class Core {
  readonly state: State;
  readonly log: SessionLog;
  readonly world: World;
  readonly ui: Ui;
  readonly models: Pick<Models, "pick">;
  readonly programs: Programs;
  /** Absent until it is loaded; code waits in `untilSandbox`. */
  sandbox: Sandbox | undefined;
  readonly redo: boolean;
  readonly mostLiveScopes: number;
  readonly resultsPerImage: number;

  turns!: Turns;
  flights!: InFlight;
  threads!: Threads;
  mail!: Mailbox;
  readonly budget: Budget;

  /** Why the session must stop, once it must; what could be done after that is left to the resume. */
  stop: RunResult | undefined;
  /** Frames that may be due for a turn, and agents whose inbox, waits or threads changed. */
  readonly readyFrames = new Set<string>();
  readonly changedAgents = new Set<string>();
  /** Words that this run has shown to people: a flood is over when its process is. */
  readonly words = new WordCount();
  /** What is to be done as soon as there is a sandbox. */
  readonly untilSandbox: (() => void)[] = [];
  /** What the world did and has not been looked at. */
  readonly happenings: (() => void)[] = [];
  /** The newest time told, and by how much the clock was set back in this run. */
  #lastMs: number;
  #setBackMs = 0;
  #batch: Entry[] = [];
  #acts: (() => void)[] = [];
  /** Code that can go on though its entry is not durable. */
  #inside: (() => void)[] = [];
  #wake: (() => void) | undefined;
  readonly #loadSandbox: () => Promise<Sandbox>;
  #loading: Promise<Sandbox> | undefined;

  constructor(parts: SessionParts) {
    this.state = parts.state;
    this.budget = new Budget(parts.state);
    this.#lastMs = parts.state.at;
    this.log = parts.log;
    this.world = parts.world;
    this.ui = parts.ui;
    this.models = parts.models;
    this.programs = parts.programs;
    const { sandbox } = parts;
    this.sandbox = typeof sandbox === "function" ? undefined : sandbox;
    this.#loadSandbox = typeof sandbox === "function" ? sandbox : () => Promise.resolve(sandbox);
    this.redo = parts.redo ?? false;
    this.mostLiveScopes = parts.mostLiveScopes ?? 40;
    this.resultsPerImage = parts.resultsPerImage ?? 250;
  }

  /** Loads the sandbox, once, unless it is there. */
  async loadSandbox(): Promise<void> {
    this.#loading ??= this.#loadSandbox();
    this.sandbox = await this.#loading;
  }

  /** Changes the state by an entry; `act` is done once the entry is durable. */
  record(entry: Entry, act?: () => void): void {
    applyEntry(this.state, entry);
    this.#batch.push(entry);
    if (act) this.#acts.push(act);
  }

  /** As `record`, of something that nobody outside can know of: `next` need not wait. */
  recordInside(entry: Entry, next: () => void): void {
    this.record(entry);
    this.#inside.push(next);
  }

  /** Whether code can go on without a wait. */
  get canGoOn(): boolean {
    return this.#inside.length > 0;
  }

  /** Lets code go on as far as it may before the next append. */
  goOn(): void {
    const until = this.world.elapsed() + longestUnsyncedMs;
    const inside = this.#inside;
    let streak = 0;
    // Each that stands there gets its turn, however much the others have to make durable.
    for (let first = inside.length; first > 0 || this.#acts.length === 0;) {
      if (this.stop || inside.length === 0 || this.#batch.length >= mostUnsynced) return;
      if (streak === 0) first--;
      const next = streak > 0 ? inside.pop()! : inside.shift()!;
      const others = inside.length;
      next();
      // Code whose memory is at hand goes on first, for a while.
      streak = inside.length > others && streak < longestStreak ? streak + 1 : 0;
      if (this.world.elapsed() > until) return;
    }
  }

  /** Whether something is recorded that is not durable yet. */
  get pending(): boolean {
    return this.#batch.length > 0 || this.#acts.length > 0;
  }

  /** Makes all recorded entries durable with one append, then does what waited for that. */
  commit(): void {
    const batch = this.#batch;
    const acts = this.#acts;
    this.#batch = [];
    this.#acts = [];
    if (batch.length > 0) {
      this.log.append(batch);
      this.#checkSize();
    }
    const position = this.log.checkpoint(this.state, { last: false });
    if (position !== undefined) this.ui.event({ type: "checkpoint", position });
    this.turns.keepImages();
    for (const act of acts) act();
  }

  /** A session that has grown too large stops where it can go on. */
  #checkSize(): void {
    const { maxSessionMb } = boundsOf(this.state.settings);
    if (this.log.bytes <= maxSessionMb * 1024 * 1024) return;
    this.stop ??= {
      kind: "limit",
      message: `The session's journal takes ${Math.round(this.log.bytes / 1024 / 1024)} MB with its blobs, ` +
        `and max_session_mb = ${maxSessionMb}; raise it under [limits], then resume`,
    };
  }

  /** Records the result of an effect; its frame gets it once it is durable, or at once if it follows from the state. */
  recordResult(
    frame: Frame,
    ordinal: number,
    outcome: Outcome,
    more: { readonly asked?: Asked; readonly out?: StateDelta; readonly did?: Did } = {},
  ): void {
    const { asked, did } = more;
    if (did?.kind === "said") this.words.add(wordsIn(did.text), this.now());
    const entry: Entry = { type: "effect", at: this.now(), frame: frame.id, ordinal, outcome, ...more };
    const isInside = asked && asked.name !== "LoadFile" && (!did || did.kind === "saved");
    if (isInside) {
      this.recordInside(entry, () => this.turns.deliverNext(frame.id));
      return;
    }
    this.record(entry, () => {
      if (did) this.#announce(did, position);
      this.turns.deliverNext(frame.id);
    });
    const position = this.state.position;
  }

  #announce(did: Did, position: number): void {
    switch (did.kind) {
      case "said":
        this.show(did, position);
        return;
      case "sent": {
        const { from, fromKlass, to, text } = did.message;
        if (did.created) this.announceAgent(did.created);
        this.changedAgents.add(to);
        this.ui.event({ type: "message", from, fromKlass, to, toKlass: this.klassOf(to), text });
        return;
      }
      case "created":
        this.announceAgent(did.agent);
        return;
      case "saved":
      case "took":
        return;
    }
  }

  /** Tells of an agent that has come into being. */
  announceAgent(agent: { readonly id: string; readonly klass: string }): void {
    this.changedAgents.add(agent.id);
    this.ui.event({ type: "agent", agent: agent.id, klass: agent.klass });
  }

  /** Shows words whose entry is durable, and notes that it did, so that no resume shows them again. */
  show(said: Extract<Did, { kind: "said" }>, position: number): void {
    this.ui.show({ agent: said.by, klass: this.klassOf(said.by), to: said.to, text: said.text, position });
    this.log.markShown(position);
  }

  /** Ends the program. */
  end(
    status: "completed" | "failed",
    options: { readonly reason?: string; readonly frame?: string } = {},
  ): void {
    if (this.state.end) return;
    this.record({ type: "end", at: this.now(), status, ...options });
    this.flights.abortAll();
  }

  /** Tells the scheduler that the world did something. */
  happen(happening: () => void): void {
    this.happenings.push(happening);
    this.wake();
  }

  /** Lets the scheduler go on. */
  wake(): void {
    this.#wake?.();
  }

  /** Resolves at the next `wake`. */
  woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** The time of an entry made now: never before the last one, and it goes on when the clock was set back. */
  now(): number {
    const now = this.world.now() + this.#setBackMs;
    if (now >= this.#lastMs) return this.#lastMs = now;
    this.#setBackMs += this.#lastMs - now;
    return this.#lastMs;
  }

  /**
   * To be called after a wait that began at `startMs`, by `now`, and took `tookMs`, by a clock that nobody sets: the time
   * passed although the other clock was set back meanwhile.
   */
  waited(startMs: number, tookMs: number): void {
    const missingMs = startMs + tookMs - this.now();
    if (missingMs > clockJitterMs) this.#setBackMs += missingMs;
  }

  klassOf(agent: string): string {
    return this.state.agents[agent]?.klass ?? "";
  }

  /** The class of an agent; `undefined` when no source that is left defines it, so that nothing can run there. */
  classOf(agent: string): AgentClass | undefined {
    return classOfAgent(this.state, this.programs, agent)?.agentClass;
  }

  /** The definitions that an agent can go by, the newest first. */
  definitionsOf(agent: string): readonly Defined[] {
    return definitionsOfAgent(this.state, this.programs, agent);
  }

  /** A source's program, and the classes of agents that live on by an older one. */
  programOf(source: string): Program {
    return programWithLiving(this.state, this.programs, source);
  }

  /** What a frame runs: its class and playbook. */
  definition(frame: Frame): readonly [AgentClass, Playbook] {
    const definition = definitionOf(this.state, this.programs, frame);
    if (!definition) {
      throw new PlaybooksError(
        `Cannot go on with ${frame.playbook} of ${this.klassOf(frame.agent)} (agent ${frame.agent}): ` +
          "no text of it is left; resume with the text that it began with",
        { exitCode: exitCodes.usage },
      );
    }
    return definition;
  }

  /** Names of those who can answer at a terminal: the persons that the program declares, else `user`. */
  persons(): readonly string[] {
    return personNames(this.state, this.programs);
  }
}
