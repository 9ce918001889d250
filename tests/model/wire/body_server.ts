import type { ModelEvent } from "../../../src/model/mod.ts";
import type { Dialect } from "../../support/dialect.ts";
import { head, RawServer } from "../../support/raw_server.ts";
import { ask, type Asking, shortOf } from "../asking.ts";

/** The body that a server sends for one request. */
export interface SentBody {
  readonly body: string | readonly string[];
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The end of the connection: as the protocol wants it, broken, or never. */
  readonly end?: "closed" | "broken" | "open";
}

export const eventStream = { "content-type": "text/event-stream" };

/** Asks a server that sends this body for each request. Returns the events in words, and the number of requests. */
export async function askFor(
  sent: SentBody,
  dialect: Dialect,
  asking: Asking = {},
): Promise<{ readonly events: ModelEvent[]; readonly short: string[]; readonly requests: number }> {
  const { body, status = 200, headers = eventStream, end = "closed" } = sent;
  const parts = typeof body === "string" ? [body] : body;
  await using server = new RawServer(async (_, answer) => {
    const framing = status === 204 ? {} : { "transfer-encoding": "chunked" };
    await answer.write(head(status, { connection: "close", ...framing, ...headers }));
    if (status === 204) return;
    for (const part of parts) {
      if (part !== "") await answer.write(chunkOf(part));
    }
    if (end === "closed") await answer.write("0\r\n\r\n");
    if (end === "open") await answer.untilClosed();
  });
  const { events } = await ask({ baseUrl: `${server.address}${dialect.root}`, dialect }, asking);
  return { events, short: events.map(shortOf), requests: server.requests.length };
}

function chunkOf(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return new TextEncoder().encode(`${bytes.length.toString(16)}\r\n${text}\r\n`);
}

/** The data of server-sent events, one JSON text each. */
export function dataOf(events: readonly string[]): string[] {
  return events.map((event) => /^data: (.*)$/m.exec(event)![1]!);
}
