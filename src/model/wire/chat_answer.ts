import { countsOf, type Fields, numberOf, objectOf, objectsOf, stringOf } from "./fields.ts";
import type { SaidError } from "./said_error.ts";
import type { WireAnswer } from "./wire_answer.ts";

/** An answer of chat completions: chunks, or a whole answer as one chunk. */
export class ChatAnswer implements WireAnswer {
  began = false;
  #hasDelta = false;
  isFinished = false;

  take(value: Fields): readonly object[] | undefined {
    const [choice] = objectsOf(value["choices"]);
    const usage = usageOf(
      objectOf(value["usage"]) ?? objectOf(choice?.["usage"]) ??
        objectOf(objectOf(value["x_groq"])?.["usage"]),
    );
    if (!choice && usage === undefined) return "choices" in value ? [] : undefined;
    this.began = true;
    const { delta, finish } = choice ? this.#choice(choice) : { delta: {}, finish: null };
    this.isFinished ||= finish !== null;
    if (Object.keys(delta).length === 0 && finish === null && usage === undefined) return [];
    const choices = choice ? [{ index: 0, delta, finish_reason: finish }] : [];
    return [{ choices, ...(usage === undefined ? {} : { usage }) }];
  }

  end(isDone: boolean): readonly object[] {
    if (!isDone || !this.began || this.isFinished) return [];
    return [{ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }];
  }

  error({ message, status }: SaidError): object {
    return { error: { message, type: "server_error", code: status } };
  }

  /** The delta of a choice. A whole message, or a text, counts once, and it is complete. */
  #choice(choice: Fields): { readonly delta: Fields; readonly finish: string | null } {
    const delta = objectOf(choice["delta"]);
    const finish = finishOf(choice["finish_reason"]);
    if (delta) {
      const read = deltaOf(delta);
      this.#hasDelta ||= Object.keys(read).length > 0;
      return { delta: read, finish };
    }
    const whole = objectOf(choice["message"]);
    if (whole) return { delta: this.#hasDelta ? {} : deltaOf(whole), finish: finish ?? "stop" };
    const text = stringOf(choice["text"]);
    return { delta: text === "" ? {} : { content: text }, finish };
  }
}

function deltaOf(delta: Fields): Fields {
  const parts = objectsOf(delta["content"]);
  const content = parts.length === 0 ? stringOf(delta["content"]) : parts
    .map((part) => part["type"] === "thinking" ? "" : stringOf(part["text"])).join("");
  const thoughts = [
    stringOf(delta["reasoning_content"]) || stringOf(delta["reasoning"]) || stringOf(delta["thinking"]),
    ...parts.filter(({ type }) => type === "thinking").map(({ thinking }) =>
      stringOf(thinking) || objectsOf(thinking).map(({ text }) => stringOf(text)).join("")
    ),
  ].join("");
  const legacy = objectOf(delta["function_call"]);
  const calls = legacy ? [{ function: legacy }] : objectsOf(delta["tool_calls"]);
  return {
    ...(content === "" ? {} : { content }),
    ...(thoughts === "" ? {} : { reasoning_content: thoughts }),
    ...(stringOf(delta["refusal"]) === "" ? {} : { refusal: delta["refusal"] }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(callOf) }),
  };
}

function callOf(call: Fields, position: number): Fields {
  const { name, arguments: input } = objectOf(call["function"]) ?? {};
  const text = input === undefined || input === null || typeof input === "string"
    ? input
    : JSON.stringify(input);
  return {
    index: numberOf(call["index"]) ?? position,
    id: stringOf(call["id"]) || null,
    function: { name: stringOf(name) || null, arguments: text ?? null },
  };
}

/** The reason for the end, in the protocol's own words; `null` while there is none. */
function finishOf(reason: unknown): string | null {
  const text = stringOf(reason).trim().toLowerCase();
  if (text === "" || text === "null") return null;
  return finishNames[text] ?? text;
}

const finishNames: Readonly<Record<string, string>> = {
  eos: "stop",
  eos_token: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  complete: "stop",
  completed: "stop",
  done: "stop",
  max_tokens: "length",
  max_output_tokens: "length",
  model_length: "length",
  safety: "content_filter",
  sensitive: "content_filter",
};

/** The counts of a usage as numbers, and the cost that some providers state. */
function usageOf(usage: Fields | undefined): Fields | undefined {
  if (!usage) return undefined;
  const inner = (name: string, count: "cached_tokens" | "reasoning_tokens") => {
    const counts = countsOf(objectOf(usage[name]), [count]);
    return count in counts ? { [name]: counts } : {};
  };
  return {
    ...countsOf(usage, ["prompt_tokens", "completion_tokens", "total_tokens", "cost"]),
    ...inner("prompt_tokens_details", "cached_tokens"),
    ...inner("completion_tokens_details", "reasoning_tokens"),
  };
}
