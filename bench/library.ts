// Asks the instant model once, with the provider's library and nothing of ours: the least that a start to a request can take.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";

const model = createOpenAICompatible({ baseURL: Deno.args[0]!, name: "instant" })("instant");
const { stream } = await model.doStream({
  prompt: [{ role: "user", content: [{ type: "text", text: "x" }] }],
});
for await (const _part of stream);
