import { createHash } from "node:crypto";
import { exitCodes, messageOf, PlaybooksError } from "../../errors.ts";
import { foldEntries, type Source, type State, stateChecks } from "../../engine/mod.ts";
import { formats, NewerFormatError, newerFormatOf, sessionStatuses, unpackValue } from "../../store/mod.ts";
import {
  DamagedExportError,
  type ExportBytes,
  isExport,
  type Link,
  readChain,
  recordAgain,
} from "./chain.ts";
import { layoutFault } from "./program_layout.ts";
import type {
  BaseRecord,
  BlobRecord,
  EndRecord,
  EntryRecord,
  ExportHeader,
  MessageRecord,
  ProgramRecord,
} from "./record.ts";

/** A record that was checked, with its long strings. Blobs are not given: they are in the records after them. */
type ReadRecord = ExportHeader | ProgramRecord | BaseRecord | EntryRecord | MessageRecord | EndRecord;

/** A whole exported session that was checked. */
export interface CheckedExport {
  readonly header: ExportHeader;
  readonly program: readonly ProgramRecord[];
  /** The position of the last entry. */
  readonly position: number;
  readonly lines: number;
  readonly blobs: number;
  readonly messages: number;
  /** The hash of the last line: it stands for the whole file. */
  readonly hash: string;
  /** The files of the program that the session runs now, as it names them. */
  readonly source: Source | undefined;
  /** The state before the first entry, if earlier entries could not be read. */
  readonly base?: Pick<BaseRecord, "position" | "state">;
}

/**
 * Checks an exported session whole: the chain, each record, and that each entry fits the entries before it. Needs no
 * store and no program. Throws a `PlaybooksError`: exit 2 for a file of another kind, exit 6 for a damaged one.
 */
export function checkExport(bytes: ExportBytes): CheckedExport {
  let header: ExportHeader | undefined;
  const program: ProgramRecord[] = [];
  let base: BaseRecord | undefined;
  let state: State | undefined;
  let end: EndRecord | undefined;
  let messages = 0;
  const reader = new ExportReader(bytes);
  for (const record of reader.records()) {
    if (record.type === "export") header = record;
    else if (record.type === "program") program.push(record);
    else if (record.type === "base") {
      base = record;
      state = reader.guard(() => restored(record), "state");
    } else if (record.type === "entry") {
      state = reader.guard(() => foldEntries(state, [record.e]), `entry ${record.n}`);
    } else if (record.type === "message") messages++;
    else end = record;
  }
  const { position } = end!;
  const source = state?.sources[state.source];
  const { lines, hash, blobs } = reader;
  const whole = { header: header!, program, position, lines, blobs, messages, hash, source };
  return base ? { ...whole, base: { position: base.position, state: base.state } } : whole;
}

function restored({ position, state, format }: BaseRecord): State {
  const nothing = { entries: [], read: () => [], hasSnapshot: () => false };
  return stateChecks().restore({
    checkpoint: { position, state: structuredClone(state), format },
    ...nothing,
  }) as State;
}

/** Reads the records of an exported session and checks their form and their order. */
export class ExportReader {
  readonly #bytes: ExportBytes;
  /** The lines of blobs, by their hashes. */
  readonly #blobs = new Map<string, Link>();
  /** The long string that was read last: a record may refer to it many times. */
  #lastBlob: BlobRecord | undefined;
  #link: Link | undefined;
  /** The position of the last entry. */
  #position = 0;
  /** The number of lines that were read. */
  lines = 0;
  hash = "";

  constructor(bytes: ExportBytes) {
    this.#bytes = bytes;
  }

  /** The number of long strings. */
  get blobs(): number {
    return this.#blobs.size;
  }

