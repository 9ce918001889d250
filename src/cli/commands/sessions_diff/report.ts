import { fit, textWidth } from "../../../frontends/text_width.ts";
import { counted } from "../../../frontends/counted.ts";
import { display, type Encoded } from "../../../sandbox/mod.ts";
import type { MomentFacts, SessionDiff } from "../../../session/mod.ts";
import { cleanLine } from "../../../text/mod.ts";
import { spentText } from "../../spent_text.ts";

/** A line of the report: a heading, the same text of both, or the texts of A and B; absent where one has none. */
type Line =
  | { readonly heading: string }
  | { readonly a?: string; readonly b?: string };

/** Terminals of this width show A and B side by side. */
const sideBySideColumns = 120;

/** Maximum characters of a value before it is cut to the width of the terminal. */
const maxValueCharacters = 400;

/**
 * The differences for people: side by side on a wide terminal, else one below the other. Infinite `columns` cut nothing: a
 * program reads it.
 */
export function diffInWords(
  diff: SessionDiff,
  labels: { readonly a: string; readonly b: string },
  columns: number,
): string {
  const label = (which: "a" | "b") => `${labels[which]} after entry ${diff[which].position}`;
  const lines: Line[] = [{ a: label("a"), b: label("b") }, ...partingLines(diff), ...sections(diff)];
  const format = columns >= sideBySideColumns && columns < Infinity ? sideBySide : below;
  return lines.flatMap((line) => "heading" in line ? [cleanLine(line.heading)] : format(line, columns))
    .map((line) => `${fit(line, columns).trimEnd()}\n`).join("");
}

function partingLines({ a, b, common }: SessionDiff): Line[] {
  if (common === 0) return strangers(a, b);
  const isSame = a.position === common && b.position === common;
  if (isSame) return [{ heading: `Both have the same ${counted(common, "entry", "entries")}` }];
  const next = ({ next }: MomentFacts) =>
    next === undefined ? "no more entries" : `entry ${common + 1}: ${next}`;
  return [
    { heading: `The first ${counted(common, "entry is", "entries are")} equal; the next ones differ` },
    { a: next(a), b: next(b) },
  ];
}

/** Two sessions that began apart. They may run different programs. */
function strangers(a: MomentFacts, b: MomentFacts): Line[] {
  const [one, other] = [a, b].map(({ program }) => program.join(", "));
  if (one === other) return [{ heading: "Two sessions of one program, which have no entry in common" }];
  return [
    { heading: "Two sessions of different programs, which have no entry in common" },
    pair(`program ${one}`, `program ${other}`),
  ];
}

function sections(diff: SessionDiff): Line[] {
  const { a, b } = diff;
  const [spentA, spentB] = [spentText(a.spent), spentText(b.spent)];
  const states = diff.agents.flatMap(({ id, klass, in: only, variables }): Line[] => [
    { heading: `State of ${klass}(${id})${only === undefined ? "" : `, only in ${only.toUpperCase()}`}` },
    ...variables.map((variable) =>
      pair(
        "a" in variable ? `${variable.name} = ${valueText(variable.a)}` : undefined,
        "b" in variable ? `${variable.name} = ${valueText(variable.b)}` : undefined,
      )
    ),
  ]);
  const results = diff.results.map(({ a, b, playbook, name, before, after }) =>
    pair(
      `${a}: ${name} in ${playbook} → ${outcomeText(before)}`,
      `${b}: ${name} in ${playbook} → ${outcomeText(after)}`,
    )
  );
  const words = ({ words }: MomentFacts) =>
    words.map(({ position, by, to, text }) => `${position}: ${by} to ${to}: ${JSON.stringify(text)}`);
  return [
    ...states,
    ...section("Results", results),
    ...section("Stack", listed(stackTexts(a), stackTexts(b))),
    ...section(diff.common === 0 ? "Words shown" : "Words shown since", listed(words(a), words(b))),
    ...section("Ended", a.end === b.end ? [] : [pair(a.end ?? "not ended", b.end ?? "not ended")]),
    ...section("Spent", spentA === spentB ? [] : [pair(spentA, spentB)]),
  ];
}

function section(heading: string, lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [{ heading }, ...lines];
}

/** Two lists beside each other; nothing if they are equal. */
function listed(a: readonly string[], b: readonly string[]): Line[] {
  if (a.length === b.length && a.every((text, index) => text === b[index])) return [];
  return Array.from({ length: Math.max(a.length, b.length) }, (_, index) => pair(a[index], b[index]));
}

function pair(a: string | undefined, b: string | undefined): Line {
  return { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
}

function stackTexts({ stack }: MomentFacts): string[] {
  return stack.map(({ depth, agent, playbook, turn, step }) =>
    `${"  ".repeat(depth)}${agent}.${playbook}, turn ${turn}${step === undefined ? "" : `, step ${step}`}`
  );
}

function valueText(value: Encoded): string {
  return display(value, { maxCharacters: maxValueCharacters });
}

function outcomeText(outcome: SessionDiff["results"][number]["before"]): string {
  return outcome.ok ? valueText(outcome.value) : `${outcome.error.name}: ${outcome.error.message}`;
}

function below({ a, b }: Extract<Line, { readonly a?: string }>): string[] {
  return [
    ...(a === undefined ? [] : [`- ${cleanLine(a)}`]),
    ...(b === undefined ? [] : [`+ ${cleanLine(b)}`]),
  ];
}

function sideBySide({ a = "", b = "" }: Extract<Line, { readonly a?: string }>, columns: number): string[] {
  const width = Math.floor((columns - gap.length - indent.length) / 2);
  const left = fit(cleanLine(a), width);
  const padding = " ".repeat(Math.max(0, width - textWidth(left)));
  return [`${indent}${left}${padding}${gap}${fit(cleanLine(b), width)}`];
}

const indent = "  ";
const gap = " | ";
