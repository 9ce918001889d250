import type { AllowFlags } from "../../allow_flags.ts";
import type { GivenParameters } from "../../command.ts";

/** Options of `playbooks run`. */
export interface RunCommand extends RunOptions {
  readonly files: readonly string[];
  readonly resume?: ResumeFlag;
  readonly name?: string;
  readonly call?: string;
  /** `--<name> VALUE`, as given. The names are checked against the program. */
  readonly parameters: GivenParameters;
}

/** Options of `playbooks resume`. */
export interface ResumeCommand extends RunOptions {
  readonly resume: ResumeFlag;
}

/** The session to resume. */
export type ResumeFlag =
  /** The last session of the named files, or of all. */
  | { readonly kind: "last" }
  /** An id, the start or the end of one, or a name; optionally with `@N`. Never empty. */
  | { readonly kind: "session"; readonly reference: string };

/** Options that `run` and `resume` share. */
export interface RunOptions {
  /** Queue the session for a worker instead of running it. */
  readonly detach: boolean;
  readonly fork: boolean;
  readonly plan: boolean;
  readonly model?: string;
  /** The file that records each answer of the model. */
  readonly record?: string;
  readonly message?: string;
  /** The file that holds the message, or `-` for standard input. */
  readonly messageFile?: string;
  readonly onUncertain?: "ask" | "retry" | "fail" | "skip";
  /** `--allow-net` and its like: permissions for this run only. */
  readonly allow: AllowFlags;
  /** The handling of an edited code playbook in flight. If absent: continue if possible, else stop and ask. */
  readonly edited?: "pin" | "redo";
  readonly snoop: boolean;
  readonly stream: boolean;
  /** Do not render the Markdown of agents' words. */
  readonly plain: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly nonInteractive: boolean;
  /** Trust the settings of the folder for this run. */
  readonly trust: boolean;
  readonly config?: string;
}
