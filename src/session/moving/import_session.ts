import { exitCodes, PlaybooksError } from "../../errors.ts";
import type {
  GivenSession,
  LeasedSession,
  SessionFile,
  SessionStore,
  StoreProcess,
} from "../../store/mod.ts";
import type { ExportBytes } from "./chain.ts";
import { type CheckedExport, ExportReader } from "./read_export.ts";

/** The place of an imported session here. Its program counts as another's until the user runs and trusts it. */
type ImportPlace = Pick<GivenSession, "key" | "programPaths" | "name">;

/**
 * Makes a session with a new id from an exported one that `checkExport` has checked. Others see it when it is whole.
 * Throws the store's errors, and a `DamagedExportError` if the file has changed since.
 */
export function importSession(
  store: SessionStore,
  bytes: ExportBytes,
  { checked, place, process }: {
    readonly checked: CheckedExport;
    readonly place: ImportPlace;
    readonly process: StoreProcess;
  },
): Promise<SessionFile> {
  const { header: { session, redacted }, position } = checked;
  const importedFrom = { id: session.id, position, ...(redacted ? { redacted } : {}) };
  const { status, dueAt, turns, calls, tokens, costUsd } = session;
  const reader = new ExportReader(bytes);
  const records = reader.records();
  // The state before the first entry stands before all entries, so it is needed to begin.
  const base = checked.base && { base: checked.base };
  return store.insert({ ...place, importedFrom, ...base }, process, async (leased) => {
    const entries = new Appends(leased);
    for (const record of records) {
      if (record.type === "entry") await entries.add(record.e);
      if (record.type !== "message") continue;
      await entries.flush();
      await leased.inbox.post(record.key, record.message);
    }
    await entries.flush();
    await leased.flush();
    if (reader.hash !== checked.hash) throw changedMeanwhile(bytes.name);
    // The words that the session said before the export count as shown.
    await leased.cursor.replace(leased.position);
    return {
      ...(status === "waiting" ? { status, dueAt } : { status: status === "running" ? "stopped" : status }),
      ...{ position, turns, calls, tokens, costUsd },
    };
  });
}

/** Refuses to run a session whose texts were removed when it was exported (exit 2). */
export function refuseRedacted({ id, importedFrom }: Pick<SessionFile, "id" | "importedFrom">): void {
  if (!importedFrom?.redacted) return;
  throw new PlaybooksError(
    `Cannot run session "${id}": texts were removed from it when it was exported, so it can only be read; ` +
      `say playbooks sessions show ${id}, or import a file that was made without --redact`,
    { exitCode: exitCodes.usage },
  );
}

/** Appends entries in groups, so that few syncs are needed and little is held. */
class Appends {
  readonly #session: LeasedSession;
  #entries: unknown[] = [];

  constructor(session: LeasedSession) {
    this.#session = session;
  }

  async add(entry: unknown): Promise<void> {
    this.#entries.push(entry);
    if (this.#entries.length >= maxGroup) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#entries.length === 0) return;
    const { position, token } = this.#session;
    await this.#session.append(this.#entries, { expectedPosition: position, token });
    this.#entries = [];
  }
}

/** Entries may be large. A group of this many needs a sync of less than a millisecond. */
const maxGroup = 100;

function changedMeanwhile(file: string): PlaybooksError {
  return new PlaybooksError(`Cannot import ${file}: it was changed while it was read; import it again`, {
    exitCode: exitCodes.storage,
  });
}
