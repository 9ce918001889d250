import { condense, condensedTranscript } from "../engine/fold/condense_0_2.ts";
import type { RequestEntry } from "../engine/fold/entry.ts";
import { chainOf, type Frame, type State } from "../engine/fold/state.ts";
import type { AgentClass, Playbook, Program } from "../language/mod.ts";
import type { ModelRequest, PromptMessage } from "../model/model.ts";
import { countRepeats, describeTurn, type TurnLines } from "./describe.ts";
import { systemPrompt } from "./system_prompt.ts";
import { turnMessage } from "./turn_message.ts";

/** The request for the next turn of a frame, as its entry records it. */
export function nextRequest(
  state: State,
  frame: Frame,
  playbook: Playbook,
  agentClass: AgentClass,
): Pick<RequestEntry, "text" | "transcript" | "artifacts" | "repeats"> {
  const lines = frame.endedTurn ? describeTurn(state, frame.endedTurn) : noLines;
  const text = turnMessage(state, frame, { playbook, agentClass, lines });
  const transcript = condensedTranscript(frame.transcript, text, state.settings.limits.contextTokens);
  const known = state.agents[frame.agent]?.artifacts ?? {};
  const byName = Map.groupBy(lines.artifacts, ({ name }) => name);
  const artifacts = [...byName.values()].map(([first]) => first!).filter(({ name }) => !(name in known));
  const repeats = countRepeats(state, frame);
  return {
    text,
    ...(transcript ? { transcript } : {}),
    ...(artifacts.length > 0 ? { artifacts } : {}),
    ...(repeats > 0 ? { repeats } : {}),
  };
}

const noLines: TurnLines = { results: [], done: [], artifacts: [] };

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
  const messages: PromptMessage[] = [];
  for (const each of chainOf(state, frame)) messages.push(...each.transcript);
  return {
    answer: "code",
    system: systemPrompt(program, agentClass, frame.agent),
    messages: condense(mergeNeighbours(messages), state.settings.limits.contextTokens),
  };
}

const rawRules = "Answer with the text that is asked for and nothing else.";

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
