import type { EventFact } from "../session/mod.ts";

/** Makes lines of models' thoughts, which arrive in chunks. Thoughts of several agents do not mix. */
export class ThoughtLines {
  /** The unfinished line of each agent, by id. */
  readonly #unfinished = new Map<string, { readonly klass: string; readonly text: string }>();

  /** The lines that an event completes. A line ends with a thought's line end, or when its agent does something else. */
  take(event: EventFact): readonly string[] {
    if (!("agent" in event)) return [];
    if (event.type !== "thought") return this.#end(event.agent);
    const { agent, klass } = event;
    const lines = ((this.#unfinished.get(agent)?.text ?? "") + event.text).split("\n");
    const text = lines.pop()!;
    if (text === "") this.#unfinished.delete(agent);
    else this.#unfinished.set(agent, { klass, text });
    return lines.flatMap((line) => thoughtLine(agent, klass, line));
  }

  /** The unfinished lines, at the end of all events. */
  rest(): readonly string[] {
    return [...this.#unfinished.keys()].flatMap((agent) => this.#end(agent));
  }

  #end(agent: string): readonly string[] {
    const unfinished = this.#unfinished.get(agent);
    if (unfinished === undefined) return [];
    this.#unfinished.delete(agent);
    return thoughtLine(agent, unfinished.klass, unfinished.text);
  }
}

function thoughtLine(agent: string, klass: string, text: string): readonly string[] {
  return text.trim() === "" ? [] : [`  ${klass}(${agent}) thinks: ${text.trimEnd()}`];
}
