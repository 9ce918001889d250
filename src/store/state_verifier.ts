import { messageOf } from "../errors.ts";
import { formats } from "./format.ts";
import type { StateChecks, StoredCheckpoint, StoredEntry } from "./session_store.ts";
import type { StoredFault } from "./verification.ts";

/** The entries of a session that can be read, and where the faults go. */
interface VerifiedEntries {
  /** The store's name of their place. */
  readonly file: string;
  /** Entries before the first that is there: they live in a checkpoint alone. */
  readonly base: number;
  readonly entries: readonly (StoredEntry & { readonly crc?: string; readonly byteOffset?: number })[];
  /** More entries follow that cannot be read. */
  readonly isDamaged: boolean;
  readonly checks: StateChecks;
  readonly faults: StoredFault[];
}

/** Folds the entries of a session once, and compares the state with that of each checkpoint on the way. */
export class StateVerifier {
  /** The last position whose state is still there. */
  forkPosition: number | undefined;
  readonly #given: VerifiedEntries;
  readonly #last: number;
  /** The state after `#applied` entries; `undefined` if it cannot be computed. */
  #state: unknown;
  #applied: number;

  constructor(given: VerifiedEntries) {
    const { base, entries, checks } = given;
    this.#given = given;
    this.#applied = base;
    this.#last = base + entries.length;
    if (base > 0) return;
    this.#state = checks.fold(undefined, []);
    if (this.#last >= 2) this.forkPosition = this.#last;
  }

  /** Checks a checkpoint that can be read; call it in the order of the positions. `crc` is that of its last entry. */
  checkpoint(name: string, checkpoint: StoredCheckpoint & { readonly crc?: string }): void {
    const { file, base, entries, isDamaged, faults } = this.#given;
    const { position, crc, format } = checkpoint;
    const restored = this.#restored(checkpoint);
    if (restored !== undefined && position > (this.forkPosition ?? 0)) this.forkPosition = position;
    if (this.#state === undefined && position === base) {
      this.#state = restored;
      this.forkPosition = Math.max(this.forkPosition ?? 0, this.#last);
    } else if (position > this.#last) {
      if (isDamaged) return;
      faults.push({ kind: "short", file, last: this.#last, known: position, forkPosition: position });
    } else if (this.#state === undefined) return;
    else if (position > 0 && entries[position - base - 1]?.crc !== crc) {
      faults.push({ kind: "foreign checkpoint", file: name });
    } else {
      const folded = this.#foldTo(position);
      // An older format holds words in place of some facts.
      if (format < formats.checkpoint || folded === undefined || folded === canonical(restored)) return;
      faults.push({ kind: "wrong state", file: name, position });
    }
  }

  /** Checks the entries behind the last checkpoint. */
  finish(): void {
    if (this.#state !== undefined) this.#foldTo(this.#last);
  }

  /** `undefined` if the checkpoint refers to entries that are not there. */
  #restored(checkpoint: StoredCheckpoint): unknown {
    const { checks, entries } = this.#given;
    const rest = { entries: [], read: () => entries, hasSnapshot: () => false };
    try {
      return checks.restore({ checkpoint: structuredClone(checkpoint), ...rest });
    } catch {
      return undefined;
    }
  }

  /** The state after so many entries, as text. */
  #foldTo(position: number): string | undefined {
    const { file, base, entries, checks, faults } = this.#given;
    try {
      for (const { entry } of entries.slice(this.#applied - base, position - base)) {
        this.#state = checks.fold(this.#state, [structuredClone(entry)]);
        this.#applied++;
      }
      return canonical(this.#state);
    } catch (error) {
      if (checks.isNewer(error)) throw error;
      const forkPosition = this.#applied;
      const byteOffset = entries[forkPosition - base]?.byteOffset;
      const place = { file, position: forkPosition + 1, byteOffset };
      faults.push({ kind: "unfit entry", ...place, reason: messageOf(error), forkPosition });
      return this.#state = undefined;
    }
  }
}

/** JSON with sorted keys, so that the order of keys does not count. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, item) =>
      typeof item === "object" && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
        : item,
  );
}
