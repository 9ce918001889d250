import { defineCommand, optional } from "../../command.ts";
import { jsonFlag } from "../../shared_flags.ts";
import { usageError } from "../../usage_error.ts";
import type { TrustOptions } from "./trust.ts";

/** `playbooks trust`. */
export const trustCommand = defineCommand<TrustOptions>({
  name: "trust",
  operands: "[FOLDER]",
  completes: "files",
  operandCount: { min: 0, max: 1 },
  summary: "trust what a folder's settings ask for",
  detail:
    `A folder's playbooks.toml and .env decide some things only after you trust them: a model's address that is
not the provider's own, the variable that holds a key, [permissions], [notify], [telemetry], a storage outside
the folder, and uncertain = "retry". This command shows them and records your answer in your own state folder.
If one of these settings changes, the next run asks again.

A run asks on a terminal; elsewhere it ends with exit code 2. For one run, say --trust, or set
PLAYBOOKS_TRUST=1 in the environment of the shell (a .env cannot).`,
  flags: [
    { name: "list", doc: "list the files that you trust" },
    { name: "remove", doc: "remove the trust in this folder" },
    jsonFlag,
  ],
  examples: ["playbooks trust", "playbooks trust ~/projects/shop", "playbooks trust --list"],
  read: ({ operands, flags }) => {
    if (flags.has("list") && (flags.has("remove") || operands.length > 0)) {
      throw usageError("trust --list takes no folder and no --remove");
    }
    return {
      ...optional("folder", operands[0]),
      list: flags.has("list"),
      remove: flags.has("remove"),
      json: flags.has("json"),
    };
  },
  load: async () => (await import("./trust.ts")).trust,
});
