import type { RuntimeSettings } from "../engine/fold/settings.ts";
import type { FlagUsage, SplitArguments } from "./command.ts";
import { isHostEntry } from "../net/mod.ts";
import { absolutePath, type Given } from "./given.ts";
import { usageError } from "./usage_error.ts";

type PermissionKind = keyof RuntimeSettings["permissions"];

/** Permissions that the command line adds for one run. */
export type AllowFlags = Partial<Record<PermissionKind, readonly string[]>>;

const kinds: Readonly<Record<PermissionKind, { readonly value: string; readonly doc: string }>> = {
  net: {
    value: "HOSTS",
    doc: "hosts that code may reach in this run, beside [permissions] net; a,b names several",
  },
  read: { value: "FOLDERS", doc: "folders that code may read in this run" },
  write: { value: "FOLDERS", doc: "folders that code may write in this run" },
  env: { value: "NAMES", doc: "environment variables that code may read in this run" },
};

/** `--allow-net=HOSTS` and its like. */
export const allowFlags: readonly FlagUsage[] = Object.entries(kinds).map(([kind, { value, doc }]) => ({
  name: `allow-${kind}`,
  value,
  doc,
}));

/** Reads the flags. Throws a usage error for an empty one. */
export function readAllowFlags(flags: SplitArguments["flags"]): AllowFlags {
  const allow: Partial<Record<PermissionKind, readonly string[]>> = {};
  for (const kind of Object.keys(kinds) as PermissionKind[]) {
    const text = flags.get(`allow-${kind}`);
    if (text === undefined) continue;
    const items = text.split(",").map((item) => item.trim()).filter((item) => item !== "");
    if (items.length === 0) {
      throw usageError(`--allow-${kind} needs ${kinds[kind].value}: --allow-${kind}=a,b`);
    }
    const wrong = kind === "net" ? items.find((item) => !isHostEntry(item)) : undefined;
    if (wrong !== undefined) {
      throw usageError(`--allow-net takes hosts such as example.com or example.com:443, not "${wrong}"`);
    }
    allow[kind] = items;
  }
  return allow;
}

/** The flags for another process that runs in the same folder. */
export function allowArguments(allow: AllowFlags): readonly string[] {
  return Object.entries(allow).map(([kind, items]) => `--allow-${kind}=${items.join(",")}`);
}

/** The permissions of flags with absolute folders. Relative ones begin at the current folder, as in a shell. */
export function allowedBy(allow: AllowFlags, cwd: string, home: string | undefined): AllowFlags {
  return Object.fromEntries(
    Object.entries(allow).map(([kind, items]) => [
      kind,
      kind === "read" || kind === "write" ? items.map((item) => absolutePath(item, cwd, home)) : items,
    ]),
  );
}

/** Adds the permissions of flags to those of the settings, whose relative folders begin at `folder`. */
export function addAllowed(given: Map<string, Given>, allowed: AllowFlags, home: string | undefined): void {
  for (const [kind, items] of Object.entries(allowed)) {
    const before = given.get(`permissions.${kind}`);
    const values = (before?.value ?? []) as readonly string[];
    const isFolder = kind === "read" || kind === "write";
    const kept = before && isFolder
      ? values.map((value) => absolutePath(value, before.folder, home))
      : values;
    given.set(`permissions.${kind}`, {
      value: [...new Set([...kept, ...items])],
      place: `--allow-${kind}`,
      folder: "",
      layer: "flag",
      trusted: true,
    });
  }
}
