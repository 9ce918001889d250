import type { LanguageModelV4Prompt, SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { ModelRequest } from "./model.ts";

/**
 * Converts a request for the AI SDK. `cacheMark` follows the two prefixes that later requests repeat: the system prompt,
 * which all turns of an agent share, and all messages so far, with which the next turn of the frame begins.
 */
export function promptParts(
  request: ModelRequest,
  cacheMark: SharedV4ProviderOptions | undefined,
): LanguageModelV4Prompt {
  // A raw playbook sends one request, so a cache mark would only cost.
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
