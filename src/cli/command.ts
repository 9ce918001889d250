/** What a command line asks for. */
export type Command =
  | { readonly kind: "help"; /** A command's name, or the first word of some. */ readonly topic?: string }
  | { readonly kind: "version" }
  | RunCommand
  | ResumeCommand
  | { readonly kind: "check"; readonly files: readonly string[] }
  | { readonly kind: "compile"; readonly files: readonly string[]; readonly output?: string }
  | { readonly kind: "sessions list"; readonly json: boolean; readonly config?: string }
  | {
    readonly kind: "sessions show";
    readonly session: string;
    readonly json: boolean;
    readonly config?: string;
  }
  | {
    readonly kind: "sessions verify";
    /** All when none is named. */
    readonly session?: string;
    readonly json: boolean;
    readonly config?: string;
  }
  | CrashTestCommand
  | ConfigShowCommand
  | ModelsCommand
  | TrustCommand
  | { readonly kind: "demo" }
  | { readonly kind: "completions"; readonly shell: Shell };

/** `playbooks run`. */
export interface RunCommand extends RunOptions {
  readonly kind: "run";
  readonly files: readonly string[];
  readonly resume?: ResumeTarget;
  readonly name?: string;
  readonly call?: string;
  /** `--<name> VALUE`, in the order given; `true` when no value follows. Names are checked against the program. */
  readonly parameters: Readonly<Record<string, string | true>>;
}

/** `playbooks resume`. */
export interface ResumeCommand extends RunOptions {
  readonly kind: "resume";
  readonly resume: ResumeTarget;
}

/** `playbooks crash-test`. */
export interface CrashTestCommand {
  readonly kind: "crash-test";
  readonly files: readonly string[];
  readonly model?: string;
  /** Answers of the user, in order. */
  readonly replies: readonly string[];
  /** Kills at each entry of this number's multiples. */
  readonly every: number;
  readonly trust: boolean;
  readonly json: boolean;
  readonly config?: string;
}

/** Which session to go on with. */
export type ResumeTarget =
  /** The last one of the files named, or of all. */
  | { readonly kind: "last" }
  /** An id, the start or the end of one, or a name; perhaps with `@N`. Never empty. */
  | { readonly kind: "session"; readonly reference: string };

/** What `run` and `resume` have in common. */
export interface RunOptions {
  readonly fork: boolean;
  readonly plan: boolean;
  readonly model?: string;
  /** The file that gets each of the model's answers. */
  readonly record?: string;
  readonly message?: string;
  readonly onUncertain?: "ask" | "retry" | "fail" | "skip";
  /** What to do with a code playbook in flight that was edited; absent: go on if possible, else stop and say. */
  readonly edited?: "pin" | "redo";
  readonly snoop: boolean;
  readonly stream: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly nonInteractive: boolean;
  /** Trust what the folder's files ask for, for this run. */
  readonly trust: boolean;
  readonly config?: string;
}

/** `playbooks config show`. */
export interface ConfigShowCommand {
  readonly kind: "config show";
  readonly file?: string;
  readonly model?: string;
  readonly json: boolean;
  readonly config?: string;
}

/** `playbooks models`. */
export interface ModelsCommand {
  readonly kind: "models";
  readonly model?: string;
  /** Ask each for one word. */
  readonly test: boolean;
  readonly trust: boolean;
  readonly json: boolean;
  readonly config?: string;
}

/** `playbooks trust`. */
export interface TrustCommand {
  readonly kind: "trust";
  /** The folder of a program, or a `.toml` file; the current folder if absent. */
  readonly folder?: string;
  readonly list: boolean;
  readonly remove: boolean;
  readonly json: boolean;
}

/** A shell that we write completions for. */
export type Shell = "bash" | "zsh" | "fish";
