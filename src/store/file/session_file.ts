import { crc32 } from "node:zlib";
import type { FileSystem } from "./file_system.ts";
import { formats, type NewerFormat, NewerFormatError, newerFormatOf } from "../format.ts";
import { newSessionFile, notificationEvents, type SessionFile, sessionStatuses } from "../session_summary.ts";
import { KeyError, type Vault } from "./vault.ts";
import { storageError } from "../storage_error.ts";
import { version } from "../../version.ts";
import { cleanLine } from "../../text/mod.ts";

/** The name of the file in a session's folder. */
export const sessionFileName = "session.json";

/**
 * Reads a session's file; `undefined` if there is none, `"damaged"` if it cannot be read. If a newer version wrote it,
 * `newer` is set: it can be listed, but not run or changed. The same holds for `locked`, if it is encrypted and `vault`
 * has not its key.
 */
export function readSessionFile(
  fs: FileSystem,
  folder: string,
  vault?: Vault,
): SessionFile | "damaged" | undefined {
  let bytes;
  try {
    bytes = fs.read(`${folder}/${sessionFileName}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    return "damaged";
  }
  if (bytes === undefined) return undefined;
  try {
    const { crc, ...whole } = JSON.parse(new TextDecoder().decode(bytes));
    const newer = newerFormatOf(whole, formats.encryptedSession);
    if (newer) return newerSessionFile(whole, newer);
    // Files of other programs and of older versions have no checksum.
    if (crc !== undefined && crc !== checksum(whole)) return "damaged";
    const { playbooks: _, newer: __, ...value } = whole;
    return sessionFileOf(value, vault) ?? "damaged";
  } catch {
    return "damaged";
  }
}

/** A summary from its stored form, with its texts cleaned; `undefined` if it has another form. */
export function sessionFileOf(value: unknown, vault: Vault | undefined): SessionFile | undefined {
  const opened = withoutSeal(value, vault);
  if (!isSessionFile(opened)) return undefined;
  // Most summaries need no copy, and a listing reads thousands.
  if (!("queued" in opened)) return cleaned(opened);
  const { queued, ...file } = opened as SessionFile & { readonly queued?: true };
  return cleaned(queued && file.status === "stopped" ? { ...file, status: "queued" } : file);
}

/**
 * The stored form of a summary. Versions before 0.3 have no queue: a queued session is a stopped one to them. The form
 * of an encrypted session has no texts, except in the field `sealed`; the vault must know the session.
 */
export function storedSession(file: SessionFile, vault: Vault | undefined): Record<string, unknown> {
  const { encrypted, locked: _, sealed, ...summary } = file;
  const plain = summary.status === "queued" ? { ...summary, status: "stopped", queued: true } : summary;
  if (!encrypted) return plain;
  const { name, programPaths, programMark, storage, request, handled, notification, ...rest } = plain;
  const texts = JSON.stringify({
    name,
    programPaths,
    programMark,
    storage,
    request,
    handled,
    notification,
  });
  const own = sealed ?? JSON.parse(requireVault(file, vault).sealSummary(file.id, texts));
  return { ...rest, version: formats.encryptedSession, sealed: own };
}

/** Opens the encrypted part of a stored summary. Notes in the vault how the session is stored. */
function withoutSeal(value: unknown, vault: Vault | undefined): unknown {
  if (typeof value !== "object" || value === null || !("id" in value)) return value;
  const id = String(value.id);
  if (!("sealed" in value)) {
    vault?.notePlain(id);
    return value;
  }
  const { sealed, ...rest } = value as { readonly sealed?: unknown; readonly version?: unknown };
  if (rest.version !== formats.encryptedSession) return undefined;
  if (typeof sealed !== "string") return undefined;
  const file = { ...rest, version: formats.session, programPaths: [], encrypted: true };
  const locked = vault ? vault.noteSealed(id, JSON.stringify(sealed)) : "no key";
  if (locked !== undefined) return { ...file, locked, sealed };
  const texts = vault?.openSummary(id, JSON.stringify(sealed));
  return texts === undefined ? undefined : { ...file, ...JSON.parse(texts) };
}

function requireVault({ id }: SessionFile, vault: Vault | undefined): Vault {
  if (vault) return vault;
  throw new KeyError(`Cannot write session "${id}"`, "no key");
}

/**
 * Replaces a session's file atomically and durably. Throws `StorageError`.
 *
 * Its last field, `crc`, is the CRC-32 of the other fields as compact JSON, so that a changed letter of a key is
 * noticed.
 */
export function writeSessionFile(fs: FileSystem, folder: string, file: SessionFile, vault?: Vault): void {
  try {
    refuseNewer(file);
    const whole = { ...storedSession(file, vault), playbooks: version };
    const text = JSON.stringify({ ...whole, crc: checksum(whole) }, null, 2);
    replaceFile(fs, folder, { name: sessionFileName, text: `${text}\n` });
  } catch (error) {
    if (error instanceof NewerFormatError || error instanceof KeyError) throw error;
    throw storageError(`Cannot write ${folder}/${sessionFileName}`, error, "resume");
  }
}

/** Throws a `NewerFormatError` (exit 6) for a session that only a newer version can run or change. */
export function refuseNewer({ id, newer }: Pick<SessionFile, "id" | "newer">): void {
  if (newer) throw new NewerFormatError(`Session "${id}"`, newer, formats.encryptedSession);
}

/** As `refuseNewer`, and throws a `KeyError` (exit 2) for a session that the key does not open. */
export function refuseUnreadable(file: Pick<SessionFile, "id" | "newer" | "locked">): void {
  refuseNewer(file);
  if (file.locked) throw new KeyError(`Cannot read session "${file.id}"`, file.locked);
}

/** Writes a file aside, syncs and renames it: a reader sees the old text or the new one. Throws the disk's errors. */
export function replaceFile(
  fs: FileSystem,
  folder: string,
  file: { readonly name: string; readonly text: string },
): void {
  fs.replace(`${folder}/${file.name}`, new TextEncoder().encode(file.text));
  fs.syncFolder(folder);
}

/** Stands for a damaged file. The session's journal may be whole. */
export function damagedSessionFile(id: string): SessionFile {
  const beginning = new Date(0).toISOString();
  return {
    ...newSessionFile({ id, key: "", programPaths: [], host: "", pid: 0 }, { nowMs: 0 }),
    status: "stopped",
    createdAt: beginning,
  };
}

/** Keeps the fields of a newer format that are still valid here. The rest is as for a damaged file. */
function newerSessionFile(value: Readonly<Record<string, unknown>>, newer: NewerFormat): SessionFile {
  let file = damagedSessionFile(typeof value["id"] === "string" ? value["id"] : "");
  for (const key of [...Object.keys(file), "name"]) {
    if (key === "version" || !Object.hasOwn(value, key)) continue;
    const next = { ...file, [key]: value[key] };
    if (isSessionFile(next)) file = next;
  }
  return { ...cleaned(file), newer };
}

/** Removes control characters: the file may come from elsewhere, and messages print these values. */
function cleaned(file: SessionFile): SessionFile {
  const [name, host] = [file.name === undefined ? undefined : cleanLine(file.name), cleanLine(file.host)];
  if (name === file.name && host === file.host) return file;
  return { ...file, host, ...(name === undefined ? {} : { name }) };
}

function checksum(file: unknown): string {
  return crc32(JSON.stringify(file)).toString(16).padStart(8, "0");
}

function isSessionFile(value: unknown): value is SessionFile {
  if (typeof value !== "object" || value === null) return false;
  const file = value as Partial<Record<keyof SessionFile, unknown>>;
  const times = [file.createdAt, file.updatedAt, file.runAt];
  const numbers = [
    file.checkpoint,
    file.position,
    file.turns,
    file.calls,
    file.tokens,
    file.costUsd,
    file.pid,
  ];
  return file.version === 1 && typeof file.id === "string" && typeof file.key === "string" &&
    typeof file.host === "string" && sessionStatuses.some((status) => status === file.status) &&
    (file.name === undefined || typeof file.name === "string") &&
    (file.storage === undefined || typeof file.storage === "string") &&
    (file.token === undefined || Number.isSafeInteger(file.token)) &&
    (file.heard === undefined || Number.isSafeInteger(file.heard)) &&
    (file.dueAt === undefined || isTime(file.dueAt)) &&
    (file.hosted === undefined || file.hosted === true) &&
    (file.failures === undefined || isFailures(file.failures)) &&
    (file.notification === undefined || isNotification(file.notification)) &&
    (file.notified === undefined || typeof file.notified === "string") &&
    (file.handled === undefined || Array.isArray(file.handled) && file.handled.every(isHandled)) &&
    (file.traced === undefined || Number.isSafeInteger(file.traced)) &&
    (file.programMark === undefined || typeof file.programMark === "string") &&
    Array.isArray(file.programPaths) && file.programPaths.every((path) => typeof path === "string") &&
    times.every(isTime) &&
    numbers.every((number) => typeof number === "number" && Number.isFinite(number));
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function isFailures(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { count, position } = value as Readonly<Record<string, unknown>>;
  return Number.isSafeInteger(count) && Number.isSafeInteger(position);
}

function isHandled(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { key, hash, token } = value as Readonly<Record<string, unknown>>;
  return typeof key === "string" && typeof hash === "string" && Number.isSafeInteger(token);
}

function isNotification(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { key, event, at, error } = value as Readonly<Record<string, unknown>>;
  return typeof key === "string" && notificationEvents.some((known) => known === event) && isTime(at) &&
    (error === undefined || typeof error === "string");
}
