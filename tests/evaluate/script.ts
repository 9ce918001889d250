import { parse } from "yaml";
import { answerBelow, type RecordedAnswer } from "../answers/recording.ts";
import type { AnswerSource, AskedTurn } from "../answers/recorded_server.ts";

/** The recorded answers of one style of model for one program. */
export interface Script {
  readonly style: string;
  /** The imitated model and its typical mistakes. */
  readonly voice: string;
  /** Texts that persons must read because these answers say them, in the form of an expectation. */
  readonly said: readonly string[];
  /** The most repairs that the answers may cost. */
  readonly repairs: number;
  /** The lesson of {@linkcode lessons} that prevents these answers; only for answers of a model without it. */
  readonly unless: string | undefined;
  readonly answers: readonly ScriptAnswer[];
}

/** An answer, and how to find its request. */
interface ScriptAnswer extends RecordedAnswer {
  /** The last message must match; for calls of one playbook that run at the same time. */
  readonly condition: RegExp | undefined;
  /** Texts that the request must show, because the answer rests on them. */
  readonly needs: readonly string[];
  /** The answers after a failure of this one, in order. They are skipped if it does not fail. */
  readonly repairs: readonly RecordedAnswer[];
}

/**
 * Reads a script: front matter, then a heading `## Main · Seller` for each answer, in the order of the frame's turns.
 *
 * Lines `if: /…/` and `needs: text` may stand right below the heading. `### after a failure` below an answer begins the
 * answer that repairs it. `, cut off` or `, calls NAME` may follow the heading.
 */
export function readScript(style: string, text: string): Script {
  const [, front, body] = /^---\n([^]*?)\n---\n([^]*)$/.exec(text) ?? [];
  if (front === undefined || body === undefined) throw new Error(`The script ${style} has no front matter`);
  const given = parse(front) as Partial<Script> & { readonly voice: string };
  const [before, ...parts] = body.split(/^## (?=\w+ · )/m);
  if (before?.trim() !== "") throw new Error(`The script ${style} has words before its first answer`);
  return {
    style,
    voice: given.voice,
    said: given.said ?? [],
    repairs: given.repairs ?? 0,
    unless: given.unless,
    answers: parts.map(readAnswer),
  };
}

function readAnswer(part: string): ScriptAnswer {
  const end = part.indexOf("\n");
  const [, place, how = ""] = /^(\w+ · \w+)(?:, (.*))?$/.exec(part.slice(0, end)) ?? [];
  if (place === undefined) throw new Error(`"${part.slice(0, end)}" names no playbook and agent`);
  const [first, ...repairs] = part.slice(end + 1).split(/^### after a failure$/m);
  const lines = first!.split("\n");
  const marks = lines.slice(0, lines.findIndex((line) => !/^(if|needs): /.test(line)));
  const condition = marks.find((line) => line.startsWith("if: "))?.slice(4);
  return {
    ...answerBelow(place, how, lines.slice(marks.length).join("\n")),
    condition: condition === undefined ? undefined : new RegExp(condition.replace(/^\/|\/$/g, ""), "i"),
    needs: marks.filter((line) => line.startsWith("needs: ")).map((line) => line.slice(7)),
    repairs: repairs.map((body) => answerBelow(place, "", body)),
  };
}

/** Stands in for a model: answers each request from a script, by its playbook, its agent, and what came before. */
export class ScriptedAnswers implements AnswerSource {
  /** Texts that an answer rests on and its request did not show. */
  readonly missing: string[] = [];
  /** Texts that requests had to show. */
  needed = 0;
  readonly #script: Script;
  readonly #used = new Set<ScriptAnswer>();
  /** The last answer for each playbook of each agent, with the number of its repairs so far. */
  readonly #last = new Map<string, { readonly answer: ScriptAnswer; repairs: number }>();

  constructor(script: Script) {
    this.#script = script;
  }

  /** The answers that no request asked for, by their headings. */
  get unused(): readonly string[] {
    return this.#script.answers.filter((answer) => !this.#used.has(answer)).map(({ turn }) => turn);
  }

  next({ turn, message, messages }: AskedTurn): RecordedAnswer | undefined {
    const [, number, place, agent] = /^\[turn (\d+) of (.*) \(agent (\d+)\)\]$/.exec(turn) ?? [];
    const frame = `${place} ${agent}`;
    const last = number === "1" ? undefined : this.#last.get(frame);
    if (last !== undefined && saysFailure(message) && last.repairs < last.answer.repairs.length) {
      return last.answer.repairs[last.repairs++];
    }
    const answer = this.#script.answers.find((each) =>
      !this.#used.has(each) && each.turn === place && (each.condition?.test(message) ?? true)
    );
    if (answer === undefined) return undefined;
    this.#used.add(answer);
    this.#last.set(frame, { answer, repairs: 0 });
    this.needed += answer.needs.length;
    this.missing.push(
      ...answer.needs.filter((text) => !messages.includes(text)).map((text) => `${turn} lacks "${text}"`),
    );
    return answer;
  }
}

/** Whether a message says that the answer before was not carried out, or not to its end. */
function saysFailure(message: string): boolean {
  return /^The (?:code|answer) of turn \d+ /m.test(message);
}
