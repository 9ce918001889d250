/** An event of OpenAI's Responses API, as it was sent. */
export interface AnswerEvent {
  /** The text of the event, without its empty line. */
  readonly text: string;
  readonly type?: string;
  /** Its number in the stream of its answer. */
  readonly sequence?: number;
  /** The id of the answer, in the events that have it. */
  readonly answerId?: string;
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
    };
  } catch {
    return { text };
  }
}
