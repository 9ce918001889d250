import type { LanguageModelV4Prompt, SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { ModelRequest } from "./model.ts";

/**
 * A request as the AI SDK wants it. `cacheMark` is put behind the two prefixes that come again: the system prompt, which
 * all turns of an agent share, and all messages so far, with which the next turn of the frame begins.
 */
export function promptParts(
  request: ModelRequest,
  cacheMark: SharedV4ProviderOptions | undefined,
): LanguageModelV4Prompt {
  // A raw playbook asks once and never again, so that a mark would only cost.
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
