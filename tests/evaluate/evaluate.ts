import type { Model, ModelRequest, Usage } from "../../src/model/mod.ts";
import { RecordedServer } from "../answers/recorded_server.ts";
import { openServed } from "../answers/stage.ts";
import type { Dialect } from "../support/dialect.ts";
import { runPatiently } from "../support/patient_session.ts";
import { tokens } from "../support/prompt_size.ts";
import type { Case } from "./cases.ts";
import { defaultMaxCalls, judge } from "./judge.ts";
import { Persons } from "./persons.ts";
import { withRules } from "./rule_variants.ts";
import { type Script, ScriptedAnswers } from "./script.ts";

/** The verdict on one run of a program, and what it took. */
export interface Verdict {
  readonly name: string;
  readonly kind: string;
  /** What is wrong; empty if the program came out as its author meant. */
  readonly faults: readonly string[];
  readonly said: readonly string[];
  /** Turns whose code failed and was reported to the model. */
  readonly repairs: number;
  readonly turns: number;
  /** Requests to the model. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A verdict on recorded answers. */
export interface ScriptVerdict extends Verdict {
  /** Answers that no request asked for. */
  readonly unused: readonly string[];
  /** Texts that requests had to show, and those that they did not show. */
  readonly needed: number;
  readonly missing: readonly string[];
}

/** The models of a run, and the rules that they read. */
export interface EvaluatedModel {
  readonly model: Model;
  readonly rawModel?: Model;
  readonly rules: string;
  /** Whether the model counts its tokens; else four characters count as one. */
  readonly countsTokens: boolean;
}

/** Runs a program with a model and judges it. */
export async function evaluate(program: Case, evaluated: EvaluatedModel): Promise<Verdict> {
  const { expect, files, parameters } = program;
  const meter = new Meter(evaluated.countsTokens);
  const persons = new Persons(program.persons);
  // The meter counts what the model reads, so it is inside.
  const metered = (model: Model) => withRules(meter.measure(model), evaluated.rules);
  const { result, said, events } = await runPatiently(program.program, {
    model: metered(evaluated.model),
    ...(evaluated.rawModel ? { rawModel: metered(evaluated.rawModel) } : {}),
    reply: (person) => persons.reply(person),
    onShow: (person, text) => persons.hear(person, text),
    parameters,
    files,
    maxLlmCalls: (expect.calls ?? defaultMaxCalls) + 1,
  });
  return {
    name: program.name,
    kind: program.kind,
    faults: judge({ said, result, calls: meter.calls }, expect),
    said,
    repairs: events.filter(({ type }) => type === "repair").length,
    turns: events.filter(({ type }) => type === "completion").length,
    calls: meter.calls,
    inputTokens: meter.inputTokens,
    outputTokens: meter.outputTokens,
  };
}

/** Runs a program with recorded answers, behind a server that speaks a provider's protocol. */
export async function evaluateScript(
  program: Case,
  script: Script,
  { dialect, stream = true, rules }: {
    readonly dialect: Dialect;
    readonly stream?: boolean;
    readonly rules: string;
  },
): Promise<ScriptVerdict> {
  const answers = new ScriptedAnswers(script);
  await using server = new RecordedServer(dialect, answers);
  const model = await openServed(server, dialect, stream);
  const expect = { ...program.expect, said: [...program.expect.said, ...script.said] };
  const verdict = await evaluate({ ...program, expect }, { model, rules, countsTokens: false });
  return { ...verdict, unused: answers.unused, needed: answers.needed, missing: answers.missing };
}

/** Counts the calls and tokens of models. */
class Meter {
  calls = 0;
  inputTokens = 0;
  outputTokens = 0;
  readonly #countsTokens: boolean;

  constructor(countsTokens: boolean) {
    this.#countsTokens = countsTokens;
  }

  measure(model: Model): Model {
    const begin = () => void this.calls++;
    const end = (request: ModelRequest, text: string, usage: Usage) => this.#count(request, text, usage);
    return {
      ...model,
      async *stream(request, options) {
        begin();
        for await (const event of model.stream(request, options)) {
          if (event.type === "completed") end(request, event.completion.text, event.completion.usage);
          yield event;
        }
      },
    };
  }

  #count({ system, messages }: ModelRequest, text: string, usage: Usage): void {
    const prompt = system + messages.map((message) => message.text).join("");
    this.inputTokens += this.#countsTokens ? usage.inputTokens : tokens(prompt);
    this.outputTokens += this.#countsTokens ? usage.outputTokens : tokens(text);
  }
}
