// Asks the instant model once, with only the provider's library: the lower bound for a start up to a request.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";

const model = createOpenAICompatible({ baseURL: Deno.args[0]!, name: "instant" })("instant");
const { stream } = await model.doStream({
  prompt: [{ role: "user", content: [{ type: "text", text: "x" }] }],
});
for await (const _part of stream);
