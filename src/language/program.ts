import type { ProblemCode } from "./problem_codes.ts";
import type { RemoteServer } from "./remote.ts";

/** A parsed program: the agents of all its files, in file order. */
export interface Program {
  /** The `title` of the front matter, else the first file's name without its extension. */
  readonly title: string;
  readonly description: string;
  readonly frontMatter: Readonly<Record<string, unknown>>;
  readonly agents: readonly AgentClass[];
}

/** A position in a source file; lines and columns count from 1, in the file as it is on disk. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A mistake in the user's program: collected, never thrown. An `error` keeps the program from running. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly message: string;
  /** How to fix it, if the message does not say so. */
  readonly hint?: string;
  readonly location: Location;
  /** Characters that the caret line underlines; 1 if not known. */
  readonly length: number;
  /** Its kind. Lets a caller ignore the problem: `no-beginning` does not matter to a run with `--call`. */
  readonly code: ProblemCode;
  /** The place of the definition that the problem is about, if it is elsewhere. */
  readonly definition?: Location;
}

/** An H1: a class of agents. */
export interface AgentClass {
  /** CamelCase, `^[A-Z][A-Za-z0-9]*$`. */
  readonly name: string;
  /** The heading as written, without its `:Type`. */
  readonly title: string;
  readonly type: "AI" | "Human" | "MCP";
  /** Markdown below the heading, without metadata, code and playbooks. */
  readonly description: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly startupMode: "default" | "standby";
  /** The tool server whose tools are its public playbooks. */
  readonly remote?: RemoteServer;
  /** What the server says about its tools; known when the server was reached. */
  readonly instructions?: string;
  readonly playbooks: readonly Playbook[];
  /** Its code blocks as one module scope; absent if it has no code. */
  readonly module?: CodeModule;
  /** Only for `Human`. */
  readonly person?: PersonSettings;
  readonly location: Location;
}

/** What a program says about a person. */
export interface PersonSettings {
  /** The name that people see: `name:`, else the heading. */
  readonly displayName: string;
  readonly delivery: PersonDelivery;
}

/** A person who hears words and answers. */
export interface Person extends PersonSettings {
  /** The name in code and in the journal: that of the class, or `user` for the default person. */
  readonly name: string;
}

/** How words reach a person. */
export interface PersonDelivery {
  /** Words may be shown while a model still writes them. */
  readonly streams: boolean;
  /** Words are kept until there were no new ones for so long, ms. Absent: they are shown at once. */
  readonly bufferMs?: number;
  /** Which words of a meeting are shown to this person. */
  readonly meetings: "all" | "targeted" | "none";
}

/** All `ts` and `js` blocks of one agent, as one JavaScript text in strict function-body form. */
export interface CodeModule {
  /**
   * JavaScript for the body of a function, without types and `export`, with the same lines. An exported async function
   * `F` is declared as `F$playbook`, so that inside the module `F` means the playbook: a call of it goes through the
   * runtime. An exported sync function keeps its name, and the module calls it directly.
   */
  readonly code: string;
  /** Each exported function: the playbook's name and the name of the function that implements it in `code`. */
  readonly functions: readonly CodeFunction[];
  /** All other top-level names of `code` (helpers, constants). Turns and placeholders can use them too. */
  readonly helpers: readonly string[];
  /** The source locations of the lines of `code`. The column is that of the line's first character. */
  readonly lines: readonly Location[];
  /** The files that the blocks import, in the order in which they run. */
  readonly imports: readonly { readonly path: string; readonly text: string }[];
  /** The blocks as written, in order, for the numbered form. */
  readonly blocks: readonly CodeBlock[];
}

/** One fenced block of code, as written. */
interface CodeBlock {
  readonly language: "ts" | "js";
  readonly text: string;
  /** The number of H2 playbooks of the agent before it. */
  readonly after: number;
}

/** An exported function of a code module. */
interface CodeFunction {
  readonly name: string;
  readonly implementation: string;
  readonly async: boolean;
}

/** An H2, or an exported function: something that can be called. */
export interface Playbook {
  /** CamelCase for an H2; as written for an exported function. */
  readonly name: string;
  /** The heading as written, without its signature. */
  readonly title: string;
  /**
   * `playbook` has steps, `react` has none, `raw` is one plain completion, `code` is an exported function. `tool` is a tool
   * of the agent's server; the parser makes none.
   */
  readonly mode: "playbook" | "react" | "raw" | "code" | "tool";
  readonly parameters: readonly Parameter[];
  /** The tool that it calls, of mode `tool`. */
  readonly tool?: { readonly server: string; readonly name: string };
  /** The type of the result as written, of an exported TypeScript function that has one. */
  readonly returns?: string;
  /** Markdown, with its placeholders as written; a function's JSDoc text. */
  readonly description: string;
  /** The source locations of the first characters of its lines; absent if it does not stand in the text as it is. */
  readonly lines?: readonly Location[];
  /** Placeholders of `description`, in order. */
  readonly placeholders: readonly Placeholder[];
  readonly triggers: readonly Trigger[];
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly public: boolean;
  readonly hidden: boolean;
  readonly meeting: boolean;
  /** The source text of a code playbook's function, as written; `""` for others. */
  readonly source: string;
  readonly location: Location;
}

/** A parameter of a playbook. With a `$` it has `state`: its value is also written to the agent's state. */
export interface Parameter {
  /** Without `$`. */
  readonly name: string;
  readonly state: boolean;
  readonly type?: string;
  /** Plain JSON; present if the signature has a literal default. */
  readonly default?: unknown;
  /** A caller may omit it: it has a default (in code, any expression), a `?`, or is a rest parameter. */
  readonly optional: boolean;
  readonly rest?: boolean;
}

/** `{expression}` or `{{expression}}` in a description. The expression parses and uses only known names. */
export interface Placeholder {
  /**
   * JavaScript with the playbook's parameters, `state`, code functions and playbooks. `$name` becomes `name` if that is
   * a parameter, else `variable$("name")`. Python becomes calls of its runtime, `python$`.
   */
  readonly expression: string;
  /** The expression as written, without its braces. */
  readonly source: string;
  readonly location: Location;
  /** Offsets of the whole placeholder in `description`, including its braces. */
  readonly start: number;
  readonly end: number;
}

/** A line of `### Triggers`, or a JSDoc `@trigger`. */
export interface Trigger {
  /** `T1`, `T2`, … in its playbook. */
  readonly id: string;
  readonly kind: "begin" | "condition" | "event";
  readonly text: string;
  /** The condition as JavaScript over `$` variables, if it can be computed. Then the runtime decides it, not a model. */
  readonly when?: string;
  readonly location: Location;
}

/** A step with its number: `01`, `02`, `02.01`, …. We number it, or a `.pbasm` file does. */
export interface Step {
  readonly number: string;
  /** `QUE`, `CND`, …: only in `.pbasm` files. */
  readonly code?: string;
  readonly text: string;
  readonly children: readonly Step[];
  readonly location: Location;
}

/** A source file after reading: `path` as named by the user, `text` as on disk. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}
