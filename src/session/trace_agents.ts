import type { Entry } from "../engine/mod.ts";

interface Born {
  readonly id: string;
  readonly klass: string;
}

/** The classes of a session's agents, from its entries. */
export class TraceAgents {
  readonly #classes = new Map<string, string>();

  take(entry: Entry): void {
    for (const { id, klass } of bornIn(entry)) this.#classes.set(id, klass);
  }

  /** The class of an agent; its id, if the entry that made it is missing. */
  classOf(id: string): string {
    return this.#classes.get(id) ?? id;
  }
}

function bornIn(entry: Entry): readonly Born[] {
  switch (entry.type) {
    case "agent":
      return [entry.agent];
    case "call":
      return [...(entry.created ? [entry.created] : []), ...(entry.meeting?.created ?? [])];
    case "effect": {
      const { did } = entry;
      if (did?.kind === "created") return [did.agent];
      if (did?.kind === "sent") return did.created ? [did.created] : [];
      return did?.kind === "invited" ? did.created ?? [] : [];
    }
    default:
      return [];
  }
}
