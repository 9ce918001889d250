import { nearestName } from "../language/nearest_name.ts";
import { configError, type Place } from "./setting_values.ts";
import { shellVariables } from "./shell_variables.ts";
import { environmentName, type Setting, settingName, settings } from "./settings.ts";

/** A variable that looks like one of playbooks and has no effect. */
export interface IgnoredVariable {
  readonly place: Place;
  /** The reason, for people. */
  readonly reason: string;
  /** Whether it is surely a mistake. A name without a near one may belong to another program. */
  readonly isTold: boolean;
}

/** Variables that the command of `[notify]` gets, which may run playbooks. */
const given =
  /^PLAYBOOKS_NOTIFY_(?:KEY|EVENT|SESSION|NAME|PROGRAM|STATUS|EXIT|PERSON|QUESTION|ERROR|LINK|COMMAND)$/;

/**
 * Finds the variables with the prefix of playbooks that are neither settings nor known otherwise. Throws a `PlaybooksError`
 * (exit code 2) for one that can only mean a setting, such as `PLAYBOOKS_MAX_LLM_CALLS`: a limit must hold or be refused.
 */
export function ignoredVariables(
  names: Iterable<string>,
  { placeOf, isShell }: { readonly placeOf: (name: string) => Place; readonly isShell: boolean },
): readonly IgnoredVariable[] {
  return Array.from(names).filter((name) => prefix.test(name) && !given.test(name)).flatMap((name) => {
    const place = placeOf(name);
    if (shellVariables.includes(name)) {
      if (isShell) return [];
      return [{ place, reason: "only the environment of the shell can set it", isTold: true }];
    }
    if (settings.some((setting) => environmentName(setting) === name)) return [];
    const meant = settingMeant(name);
    if (meant !== undefined) {
      throw configError(place, `there is no such setting; did you mean ${environmentName(meant)}`);
    }
    const near = nearVariable(name);
    const hint = near === undefined ? "" : `; did you mean ${near}`;
    return [{ place, reason: `there is no such setting${hint}`, isTold: near !== undefined }];
  });
}

/** The text of an ignored variable, for people. */
export function ignoredText({ place, reason }: IgnoredVariable): string {
  return `${place[0]!.toUpperCase()}${place.slice(1)} has no effect: ${reason}`;
}

/** Warns of the variables that are surely mistakes. `warn` prints one line. */
export function tellIgnored(ignored: readonly IgnoredVariable[], warn: (text: string) => void): void {
  for (const variable of ignored) if (variable.isTold) warn(ignoredText(variable));
}

const prefix = /^PLAYBOOKS_./i;

/** The setting that a name surely means: it lacks an underscore, the table, or capital letters. */
function settingMeant(name: string): Setting | undefined {
  const wanted = plain(name.slice("PLAYBOOKS_".length));
  return settings.find((setting) => plain(settingName(setting)) === wanted) ??
    settings.find(({ key }) => key.includes("_") && plain(key) === wanted);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** A key or a table alone, or another spelling of a setting or a variable. A short word may well be another program's. */
function nearVariable(name: string): string | undefined {
  const word = name.slice("PLAYBOOKS_".length);
  const isWord = (other: string) => plain(other) === plain(word);
  const single = settings.find(({ key }) => isWord(key));
  if (single !== undefined) return environmentName(single);
  const table = settings.find(({ table }) => isWord(table));
  if (table !== undefined) return environmentName(table).slice(0, -table.key.length) + "<KEY>";
  const long = settings.flatMap((setting) => [
    [settingName(setting).replaceAll(".", "_"), environmentName(setting)] as const,
    ...(setting.key.includes("_") ? [[setting.key, environmentName(setting)] as const] : []),
  ]);
  const others = shellVariables.map((other) => [other.slice("PLAYBOOKS_".length), other] as const);
  const near = nearestName(word, [...long, ...others].map(([spelling]) => spelling));
  return [...long, ...others].find(([spelling]) => spelling === near)?.[1];
}
