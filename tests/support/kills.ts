import { assert, assertEquals } from "@std/assert";
import { play, type Played, type PlayOptions } from "./harness.ts";

/**
 * Plays a program, and again from each position of its journal, as if its process was killed there. Each resumed run must
 * send the requests that the whole run sent from there, byte by byte. Returns the whole run.
 */
export async function playWithKills(text: string, options: PlayOptions): Promise<Played> {
  const whole = await play(text, options);
  const sent = whole.requests.map((request) => JSON.stringify(request));
  // The first two entries are the session and its run.
  for (let position = 2; position < whole.entries.length; position++) {
    const from = whole.entries.slice(0, position);
    const heard = from.filter(({ type }) => type === "message").length;
    const replies = (options.replies ?? []).slice(heard);
    const resumed = await play(text, { ...options, replies, from });
    const answered = from.filter(({ type }) => type === "turn").length;
    assertEquals(resumed.requests.length, sent.length - answered, `killed after entry ${position}`);
    // Parallel turns may be asked in another order.
    const left = [...sent];
    for (const request of resumed.requests) {
      const index = left.lastIndexOf(JSON.stringify(request));
      assert(index >= 0, `killed after entry ${position}: ${request.messages.at(-1)!.text.slice(0, 1_000)}`);
      left.splice(index, 1);
    }
    assertEquals(resumed.result, whole.result, `killed after entry ${position}`);
  }
  return whole;
}

/** The last message of a request, by the turn line that it begins with: `turn 1 of Check`. */
export function messageOf({ requests }: Pick<Played, "requests">, turn: string): string {
  const texts = requests.map(({ messages }) => messages.at(-1)!.text);
  const found = texts.filter((text) => text.startsWith(`[${turn} · `));
  assertEquals(
    found.length,
    1,
    `requests of ${turn} among\n${texts.map((text) => text.split("\n")[0]).join("\n")}`,
  );
  return found[0]!;
}
