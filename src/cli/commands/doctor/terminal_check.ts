import { terminalColumns } from "../../terminal_columns.ts";
import type { World } from "../../world.ts";
import { type DoctorFinding, fine, warning } from "./finding.ts";

/** The terminal: colours, width, and whether it shows all characters. */
export function terminalFindings(world: World): readonly DoctorFinding[] {
  const about = "terminal";
  const { stdout, environment } = world;
  if (!stdout.isTerminal()) return [fine(about, "standard output is no terminal: no colours, no live line")];
  const noColour = (environment["NO_COLOR"] ?? "") !== "";
  const text = `${terminalColumns(world)} columns, ${noColour ? "no colours (NO_COLOR)" : "colours"}`;
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"] || "";
  const isUtf8 = Deno.build.os !== "linux" || /utf-?8/i.test(locale);
  if (environment["TERM"] === "dumb") {
    return [
      warning(about, `${text}, and TERM is dumb`, "set TERM to the kind of your terminal, or add --plain"),
    ];
  }
  return isUtf8
    ? [fine(about, `${text}, UTF-8`)]
    : [warning(about, `${text}, and the locale ${locale || "(none)"} is not UTF-8`, "export LANG=C.UTF-8")];
}
