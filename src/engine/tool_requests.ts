import type { Outcome } from "../sandbox/sandbox.ts";
import { encode, type Encoded } from "../sandbox/mod.ts";
import type { ToolAnswer, ToolCallOptions, ToolFile } from "../tools/mod.ts";
import type { SessionContext } from "./context.ts";
import type { Artifact, Asked, Did } from "./fold/entry.ts";
import type { Open } from "./fold/history.ts";
import type { Frame } from "./fold/state.ts";
import type { ToolQuestions } from "./tool_questions.ts";
import { toolNamed } from "./tool_playbooks.ts";

/** How a tool's call ended: an outcome with the files to keep, or a lost answer. */
type ToolSent =
  | { readonly kind: "result"; readonly outcome: Outcome; readonly did?: Did }
  | { readonly kind: "lost"; readonly why: string };

/** Calls the tools of servers, journals the handles of their tasks, and shows their progress. */
export class ToolRequests {
  readonly #context: SessionContext;
  readonly #questions: ToolQuestions;

  constructor(context: SessionContext, questions: ToolQuestions) {
    this.#context = context;
    this.#questions = questions;
  }

  /** Calls the tool of an open effect, or fetches the result of its task. */
  async send(
    frame: Frame,
    { ordinal }: Asked,
    open: Extract<Open, { kind: "outside" }>,
    signal: AbortSignal,
  ): Promise<ToolSent> {
    const { state, world, schedule } = this.#context;
    const { server, name, arguments: args } = open.tool!;
    const { tools } = world;
    const tool = toolNamed(state, server, name);
    if (!tools || !tool) {
      const message = tools
        ? `The server of ${server} no longer has the tool ${name}`
        : `This run has no tool servers, so ${server}.${name} cannot be called`;
      return { kind: "result", outcome: { ok: false, error: { name: "ToolServerError", message } } };
    }
    const { task } = open;
    const answer = await tools.call({
      server,
      tool,
      arguments: args,
      key: open.key,
      ...(task ? { task } : {}),
    }, {
      signal,
      // A program that has ended needs no result; a run that stops leaves the task to the next one.
      keepsTask: () => state.end === undefined && schedule.stopped !== undefined,
      ...this.#listeners(frame, ordinal, `${server}.${name}`),
    });
    return this.#resultOf(frame, answer);
  }

  #listeners(
    frame: Frame,
    ordinal: number,
    tool: string,
  ): Pick<ToolCallOptions, "onTask" | "onProgress" | "onQuestion"> {
    const { state, schedule, writer, clock, ui, definitions } = this.#context;
    const isOpen = () => state.frames[frame.id] === frame && frame.running?.open[ordinal] !== undefined;
    return {
      onTask: (task) =>
        schedule.post(() => {
          if (!isOpen()) return;
          writer.record({ type: "task", at: clock.now(), frame: frame.id, ordinal, task });
        }),
      onProgress: (progress) => {
        const { agent } = frame;
        ui.event({ type: "progress", agent, klass: definitions.classNameOf(agent), tool, ...progress });
      },
      onQuestion: (question) => this.#questions.ask(frame, ordinal, question),
    };
  }

  #resultOf(frame: Frame, answer: ToolAnswer): ToolSent {
    switch (answer.kind) {
      case "lost":
        return answer;
      case "error": {
        const { name, message } = answer;
        return { kind: "result", outcome: { ok: false, error: { name, message } } };
      }
      case "result": {
        if (answer.files.length === 0) {
          return { kind: "result", outcome: { ok: true, value: encode(answer.value) } };
        }
        const artifacts = this.#artifactsOf(frame, answer.files);
        const kept = artifacts.map((artifact): Encoded => ({ $type: "artifact", ...artifact }));
        const value = answer.value as Readonly<Record<string, unknown>>;
        const isFileAlone = artifacts.length === 1 && Object.keys(value).length === 0;
        const whole = isFileAlone ? kept[0]! : { ...encode(value) as Record<string, Encoded>, files: kept };
        return { kind: "result", outcome: { ok: true, value: whole }, did: { kind: "kept", artifacts } };
      }
    }
  }

  /** The files as artifacts of the calling agent, under names that it does not have yet. */
  #artifactsOf({ agent }: Frame, files: readonly ToolFile[]): readonly Artifact[] {
    const existing = this.#context.state.agents[agent]?.artifacts ?? {};
    return files.map(({ name, summary, content }) => {
      let free = name;
      for (let count = 2; (existing[free]?.content ?? content) !== content; count++) {
        free = `${name} (${count})`;
      }
      return { name: free, summary, content };
    });
  }
}
