import { defineCommand, optional } from "../../command.ts";
import { configFlag, jsonFlag, modelFlag } from "../../shared_flags.ts";
import type { DoctorOptions } from "./doctor.ts";

/** `playbooks doctor`. */
export const doctorCommand = defineCommand<DoctorOptions>({
  name: "doctor",
  operands: "",
  completes: "nothing",
  operandCount: { min: 0, max: 0 },
  summary: "check that programs can run and be resumed here",
  detail:
    `It checks the storage (with a small write that it removes), the index of the sessions, the settings and your
trust in them, the model (one request without a key and without words), the permissions, the terminal, and
the sessions that need attention. Each finding with ⚠️ or ❌ has a fix.

Exit code 0 if there is no ❌, else 1. Keys are never shown.`,
  flags: [
    { name: "offline", doc: "send no request to the model's server" },
    { name: "tools", doc: "also start the tool servers of [mcp.servers] in playbooks.toml" },
    modelFlag,
    jsonFlag,
    configFlag,
  ],
  examples: ["playbooks doctor", "playbooks doctor --offline --json"],
  asksModels: true,
  read: ({ flags }) => ({
    offline: flags.has("offline"),
    tools: flags.has("tools"),
    json: flags.has("json"),
    ...optional("model", flags.get("model")),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./doctor.ts")).doctor,
});
