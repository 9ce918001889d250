import { type Command, defineCommand, optional } from "../../command.ts";
import { usageError } from "../../usage_error.ts";
import { namedSession, readRunOptions, runFlags } from "./flags.ts";
import type { ResumeFlag } from "./options.ts";

/** `playbooks run`. */
export const runCommand: Command = {
  ...defineCommand({
    name: "run",
    operands: "FILES…",
    completes: "files",
    operandCount: { min: 1, max: Infinity },
    summary: "run a program, or resume it where it stopped",
    detail:
      `Every run is a session, stored after each step. After any stop, --resume continues at the very place.
A file as first argument means run.

--<parameter> VALUE after the files gives a parameter of the playbook that begins the program: --city Lyon for
$city. A list is a,b or JSON or several flags; a map is JSON; --no-x is false. run FILES --help lists them. A
flag before the files is always a flag of run.

A program that names $startup_message takes all of standard input and --message as that.

Without a terminal, each line of standard input answers one agent that waits for the user. At the end of the
input the session stops with exit code 75, and can be resumed with the answer.`,
    flags: runFlags,
    examples: [
      "playbooks run examples/negotiation.pb",
      "playbooks run examples/negotiation.pb --resume",
      "playbooks run story.pb --model openai-compatible:llama3.2 --name monday",
      "playbooks run translate.pb --help",
    ],
    takesParameters: true,
    asksModels: true,
    needsOutput: true,
    read: ({ operands, flags, parameters }) => {
      if (flags.has("fork") && !flags.has("resume")) {
        throw usageError("--fork is for a session; add --resume");
      }
      return {
        files: operands,
        ...optional("resume", resumeFlag(flags.get("resume"))),
        ...optional("name", flags.get("name")),
        ...optional("call", flags.get("call")),
        parameters,
        ...readRunOptions(flags),
      };
    },
    load: async () => (await import("./run.ts")).run,
  }),
  parseHelp: ({ operands, flags }) => {
    const options = { files: operands, ...optional("config", flags.get("config")) };
    return {
      name: "run",
      options: { ...options, help: true },
      perform: async (world) => await (await import("./program_help.ts")).programHelp(options, world),
    };
  },
};

/** `--resume` alone is read as `""`. The parser refuses an explicit empty value. */
function resumeFlag(value: string | undefined): ResumeFlag | undefined {
  if (value === undefined) return undefined;
  return value === "" ? { kind: "last" } : namedSession(value);
}
