import type { SessionPreview } from "../../session/mod.ts";
import { cleanLine, cleanText } from "../../text/mod.ts";
import { fit } from "../text_width.ts";
import { wrapWords } from "../wrap.ts";

/** The preview of a session. */
export interface PickerPreview {
  /** Lines about its program, times and spend. */
  readonly facts: readonly string[];
  /** Absent if it could not be read; `problem` says why. */
  readonly session?: SessionPreview;
  readonly problem?: string;
}

/** The lines of a preview: facts, the open question, the stack, and as many of the last words as fit. */
export function previewPane(
  { facts, session, problem }: PickerPreview,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly string[] {
  const head = facts.map((line) => fit(cleanLine(line), columns));
  if (problem !== undefined) head.push(...wrapWords(cleanLine(problem), columns));
  if (!session) return head.slice(0, rows);
  const questions = session.questions.map(({ by, to, said }) => {
    const words = said === undefined ? "" : `: ${cleanLine(said)}`;
    return fit(`? ${by} asks ${to.join(", ")}${words}`, columns);
  });
  const calls = session.stack.map((call) => fit(callLine(call), columns));
  const fixed = [
    ...head,
    ...(session.end?.reason === undefined ? [] : [fit(`✗ ${cleanLine(session.end.reason)}`, columns)]),
    ...lastOf(questions, Math.max(1, Math.floor(rows / 4))),
    ...lastOf(calls, Math.max(1, Math.floor(rows / 3))),
  ];
  const room = rows - fixed.length;
  return [...fixed, ...(room > 0 ? wordLines(session, columns, room) : [])].slice(0, rows);
}

function callLine(
  { depth, agent, klass, playbook, step, stepText }: SessionPreview["stack"][number],
): string {
  const at = step === undefined ? "" : ` ${step}`;
  const text = stepText === undefined ? "" : `: ${cleanLine(stepText)}`;
  return `${"  ".repeat(depth)}▸ ${klass}(${agent}).${playbook}${at}${text}`;
}

function wordLines({ words }: SessionPreview, columns: number, rows: number): readonly string[] {
  if (words === undefined) return [fit("Too large to show its last words here", columns)];
  const lines = words.flatMap(({ who, to, text }) =>
    wrapWords(cleanText(`${who}${to === undefined ? "" : ` → ${to}`}: ${text.trim()}`), columns)
  );
  return lastOf(lines, rows);
}

/** The deepest calls, and the newest words, say the most. */
function lastOf(lines: readonly string[], count: number): readonly string[] {
  return count <= 0 ? [] : lines.slice(-count);
}
