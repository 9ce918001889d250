import { namedError } from "./errors.ts";
import { primordials } from "./primordials.ts";
import { stateProxy } from "./state.ts";

/*
 * Variables of the agent, as expressions read them.
 */

const { hasOwn, ownKeys, reflectGet, lower, append } = primordials;
const maxNames = 30;

/** The value of a variable. A missing one is an error, unless the expression only tests whether there is a value. */
export function variableNamed(name: string, isTested = false): unknown {
  if (hasOwn(stateProxy, name)) return reflectGet(stateProxy as object, name);
  if (isTested) return undefined;
  throw namedError("ReferenceError", `there is no variable $${name} yet; ${otherNames(name)}`);
}

function otherNames(wanted: string): string {
  const names = ownKeys(stateProxy as object) as string[];
  const near: string[] = [];
  for (let most = 1; most <= 3; most++) {
    for (let i = 0; i < names.length && near.length < 3; i++) {
      const isNear = distance(lower(names[i]!), lower(wanted)) === most && most * 2 < wanted.length + 1;
      if (isNear || (most === 1 && lower(names[i]!) === lower(wanted))) append(near, names[i]);
    }
  }
  if (near.length > 0) return `did you mean ${listed(near, near.length)}?`;
  return names.length === 0 ? "there are no variables" : `there are: ${listed(names, maxNames)}`;
}

function listed(names: readonly string[], most: number): string {
  let text = "";
  for (let i = 0; i < names.length && i < most; i++) text += `${i === 0 ? "" : ", "}$${names[i]}`;
  return names.length > most ? `${text}, …` : text;
}

/** The number of edits between two short texts. */
function distance(a: string, b: string): number {
  if (a.length > 60 || b.length > 60) return 60;
  let row: number[] = [];
  for (let j = 0; j <= b.length; j++) append(row, j);
  for (let i = 1; i <= a.length; i++) {
    const next: number[] = [];
    append(next, i);
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const removed = row[j]! + 1;
      const added = next[j - 1]! + 1;
      append(
        next,
        changed < removed ? (changed < added ? changed : added) : removed < added ? removed : added,
      );
    }
    row = next;
  }
  return row[b.length]!;
}
