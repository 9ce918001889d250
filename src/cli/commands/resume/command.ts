import { defineCommand } from "../../command.ts";
import { usageError } from "../../usage_error.ts";
import { namedSession, readRunOptions, sharedRunFlags } from "../run/flags.ts";
import type { ResumeCommand } from "../run/options.ts";

/** `playbooks resume`. */
export const resumeCommand = defineCommand<ResumeCommand>({
  name: "resume",
  operands: "[ID]",
  completes: "sessions",
  operandCount: { min: 0, max: 1 },
  summary: "resume a session, without naming its files",
  detail:
    `Without ID: the newest session that can be resumed, here or where you ran one before. ID is an id, four or
more characters of its start or end, or a name. A --message is refused if no agent waits for it.`,
  flags: sharedRunFlags,
  examples: ["playbooks resume", 'playbooks resume 0199 --message "yes, the blue one"'],
  asksModels: true,
  needsOutput: true,
  read: ({ operands, flags }, { isFile }) => {
    const [reference] = operands;
    if (reference !== undefined && isFile(reference)) {
      throw usageError(`resume takes a session, not a file; say playbooks run ${reference} --resume`);
    }
    return {
      resume: reference === undefined ? { kind: "last" } : namedSession(reference),
      ...readRunOptions(flags),
    };
  },
  load: async () => (await import("./resume.ts")).resume,
});
