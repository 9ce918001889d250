import { exitCodes, PlaybooksError } from "../errors.ts";
import { type AgentClass, peopleOf, type Person, type Playbook, type Program } from "../language/mod.ts";
import type { HashedProgram } from "./builtins/builtin.ts";
import { findPlaybook } from "./builtins/frames.ts";
import type { Frame, State, TurnExecution } from "./fold/state.ts";
import type { Programs } from "./programs.ts";
import { withTools } from "./tool_playbooks.ts";

/** A class, and the hash of the source that defines it. */
interface DefinedClass {
  readonly agentClass: AgentClass;
  readonly source: string;
}

/**
 * Finds the class and the playbook of agents and frames.
 *
 * An edit may remove or rename anything. A frame keeps the source that it runs. An agent keeps the source that
 * `State.oldTexts` names if the newest source lacks its class.
 */
export class Definitions {
  readonly #state: State;
  readonly #programs: Programs;
  /** Whether the texts of a source read the last result, by hash. */
  readonly #readsLast = new Map<string, boolean>();
  readonly #readsLastInTurn = new WeakMap<TurnExecution, boolean>();

  constructor(state: State, programs: Programs) {
    this.#state = state;
    this.#programs = programs;
  }

  /** The program of a source, with the tools of its servers. */
  #get(source: string): Program {
    return withTools(this.#programs.get(source), this.#state.tools);
  }

  /** The program of a source, as written there. */
  programAt(source: string): Program {
    return this.#get(source);
  }

  /**
   * The program of a source, with the classes of agents that use an older source. An agent may be younger than the turn
   * that calls it, so its age does not matter.
   */
  programOf(source: string): Program {
    const program = this.#get(source);
    const { oldTexts, agents: living } = this.#state;
    if (!oldTexts) return program;
    const agents = [...program.agents];
    for (const [id, old] of Object.entries(oldTexts)) {
      const agent = living[id];
      if (!agent || agents.some((each) => each.name === agent.klass)) continue;
      const agentClass = classNamed(this.#get(old), agent.klass);
      if (agentClass) agents.push(agentClass);
    }
    return agents.length === program.agents.length ? program : { ...program, agents };
  }

  /** The name of an agent's class. */
  classNameOf(agent: string): string {
    return this.#state.agents[agent]?.klass ?? "";
  }

  /** All classes of an agent, the newest first. Empty if no source in use defines its class. */
  classesOf(agent: string): readonly DefinedClass[] {
    const name = this.#state.agents[agent]?.klass;
    const old = this.#state.oldTexts?.[agent];
    return [this.#state.source, ...(old === undefined ? [] : [old])].flatMap((source) => {
      const agentClass = classNamed(this.#get(source), name);
      return agentClass ? [{ agentClass, source }] : [];
    });
  }

  /** Whether the program of a frame, or the code of its turn, reads `$_` or `$__`: the last result and its summary. */
  readsLastResult({ source, running }: Frame): boolean {
    let inProgram = this.#readsLast.get(source);
    if (inProgram === undefined) {
      const { files = [], imports = [] } = this.#state.sources[source] ?? {};
      inProgram = [...files, ...imports].some(({ text }) => lastResult.test(text));
      this.#readsLast.set(source, inProgram);
    }
    return inProgram || (running?.kind === "turn" && this.#readsLastIn(running));
  }

  #readsLastIn(turn: TurnExecution): boolean {
    const known = this.#readsLastInTurn.get(turn);
    if (known !== undefined) return known;
    const reads = lastResult.test(turn.text);
    this.#readsLastInTurn.set(turn, reads);
    return reads;
  }

  /** Whether an agent has triggers that may fire later, so that each change of its variables matters. */
  hasTriggers(agent: string): boolean {
    return this.classesOf(agent)[0]?.agentClass.playbooks.some(({ triggers }) =>
      triggers.some(({ kind }) => kind !== "begin")
    ) ?? false;
  }

  /** The class and the playbook that a frame runs: in its own source, else in the newest source that has them. */
  definitionOf(frame: Frame): readonly [AgentClass, Playbook] {
    const name = this.#state.agents[frame.agent]?.klass;
    for (const source of [frame.source, ...newestFirst(this.#state)]) {
      const agentClass = classNamed(this.#get(source), name);
      const playbook = agentClass && findPlaybook(agentClass, frame.playbook);
      if (playbook) return [agentClass, playbook];
    }
    throw new PlaybooksError(
      `Cannot continue ${frame.playbook} of ${name ?? ""} (agent ${frame.agent}): ` +
        "the session no longer has its text; resume with the program that it began with",
      { exitCode: exitCodes.usage },
    );
  }

  /** The texts that a frame's calls search, in order: the newest, unless the frame is pinned, then the frame's own. */
  textsFor(frame: Frame): readonly HashedProgram[] {
    const { source: newest, oldTexts } = this.#state;
    const sources = [
      ...(frame.pinned ? [] : [newest]),
      frame.source,
      newest,
      ...Object.values(oldTexts ?? {}),
    ];
    return [...new Set(sources)].map((source) => ({ program: this.#get(source), source }));
  }

  /** The persons who can answer. */
  people(): readonly SessionPerson[] {
    return peopleIn(this.#state, this.#programs);
  }

  /** Names of the persons who can answer. */
  persons(): readonly string[] {
    return this.people().map(({ name }) => name);
  }
}

const lastResult = /\$__?(?!\w)|\bstate\s*\.\s*__?(?!\w)|\bstate\[\s*["']__?["']/;

/** Hashes of the session's sources, the newest first. */
export function newestFirst(state: State): readonly string[] {
  return [state.source, ...Object.keys(state.sources).filter((hash) => hash !== state.source).reverse()];
}

/** A person of a session. */
export interface SessionPerson extends Person {
  /** The id of the person's agent; absent for `user`, and for a person that an edit added. */
  readonly id?: string;
}

/** All who can answer: the persons of the newest source first, then those of the older sources in use. */
export function peopleIn(state: State, programs: Programs): readonly SessionPerson[] {
  const people = new Map<string, Person>();
  for (const source of newestFirst(state)) {
    for (const person of peopleOf(programs.get(source))) {
      if (!people.has(person.name)) people.set(person.name, person);
    }
  }
  // A wait for "user" may be older than all sources in use.
  const [defaultPerson] = peopleOf({ agents: [] });
  if (!people.has("user") && isAwaited(state, "user")) people.set("user", defaultPerson!);
  return [...people.values()].map((person) => {
    const id = Object.values(state.agents).find(({ klass }) => klass === person.name)?.id;
    return id === undefined ? person : { ...person, id };
  });
}

function isAwaited(state: State, name: string): boolean {
  return Object.values(state.frames).some(({ running }) =>
    Object.values(running?.open ?? {}).some((open) => open.kind === "messages" && open.sources.includes(name))
  );
}

function classNamed(program: Program, name: string | undefined): AgentClass | undefined {
  return program.agents.find((agent) => agent.name === name);
}
