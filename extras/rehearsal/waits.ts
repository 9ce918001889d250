import { namePattern, variablesIn } from "../../src/language/variable_names.ts";
import { type Action, nothing } from "./action.ts";
import { mentionsIn } from "./names.ts";
import { toNumber } from "./numbers.ts";
import type { Context } from "./context.ts";
import { pattern } from "./pattern.ts";
import { type NameScope, statePlace } from "./scope.ts";
import { targetNamed, toTarget } from "./speech.ts";
import { maskQuoted, wordsOf } from "./words.ts";

/** "Wait for the user", "Wait 30 seconds", "Wait for $answer". */
export function readWait(clause: string, context: Context): Action {
  const { reading, scope } = context;
  const bare = /^\w+\s*\(?\s*(\d+(?:\.\d+)?)\s*\)?[.]?$/.exec(clause)?.[1];
  if (bare !== undefined) return { kind: "sleep", seconds: bare };
  const time = pattern
    .iu`\b(\d+(?:\.\d+)?|an?(?: few)?|few|some|one|two|three|five|ten|\$${namePattern})\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|hours?|days?|moments?|while)\b`
    .exec(clause);
  const seconds = time ? secondsOf(time[1]!, time[2]!, scope) : undefined;
  const masked = maskQuoted(clause);
  const mention = mentionsIn(masked, reading)[0];
  const names = variablesIn(masked);
  const agent = names.map((name) => scope.reference(name)).find((code) => scope.classOf(code) !== undefined);
  const target = agent !== undefined
    ? { code: agent, klass: scope.classOf(agent)! }
    : mention
    ? toTarget(mention, scope)
    : reading.isInMeeting || /\bmeeting\b/i.test(masked)
    ? { code: '"meeting"' }
    : undefined;
  if (seconds !== undefined && target === undefined) return { kind: "sleep", seconds };
  const into = names.find((name) =>
    scope.classOf(scope.reference(name)) === undefined && !time?.[0].includes(name)
  );
  const local = into === undefined ? undefined : scope.find(wordsOf(into));
  if (into !== undefined && local !== undefined && !target && !context.asked) {
    if (local === scope.reference(into)) return nothing;
    return { kind: "set", place: statePlace(into), value: local };
  }
  return {
    kind: "wait",
    target,
    ...(into === undefined ? {} : { place: statePlace(into) }),
    ...(seconds === undefined ? {} : { timeout: seconds }),
  };
}

function secondsOf(amount: string, unit: string, scope: NameScope): string {
  const factor = /^(ms|milli)/i.test(unit)
    ? 0.001
    : /^m(in|$)/i.test(unit)
    ? 60
    : /^h/i.test(unit)
    ? 3600
    : /^d/i.test(unit)
    ? 86400
    : 1;
  if (amount.startsWith("$")) {
    const reference = scope.reference(amount.slice(1));
    return factor === 1 ? reference : `${reference} * ${factor}`;
  }
  const count = toNumber(amount) ?? 1;
  return String(count * factor);
}

/** The text after `YLD` or "Yield". */
export function readYield(text: string, context: Context): Action {
  const target = text.trim().replace(/^(for|to)\s+/i, "").replace(/[.;]$/, "");
  if (/^exit\b/i.test(target)) return { kind: "exit" };
  if (target === "" || /^(call|return)\b/i.test(target)) return nothing;
  const named = targetNamed(target.split(/[;,]/)[0]!.trim(), context);
  return named ? { kind: "wait", target: named } : readWait(`wait for ${target}`, context);
}
