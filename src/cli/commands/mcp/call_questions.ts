import type { CallQuestion } from "../../../frontends/mcp/mod.ts";
import { inboxWords, type PostedWords, type SessionSnapshot } from "../../../session/mod.ts";

/** An open question of a session, and how it is answered. */
export type OpenCallQuestion =
  & CallQuestion
  & (
    | { readonly kind: "words"; readonly post: (text: string) => PostedWords; readonly key: string }
    | { readonly kind: "decision"; readonly effect: string }
  );

/** A message in a session's inbox. */
interface KeptMessage {
  readonly key: string;
  readonly number: number;
}

/** The questions to persons that a session waits for, without those whose answers it has not read yet. */
export function questionsToPersons(
  { questions, people }: Pick<SessionSnapshot, "questions" | "people">,
  kept: readonly KeptMessage[],
): readonly OpenCallQuestion[] {
  const keys = new Set(kept.map(({ key }) => key));
  return questions.flatMap((question) => {
    const { id, agent, klass, person, meeting, said } = question;
    const key = `mcp ${id}`;
    if (keys.has(inboxWords({ text: "", person }, key, people).key)) return [];
    const asker = people.length < 2 ? klass : `${klass} asks ${person}`;
    const to = meeting === undefined ? agent : `meeting ${meeting}`;
    return [{
      kind: "words" as const,
      id,
      message: said === undefined
        ? `${asker} waits for an answer`
        : people.length < 2
        ? said
        : `${asker}: ${said}`,
      post: (text: string) => ({ text, to, person }),
      key,
    }];
  });
}

/** The choices about uncertain effects that a stopped session needs. `heard`: see `SessionFile`. */
export function questionsAboutEffects(
  { openEffects }: Pick<SessionSnapshot, "openEffects">,
  kept: readonly KeptMessage[],
  heard: number,
): readonly OpenCallQuestion[] {
  return openEffects.filter(({ isRepeatable }) => !isRepeatable).flatMap(({ id, what, startedAtMs }) => {
    if (kept.some(({ key, number }) => number > heard && key.startsWith(`decision ${id} `))) return [];
    const since = new Date(startedAtMs).toISOString();
    return [{
      kind: "decision" as const,
      id: `decision ${id}@${startedAtMs}`,
      effect: id,
      message:
        `${what} was started at ${since}, and its result was lost: it may have been carried out or not. ` +
        "retry: do it again; skip: the program gets an error; fail: stop here",
      choices: ["retry", "skip", "fail"],
    }];
  });
}
