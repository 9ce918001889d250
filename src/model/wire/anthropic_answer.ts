import { countsOf, type Fields, numberAsText, numberOf, objectOf, objectsOf, stringOf } from "./fields.ts";
import type { SaidError } from "./said_error.ts";
import type { WireAnswer } from "./wire_answer.ts";

/** An answer of Anthropic's messages API: its events, or a whole message. */
export class AnthropicAnswer implements WireAnswer {
  began = false;
  isFinished = false;
  #isStopped = false;
  /** Blocks that were started and not stopped. */
  readonly #open = new Set<number>();
  /** Blocks of a kind that no answer of ours has. */
  readonly #skipped = new Set<number>();

  take(value: Fields): readonly object[] | undefined {
    const index = numberOf(value["index"]) ?? Math.max(0, ...this.#open);
    switch (value["type"]) {
      case "message":
        return this.#whole(value);
      case "message_start":
        return this.#start(objectOf(value["message"]) ?? {});
      case "content_block_start":
        return this.#openBlock(index, objectOf(value["content_block"]) ?? {});
      case "content_block_delta":
        return this.#delta(index, objectOf(value["delta"]) ?? {});
      case "content_block_stop":
        return this.#close(index);
      case "message_delta":
        return this.#reason(objectOf(value["delta"])?.["stop_reason"], objectOf(value["usage"]));
      case "message_stop":
        return this.#stop();
      case "ping":
        return [];
      default:
        return undefined;
    }
  }

  end(isDone: boolean): readonly object[] {
    if (!this.began || this.#isStopped || !(this.isFinished || isDone)) return [];
    return [
      ...[...this.#open].flatMap((index) => this.#close(index)),
      ...(this.isFinished ? [] : this.#reason("end_turn", undefined)),
      ...this.#stop(),
    ];
  }

  error({ message, status }: SaidError): object {
    return { type: "error", error: { type: "api_error", message, statusCode: status } };
  }

  #whole(message: Fields): object[] {
    const blocks = typeof message["content"] === "string"
      ? [{ type: "text", text: message["content"] }]
      : objectsOf(message["content"]);
    return [
      ...this.#start(message),
      ...blocks.flatMap((block, index) => [...this.#openBlock(index, block), ...this.#close(index)]),
      ...this.#reason(message["stop_reason"] ?? "end_turn", objectOf(message["usage"])),
      ...this.#stop(),
    ];
  }

  #start(message: Fields): object[] {
    if (this.began) return [];
    this.began = true;
    const usage = { input_tokens: 0, ...usageOf(objectOf(message["usage"])) };
    return [{ type: "message_start", message: { id: stringOf(message["id"]) || "message", usage } }];
  }

  /** Starts a block. The words that its start already has become a delta. */
  #openBlock(index: number, block: Fields): object[] {
    const begun = this.#start({});
    const start = (content: Fields) => ({ type: "content_block_start", index, content_block: content });
    this.#open.add(index);
    switch (block["type"]) {
      case "text":
        return [...begun, start({ type: "text", text: "" }), ...textDelta(index, block)];
      case "thinking":
        return [...begun, start({ type: "thinking", thinking: "" }), ...thoughtDelta(index, block)];
      case "tool_use":
        return [
          ...begun,
          start({
            type: "tool_use",
            id: stringOf(block["id"]) || `call_${index}`,
            name: stringOf(block["name"]),
          }),
          ...inputDelta(index, block["input"]),
        ];
      default:
        this.#open.delete(index);
        this.#skipped.add(index);
        return begun;
    }
  }

  #delta(index: number, delta: Fields): object[] {
    if (this.#skipped.has(index)) return [];
    const isThought = delta["type"] === "thinking_delta";
    const kind = isThought ? "thinking" : "text";
    const begun = this.#open.has(index) || delta["type"] === "input_json_delta"
      ? []
      : this.#openBlock(index, { type: kind });
    switch (delta["type"]) {
      case "text_delta":
        return [...begun, ...textDelta(index, delta)];
      case "thinking_delta":
        return [...begun, ...thoughtDelta(index, delta)];
      case "input_json_delta":
        return inputDelta(index, delta["partial_json"]);
      default:
        return [];
    }
  }

  #close(index: number): object[] {
    return this.#open.delete(index) ? [{ type: "content_block_stop", index }] : [];
  }

  #reason(reason: unknown, usage: Fields | undefined): object[] {
    const named = stringOf(reason);
    this.isFinished ||= named !== "";
    const counts = { output_tokens: 0, ...usageOf(usage) };
    return [{ type: "message_delta", delta: { stop_reason: named || null }, usage: counts }];
  }

  #stop(): object[] {
    if (this.#isStopped) return [];
    this.#isStopped = true;
    return [{ type: "message_stop" }];
  }
}

function usageOf(usage: Fields | undefined): Fields {
  return countsOf(usage, [
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
  ]);
}

function textDelta(index: number, { text }: Fields): object[] {
  const words = numberAsText(text);
  return words === ""
    ? []
    : [{ type: "content_block_delta", index, delta: { type: "text_delta", text: words } }];
}

function thoughtDelta(index: number, { thinking }: Fields): object[] {
  const words = stringOf(thinking);
  if (words === "") return [];
  return [{ type: "content_block_delta", index, delta: { type: "thinking_delta", thinking: words } }];
}

/** The input of a call: text of its JSON, or the object itself. */
function inputDelta(index: number, input: unknown): object[] {
  const fields = objectOf(input);
  const text = fields ? Object.keys(fields).length === 0 ? "" : JSON.stringify(fields) : stringOf(input);
  if (text === "") return [];
  return [{ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: text } }];
}
