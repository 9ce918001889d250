import type { CallAnswer } from "./tool_calls.ts";

/** A client's reply to a form. */
interface FormReply {
  readonly action?: unknown;
  readonly content?: unknown;
}

/**
 * The answers in a client's replies, by question. A refused question stays open. Throws the error that `wrong` makes for a
 * reply without an answer.
 */
export function answersIn(
  replies: Readonly<Record<string, unknown>>,
  wrong: (message: string) => Error,
): readonly CallAnswer[] {
  return Object.entries(replies).flatMap(([question, reply]) => {
    if (isRefused(reply)) return [];
    const { action, content } = (reply ?? {}) as FormReply;
    const text = action === "accept" ? textIn(content) : undefined;
    if (text === undefined) {
      throw wrong(
        `The reply to ${
          question.slice(0, 100)
        } has no "answer": send { action: "accept", content: { answer } }`,
      );
    }
    if (text.length > maxAnswerCharacters) {
      throw wrong(`The answer to ${question.slice(0, 100)} has more than ${maxAnswerCharacters} characters`);
    }
    return [{ question, text }];
  });
}

/** Whether a person declined to answer, or closed the form. */
export function isRefused(reply: unknown): boolean {
  const { action } = (reply ?? {}) as FormReply;
  return action === "decline" || action === "cancel";
}

function textIn(content: unknown): string | undefined {
  const { answer } = (content ?? {}) as { readonly answer?: unknown };
  if (typeof answer === "string") return answer;
  return typeof answer === "number" || typeof answer === "boolean" ? String(answer) : undefined;
}

const maxAnswerCharacters = 1_000_000;
