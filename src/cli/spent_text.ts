import { counted } from "../frontends/counted.ts";
import { costInWords } from "./stored_sessions.ts";

/** The effort of a session, for people: `2 turns, 1 model call, 1,200 tokens, $0.01`. */
export function spentText(
  { turns, calls, tokens, costUsd }: {
    readonly turns: number;
    readonly calls: number;
    readonly tokens: number;
    readonly costUsd: number;
  },
): string {
  const counts = [counted(turns, "turn"), counted(calls, "model call"), counted(tokens, "token")];
  return [...counts, costInWords(costUsd)].join(", ");
}
