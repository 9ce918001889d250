import { type Dialect, inputTokens, outputTokens, type ScriptedAnswer, sse } from "./dialect.ts";

/** OpenAI's responses API, with the events that it names. */
export const openai: Dialect = {
  provider: "openai",
  root: "/v1",
  keyEnv: "OPENAI_API_KEY",
  key: (headers) => /^Bearer (.*)$/.exec(headers["authorization"] ?? "")?.[1],
  streams: (_, body) => body["stream"] === true,
  opening: (answer) => {
    const events: object[] = [{ type: "response.created", response: response(answer, "in_progress") }];
    for (const [index, item] of items(answer).entries()) {
      events.push({ type: "response.output_item.added", output_index: index, item: item.begin });
      events.push(...item.deltas.map((delta) => ({ output_index: index, item_id: item.begin.id, ...delta })));
    }
    return numbered(events, 0);
  },
  closing: (answer) => {
    const end = answer.finish === "length" || answer.finish === "filter" ? "incomplete" : "completed";
    return numbered([
      ...items(answer).map(({ whole }, index) => ({
        type: "response.output_item.done",
        output_index: index,
        item: whole,
      })),
      { type: `response.${end}`, response: response(answer, end) },
    ], 100);
  },
  whole: (answer) => response(answer, answer.finish === "length" ? "incomplete" : "completed"),
  overloaded: () =>
    sse({
      type: "error",
      code: "server_is_overloaded",
      message: "Our servers are currently overloaded.",
      param: null,
      sequence_number: 9,
    }, "error"),
  error: (_, message) => ({ error: { message, type: "invalid_request_error", param: null, code: null } }),
};

function numbered(events: readonly object[], from: number): string[] {
  return events.map((event, index) =>
    sse({ ...event, sequence_number: from + index }, (event as { type: string }).type)
  );
}

function response(answer: ScriptedAnswer, status: string) {
  const reason = answer.finish === "length"
    ? "max_output_tokens"
    : answer.finish === "filter"
    ? "content_filter"
    : undefined;
  const ended = status !== "in_progress";
  return {
    id: "resp_1",
    object: "response",
    created_at: 1_700_000_000,
    status,
    error: null,
    incomplete_details: ended && reason ? { reason } : null,
    model: "tiny",
    output: ended ? items(answer).map(({ whole }) => whole) : [],
    usage: ended
      ? {
        input_tokens: inputTokens,
        input_tokens_details: { cached_tokens: answer.cachedTokens ?? 0 },
        output_tokens: outputTokens(answer),
        output_tokens_details: { reasoning_tokens: answer.thoughts?.length ?? 0 },
        total_tokens: inputTokens + outputTokens(answer),
      }
      : null,
  };
}

function items(answer: ScriptedAnswer) {
  const { words, thoughts, toolCall, finish } = answer;
  const id = "msg_1";
  const refused = finish === "refusal";
  const content = refused
    ? { type: "refusal", refusal: words.join("") }
    : { type: "output_text", text: words.join(""), annotations: [], logprobs: [] };
  return [
    ...(thoughts ? [reasoning(thoughts)] : []),
    ...(words.length > 0 || refused
      ? [{
        begin: { id, type: "message", status: "in_progress", role: "assistant", content: [] },
        deltas: words.map((delta) => ({
          type: refused ? "response.refusal.delta" : "response.output_text.delta",
          content_index: 0,
          delta,
          ...(refused ? {} : { logprobs: [] }),
        })),
        whole: { id, type: "message", status: "completed", role: "assistant", content: [content] },
      }]
      : []),
    ...(toolCall ? [functionCall(toolCall)] : []),
  ];
}

function reasoning(thoughts: readonly string[]) {
  const summary = [{ type: "summary_text", text: thoughts.join("") }];
  return {
    begin: { id: "rs_1", type: "reasoning", summary: [] },
    deltas: [
      {
        type: "response.reasoning_summary_part.added",
        summary_index: 0,
        part: { type: "summary_text", text: "" },
      },
      ...thoughts.map((delta) => ({
        type: "response.reasoning_summary_text.delta",
        summary_index: 0,
        delta,
      })),
    ],
    whole: { id: "rs_1", type: "reasoning", summary },
  };
}

function functionCall(toolCall: NonNullable<ScriptedAnswer["toolCall"]>) {
  const item = { id: "fc_1", type: "function_call", call_id: "call_1", name: toolCall.name };
  const text = JSON.stringify(toolCall.arguments);
  return {
    begin: { ...item, arguments: "", status: "in_progress" },
    deltas: [{ type: "response.function_call_arguments.delta", delta: text }],
    whole: { ...item, arguments: text, status: "completed" },
  };
}
