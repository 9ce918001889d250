import type { RuntimeSettings } from "./fold/settings.ts";

/** Permissions that `now` has and `before` lacks: `net shop.example`, `read /data`. */
export function addedPermissions(before: RuntimeSettings, now: RuntimeSettings): string[] {
  const added: string[] = [];
  for (const kind of ["net", "read", "write", "env"] as const) {
    for (const item of now.permissions[kind]) {
      if (!before.permissions[kind].includes(item)) added.push(`${kind} ${item}`);
    }
  }
  return added;
}

/** The settings of a resumed session: the new ones. Added permissions need `confirmed`. */
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
