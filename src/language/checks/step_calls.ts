import { findAgentClass, hasTools, playbookNamed } from "../lookup.ts";
import { nameKey } from "../names.ts";
import { nearestName } from "../nearest_name.ts";
import type { AgentClass, Playbook, Problem, Step } from "../program.ts";
import { flattenSteps } from "../steps.ts";
import { type CheckContext, placeOf, publicPlaybooks } from "./context.ts";

/**
 * Finds calls in steps of playbooks that do not exist or are private.
 *
 * Steps are free text, and the model decides. So these problems are warnings, and only forms count that cannot be
 * anything else: `Tax.GetRate(…)`, `GetRate(…)`, ``call `GetRate` ``.
 */
export function checkStepCalls(context: CheckContext): void {
  const before = context.problems.length;
  for (const agent of context.agents) {
    if (agent.type === "Human") continue;
    for (const playbook of agent.playbooks) {
      for (const step of flattenSteps(playbook.steps)) {
        if (context.problems.length - before > maxReported) return;
        new StepReader(context, agent, step).read();
      }
    }
  }
}

/** People do not read more, and the nearest name takes time. */
const maxReported = 100;

/** A name in Latin letters, or in other ones: without spaces between words, a sentence and a name would be one. */
const nameForm =
  "(?:[\\p{Script=Latin}_][\\p{Script=Latin}\\p{M}\\p{N}_]*|[\\p{L}--\\p{Script=Latin}][[\\p{L}\\p{M}\\p{N}]--\\p{Script=Latin}]*)";
