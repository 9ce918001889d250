import { openQuestions, personsAsked, Programs, restoreState } from "../engine/mod.ts";
import type { SessionStore } from "../store/mod.ts";
import { searchedTexts } from "./searched_texts.ts";
import { spentOf, type SpentSnapshot } from "./snapshot.ts";
import { type CallReport, reportState } from "./state_report.ts";

/** The facts by which a person recognises a session: plain data. */
export interface SessionPreview {
  /** Calls on the stack, each after its caller. */
  readonly stack: readonly CallReport[];
  readonly questions: readonly {
    readonly by: string;
    readonly to: readonly string[];
    readonly said?: string;
  }[];
  /** The last words, oldest first; absent if the session is too large to read them quickly. */
  readonly words?: readonly LastWords[];
  readonly spent: SpentSnapshot;
  readonly end?: { readonly status: "completed" | "failed"; readonly reason?: string };
}

/** Words of an agent or a person. */
interface LastWords {
  readonly who: string;
  readonly to?: string;
  readonly text: string;
}

/** Reads a preview; `undefined` if the session has no entries. Throws the store's errors. */
export async function previewSession(
  store: SessionStore,
  id: string,
  { maxWords }: { readonly maxWords: number },
): Promise<SessionPreview | undefined> {
  const loaded = await store.load(id);
  if (loaded.position === 0) return undefined;
  const state = restoreState(loaded);
  const programs = new Programs();
  await programs.add(Object.values(state.sources));
  const isLarge = await store.sizeOf(id) > maxReadBytes;
  return {
    stack: reportState(state, programs, { maxCharacters: 1 }).calls,
    questions: openQuestions(state, programs).map((question) => ({
      by: state.agents[question.agent]?.klass ?? question.agent,
      to: personsAsked(question),
      ...(question.said === undefined ? {} : { said: question.said }),
    })),
    ...(isLarge ? {} : { words: await lastWordsIn(store, id, maxWords) }),
    spent: spentOf(state),
    ...(state.end
      ? {
        end: {
          status: state.end.status,
          ...(state.end.reason === undefined ? {} : { reason: state.end.reason }),
        },
      }
      : {}),
  };
}

/** The last words in a session, at most `count`, oldest first. It reads the whole session. Throws the store's errors. */
export async function lastWordsIn(
  store: SessionStore,
  id: string,
  count: number,
): Promise<readonly LastWords[]> {
  const words: LastWords[] = [];
  for (const { kind, who, to, text } of searchedTexts(await store.read(id))) {
    if (kind !== "words") continue;
    words.push({ who, ...(to === undefined ? {} : { to }), text });
    if (words.length > count) words.shift();
  }
  return words;
}

/** Reading this takes about a second. */
const maxReadBytes = 30e6;
