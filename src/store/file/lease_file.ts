import process from "node:process";
import type { LeaseHolder } from "../session_summary.ts";
import { createTrusted, openTrusted } from "./trusted_path.ts";

/**
 * A lease on a file system without locks: a file that only one process can create. It names its holder.
 *
 * It stays when its holder dies. A process of the same machine notices that and removes it. A process of another
 * machine cannot notice it and is refused. Two processes that remove a dead lease in the same microseconds may both get
 * it. Then the journal's own check finds the second writer.
 */
export function takeLeaseFile(path: string, self: LeaseHolder): LeaseHolder | undefined {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (make(path, self)) return undefined;
    const holder = readHolder(path);
    if (holder !== undefined && !isDead(holder, self)) return holder;
    takeAway(path, holder);
  }
  return readHolder(path) ?? { ...self, host: "an unknown machine" };
}

/** Removes the file if it still names `self`. */
export function giveLeaseFileBack(path: string, self: LeaseHolder): void {
  if (isSame(readHolder(path), self)) Deno.removeSync(path);
}

/** The holder that the file names, if it may still run. */
export function leaseFileHolder(path: string, host: string): LeaseHolder | undefined {
  const holder = readHolder(path);
  return holder !== undefined && !isDead(holder, { host }) ? holder : undefined;
}

/** The holder that the file names; `undefined` if the file is missing or incomplete. */
export function readHolder(path: string): LeaseHolder | undefined {
  const { pid, host, startedAt } = readLine(path);
  return typeof pid === "number" && typeof host === "string" && typeof startedAt === "string" &&
      !Number.isNaN(Date.parse(startedAt))
    ? { pid, host, startedAt }
    : undefined;
}

/** The token in the file; 0 if there is none. */
export function readToken(path: string): number {
  const { token } = readLine(path);
  return typeof token === "number" && Number.isSafeInteger(token) && token > 0 ? token : 0;
}

/** The line in `lock`, or in the lease file. */
export function holderLine({ pid, host, startedAt }: LeaseHolder, token?: number): Uint8Array {
  return lineOf({ pid, host, startedAt, token });
}

/** The line in `lock` after the lease was given back. */
export function tokenLine(token: number): Uint8Array {
  return lineOf({ token });
}

function lineOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

/** The fields of the file. Returns none if it is empty, incomplete, or (on Windows) locked and so not readable. */
function readLine(path: string): Readonly<Record<string, unknown>> {
  try {
    using file = openTrusted(path, { create: false, readOnly: true });
    const bytes = new Uint8Array(maxLineBytes);
    const count = file.readSync(bytes) ?? 0;
    return Object(JSON.parse(new TextDecoder().decode(bytes.subarray(0, count))));
  } catch {
    return {};
  }
}

const attempts = 3;
/** A host's name has at most 255 bytes. */
const maxLineBytes = 1024;

function make(path: string, self: LeaseHolder): boolean {
  try {
    using file = createTrusted(path);
    file.writeSync(holderLine(self));
    file.syncDataSync();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

function takeAway(path: string, dead: LeaseHolder | undefined): void {
  const aside = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    Deno.renameSync(path, aside);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const taken = readHolder(aside);
  // Another process was faster: this is its lease.
  if (taken !== undefined && !isSame(taken, dead)) putBack(aside, path);
  Deno.removeSync(aside);
}

function putBack(aside: string, path: string): void {
  try {
    Deno.linkSync(aside, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

function isDead(holder: LeaseHolder, self: Pick<LeaseHolder, "host">): boolean {
  if (holder.host !== self.host) return false;
  const bootedAt = Date.now() - Deno.osUptime() * 1000;
  if (Date.parse(holder.startedAt) < bootedAt - clockSlackMs) return true;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** Tolerance for changes of the wall clock while the machine runs. */
const clockSlackMs = 60_000;

function isSame(a: LeaseHolder | undefined, b: LeaseHolder | undefined): boolean {
  return a?.pid === b?.pid && a?.host === b?.host && a?.startedAt === b?.startedAt;
}
