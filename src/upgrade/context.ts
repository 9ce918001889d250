import { type Code, joinedKind, type Kind, unknown } from "./code.ts";
import { type HelperName, helperObject } from "./helpers.ts";
import type { PyNode } from "./python_tree.ts";
import type { PyScope } from "./scope.ts";

/** A piece of Python that has no translation. The statement around it is kept as a comment. */
export class Untranslatable extends Error {
  override readonly name = "Untranslatable";
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** A remark about a place in the Python code. */
export interface PyRemark {
  /** The offset in the block. */
  readonly at: number;
  readonly message: string;
  /** Whether a person must look at it. */
  readonly needsPerson: boolean;
}

/** A function or class of the agent's code, as its callers need it. */
interface Callable {
  readonly parameters: readonly string[];
  readonly isClass: boolean;
  /** Whether Python itself says `async`. */
  readonly isAsync: boolean;
}

/** What the translation of an agent's code needs to know of the program around it. */
export interface ProgramNames {
  /** Parameters of the agent's playbooks that are written in Markdown, by name. */
  readonly playbooks: ReadonlyMap<string, readonly string[]>;
  readonly agents: ReadonlySet<string>;
  /** Names that helpers may not have. */
  readonly builtins: ReadonlySet<string>;
}

interface Frame {
  readonly scope: PyScope;
  readonly id: string;
  /** Names with a meaning of their own, such as variables of comprehensions, from the outermost. */
  readonly overlays: Map<string, Code>[];
  awaits: boolean;
}

/** The state of a translation: names, kinds, helpers, remarks. */
export class Translation {
  readonly surroundings: ProgramNames;
  readonly remarks: PyRemark[] = [];
  readonly helpers = new Set<string>();
  /** Modules and their members by the name that the code gives them: `np` is `numpy`, `sqrt` is `math.sqrt`. */
  readonly imports = new Map<string, string>();
  readonly callables = new Map<string, Callable>();
  /** Functions that must be awaited. It grows from pass to pass. */
  readonly asyncNames: Set<string>;
  /** Names of the module whose values change while the program runs, so the agent's state keeps them. */
  readonly kept = new Set<string>();
  /** Names whose definition has no translation, with the reason. */
  readonly lost = new Map<string, string>();
  readonly moduleNames = new Set<string>();
  /** The first values of the kept names, as expressions. */
  readonly keptInits = new Map<string, string>();
  readonly #frames: Frame[] = [];
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #nextKinds = new Map<string, Kind>();

  constructor(
    surroundings: ProgramNames,
    earlier: { readonly asyncNames: ReadonlySet<string>; readonly kinds: ReadonlyMap<string, Kind> },
  ) {
    this.surroundings = surroundings;
    this.asyncNames = new Set(earlier.asyncNames);
    this.#kinds = earlier.kinds;
  }

  /** What this pass has learned of the kinds of variables. The next pass relies on it. */
  get kinds(): ReadonlyMap<string, Kind> {
    return this.#nextKinds;
  }

  get frame(): Frame {
    return this.#frames.at(-1)!;
  }

  get isModule(): boolean {
    return this.#frames.length === 1;
  }

  helper(name: HelperName): string {
    this.helpers.add(name);
    return `${helperObject}.${name}`;
  }

  fail(node: PyNode, message: string): never {
    throw new Untranslatable(node.from, message);
  }

  /** Fails if the definition of the name has no translation. */
  requireKept(node: PyNode, name: string): void {
    const reason = this.lost.get(name);
    if (reason !== undefined) this.fail(node, `"${name}" has no translation: ${reason}`);
  }

  remark(node: PyNode, message: string, needsPerson = true): void {
    this.remarks.push({ at: node.from, message, needsPerson });
  }

  inFrame<Result>(scope: PyScope, id: string, work: () => Result): { result: Result; awaits: boolean } {
    const frame: Frame = { scope, id, overlays: [], awaits: false };
    this.#frames.push(frame);
    try {
      return { result: work(), awaits: frame.awaits };
    } finally {
      this.#frames.pop();
    }
  }

  /** Translates with names that have a meaning of their own, such as the variable of a comprehension. */
  withNames<Result>(names: ReadonlyMap<string, Code>, work: () => Result): Result {
    this.frame.overlays.push(new Map(names));
    try {
      return work();
    } finally {
      this.frame.overlays.pop();
    }
  }

  overlay(name: string): Code | undefined {
    for (const frame of this.#frames.toReversed()) {
      for (const names of frame.overlays.toReversed()) {
        const found = names.get(name);
        if (found !== undefined) return found;
      }
      if (frame.scope.bound.has(name)) return undefined;
    }
    return undefined;
  }

  /** Whether the name is a variable of a function, so that it hides builtins and imports. */
  isLocal(name: string): boolean {
    return this.overlay(name) !== undefined || this.#ownerOf(name) !== undefined;
  }

  #ownerOf(name: string): Frame | undefined {
    return this.#frames.slice(1).findLast(({ scope }) => scope.bound.has(name));
  }

  /** Whether a kept name means the module's in the function at hand. */
  isKeptHere(name: string): boolean {
    return this.kept.has(name) && this.#ownerOf(name) === undefined;
  }

  kindOf(name: string): Kind {
    const key = this.#keyOf(name);
    return this.#kinds.get(key) ?? this.#nextKinds.get(key) ?? unknown;
  }

  /** Notes what a variable holds. Its items may change, so only what all have in common is kept. */
  learn(name: string, { items: _, ...kind }: Kind): void {
    const key = this.#keyOf(name);
    this.#nextKinds.set(key, joinedKind(this.#nextKinds.get(key), kind));
  }

  /** The kind of what a function gives back. */
  returnKind(name: string): Kind {
    return this.#kinds.get(`return ${name}`) ?? unknown;
  }

  learnReturn(kind: Kind): void {
    const key = `return ${this.frame.id}`;
    this.#nextKinds.set(key, joinedKind(this.#nextKinds.get(key), kind));
  }

  #keyOf(name: string): string {
    return `${this.#ownerOf(name)?.id ?? ""}/${name}`;
  }
}

/** What the parts of the translator need of each other. */
export interface Translator {
  readonly context: Translation;
  expression(node: PyNode): Code;
  /** The place of the expression needs a number. */
  number(node: PyNode): Code;
  /** An expression whose truth JavaScript sees as Python does. */
  condition(node: PyNode): Code;
  /** The text of a Python string as a JavaScript value; `undefined` if it is not a plain literal. */
  literalText(node: PyNode): string | undefined;
  /** An await, which makes the function around it async. */
  awaited(text: string, kind?: Kind): Code;
}
