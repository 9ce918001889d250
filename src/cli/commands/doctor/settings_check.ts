import { dirname } from "@std/path";
import { stateFolder } from "../../../user/mod.ts";
import type { Config } from "../../config.ts";
import { ignoredText } from "../../other_variables.ts";
import { maskedSetting } from "../../masked.ts";
import { quoted } from "../../quoted.ts";
import type { World } from "../../world.ts";
import { type DoctorFinding, fine, warning } from "./finding.ts";

/** The settings that are in force, and the trust that they have. */
export function settingsFindings(config: Config, world: World): readonly DoctorFinding[] {
  return [inForce(config), ...ignored(config), ...trust(config), ...ownState(world), ...permissions(config)];
}

function inForce({ settings, files }: Config): DoctorFinding {
  const changed = settings.filter(({ from, name }) => from !== "default" && !name.startsWith("permissions."));
  const rows = changed.map(({ name, value, from }) =>
    `${name} = ${JSON.stringify(maskedSetting(name, value))} (${from})`
  );
  const more = rows.length > maxRows ? [`and ${rows.length - maxRows} more`] : [];
  const text = rows.length === 0
    ? "all settings have their defaults"
    : [...rows.slice(0, maxRows), ...more].join("; ");
  const from = files.length === 0 ? "no playbooks.toml" : files.join(", ");
  return fine("settings", `${from}: ${text}`, { files, changed: changed.length });
}

/** More would hide the rest of the report; `config show` prints all. */
const maxRows = 5;

function ignored({ ignored }: Config): readonly DoctorFinding[] {
  return ignored.filter(({ isTold }) => isTold).map((variable) =>
    warning("settings", ignoredText(variable), "correct or remove the variable")
  );
}

function trust({ untrusted, trusted }: Config): readonly DoctorFinding[] {
  if (untrusted.length > 0) {
    return untrusted.map(({ file, lines }) =>
      warning(
        "trust",
        `not in force, since you have not trusted ${file}: ${lines.join("; ")}`,
        `if you trust it, run: playbooks trust ${quoted(dirname(file))}`,
      )
    );
  }
  return [
    fine(
      "trust",
      trusted.length === 0
        ? "nothing here needs your trust"
        : `you trust ${trusted.map(({ file }) => file).join(", ")}`,
    ),
  ];
}

function ownState({ environment }: World): readonly DoctorFinding[] {
  if (stateFolder(environment, Deno.build.os) !== undefined) return [];
  return [
    warning(
      "trust",
      "there is no folder for your own state, so trust is not remembered, and ids are found only from their folder",
      "set HOME, or PLAYBOOKS_STATE_DIR to an absolute path",
    ),
  ];
}

function permissions({ runtime }: Config): readonly DoctorFinding[] {
  const given = Object.entries(runtime.permissions).filter(([, list]) => list.length > 0);
  const text = given.map(([name, list]) => `${name}: ${list.join(", ")}`).join("; ");
  const missing = [...runtime.permissions.read, ...runtime.permissions.write].filter((path) => !exists(path));
  return [
    fine("permissions", text || "code may reach no host, file or variable", { ...runtime.permissions }),
    ...[...new Set(missing)].map((path) =>
      warning("permissions", `${path} does not exist`, "make it, or remove it from [permissions]")
    ),
  ];
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
