import type { Entry, EntryOf, State } from "../engine/mod.ts";

type WaitKind = EntryOf<"start">["wait"]["kind"];

/** A call on the stack: its open effects by ordinal. Another value than a kind is the id of the call that it waits for. */
interface OpenCall {
  readonly caller?: { readonly frame: string; readonly ordinal: number };
  readonly open: Map<
    number,
    { readonly kind: WaitKind } | { readonly kind: "call"; readonly callee: string }
  >;
}

/**
 * Follows the waits of the calls on the stack, one entry at a time. A process that ends while all calls wait has left no
 * work behind.
 */
export class OpenWaits {
  readonly #calls = new Map<string, OpenCall>();

  /** Begins at a state, or at the first entry. */
  constructor(state?: Pick<State, "frames">) {
    for (const { id, caller, running } of Object.values(state?.frames ?? {})) {
      const open = Object.entries(running?.open ?? {}).map(([ordinal, wait]) =>
        [
          Number(ordinal),
          wait.kind === "call" ? { kind: wait.kind, callee: wait.callee } : { kind: wait.kind },
        ] as const
      );
      this.#calls.set(id, { ...(caller ? { caller } : {}), open: new Map(open) });
    }
  }

  /** Whether every call waits for words, for a time, or for a call that does. Words that nothing has taken yet end no wait. */
  get onlyWaits(): boolean {
    if (this.#calls.size === 0) return false;
    return this.#calls.values().every(({ open }) =>
      open.size > 0 && open.values().every(({ kind }) => kind !== "outside")
    );
  }

  /** Takes the next entry. */
  take(entry: Entry): void {
    switch (entry.type) {
      case "thread":
        this.#calls.set(entry.frame.id, { open: new Map() });
        return;
      case "call": {
        const { frame, asked: { ordinal }, callee: { id } } = entry;
        this.#calls.set(id, { caller: { frame, ordinal }, open: new Map() });
        this.#calls.get(frame)?.open.set(ordinal, { kind: "call", callee: id });
        return;
      }
      case "start":
        this.#calls.get(entry.frame)?.open.set(entry.asked.ordinal, { kind: entry.wait.kind });
        return;
      case "effect":
        this.#calls.get(entry.frame)?.open.delete(entry.ordinal);
        return;
      case "end-turn":
        this.#calls.get(entry.frame)?.open.clear();
        return;
      case "return":
        return this.#return(entry.frame);
      case "redo":
        return this.#redo(entry);
    }
  }

  #return(id: string): void {
    const { caller } = this.#calls.get(id) ?? {};
    this.#calls.delete(id);
    if (caller) this.#calls.get(caller.frame)?.open.delete(caller.ordinal);
  }

  /** Edited code asks again from an ordinal on: what it had asked there is gone, with its calls. */
  #redo({ frame, ordinal: first }: EntryOf<"redo">): void {
    const open = this.#calls.get(frame)?.open;
    for (const [ordinal, wait] of open ?? []) {
      if (ordinal < first) continue;
      open!.delete(ordinal);
      if (wait.kind === "call") this.#remove(wait.callee);
    }
  }

  #remove(id: string): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    for (const wait of call?.open.values() ?? []) if (wait.kind === "call") this.#remove(wait.callee);
  }
}
