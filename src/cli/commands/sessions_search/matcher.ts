import { messageOf } from "../../../errors.ts";
import { patternInJson, patternOf } from "../../text_patterns.ts";
import { usageError } from "../../usage_error.ts";

/** The place of a match in a line. */
export interface MatchPlace {
  readonly start: number;
  readonly end: number;
}

/** Finds a text in lines. */
export interface Matcher {
  /** The first match; `undefined` if there is none, or if it is empty. */
  find(line: string): MatchPlace | undefined;
  /** Matches each JSON text that has a match in one of its strings; absent if that is not known. */
  readonly inJson?: RegExp;
}

/** A matcher that ignores case unless the text has a capital letter. Throws a usage error for a wrong expression. */
export function matcherOf({ text, regex }: { readonly text: string; readonly regex: boolean }): Matcher {
  const flags = /\p{Lu}/u.test(regex ? text.replaceAll(/\\./gs, "") : text) ? "" : "i";
  const pattern = regex ? expressionOf(text, flags) : patternOf(text, flags);
  return {
    find(line) {
      const match = pattern.exec(line);
      return match && match[0] !== ""
        ? { start: match.index, end: match.index + match[0].length }
        : undefined;
    },
    ...(!regex && inJsonOf(text, flags)),
  };
}

/** The search finds `$price = 80`, as a line has it. Its JSON has the name alone, and the value alone. */
function inJsonOf(text: string, flags: string): Pick<Matcher, "inJson"> {
  const name = text.replace(/^\$/, "").replace(/ ?=.*$/s, "");
  return name === "" ? {} : { inJson: patternInJson(name, flags) };
}

function expressionOf(text: string, flags: string): RegExp {
  try {
    return new RegExp(text, `u${flags}`);
  } catch (error) {
    throw usageError(`--regex cannot read ${JSON.stringify(text)}: ${messageOf(error)}`);
  }
}
