import type { LanguageModelV4Prompt, SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { ModelRequest, PromptMessage } from "./model.ts";

/**
 * Converts a request for the AI SDK. A `cacheMark` follows each of the two prefixes that later requests repeat. All
 * turns of an agent share the system prompt. The next turn of the frame begins with all messages of this one.
 *
 * Every request passes here, so this is the border for texts that providers refuse.
 */
export function promptParts(
  request: ModelRequest,
  cacheMark: SharedV4ProviderOptions | undefined,
): LanguageModelV4Prompt {
  // A raw playbook sends only one request, so writing to the cache would be a waste.
  const mark = cacheMark && request.answer === "code" ? { providerOptions: cacheMark } : {};
  const messages = acceptedMessages(request.messages);
  const last = messages.length - 1;
  return [
    { role: "system", content: request.system.toWellFormed(), ...mark },
    ...messages.map(({ role, text }, index) => ({
      role,
      content: [{ type: "text" as const, text }],
      ...(index === last ? mark : {}),
    })),
  ];
}

/**
 * The messages in a form that every provider accepts. Providers refuse half of a surrogate pair, a blank message, and
 * some of them two messages of one role in a row; they would refuse the session for ever. U+FFFD replaces the half
 * character. A blank message is left out, and its neighbours are joined.
 */
function acceptedMessages(messages: readonly PromptMessage[]): PromptMessage[] {
  const accepted: PromptMessage[] = [];
  for (const { role, text } of messages) {
    if (text.trim() === "") continue;
    const last = accepted.at(-1);
    if (last?.role === role) accepted.pop();
    const before = last?.role === role ? `${last.text}\n\n` : "";
    accepted.push({ role, text: before + text.toWellFormed() });
  }
  return accepted;
}
