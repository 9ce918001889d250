import { environmentName, type Setting, type SettingContent, settingName, settings } from "../../settings.ts";

/** The settings that a first program may need, with an example where the default is no value. */
const shown: Readonly<Record<string, SettingContent | undefined>> = {
  "model.provider": undefined,
  "model.name": undefined,
  "model.base_url": "http://localhost:11434/v1",
  "model.api_key_env": "ANTHROPIC_API_KEY",
  "model.temperature": undefined,
  "limits.max_llm_calls": undefined,
  "limits.max_cost_usd": 1,
  "limits.max_seconds": 3600,
  "durability.storage_path": undefined,
  "durability.sync": undefined,
  "durability.uncertain": undefined,
  "durability.keep_last_n": undefined,
  "permissions.net": ["api.example.com"],
  "permissions.read": ["data"],
  "permissions.write": ["out"],
  "permissions.env": ["LANG"],
};

/** The `playbooks.toml` of `playbooks init`. Every line is a comment, so all defaults are in force. */
export function firstSettings(): string {
  const of = (table: string) => settings.filter((each) => each.table === table && settingName(each) in shown);
  const example = environmentName({ table: "limits", key: "max_llm_calls" });
  const tables = ["model", "limits", "durability", "permissions"].map((table) =>
    `\n# ${about[table]}\n# [${table}]\n${of(table).map(line).join("")}`
  );
  return `# Settings of the programs in this folder and below it. Remove a "# " to change a setting, and the one before its
# [table]. "playbooks config show" prints all settings, with the place that each comes from. A variable such as
# ${example} overrides this file; a key belongs in .env, which git ignores.
${tables.join("")}`;
}

/** One line on each table. */
const about: Readonly<Record<string, string>> = {
  model:
    "Without this table, and without a key in the environment, a rehearsal follows the steps without a model.",
  limits: "A session that reaches a limit stops, and can be resumed with a higher one.",
  durability: "Where sessions are kept, and what a resume may do.",
  permissions: 'Code may do none of these by default. "playbooks trust" puts your permissions into force.',
};

function line(setting: Setting): string {
  const value = JSON.stringify(shown[settingName(setting)] ?? setting.default);
  return `# ${`${setting.key} = ${value}`.padEnd(38)} # ${setting.doc}\n`;
}
