import type { RuntimeSettings } from "./fold/settings.ts";

/** What the new permissions allow that the old ones did not: `net shop.example`, `read /data`. */
export function looserPermissions(before: RuntimeSettings, now: RuntimeSettings): string[] {
  const looser: string[] = [];
  for (const kind of ["net", "read", "write", "env"] as const) {
    for (const item of now.permissions[kind]) {
      if (!before.permissions[kind].includes(item)) looser.push(`${kind} ${item}`);
    }
  }
  return looser;
}

/** The settings that a resumed session runs under: the new ones, with no permission that was not confirmed. */
export function settingsForResume(
  before: RuntimeSettings,
  now: RuntimeSettings,
  confirmed: boolean,
): RuntimeSettings {
  if (confirmed) return now;
  const keep = (kind: keyof RuntimeSettings["permissions"]) =>
    now.permissions[kind].filter((item) => before.permissions[kind].includes(item));
  return {
    ...now,
    permissions: { net: keep("net"), read: keep("read"), write: keep("write"), env: keep("env") },
  };
}