  /** All records, in order. Throws a `PlaybooksError` at the first fault. */
  *records(): Generator<ReadRecord> {
    if (!isExport(this.#bytes)) throw otherFile(this.#bytes.name);
    const paths: string[] = [];
    let stage = "start" as Stage;
    for (const link of readChain(this.#bytes, () => this.#position)) {
      this.#link = link;
      this.lines++;
      this.hash = link.hash;
      const record = this.guard(() => JSON.parse(link.json) as ReadRecord | BlobRecord | null, "record");
      const type = record?.type;
      if (
        !record || !isType(type) || !after[stage].includes(type) ||
        !isFormed[type](record as unknown as Fields)
      ) {
        throw this.#fault("is not a record that may stand here");
      }
      stage = type === "blob" ? (stage === "entry" || stage === "base" ? stage : "blob") : type;
      switch (record.type) {
        case "export":
          refuseNewerExport(record);
          break;
        case "program": {
          paths.push(record.path);
          const fault = layoutFault(paths);
          if (fault !== undefined) throw this.#fault(fault);
          break;
        }
        case "base":
          this.#position = record.position;
          break;
        case "blob":
          this.#addBlob(record, link);
          continue;
        case "entry":
          if (record.n !== this.#position + 1) {
            throw this.#fault(`has entry ${record.n} after ${this.#position}`);
          }
          this.#position = record.n;
          break;
        case "end":
          if (record.position !== this.#position || record.lines !== this.lines - 1) {
            throw this.#fault("counts other lines or entries than there are");
          }
      }
      yield this.#whole(record);
    }
    if (stage === "end") return;
    const { line, byteOffset, length } = this.#link!;
    const place = { line: line + 1, byteOffset: byteOffset + length + 1 };
    throw new DamagedExportError(this.#bytes.name, {
      ...place,
      entries: this.#position,
      trouble: `is missing: the file was cut off`,
    });
  }

  /** Runs `work` on the last record. A fault becomes an error with the place of its line. */
  guard<T>(work: () => T, what: string): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof PlaybooksError) throw error;
      throw this.#fault(`has an invalid ${what}: it ${messageOf(error)}`);
    }
  }

  #whole(record: ReadRecord): ReadRecord {
    let characters = 0;
    const get = (name: string) => {
      const text = this.#blob(name);
      characters += text.length;
      if (characters > maxCharacters) throw this.#fault("has more text than playbooks writes");
      return text;
    };
    const unpacked = (value: unknown) =>
      this.guard(() => unpackValue(value, { get, list: () => this.#blob("") }), "value");
    if (record.type === "entry") return { ...record, e: unpacked(record.e) };
    return record.type === "base" ? { ...record, state: unpacked(record.state) } : record;
  }

  #addBlob({ sha256, text }: BlobRecord, link: Link): void {
    if (createHash("sha256").update(text).digest("hex") !== sha256) {
      throw this.#fault("has another text than its name says");
    }
    this.#blobs.set(sha256, { ...link, json: "" });
  }

  #blob(sha256: string): string {
    const link = this.#blobs.get(sha256);
    if (!link) throw this.#fault("refers to a text that is not there");
    if (this.#lastBlob?.sha256 !== sha256) {
      this.#lastBlob = JSON.parse(recordAgain(this.#bytes, link)) as BlobRecord;
    }
    return this.#lastBlob.text;
  }

  #fault(trouble: string): DamagedExportError {
    return new DamagedExportError(this.#bytes.name, { ...this.#link!, trouble, entries: this.#position });
  }
}

function otherFile(name: string): PlaybooksError {
  return new PlaybooksError(
    `Cannot read ${name}: it is not a session that playbooks sessions export wrote`,
    { exitCode: exitCodes.usage },
  );
}

function refuseNewerExport(header: ExportHeader): void {
  const newer = newerFormatOf(header, formats.export);
  if (newer) throw new NewerFormatError("The exported session", newer, formats.export);
}

type RecordType = (ReadRecord | BlobRecord)["type"];
type Stage = RecordType | "start";

/** The types of records that may follow the others. */
const after: Readonly<Record<Stage, readonly RecordType[]>> = {
  start: ["export"],
  export: ["program", "blob", "base", "entry", "message", "end"],
  program: ["program", "blob", "base", "entry", "message", "end"],
  blob: ["blob", "base", "entry"],
  base: ["blob", "entry", "message", "end"],
  entry: ["blob", "entry", "message", "end"],
  message: ["message", "end"],
  end: [],
};

function isType(type: unknown): type is RecordType {
  return typeof type === "string" && type !== "start" && Object.hasOwn(after, type);
}

const isCount = (value: unknown) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isText = (value: unknown) => typeof value === "string";
const isId = (value: unknown) => typeof value === "string" && /^[\w-]{1,64}$/.test(value);
const isTextOrNone = (value: unknown) => value === undefined || isText(value);

const isTimeOrNone = (value: unknown) =>
  value === undefined || (typeof value === "string" && !Number.isNaN(Date.parse(value)));

type Fields = Readonly<Record<string, unknown>>;

/** Whether the fields of a record have the right types. */
const isFormed: Readonly<Record<RecordType, (record: Fields) => boolean>> = {
  export: ({ version, session, exportedAt, programFiles, programFolder, redacted }) => {
    if (typeof version === "number" && version > formats.export) return true;
    const { id, name, status, dueAt, turns, calls, tokens, costUsd } = (session ?? {}) as Fields;
    return version === formats.export && isId(id) && isTextOrNone(name) && isText(exportedAt) &&
      isCount(programFiles) &&
      sessionStatuses.some((each) => each === status) && isTimeOrNone(dueAt) &&
      [turns, calls, tokens].every(isCount) &&
      Number.isFinite(costUsd) && isTextOrNone(programFolder) &&
      (redacted === undefined || redacted === true);
  },
  program: ({ path, text }) => isText(path) && isText(text) && (text as string).length <= maxFileLength,
  base: ({ position, format }) => isCount(position) && position !== 0 && isCount(format),
  blob: ({ sha256, text }) => isText(sha256) && isText(text),
  entry: ({ n, e }) => isCount(n) && typeof e === "object" && e !== null,
  message: ({ key }) => isText(key),
  end: ({ position, lines }) => isCount(position) && isCount(lines),
};

/** Bound on the long strings of one record. A short file could name one string very often. */
const maxCharacters = 256 * 1024 * 1024;
/** The parser refuses a larger program file. */
const maxFileLength = 4 * 1024 * 1024;
