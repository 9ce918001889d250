import type { Entry, UncertainEffect } from "../../src/engine/mod.ts";
import type { DiskOperation } from "./taped_disk.ts";

/** One operation of a process on the outside world. A process may die before or after each operation. */
export type Operation =
  /** Entries became durable; one write, which may be torn. */
  | { readonly kind: "append"; readonly entries: readonly Entry[] }
  /** A change of the simulated disk. */
  | { readonly kind: "disk"; readonly change: DiskOperation }
  /** The entries were acknowledged as durable. From here on the runtime may act on them. */
  | { readonly kind: "acknowledged"; readonly entries: readonly Entry[] }
  | { readonly kind: "shown"; readonly position: number; readonly text: string }
  | { readonly kind: "marked"; readonly position: number }
  | { readonly kind: "mark-synced" }
  /** A model got a request; `fetched` is the id of an answer that was begun for it earlier. */
  | { readonly kind: "asked"; readonly line: string; readonly request: string; readonly fetched?: string }
  /** A request reached the server. */
  | { readonly kind: "sent"; readonly method: string; readonly url: string; readonly key: string }
  /** A person was asked what to do about an uncertain effect. */
  | { readonly kind: "uncertain"; readonly effect: UncertainEffect; readonly choice: "retry" | "skip" };

/** The operations of one process until its death or end. */
export type Tape = readonly Operation[];

/** The point of a death: after N operations, and after M entries of the next one if it is an append. */
export interface Cut {
  readonly operations: number;
  readonly entries: number;
}

/** Every possible point of death on this tape after the first entry. */
export function cutsOf(tape: Tape): Cut[] {
  const cuts: Cut[] = [];
  let begun = false;
  for (const [index, operation] of tape.entries()) {
    if (begun) cuts.push({ operations: index, entries: 0 });
    if (operation.kind === "append") {
      for (let entries = 1; entries < operation.entries.length; entries++) {
        cuts.push({ operations: index, entries });
      }
      begun = true;
    }
  }
  if (begun) cuts.push({ operations: tape.length, entries: 0 });
  return cuts;
}

/** The operations before the cut, with the durable part of a torn append. */
export function cutTape(tape: Tape, cut: Cut): Tape {
  const done = tape.slice(0, cut.operations);
  const torn = tape[cut.operations];
  if (cut.entries === 0 || torn?.kind !== "append") return done;
  return [...done, { kind: "append", entries: torn.entries.slice(0, cut.entries) }];
}

/** The entries that a tape made durable. */
export function entriesOn(tape: Tape): Entry[] {
  return tape.flatMap((operation) => operation.kind === "append" ? operation.entries : []);
}

/** The entries that were acknowledged as durable. */
export function acknowledgedOn(tape: Tape): Entry[] {
  return tape.flatMap((operation) => operation.kind === "acknowledged" ? operation.entries : []);
}
