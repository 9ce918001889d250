import type { Model, ModelRequest } from "../../src/model/mod.ts";

/** Answers by turn: `{ "Main": ["code of turn 1", "code of turn 2"] }`, or `Klass.Main` where two agents share a name. */
export type Script = Readonly<
  Record<string, readonly string[] | ((turn: number, request: ModelRequest) => string)>
>;

/** A model that answers from a script, by the playbook and the turn in the last message. */
export function scriptedModel(script: Script): Model {
  return {
    id: "scripted",
    async *stream(request) {
      await Promise.resolve();
      const line = request.messages.at(-1)?.text.split("\n")[0] ?? "";
      const match = /^\[turn (\d+) of (\S+) · (\S+) \(agent (\d+)\)\]$/.exec(line);
      const [, turn, playbook, klass] = match ?? [];
      const lines = script[`${klass}.${playbook}`] ?? script[playbook ?? ""];
      const text = typeof lines === "function" ? lines(Number(turn), request) : lines?.[Number(turn) - 1];
      if (text === undefined) {
        yield {
          type: "failed",
          failure: { kind: "other", message: `The script has no answer for ${line}` },
        };
        return;
      }
      yield { type: "text", text };
      yield {
        type: "completed",
        completion: {
          text,
          finish: "stop",
          usage: { inputTokens: 10, outputTokens: 5, cachedTokens: 0, costUsd: 0.001 },
          model: "scripted",
        },
      };
    },
  };
}