/** `GetRate(`, `Tax.GetRate(`, `$agent.GetRate(`. */
const callForm = new RegExp(
  `(?<![\\p{Script=Latin}\\p{N}_.$])(\\$?${nameForm}\\.)?(${nameForm})\\(`,
  "gv",
);
/** Call `GetRate`, Run GetRate on … */
const mention =
  /\b(?:[Cc]all|[Rr]un|[Ii]nvoke|[Ee]xecute)\s+(?:the\s+)?(?:playbook\s+)?(`?)(\p{Lu}[\p{L}\p{M}\p{N}_]*)\1(?![\p{L}\p{N}_(.])/gu;

class StepReader {
  readonly #context: CheckContext;
  readonly #agent: AgentClass;
  readonly #step: Step;

  constructor(context: CheckContext, agent: AgentClass, step: Step) {
    this.#context = context;
    this.#agent = agent;
    this.#step = step;
  }

  read(): void {
    const rows = this.#step.text.split("\n");
    let isFenced = false;
    for (const [row, text] of rows.entries()) {
      if (/^\s*(`{3,}|~{3,})/.test(text)) isFenced = !isFenced;
      if (isFenced || !/[(`]|\b(?:call|run|invoke|execute)\b/i.test(text)) continue;
      const plain = withoutSpeech(text);
      for (const match of plain.matchAll(callForm)) {
        const [form, owner, name] = match;
        const rest = plain.slice(match.index + form.length);
        const before = plain.slice(0, match.index);
        const isWhole = row === 0 && wholeCall.test(before) && (isLatin(name!) || before.includes("="));
        this.#readCall({ owner: owner?.slice(0, -1), name: name!, rest, isWhole }, row);
      }
      for (const [, tick, name] of plain.matchAll(mention)) {
        this.#readMention(name!, { row, isCode: tick !== "" });
      }
    }
  }

  #readCall(call: WrittenCall, row: number): void {
    const { owner, name } = call;
    if (owner === undefined) {
      if (!this.#isKnown(name) && isCall(call)) this.#report(name, row);
      return;
    }
    if (owner === "self") {
      if (/^\p{Lu}/u.test(name) && !this.#isKnown(name)) this.#report(name, row);
      return;
    }
    if (owner.startsWith("$")) {
      if (/^\p{Lu}/u.test(name) && !this.#context.agents.some(hasTools)) this.#readOther(name, row);
      return;
    }
    const klass = this.#context.agents.find((agent) => agent.name === owner) ??
      (/^\p{Lu}/u.test(owner) ? findAgentClass(this.#context.agents, owner) : undefined);
    if (klass === undefined) {
      if (/^\p{Lu}/u.test(owner) && /^\p{Lu}/u.test(name) && !this.#isKnown(owner)) {
        this.#reportAgent(owner, row);
      }
      return;
    }
    if (hasTools(klass) || /^(?:get_?or_?create|get_?all)$/i.test(name)) return;
    if (this.#context.analysis.unreadWords.has(name)) return;
    const found = playbookNamed(klass, name);
    if (found === undefined) this.#report(name, row, klass);
    else if (!found.public && klass !== this.#agent) this.#reportPrivate(found, klass, row);
  }

  /** A call on an agent in a variable: some class must have such a public playbook. */
  #readOther(name: string, row: number): void {
    const owners = this.#context.agents.filter((agent) => playbookNamed(agent, name));
    if (owners.length === 0) {
      if (!this.#context.builtins.has(name)) this.#report(name, row);
      return;
    }
    const others = owners.filter((agent) => agent !== this.#agent);
    if (others.length === 0 || others.some((agent) => playbookNamed(agent, name)!.public)) return;
    this.#reportPrivate(playbookNamed(others[0]!, name)!, others[0]!, row);
  }

  #readMention(name: string, { row, isCode }: { readonly row: number; readonly isCode: boolean }): void {
    const isCamel = /^\p{Lu}[\p{Ll}\p{N}]+\p{Lu}/u.test(name);
    if (!isCamel && !isCode) return;
    if (playbookNamed(this.#agent, name) || this.#context.builtins.has(name)) return;
    const owners = this.#context.agents.filter((agent) => playbookNamed(agent, name));
    if (owners.length > 0) {
      if (!owners.some((agent) => playbookNamed(agent, name)!.public)) {
        this.#reportPrivate(playbookNamed(owners[0]!, name)!, owners[0]!, row);
      }
    } else if (!this.#isKnown(name) && (isCode && isCamel || this.#nearest(name) !== undefined)) {
      this.#report(name, row);
    }
  }

  #isKnown(name: string): boolean {
    const { agents, builtins, globals, analysis } = this.#context;
    const plain = name.replace(/^\$/, "");
    return builtins.has(plain) || globals.has(plain) || analysis.unreadWords.has(plain) ||
      builtinKeys(builtins).has(nameKey(plain)) ||
      playbookNamed(this.#agent, plain) !== undefined ||
      (this.#agent.module?.helpers.includes(plain) ?? false) ||
      findAgentClass(agents, plain) !== undefined ||
      agents.some((agent) => playbookNamed(agent, plain)?.public) ||
      agents.some(hasTools) && this.#nearest(plain) === undefined;
  }

  #nearest(name: string): string | undefined {
    const own = this.#agent.playbooks.map((playbook) => playbook.name);
    const helpers = this.#agent.module?.helpers ?? [];
    return nearestName(
      name,
      [...own, ...helpers, ...this.#context.builtins].filter((each) => each.length > 2),
    );
  }

  #report(name: string, row: number, klass = this.#agent): void {
    const isOwn = klass === this.#agent;
    const owner = isOwn ? this.#context.agents.find((agent) => playbookNamed(agent, name)) : undefined;
    if (owner !== undefined) return this.#reportPrivate(playbookNamed(owner, name)!, owner, row);
    const names = klass.playbooks.filter((each) => isOwn || each.public).map((each) => each.name);
    const near = isOwn ? this.#nearest(name) : nearestName(name, names);
    this.#add("unknown-playbook", name, row, {
      message: `${klass.name} has no playbook "${name}"`,
      hint: near !== undefined
        ? `Did you mean ${isOwn ? "" : `${klass.name}.`}${near}?`
        : isOwn
        ? `Add "## ${name}" to ${klass.name}, or say in words what to do`
        : publicPlaybooks(klass),
    });
  }

  #reportPrivate(playbook: Playbook, klass: AgentClass, row: number): void {
    this.#add("private-playbook", this.#asWritten(playbook, row), row, {
      message: `"${playbook.name}" of ${klass.name} is not public, so ${this.#agent.name} cannot call it`,
      hint:
        `Add "public: true" below its heading in line ${playbook.location.line} of ${playbook.location.file}`,
      definition: playbook.location,
    });
  }

  #asWritten(playbook: Playbook, row: number): string {
    const text = this.#step.text.split("\n")[row]!;
    const words = text.match(new RegExp(nameForm, "gv")) ?? [];
    return words.find((word) => nameKey(word) === nameKey(playbook.name)) ?? playbook.name;
  }

  #reportAgent(name: string, row: number): void {
    const classes = this.#context.agents.filter((agent) => agent.type !== "Human").map((agent) => agent.name);
    const near = nearestName(name, classes);
    this.#add("unknown-playbook", name, row, {
      message: `There is no agent "${name}"`,
      hint: near === undefined ? `The agents are: ${classes.join(", ")}` : `Did you mean ${near}?`,
    });
  }

  #add(
    code: Problem["code"],
    word: string,
    row: number,
    text: Pick<Problem, "message" | "hint" | "definition">,
  ): void {
    const place = placeOf(this.#context, { location: this.#step.location, row }, word);
    const { problems } = this.#context;
    const isKnown = problems.some(({ code: other, location, message }) =>
      other === code && message === text.message && location.line === place.location.line &&
      location.file === place.location.file
    );
    if (!isKnown) problems.push({ severity: "warning", code, ...text, ...place });
  }
}

