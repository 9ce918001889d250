/** A mark of a model's own format at the beginning of a text. */
export interface Mark {
  readonly kind:
    /** Thoughts begin, or end. */
    | "open"
    | "close"
    /** A harmony channel begins: its words are thoughts, a tool call, or the answer. */
    | "thoughts"
    | "call"
    | "answer"
    /** The model's turn ends, or begins. */
    | "end"
    | "begin"
    /** The model writes the next turn of somebody else. */
    | "other";
  readonly length: number;
  /** The tool of a call. */
  readonly tool?: string;
}

const tags = "(?:seed:)?think(?:ing)?|thoughts?|reasoning";

const marks: readonly (readonly [Mark["kind"], RegExp])[] = [
  [
    "open",
    new RegExp(
      `^(?:<\\|?(?:${tags})\\|?>|\\[THINK\\]|◁think▷|<\\|(?:begin_of_thought|START_THINKING)\\|>)`,
      "i",
    ),
  ],
  [
    "close",
    new RegExp(
      `^(?:<\\|?/(?:${tags})\\|?>|\\[/THINK\\]|◁/think▷|<\\|(?:end_of_thought|END_THINKING)\\|>)`,
      "i",
    ),
  ],
  ["other", /^<\|(?:im_start|start)\|>\s*(?:user|system|developer|tool)\b/i],
  ["other", /^<\|start_header_id\|>\s*(?:user|system|tool)\b[^<]*(?:<\|end_header_id\|>)?/i],
  ["other", /^(?:<start_of_turn>\s*user\b|<\|(?:user|system)\|>|<｜User｜>|\[INST\])/i],
  ["begin", /^<\|(?:im_start|start)\|>\s*(?:assistant|model)?/i],
  ["begin", /^<\|start_header_id\|>[^<]{0,20}<\|end_header_id\|>/i],
  ["begin", /^<start_of_turn>\s*(?:model)?/i],
  [
    "begin",
    /^(?:<\|(?:assistant|begin_of_text|begin_of_solution|START_RESPONSE|START_TEXT)\|>|<｜Assistant｜>|\[\/INST\])/i,
  ],
  [
    "end",
    /^(?:<\|(?:im_end|eot_id|eom_id|endoftext|end|return|call|end_of_text|end_of_solution|END_RESPONSE|END_TEXT|END_OF_TURN_TOKEN)\|>|<end_of_turn>|<｜end▁of▁sentence｜>)/i,
  ],
];

const channel = /^<\|channel\|>\s*([a-z]+)([^<]{0,80})(?:<\|constrain\|>[^<]{0,20})?<\|message\|>/i;

/** Beginnings of a mark that may still become one. */
const incomplete: readonly RegExp[] = [
  /^<[|｜]?\/?[\w:▁]{0,24}[|｜]?$/,
  /^\[\/?[A-Z]{0,5}$/i,
  /^◁\/?\w{0,5}$/,
  /^<\|channel\|>[^<]{0,80}(?:<\|constrain\|>[^<]{0,20})?(?:<\|?\w{0,9}\|?)?$/,
  /^<\|(?:im_start|start)\|>\s*\w{0,9}$/,
  /^<\|start_header_id\|>[^<]{0,20}(?:<\|?\w{0,13}\|?)?$/,
  /^<start_of_turn>\s*\w{0,5}$/,
];

/** A place where a mark can begin. */
export const markStart = /<(?=[|｜/a-z]|$)|\[(?=[/TI]|$)|◁/i;

/**
 * The mark at the beginning of a text; `"incomplete"` if more text may make it one, or another one. `isWhole`: no more
 * text follows.
 */
export function markAt(text: string, isWhole: boolean): Mark | "incomplete" | undefined {
  if (!markStart.test(text[0] ?? "")) return undefined;
  if (!isWhole && incomplete.some((beginning) => beginning.test(text))) return "incomplete";
  const [header, name, rest] = channel.exec(text) ?? [];
  if (header !== undefined) {
    const tool = /\bto=(?:functions\.)?([\w.$]+)/.exec(rest!)?.[1];
    if (tool !== undefined) return { kind: "call", length: header.length, tool };
    return { kind: /^final$/i.test(name!) ? "answer" : "thoughts", length: header.length };
  }
  for (const [kind, pattern] of marks) {
    const found = pattern.exec(text);
    if (found) return { kind, length: found[0].length };
  }
  return undefined;
}
