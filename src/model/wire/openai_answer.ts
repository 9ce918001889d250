import { countsOf, type Fields, numberAsText, numberOf, objectOf, objectsOf, stringOf } from "./fields.ts";
import type { SaidError } from "./said_error.ts";
import type { WireAnswer } from "./wire_answer.ts";

/** An answer of OpenAI's responses API: its events, or a whole response. Numbers of events and ids stay. */
export class OpenAIAnswer implements WireAnswer {
  began = false;
  isFinished = false;
  /** Items whose words came as deltas. */
  readonly #streamed = new Set<number>();
  /** Items that are complete. */
  readonly #complete = new Set<number>();

  take(value: Fields): readonly object[] | undefined {
    const type = stringOf(value["type"]);
    if (type === "" && (value["object"] === "response" || Array.isArray(value["output"]))) {
      return this.#whole(value);
    }
    if (!type.startsWith("response.")) return undefined;
    this.began = true;
    const response = objectOf(value["response"]) ?? {};
    switch (type) {
      case "response.created":
      case "response.in_progress":
        return [{ ...value, response: startOf(response) }];
      case "response.completed":
      case "response.incomplete":
      case "response.done":
        return this.#finish(response, value);
      default:
        return this.#part(type, value);
    }
  }

  end(isDone: boolean): readonly object[] {
    if (this.isFinished || !this.began || !isDone) return [];
    return this.#finish({}, {});
  }

  error({ message, status }: SaidError): object {
    return {
      type: "error",
      sequence_number: 0,
      code: String(status),
      message,
      param: null,
    };
  }

  #whole(response: Fields): object[] {
    this.began = true;
    const isRunning = response["status"] === "queued" || response["status"] === "in_progress";
    const start = { type: "response.created", response: startOf(response) };
    return isRunning ? [start] : [start, ...this.#finish(response, {})];
  }

  /** A part of an output item; none for kinds that no answer of ours has. */
  #part(type: string, value: Fields): object[] {
    const index = numberOf(value["output_index"]) ?? 0;
    const delta = numberAsText(value["delta"]);
    const id = stringOf(value["item_id"]) || `item_${index}`;
    const place = { ...value, delta, output_index: index, item_id: id };
    switch (type) {
      case "response.output_item.added":
      case "response.output_item.done":
        return this.#item(type, index, { ...place, item: objectOf(value["item"]) ?? {} });
      case "response.output_text.delta":
      case "response.refusal.delta":
        if (delta === "") return [];
        this.#streamed.add(index);
        return [{ ...place, logprobs: null, content_index: numberOf(value["content_index"]) ?? 0 }];
      case "response.output_text.done":
        return this.#streamed.has(index) ? [] : this.#words(index, numberAsText(value["text"]));
      case "response.reasoning_text.delta":
      case "response.reasoning_summary_text.delta":
        if (delta === "") return [];
        this.#streamed.add(index);
        return [{
          ...place,
          type: "response.reasoning_summary_text.delta",
          summary_index: numberOf(value["summary_index"]) ?? 0,
        }];
      case "response.function_call_arguments.delta":
        return delta === "" ? [] : [place];
      case "response.reasoning_summary_part.added":
        return [{ ...place, summary_index: numberOf(value["summary_index"]) ?? 0 }];
      default:
        return [];
    }
  }

  #item(type: string, index: number, event: Fields & { readonly item: Fields }): object[] {
    const item = itemOf(event.item, index);
    if (!item) return [];
    if (type === "response.output_item.added") return [{ ...event, item }];
    this.#complete.add(index);
    return [...this.#missing(index, event.item), { ...event, item }];
  }

  /** The words of a complete item that sent no deltas. */
  #missing(index: number, item: Fields): object[] {
    if (this.#streamed.has(index)) return [];
    if (item["type"] === "message") {
      const texts = typeof item["content"] === "string"
        ? [item["content"]]
        : objectsOf(item["content"]).map(({ text, refusal }) => numberAsText(text) || stringOf(refusal));
      return this.#words(index, texts.join(""));
    }
    if (item["type"] !== "reasoning") return [];
    const thoughts = [...objectsOf(item["summary"]), ...objectsOf(item["content"])].map(({ text }) =>
      stringOf(text)
    );
    const delta = thoughts.join("");
    if (delta === "") return [];
    const type = "response.reasoning_summary_text.delta";
    return [{ type, output_index: index, item_id: `item_${index}`, summary_index: 0, delta }];
  }

  #words(index: number, delta: string): object[] {
    if (delta === "") return [];
    this.#streamed.add(index);
    const type = "response.output_text.delta";
    return [{ type, output_index: index, item_id: `item_${index}`, content_index: 0, delta }];
  }

  /** Ends the answer, with the items that the stream left out. */
  #finish(response: Fields, event: Fields): object[] {
    if (this.isFinished) return [];
    this.isFinished = true;
    const items = objectsOf(response["output"]).flatMap((item, index) =>
      this.#complete.has(index) ? [] : this.#item("response.output_item.done", index, {
        type: "response.output_item.done",
        output_index: index,
        item,
      })
    );
    const reason = stringOf(objectOf(response["incomplete_details"])?.["reason"]);
    const usage = objectOf(response["usage"]);
    return [...items, {
      ...event,
      type: reason === "" ? "response.completed" : "response.incomplete",
      response: {
        incomplete_details: reason === "" ? null : { reason },
        usage: usage ? usageOf(usage) : null,
      },
    }];
  }
}

function startOf(response: Fields): Fields {
  return {
    ...response,
    id: stringOf(response["id"]) || "response",
    created_at: numberOf(response["created_at"]) ?? 0,
    model: stringOf(response["model"]),
    service_tier: null,
  };
}

function itemOf(item: Fields, index: number): Fields | undefined {
  const id = stringOf(item["id"]) || `item_${index}`;
  switch (item["type"]) {
    case "message":
    case "reasoning":
      return { type: item["type"], id };
    case "function_call": {
      const { arguments: input } = item;
      const text = typeof input === "string" ? input : JSON.stringify(input ?? {});
      const name = stringOf(item["name"]);
      const callId = stringOf(item["call_id"]) || id;
      return { type: "function_call", id, call_id: callId, name, arguments: text, status: "completed" };
    }
    default:
      return undefined;
  }
}

function usageOf(usage: Fields): Fields {
  return {
    input_tokens: 0,
    output_tokens: 0,
    ...countsOf(usage, ["input_tokens", "output_tokens", "total_tokens"]),
    input_tokens_details: countsOf(objectOf(usage["input_tokens_details"]), ["cached_tokens"]),
    output_tokens_details: countsOf(objectOf(usage["output_tokens_details"]), ["reasoning_tokens"]),
  };
}
