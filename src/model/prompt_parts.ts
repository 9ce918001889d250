import type { LanguageModelV4Prompt, SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { ModelRequest } from "./model.ts";

/**
 * Converts a request for the AI SDK. A `cacheMark` follows each of the two prefixes that later requests repeat. All
 * turns of an agent share the system prompt. The next turn of the frame begins with all messages of this one.
 */
export function promptParts(
  request: ModelRequest,
  cacheMark: SharedV4ProviderOptions | undefined,
): LanguageModelV4Prompt {
  // A raw playbook sends only one request, so writing to the cache would be a waste.
  const mark = cacheMark && request.answer === "code" ? { providerOptions: cacheMark } : {};
  const last = request.messages.length - 1;
  return [
    { role: "system", content: request.system, ...mark },
    ...request.messages.map(({ role, text }, index) => ({
      role,
      content: [{ type: "text" as const, text }],
      ...(index === last ? mark : {}),
    })),
  ];
}
