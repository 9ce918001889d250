import { isAbsolute, join, resolve } from "@std/path";
import { didYouMean } from "../language/nearest_name.ts";
import { checkText, configError, type Place } from "./setting_values.ts";
import { environmentName, type SettingContent, settingName, settings } from "./settings.ts";

/** A value that is not the default, with its place and the base folder of its relative paths. */
export interface Given {
  readonly value: SettingContent;
  readonly place: Place;
  readonly folder: string;
  readonly layer: "file" | "environment" | "flag";
  /** Whether it comes from the user or from a trusted file. */
  readonly trusted?: boolean;
}

/** Takes `PLAYBOOKS_<TABLE>__<KEY>`. Other variables are not settings: see `ignoredVariables`. */
export function takeEnvironment(
  given: Map<string, Given>,
  variables: Readonly<Record<string, string>>,
  folder: string,
  placeOf: (name: string) => Place,
): void {
  for (const [name, text] of Object.entries(variables)) {
    if (!/^PLAYBOOKS_.+?__/.test(name)) continue;
    const setting = settings.find((candidate) => environmentName(candidate) === name);
    if (setting === undefined) {
      throw configError(
        placeOf(name),
        `there is no such setting${didYouMean(name, settings.map(environmentName))}`,
      );
    }
    const place = placeOf(name);
    given.set(settingName(setting), {
      value: checkText(setting, text, place),
      place,
      folder,
      layer: "environment",
    });
  }
}

/** Makes a path absolute. `~/` means the home folder, as in a shell. */
export function absolutePath(path: string, folder: string, home: string | undefined): string {
  if (home !== undefined && /^~([/\\]|$)/.test(path)) return join(home, path.slice(1));
  return isAbsolute(path) ? resolve(path) : resolve(folder, path);
}
