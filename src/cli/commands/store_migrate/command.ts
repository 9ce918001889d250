import { defineCommand, optional } from "../../command.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";

/** `playbooks store migrate`. */
export const storeMigrateCommand = defineCommand({
  name: "store migrate",
  operands: "",
  completes: "nothing",
  operandCount: { min: 0, max: 0 },
  summary: "make or upgrade the tables of the database that keeps the sessions",
  detail:
    `The database is url under [durability] in playbooks.toml, or PLAYBOOKS_DURABILITY__URL. Its user needs the
right to create a schema, for this command alone. Tables of a newer version are refused.`,
  flags: [jsonFlag, configFlag],
  examples: ["PLAYBOOKS_DURABILITY__URL=postgres://me@db.example/sessions playbooks store migrate"],
  read: ({ flags }) => ({ json: flags.has("json"), ...optional("config", flags.get("config")) }),
  load: async () => (await import("./store_migrate.ts")).storeMigrate,
});
