import process from "node:process";
import type { SessionFile } from "../store/mod.ts";
import { isThere } from "./is_there.ts";

/**
 * Whether what a session's last process had to send at `atMs` is left for others: that process has died, or had the time
 * to send it. It is not, if it is too old to be of use.
 */
export function isLeft(
  { pid, host }: Pick<SessionFile, "pid" | "host">,
  { atMs, nowMs }: { readonly atMs: number; readonly nowMs: number },
): boolean {
  const ageMs = nowMs - atMs;
  if (ageMs > maxAgeMs) return false;
  const isOthers = host !== Deno.hostname() || (pid !== Deno.pid && isAlive(pid));
  return !isOthers || ageMs > othersMs;
}

const maxAgeMs = 3 * 24 * 3_600_000;
/** Another process may take this long. */
const othersMs = 60_000;

/** Whether a process of this machine runs. On Linux this needs no right, which a run may have given up. */
function isAlive(pid: number): boolean {
  if (Deno.build.os === "linux") return isThere(`/proc/${pid}`);
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
