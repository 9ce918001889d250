import { defineCommand, optional } from "../../command.ts";
import { configFlag, jsonFlag, modelFlag } from "../../shared_flags.ts";
import type { ConfigShowOptions } from "./config_show.ts";

/** `playbooks config show`. */
export const configShowCommand = defineCommand<ConfigShowOptions>({
  name: "config show",
  operands: "[FILE]",
  completes: "files",
  operandCount: { min: 0, max: 1 },
  summary: "print all settings, and where each comes from",
  detail: `With FILE: the settings that this program would run under.
Settings come from the nearest playbooks.toml, from the program's folder upward. PLAYBOOKS_<TABLE>__<KEY> in
the environment or in the program's .env overrides it, and a flag overrides both.`,
  flags: [jsonFlag, configFlag, modelFlag],
  examples: ["playbooks config show", "PLAYBOOKS_LIMITS__MAX_LLM_CALLS=20 playbooks config show"],
  read: ({ operands, flags }) => ({
    ...optional("file", operands[0]),
    ...optional("model", flags.get("model")),
    json: flags.has("json"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./config_show.ts")).configShow,
});
