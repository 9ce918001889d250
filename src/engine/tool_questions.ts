import type { FieldValue, FormField, ToolQuestion, ToolReply } from "../tools/mod.ts";
import type { SessionContext } from "./context.ts";
import type { AskedByTool } from "./fold/history.ts";
import type { Frame, State } from "./fold/state.ts";
import { firstWords, nextWords, readField, readWhole } from "./question_words.ts";
import { serverOf } from "./tool_playbooks.ts";

/** An open question of a tool server. */
interface OpenToolQuestion {
  readonly frame: Frame;
  readonly ordinal: number;
  readonly question: AskedByTool;
}

/** The questions of tool servers that are not answered, oldest first. */
export function openToolQuestions(state: State): readonly OpenToolQuestion[] {
  return Object.values(state.frames).flatMap((frame) =>
    Object.entries(frame.running?.open ?? {}).flatMap(([ordinal, open]) => {
      if (open.kind !== "outside") return [];
      const asked = open.questions?.filter(({ action }) => action === undefined) ?? [];
      return asked.map((question) => ({ frame, ordinal: Number(ordinal), question }));
    })
  ).sort((a, b) => a.question.position - b.question.position);
}

/**
 * Asks persons what tool servers want to know, field by field. Questions and answers are journaled, so a server that asks
 * the same again after a resume gets the answer, and no person is asked twice.
 */
export class ToolQuestions {
  readonly #context: SessionContext;
  /** Calls of this run that wait for an answer, by frame, ordinal and question. */
  readonly #waiting = new Map<string, (reply: ToolReply) => void>();

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** The number of calls in flight that only wait for persons. */
  get waitingCalls(): number {
    return new Set([...this.#waiting.keys()].map((key) => key.slice(0, key.indexOf("?")))).size;
  }

  /** Asks a person, or gives the journaled answer. */
  ask(frame: Frame, ordinal: number, question: ToolQuestion): Promise<ToolReply> {
    const { promise, resolve } = Promise.withResolvers<ToolReply>();
    this.#context.schedule.post(() => {
      const { state } = this.#context;
      const open = state.frames[frame.id] === frame ? frame.running?.open[ordinal] : undefined;
      if (open?.kind !== "outside") return resolve({ action: "cancel" });
      const known = open.questions?.findLast(({ id }) => id === question.id);
      if (known?.action !== undefined) return resolve(replyOf(known, known.action));
      this.#waiting.set(keyOf(frame, ordinal, question.id), resolve);
      if (!known) this.#record(frame, ordinal, question);
    });
    return promise;
  }

  /** Reads the words of persons that answer open questions. */
  takeAnswers(): void {
    const { state, writer, clock } = this.#context;
    for (const { frame, ordinal, question } of openToolQuestions(state)) {
      const inbox = state.agents[question.agent]?.inbox ?? [];
      const message = inbox.find(({ from }) => from === question.person);
      if (!message) continue;
      const read = readAnswer(question, message.text);
      writer.record({
        type: "tool-reply",
        at: clock.now(),
        frame: frame.id,
        ordinal,
        question: question.id,
        agent: question.agent,
        person: question.person,
        takes: [message.id],
        ...read,
      }, read.text === undefined ? [] : [this.#show(question, read.text)]);
      if (read.action === undefined) continue;
      const key = keyOf(frame, ordinal, question.id);
      const after = frame.running?.open[ordinal];
      const whole = after?.kind === "outside"
        ? after.questions?.findLast(({ id }) => id === question.id)
        : undefined;
      this.#waiting.get(key)?.(replyOf(whole ?? question, read.action));
      this.#waiting.delete(key);
    }
  }

  /** Call this when a call has ended: its questions are moot. */
  end(frame: Frame, ordinal: number): void {
    for (const key of this.#waiting.keys()) {
      if (key.startsWith(`${frame.id}/${ordinal}?`)) this.#waiting.delete(key);
    }
  }

  #record(frame: Frame, ordinal: number, question: ToolQuestion): void {
    const { writer, clock, definitions } = this.#context;
    const agent = this.#askerOf(frame, ordinal);
    const person = definitions.persons()[0] ?? "user";
    const text = firstWords(definitions.classNameOf(agent), question);
    writer.record({
      type: "tool-ask",
      at: clock.now(),
      frame: frame.id,
      ordinal,
      question,
      agent,
      person,
      text,
    }, [this.#show({ agent, person }, text)]);
  }

  #show({ agent: by, person: to }: Pick<AskedByTool, "agent" | "person">, text: string) {
    const { position } = this.#context.state;
    return { kind: "show" as const, said: { kind: "said" as const, by, to, text }, position: position + 1 };
  }

  /** The agent of the server, or the calling agent if the server has none. */
  #askerOf(frame: Frame, ordinal: number): string {
    const { state, definitions } = this.#context;
    const open = frame.running?.open[ordinal];
    const server = open?.kind === "outside" ? open.tool?.server : undefined;
    const owner = Object.values(state.agents).find(({ id }) =>
      definitions.classesOf(id).some(({ agentClass }) => serverOf(agentClass) === server)
    );
    return owner?.id ?? frame.agent;
  }
}

function keyOf(frame: Frame, ordinal: number, question: string): string {
  return `${frame.id}/${ordinal}?${question}`;
}

function replyOf(
  { values }: Pick<AskedByTool, "values">,
  action: "accept" | "decline" | "cancel",
): ToolReply {
  return action === "accept" ? { action, content: values } : { action };
}

/** What a person's words settle: a field, the whole question, or nothing. */
interface ReadAnswer {
  readonly field?: string;
  readonly value?: FieldValue;
  readonly action?: "accept" | "decline" | "cancel";
  readonly text?: string;
}

function readAnswer(question: AskedByTool, text: string): ReadAnswer {
  const whole = readWhole(question, text);
  if (whole) return whole;
  const open = openFields(question);
  const [field, ...later] = open;
  if (!field) return { action: "accept" };
  const read = readField(field, text);
  if ("fault" in read) return { text: read.fault };
  const settled = { field: field.name, ...(read.value === undefined ? {} : { value: read.value }) };
  return later.length === 0 ? { ...settled, action: "accept" } : { ...settled, text: nextWords(later[0]!) };
}

function openFields({ fields, settled }: AskedByTool): readonly FormField[] {
  return fields.filter(({ name }) => !settled.includes(name));
}
