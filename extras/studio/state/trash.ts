import { signal } from "@preact/signals";
import { shortId } from "../../../src/store/short_id.ts";

/** The session that this page moved to the trash last. The list says how it comes back. */
export const trashed = signal<{ readonly id: string; readonly title: string } | undefined>(undefined);

/** The command that brings a session back from the trash. */
export function restoreCommand(id: string): string {
  return `playbooks sessions rm --restore ${shortId(id)}`;
}
