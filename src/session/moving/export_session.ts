import { createHash } from "node:crypto";
import { exitCodes, messageOf, PlaybooksError } from "../../errors.ts";
import {
  foldEntries,
  loadHistories,
  restoreState,
  type Source,
  type State,
  storedState,
} from "../../engine/mod.ts";
import { formats, packValue, type SessionFile, type SessionStore, withoutMarks } from "../../store/mod.ts";
import { version } from "../../version.ts";
import { ChainWriter } from "./chain.ts";
import { layoutFault, type ProgramLayout, programLayout } from "./program_layout.ts";
import type { BaseRecord, ExportHeader, ExportRecord } from "./record.ts";
import { Redaction } from "./redact.ts";

/** Choices for an export. */
interface ExportOptions {
  readonly nowMs: number;
  /** Patterns with the flag `g`, whose matches are removed from all texts. */
  readonly redact: readonly RegExp[];
  /** Whether the program's files are records of their own, which an import writes into a folder. */
  readonly withProgram: boolean;
}

/** Facts about an export, after its last line was made. */
export interface ExportResult {
  /** The position of the last entry. */
  readonly position: number;
  /** The number of lines. */
  readonly lines: number;
  /** The hash of the last line: it stands for the whole file. */
  readonly hash: string;
  /** The number of the program's files that an import can put into a folder. */
  readonly files: number;
  readonly replaced: number;
  /** Ids and words of the format that match a pattern and stay. */
  readonly kept: readonly string[];
}

/**
 * Makes the lines of an exported session, up to its last durable entry, and then the result. It needs no lease, so a
 * session can run meanwhile. Throws the store's errors.
 */
export async function* exportSession(
  store: SessionStore,
  session: SessionFile,
  options: ExportOptions,
): AsyncGenerator<Uint8Array, ExportResult> {
  const { id } = session;
  const chain = new ChainWriter();
  const redaction = options.redact.length > 0 ? new Redaction(options.redact) : undefined;
  const text = (given: string) => redaction?.text(given) ?? given;
  const line = (record: ExportRecord) => chain.line(record);
  // The messages first: one that is taken meanwhile is in an entry, too, and its key shows that.
  const messages = await store.inbox(id).read();
  const base = await baseOf(store, id);
  if (base && redaction) {
    throw cannotRedact(id, "its first entries cannot be read, only the state after them");
  }
  const layout = options.withProgram ? layoutOf(await lastSource(store, id, base), session) : undefined;
  yield line(headerOf(session, layout, { ...options, text }));
  for (const { path, text: content } of layout?.files ?? []) {
    yield line({ type: "program", path: text(path), text: text(content) });
  }
  const blobs = new BlobLines(chain);
  if (base) {
    const state = blobs.pack(base.state);
    yield* blobs.take();
    yield line({ ...base, state });
  }
  let position = base?.position ?? 0;
  let state: State | undefined;
  for (const stored of await store.read(id)) {
    ({ position } = stored);
    const entry = redaction ? redaction.entry(stored.entry) : stored.entry;
    if (redaction) state = foldedRedacted(id, state, { entry, position });
    const e = blobs.pack(entry);
    yield* blobs.take();
    yield line({ type: "entry", n: position, e });
  }
  for (const { key, message } of messages) {
    yield line({ type: "message", key: text(key), message: redaction ? redaction.entry(message) : message });
  }
  yield line({ type: "end", position, lines: chain.lines });
  const { lines, hash } = chain;
  const kept = [...redaction?.kept ?? []];
  return {
    position,
    lines,
    hash,
    files: layout?.files.length ?? 0,
    replaced: redaction?.replaced ?? 0,
    kept,
  };
}

function headerOf(
  session: SessionFile,
  layout: ProgramLayout | undefined,
  { nowMs, redact, text }: ExportOptions & { readonly text: (given: string) => string },
): ExportHeader {
  const { id, name, dueAt, createdAt, runAt, turns, calls, tokens, costUsd } = session;
  const isRedacted = redact.length > 0 || session.importedFrom?.redacted;
  return {
    type: "export",
    version: formats.export,
    playbooks: version,
    exportedAt: new Date(nowMs).toISOString(),
    session: {
      id,
      ...(name === undefined ? {} : { name: text(name) }),
      // Versions before 0.3 have no queue.
      status: session.status === "queued" ? "stopped" : session.status,
      ...(dueAt === undefined ? {} : { dueAt }),
      createdAt,
      runAt,
      turns,
      calls,
      tokens,
      costUsd,
    },
    programFiles: layout?.named ?? 0,
    ...(layout?.folder === undefined ? {} : { programFolder: text(layout.folder) }),
    ...(isRedacted ? { redacted: true } : {}),
  };
}

/** The state before the first entry that the store has; `undefined` if it has them all. */
async function baseOf(store: SessionStore, id: string): Promise<BaseRecord | undefined> {
  const [first] = await store.read(id);
  const loaded = first ? undefined : await store.load(id);
  const position = first ? first.position - 1 : loaded?.checkpoint?.position ?? 0;
  if (position === 0) return undefined;
  const before = loaded ?? await store.load(id, { position });
  const state = restoreState({ ...before, entries: [] });
  loadHistories(state);
  const whole = storedState({ ...state, base: position });
  return { type: "base", position, format: formats.checkpoint, state: withoutMarks(whole) };
}

/** The source that the session runs now, from its first entry or that of a later run. */
async function lastSource(
  store: SessionStore,
  id: string,
  base: BaseRecord | undefined,
): Promise<Source | undefined> {
  const stored = base?.state as Pick<State, "source" | "sources"> | undefined;
  let source = stored?.sources[stored.source];
  for (const { entry } of await store.read(id)) {
    const { type, source: given } = entry as { readonly type: string; readonly source?: Source };
    if (given && (type === "session" || type === "run")) source = given;
  }
  return source;
}

function layoutOf(source: Source | undefined, { programPaths }: SessionFile): ProgramLayout | undefined {
  const layout = source && programLayout(source, programPaths);
  return layout && layoutFault(layout.files.map(({ path }) => path)) === undefined ? layout : undefined;
}

/** Checks that a redacted entry still fits, so that the session can be shown. */
function foldedRedacted(
  id: string,
  state: State | undefined,
  { entry, position }: { readonly entry: unknown; readonly position: number },
): State {
  try {
    return foldEntries(state, [structuredClone(entry)]);
  } catch (error) {
    throw cannotRedact(id, `without the matches entry ${position} ${messageOf(error)}`);
  }
}

function cannotRedact(id: string, reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot redact session "${id}": ${reason}; use a pattern that matches less`, {
    exitCode: exitCodes.usage,
  });
}

/** Puts each long string into a line of its own, once. */
class BlobLines {
  readonly #chain: ChainWriter;
  readonly #known = new Set<string>();
  #lines: Uint8Array[] = [];

  constructor(chain: ChainWriter) {
    this.#chain = chain;
  }

  pack(value: unknown): unknown {
    return packValue(value, { put: (text) => this.#put(text), list: ({ items }) => items });
  }

  /** The lines that the packed values need. */
  take(): Uint8Array[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  #put(text: string): string {
    const sha256 = createHash("sha256").update(text).digest("hex");
    if (!this.#known.has(sha256)) {
      this.#known.add(sha256);
      this.#lines.push(this.#chain.line({ type: "blob", sha256, text }));
    }
    return sha256;
  }
}
