import { capitalised } from "./say_text.ts";

/** Whole words for `they'd`, `you're`, `what's`. */
function spelled(text: string): string {
  return text.replace(
    /\b(they|you|he|she|we)['’](d|re|ve|ll)\b/gi,
    (_, who: string, short: string) =>
      `${who} ${{ d: "would", re: "are", ve: "have", ll: "will" }[short.toLowerCase()]}`,
  )
    .replace(/\b(what|how|where|who|that|it)['’]s\b/gi, "$1 is");
}

/** What a step says about the person ("they", "their") and the agent ("you", "your"), in words to the person. */
function turned(text: string): string {
  // "their" is about the person only if the text names no one else.
  const their = /[a-z,] [A-Z]\w/.test(text) || othersBeforeTheir.test(text) ? /$^/ : theirWord;
  const person = spelled(text)
    .replace(/\byourself\b/gi, "myself")
    .replace(/\byour\b/gi, "my")
    .replace(/\byou are\b|\byou're\b/gi, "I am")
    .replace(
      /\byou(?='(?:ll|ve|d)\b| (?:will|can|have|had|would|could|may|must|should|do|did|know|need|want)\b)/gi,
      "I",
    )
    .replace(
      /(?<=\b(?:till|until|when|whenever|before|after|while|once|because|since|unless|if|that) )you\b/gi,
      "I",
    )
    .replace(/\byou\b/gi, "me")
    .replace(/\bthe (?:user|customer|guest)(?:'s|’s)\b/gi, "your")
    .replace(/\b(?:they|the user|the customer|the guest|he or she|he|she)\b/gi, "you")
    .replace(/\bthemselves\b/gi, "yourself")
    .replace(their, "your")
    .replace(/\bthem\b/gi, "you");
  return person.replace(/\byou (?:is|was)\b/g, (words) => words.replace("is", "are").replace("was", "were"))
    .replace(
      /\byou (wants|needs|has|likes|prefers)\b/g,
      (_, verb: string) => `you ${verb === "has" ? "have" : verb.slice(0, -1)}`,
    );
}

/** `her` only before a noun: "her name", not "ask her for it". */
const theirWord =
  /\b(?:their|his|her(?= (?!(?:to|and|or|for|if|whether|about|that|what|which|who|how|when|where|why|in|on|at|with|by|from|as|a|an|the|again|back)\b)[a-z]))\b/gi;

/** "the first player should make their move": the words before "their" name another one. */
const othersBeforeTheir =
  /\b(?:player|participant|member|opponent|winner|loser|team|host|agent|buyer|seller|boss|colleague|expert|reviewer)s?\b.*\btheir\b/i;

/** A statement or a phrase of a step, in words to the person. */
export function statement(text: string, { end = "." }: { readonly end?: string } = {}): string {
  const words = turned(text.trim());
  return /[.!?]$/.test(words) ? words : `${words}${end}`;
}

/** "what they would like to do" is the question "What would you like to do?". Returns `undefined` for another text. */
export function indirectQuestion(written: string): string | undefined {
  const text = spelled(written);
  const toDo = /^(?:what|which|how|where|when|who)\s+to\s+.+$/i.exec(text)?.[0];
  const options = /^(?:if|whether)\s+to\s+(.+)$/i.exec(text)?.[1];
  if (options) return `${capitalised(turned(options))}?`;
  if (toDo) return `${statement(toDo, { end: "" })}?`;
  const other =
    /^(?:if|whether)\s+((?!they|you|he|she|the (?:user|customer|client|guest|patient|student|player|caller|candidate|applicant)\b)\S.{0,40}?)\s+(is|are|was|were|can|will|would|should)\s+(.+)$/i
      .exec(text);
  if (other) return `${capitalised(other[2]!.toLowerCase())} ${turned(other[1]!)} ${turned(other[3]!)}?`;
  const state =
    /^(what|where|when|who|how|why)\s+((?!the (?:user|customer|guest)\b)(?:the|their|his|her|your|its)\s.{1,40}?)\s+(is|are|was|were)(\s[^,]*)?$/i
      .exec(text);
  if (state) return `${capitalised(state[1]!)} ${state[3]} ${turned(state[2]!)}${turned(state[4] ?? "")}?`;
  const match =
    /^(if|whether|(?:what|which|how|where|when|why|who)\b(?:\s+(?!(?:they|the user|the customer|you|he|she)\b)[\w'’$-]+){0,5}?)\s+(they|the (?:user|customer|client|guest|patient|student|player|caller|candidate|applicant)|he or she|he|she|you)\s+(\w+)\b\s*(.*)$/i
      .exec(text);
  // "which day suits them", "who pays": the question word is the subject.
  const asked = /^(?:which\s|how (?:many|much)\s|(?:what|who)\s+(?!(?:the|an?)\s|[A-Z])).{1,80}$/.exec(text)
    ?.[0];
  if (!match) return asked === undefined ? undefined : `${capitalised(turned(asked))}?`;
  const [, head, who, verb, rest] = match as unknown as [string, string, string, string, string];
  const subject = /^you$/i.test(who) ? "I" : "you";
  const start = /^(?:if|whether)$/i.test(head) ? "" : `${head} `;
  const auxiliary = /^(?:is|are)$/i.test(verb)
    ? subject === "I" ? "am" : "are"
    : /^(?:was|were)$/i.test(verb)
    ? subject === "I" ? "was" : "were"
    : /^(?:would|can|could|will|should|must|did)$/i.test(verb)
    ? verb.toLowerCase()
    : undefined;
  const base = /^has$/i.test(verb) ? "have" : verb.replace(/(?<=[a-z]{3})s$/, "");
  const words = auxiliary === undefined ? `do ${subject} ${base}` : `${auxiliary} ${subject}`;
  const tail = rest === "" ? "" : ` ${turned(rest)}`;
  return `${capitalised(`${start}${words}`)}${tail.replace(/\s*[,.;].*$/s, "")}?`;
}
