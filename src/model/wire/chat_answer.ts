import { countsOf, type Fields, numberAsText, numberOf, objectOf, objectsOf, stringOf } from "./fields.ts";
import type { SaidError } from "./said_error.ts";
import type { WireAnswer } from "./wire_answer.ts";

/** An answer of chat completions: chunks, or a whole answer as one chunk. */
export class ChatAnswer implements WireAnswer {
  began = false;
  #hasDelta = false;
  isFinished = false;
  readonly #calls = new ChatCalls();

  take(value: Fields): readonly object[] | undefined {
    const [choice] = objectsOf(value["choices"]);
    const usage = usageOf(
      objectOf(value["usage"]) ?? objectOf(choice?.["usage"]) ??
        objectOf(objectOf(value["x_groq"])?.["usage"]),
    );
    if (!choice && usage === undefined) return "choices" in value ? [] : undefined;
    this.began = true;
    const { delta: read, finish } = choice ? this.#choice(choice) : { delta: {}, finish: null };
    const delta = finish === null || this.isFinished ? read : this.#withNames(read);
    this.isFinished ||= finish !== null;
    if (Object.keys(delta).length === 0 && finish === null && usage === undefined) return [];
    const choices = choice ? [{ index: 0, delta, finish_reason: finish }] : [];
    return [{ choices, ...(usage === undefined ? {} : { usage }) }];
  }

  end(isDone: boolean): readonly object[] {
    if (!isDone || !this.began || this.isFinished) return [];
    return [{ choices: [{ index: 0, delta: this.#withNames({}), finish_reason: "stop" }] }];
  }

  error({ message, status }: SaidError): object {
    return { error: { message, type: "server_error", code: status } };
  }

  /** The delta of a choice. A whole message, or a text, counts once, and it is complete. */
  #choice(choice: Fields): { readonly delta: Fields; readonly finish: string | null } {
    const delta = objectOf(choice["delta"]);
    const finish = finishOf(choice["finish_reason"]);
    if (delta) {
      const read = deltaOf(delta, this.#calls);
      this.#hasDelta ||= Object.keys(read).length > 0;
      return { delta: read, finish };
    }
    const whole = objectOf(choice["message"]);
    if (whole) return { delta: this.#hasDelta ? {} : deltaOf(whole, this.#calls), finish: finish ?? "stop" };
    const text = numberAsText(choice["text"]);
    return { delta: text === "" ? {} : { content: text }, finish };
  }
  /** The last delta with names for the calls that have none. The AI SDK refuses a call without a name. */
  #withNames(delta: Fields): Fields {
    const named = this.#calls.names();
    return named.length === 0
      ? delta
      : { ...delta, tool_calls: [...objectsOf(delta["tool_calls"]), ...named] };
  }
}

/** The tool calls of an answer. Servers number them in many ways, or not at all. */
class ChatCalls {
  /** By the server's number: our number, and whether the call has a name. */
  readonly #calls = new Map<number, { readonly index: number; isNamed: boolean }>();

  /** A part of a call in the protocol's form; nothing for a part without a name and without arguments. */
  read(part: Fields, position: number): Fields[] {
    const { name: given, arguments: input } = objectOf(part["function"]) ?? part;
    const name = stringOf(given);
    const text = input === undefined || input === null
      ? ""
      : typeof input === "string"
      ? input
      : JSON.stringify(input);
    if (name === "" && text === "") return [];
    const number = numberOf(part["index"]) ?? position;
    const call = this.#calls.get(number) ?? { index: this.#calls.size, isNamed: false };
    this.#calls.set(number, call);
    call.isNamed ||= name !== "";
    return [{
      index: call.index,
      id: stringOf(part["id"]) || null,
      function: { name: name || null, arguments: text || null },
    }];
  }

  /** Parts that name the calls without a name. */
  names(): Fields[] {
    const unnamed = [...this.#calls.values()].filter(({ isNamed }) => !isNamed);
    return unnamed.map((call) => {
      call.isNamed = true;
      return { index: call.index, id: null, function: { name: "unnamed", arguments: null } };
    });
  }
}

function deltaOf(delta: Fields, answered: ChatCalls): Fields {
  const { content: given } = delta;
  const parts = objectsOf(objectOf(given) ? [given] : given);
  const content = parts.length === 0 ? numberAsText(given) : parts
    .map((part) => part["type"] === "thinking" ? "" : numberAsText(part["text"])).join("");
  const thoughts = [
    stringOf(delta["reasoning_content"]) || stringOf(delta["reasoning"]) || stringOf(delta["thinking"]),
    ...parts.filter(({ type }) => type === "thinking").map(({ thinking }) =>
      stringOf(thinking) || objectsOf(thinking).map(({ text }) => stringOf(text)).join("")
    ),
  ].join("");
  const legacy = objectOf(delta["function_call"]);
  const { tool_calls: listed } = delta;
  const calls = (legacy ? [{ function: legacy }] : objectsOf(objectOf(listed) ? [listed] : listed))
    .flatMap((call, position) => answered.read(call, position));
  return {
    ...(content === "" ? {} : { content }),
    ...(thoughts === "" ? {} : { reasoning_content: thoughts }),
    ...(stringOf(delta["refusal"]) === "" ? {} : { refusal: delta["refusal"] }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** The reason for the end, in the protocol's own words; `null` while there is none. */
function finishOf(reason: unknown): string | null {
  if (typeof reason === "number" || reason === true) return "stop";
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
  const cost = numberOf(usage["cost"]);
  const inner = (name: string, count: "cached_tokens" | "reasoning_tokens") => {
    const counts = countsOf(objectOf(usage[name]), [count]);
    return count in counts ? { [name]: counts } : {};
  };
  return {
    ...countsOf(usage, ["prompt_tokens", "completion_tokens", "total_tokens"]),
    ...(cost !== undefined && cost >= 0 ? { cost } : {}),
    ...inner("prompt_tokens_details", "cached_tokens"),
    ...inner("completion_tokens_details", "reasoning_tokens"),
  };
}
