import type { Artifact, RequestEntry } from "../engine/fold/entry.ts";
import { chainOf, type Frame, type State } from "../engine/fold/state.ts";
import type { AgentClass, Playbook, Program } from "../language/mod.ts";
import type { ModelRequest, PromptMessage } from "../model/model.ts";
import { condensedFrame, condenseMessages, messagesLimit } from "./condense.ts";
import { countRepeats } from "./describe.ts";
import { MessageTexts } from "./message_texts.ts";
import { systemPrompt } from "./system_prompt.ts";
import { turnMessage } from "./turn_message.ts";

/** The definition that a frame runs. */
interface FrameDefinition {
  readonly playbook: Playbook;
  readonly agentClass: AgentClass;
  readonly program: Program;
}

/** The request for the next turn of a frame, as its entry records it. */
export function nextRequest(
  state: State,
  frame: Frame,
  { playbook, agentClass, program }: FrameDefinition,
): Pick<RequestEntry, "text" | "transcript" | "artifacts" | "repeats"> {
  const limit = messagesLimit(
    state.settings,
    systemPrompt(program, agentClass, frame.agent, state.settings.permissions),
  );
  const write = (showsAll: boolean, earlier: readonly PromptMessage[]) => {
    const texts = new MessageTexts(
      state.settings,
      earlier.filter(({ role }) => role === "user").map(({ text }) => text),
    );
    const text = turnMessage(state, frame, { playbook, agentClass, texts, showsAll });
    return { text, artifacts: texts.artifacts, transcript: condensedFrame(frame.transcript, text, limit) };
  };
  let written = write(false, messagesOf(state, frame));
  const kept = condensedPrompt(state, frame, written.text, limit);
  // Condensing leaves out variables and texts of earlier messages, so the new message shows all of them.
  if (written.transcript || kept) written = write(true, kept ?? []);
  const { text, transcript } = written;
  const artifacts = unknownArtifacts(state, frame, written.artifacts);
  const repeats = countRepeats(state, frame);
  return {
    text,
    ...(transcript ? { transcript } : {}),
    ...(artifacts.length > 0 ? { artifacts } : {}),
    ...(repeats > 0 ? { repeats } : {}),
  };
}

/**
 * The earlier messages of the request with this message, if it leaves out parts of the messages of the frame and its
 * callers; else `undefined`.
 */
function condensedPrompt(
  state: State,
  frame: Frame,
  text: string,
  limit: number,
): readonly PromptMessage[] | undefined {
  const messages = mergeNeighbours([...messagesOf(state, frame), { role: "user", text }]);
  const kept = condenseMessages(messages, limit);
  return kept === messages ? undefined : kept.slice(0, -1);
}

function unknownArtifacts(state: State, frame: Frame, artifacts: readonly Artifact[]): readonly Artifact[] {
  const known = state.agents[frame.agent]?.artifacts ?? {};
  return artifacts.filter(({ name }) => !Object.hasOwn(known, name));
}

/**
 * The whole request for a frame whose last message is journaled. It depends on the state alone, so a resumed run sends
 * exactly the same bytes.
 */
export function buildRequest(
  state: State,
  frame: Frame,
  program: Program,
  agentClass: AgentClass,
): ModelRequest {
  if (frame.mode === "raw") {
    return { answer: "text", system: rawRules, messages: frame.transcript };
  }
  const system = systemPrompt(program, agentClass, frame.agent, state.settings.permissions);
  const messages = mergeNeighbours(messagesOf(state, frame));
  return {
    answer: "code",
    system,
    messages: condenseMessages(messages, messagesLimit(state.settings, system)),
  };
}

const rawRules = "Answer with the text that is asked for and nothing else.";

/** The messages of a frame and of its callers in the same agent. */
function messagesOf(state: State, frame: Frame): readonly PromptMessage[] {
  return chainOf(state, frame).flatMap(({ transcript }) => transcript);
}

/** Joins neighbouring messages of one role, because providers want roles to alternate. */
function mergeNeighbours(messages: readonly PromptMessage[]): PromptMessage[] {
  const merged: PromptMessage[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (last && last.role === message.role) {
      merged[merged.length - 1] = { role: last.role, text: `${last.text}\n\n${message.text}` };
    } else {
      merged.push(message);
    }
  }
  return merged;
}
