import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import { fingerprintOf, normalized, systemHash, turnLine } from "./fingerprint.ts";
import { likeness, lineDiff } from "./line_diff.ts";
import type { Completion, Model, ModelEvent, ModelRequest } from "./model.ts";
import { parseRecording, type Recorded } from "./recording.ts";

/**
 * Makes a model that answers from a recording. It gives each recorded answer once; equal requests get theirs in order.
 * A request without a recorded answer fails. The failure shows the difference to the nearest recorded request.
 *
 * Throws a `PlaybooksError` (exit code 2) if the text is not a recording.
 */
export function openReplay(name: string, text: string): Model {
  const recording = new Recording(name, text);
  return {
    id: `replay:${name}`,
    async *stream(request, { signal }) {
      if (signal.aborted) {
        const message = `Stopped asking replay:${name}`;
        yield { type: "failed", failure: { kind: "aborted", message } };
        return;
      }
      yield* recording.answer(request);
    },
  };
}

class Recording {
  readonly #name: string;
  readonly #entries: readonly Entry[];
  /** Entries with messages, by fingerprint. */
  readonly #byKey: ReadonlyMap<string, readonly Entry[]>;
  /** Entries written by hand with a turn line and no messages. */
  readonly #byTurn: ReadonlyMap<string, readonly Entry[]>;

  constructor(name: string, text: string) {
    this.#name = name;
    try {
      this.#entries = parseRecording(text).map(toEntry);
    } catch (error) {
      throw new PlaybooksError(
        `Cannot replay ${name}: it cannot be read as a recording (${
          messageOf(error)
        }); make one with --record`,
        { exitCode: exitCodes.usage },
      );
    }
    const keyed = this.#entries.filter(({ key }) => key !== undefined);
    this.#byKey = Map.groupBy(keyed, ({ key }) => key!);
    this.#byTurn = Map.groupBy(this.#entries.filter(({ key }) => key === undefined), ({ turn }) => turn);
  }

  *answer(request: ModelRequest): Generator<ModelEvent> {
    const entry = this.#find(request);
    if (!entry) {
      yield { type: "failed", failure: { kind: "request", message: this.#missing(request) } };
      return;
    }
    entry.used = true;
    const { recorded } = entry;
    if (recorded.answer !== "") yield { type: "text", text: recorded.answer };
    yield { type: "completed", completion: this.#completion(recorded) };
  }

  #find(request: ModelRequest): Entry | undefined {
    if (this.#byKey.size > 0) {
      const equal = unused(this.#byKey.get(fingerprintOf(request.answer, request.messages)));
      const system = systemHash(request.system);
      const found = equal.find(({ recorded }) => recorded.system === system) ?? equal[0];
      if (found) return found;
    }
    return unused(this.#byTurn.get(normalized(turnLine(request.messages))))[0];
  }

  #completion({ answer, finish, usage, model }: Recorded): Completion {
    return {
      text: answer,
      finish: finish ?? "stop",
      // Give the recorded usage, but no cost.
      usage: { ...usage ?? { inputTokens: 0, outputTokens: 0, cachedTokens: 0 }, costUsd: 0 },
      model: model ?? `replay:${this.#name}`,
    };
  }

  #missing(request: ModelRequest): string {
    const { messages } = request;
    const turn = turnLine(messages);
    const head = `Cannot replay ${this.#name}: it has no answer for ${turn}`;
    const key = fingerprintOf(request.answer, messages);
    const equal = this.#entries.filter((entry) => entry.key === key || entry.turn === normalized(turn));
    if (equal.length > 0 && equal.every(({ used }) => used)) {
      return `${head} beyond the ${equal.length} that were recorded; record it again with --record`;
    }
    const nearest = this.#nearest(request);
    if (!nearest) return `${head}; it holds no request with messages; record it again with --record`;
    const recorded = nearest.recorded.messages!;
    const at = firstDifference(recorded, messages);
    const [before, after] = [recorded[at]?.text ?? "", messages[at]?.text ?? ""].map(normalized);
    return [
      `${head}; the nearest request there is that of ${turnLine(recorded)}, and message ${
        at + 1
      } of ${messages.length} differs (- recorded, + now):`,
      ...lineDiff(before!, after!),
      "record it again with --record",
    ].join("\n");
  }

  /** The recorded request with the same turn line, else the one with the most similar last message. */
  #nearest({ messages }: ModelRequest): Entry | undefined {
    const turn = turnLine(messages);
    const last = normalized(messages.at(-1)?.text ?? "");
    const scores = this.#entries.flatMap((entry) => {
      if (!entry.recorded.messages) return [];
      const like = likeness(normalized(entry.recorded.messages.at(-1)?.text ?? ""), last);
      return [{ entry, score: like + (entry.turn === normalized(turn) ? 2 : 0) + (entry.used ? 0 : 0.001) }];
    });
    return scores.toSorted((a, b) => b.score - a.score)[0]?.entry;
  }
}

function unused(entries: readonly Entry[] = []): Entry[] {
  return entries.filter(({ used }) => !used);
}

interface Entry {
  readonly recorded: Recorded;
  /** The fingerprint; absent if a person wrote only a turn line. */
  readonly key: string | undefined;
  readonly turn: string;
  used: boolean;
}

function toEntry(recorded: Recorded): Entry {
  const { messages, turn, kind } = recorded;
  return {
    recorded,
    key: messages && fingerprintOf(kind ?? "code", messages),
    turn: normalized(turn ?? turnLine(messages!)),
    used: false,
  };
}

/** The last message if it differs, since it names the turn; else the first different message. */
function firstDifference(recorded: ModelRequest["messages"], now: ModelRequest["messages"]): number {
  const differs = (index: number) =>
    recorded[index]?.role !== now[index]?.role ||
    normalized(recorded[index]?.text ?? "") !== normalized(now[index]?.text ?? "");
  const last = now.length - 1;
  if (recorded.length === now.length && differs(last)) return last;
  const first = now.findIndex((_, index) => differs(index));
  return first < 0 ? last : first;
}
