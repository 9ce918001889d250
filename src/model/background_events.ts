/** An event of OpenAI's Responses API, as it was sent. */
export interface AnswerEvent {
  /** The text of the event, without its empty line. */
  readonly text: string;
  readonly type?: string;
  /** Its number in the stream of its answer. */
  readonly sequence?: number;
  /** The id and the status of the answer, in the events that have them. */
  readonly answerId?: string;
  readonly status?: string;
}

/** An answer as the provider keeps it. Its shape is what the provider documents, and nothing of it is checked yet. */
export interface StoredAnswer {
  readonly id?: unknown;
  readonly status?: unknown;
  readonly error?: { readonly code?: string; readonly message?: string } | null;
  readonly output?: readonly StoredItem[];
}

interface StoredItem {
  readonly type?: string;
  readonly id?: string;
  readonly content?: readonly { readonly type?: string; readonly text?: string; readonly refusal?: string }[];
}

/** The events of a stream. An incomplete event at its end is left out. */
export async function* eventsOf({ body }: Response): AsyncGenerator<AnswerEvent> {
  let text = "";
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    const events = text.split(/\r?\n\r?\n/);
    text = events.pop()!;
    for (const event of events) yield readEvent(event);
  }
  const last = readEvent(text);
  if (last.type !== undefined) yield last;
}

/** The bytes of an event with its empty line. */
export function eventBytes({ text }: Pick<AnswerEvent, "text">): Uint8Array {
  return new TextEncoder().encode(`${text}\n\n`);
}

function readEvent(text: string): AnswerEvent {
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  try {
    const data = JSON.parse(lines.map((line) => line.slice(5)).join("\n"));
    const { type, sequence_number: sequence, response } = data;
    return {
      text,
      ...(typeof type === "string" ? { type } : {}),
      ...(typeof sequence === "number" ? { sequence } : {}),
      ...(typeof response?.id === "string" ? { answerId: response.id } : {}),
      ...(typeof response?.status === "string" ? { status: response.status } : {}),
    };
  } catch {
    return { text };
  }
}

/** A complete answer as the events of a stream, for a reader of streams. Thoughts are left out: they are only shown live. */
export function* answerEvents(answer: StoredAnswer): Generator<Uint8Array> {
  const event = (type: string, data: object) =>
    eventBytes({ text: `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}` });
  yield event("response.created", { response: answer });
  for (const [output_index, item] of (answer.output ?? []).entries()) {
    if (item.type !== "message" && item.type !== "function_call") continue;
    yield event("response.output_item.added", { output_index, item });
    for (const [content_index, { type, text, refusal }] of (item.content ?? []).entries()) {
      const place = { item_id: item.id, output_index, content_index };
      if (type === "output_text") yield event("response.output_text.delta", { ...place, delta: text ?? "" });
      if (type === "refusal") yield event("response.refusal.delta", { ...place, delta: refusal ?? "" });
    }
    yield event("response.output_item.done", { output_index, item });
  }
  const end = answer.status === "incomplete" ? "response.incomplete" : "response.completed";
  yield event(end, { response: answer });
}