interface WrittenCall {
  /** `Tax` in `Tax.GetRate(`; with its `$` if it is a variable. */
  readonly owner: string | undefined;
  readonly name: string;
  /** The text behind the `(`. */
  readonly rest: string;
  /** The step is nothing else, as in `$rate = GetRate($income)`. */
  readonly isWhole: boolean;
}

/** The text before a call that is a whole step: nothing, or a variable that gets its result. */
const wholeCall = new RegExp(
  `^\\s*(?:(?:set\\s+|let\\s+)?\\$?${nameForm}(?:\\.${nameForm})*(?::\\s*\\w+)?\\s*=\\s*)?(?:await\\s+)?$`,
  "iv",
);

function isLatin(name: string): boolean {
  return /^[\p{Script=Latin}\p{M}\p{N}_]*$/u.test(name);
}

/** Whether a name with a bracket behind it can only be a call, and not prose such as "the name(s)" or "sin(x)". */
function isCall({ name, rest, isWhole }: WrittenCall): boolean {
  if (/^(?:s|es|ies|n|t|th|st|nd|rd)\)/i.test(rest) || !rest.includes(")")) return false;
  if (commonFunctions.has(name.toLowerCase())) return false;
  const isCamel = /[\p{Ll}\p{N}]\p{Lu}|_/u.test(name);
  if (isWhole) return isCamel || /^\p{Lu}\p{Ll}/u.test(name) || /^\s*[$"')\d\[{]/.test(rest);
  return isCamel && /^\s*(?:[$"')\d\[{]|\p{L}\w*\s*[=:])/u.test(rest);
}

function builtinKeys(builtins: ReadonlySet<string>): ReadonlySet<string> {
  const known = keysOfBuiltins.get(builtins);
  if (known !== undefined) return known;
  const keys = new Set([...builtins].map(nameKey));
  keysOfBuiltins.set(builtins, keys);
  return keys;
}

const keysOfBuiltins = new WeakMap<ReadonlySet<string>, ReadonlySet<string>>();

/** Functions of mathematics and of other languages that people write in steps. The model knows what they mean. */
const commonFunctions: ReadonlySet<string> = new Set(
  ("abs all any avg average bool ceil concat cos count date dict enumerate exp f factorial filter find float floor format " +
    "if int isinstance join keys len length list ln log lower map max mean median min mod now open pow print " +
    "random range replace reverse round set sin slice sorted sort split sqrt str strip substring sum sumif tan time today " +
    "trim trunc tuple type upper values zip").split(" "),
);

/** The text with the words in double quotes as spaces: they are said, not done. The quotes and all lengths stay. */
function withoutSpeech(text: string): string {
  return text.replace(
    /"[^"]*"|“[^”]*”/g,
    (quoted) => quoted.charAt(0) + " ".repeat(quoted.length - 2) + quoted.charAt(quoted.length - 1),
  );
}
