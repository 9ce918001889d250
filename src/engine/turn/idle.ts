import type { Playbook } from "../../language/mod.ts";
import { identifierName, type Loose } from "../../sandbox/host/syntax.ts";
import { logTriggerBuiltin } from "../builtins/log_trigger.ts";
import { stepBuiltin } from "../builtins/step.ts";
import { syntaxOf } from "./parses.ts";

/** Whether code does nothing: it has only comments, and calls of `Step` or `LogTrigger`. */
export function isIdleCode(code: string): boolean {
  const program = syntaxOf(code);
  return program !== undefined && program.body.every((statement) => {
    if (statement.type === "EmptyStatement") return true;
    if (statement.type !== "ExpressionStatement") return false;
    let expression = statement.expression as unknown as Loose;
    if (expression.type === "Literal") return true;
    if (expression.type === "AwaitExpression") expression = expression["argument"] as Loose;
    if (expression.type !== "CallExpression") return false;
    const callee = expression["callee"] as Loose;
    if (callee.type !== "MemberExpression") return notes.has(identifierName(callee));
    const owner = identifierName(callee["object"] as Loose);
    return owner === "self" && notes.has(identifierName(callee["property"] as Loose));
  });
}

const notes: ReadonlySet<string> = new Set([stepBuiltin.name, logTriggerBuiltin.name]);

/** Whether a step is the last one of a playbook, or a part of it. */
export function isLastStep({ steps }: Playbook, reached: string | undefined): boolean {
  const last = steps.at(-1)?.number;
  const step = reached?.slice(reached.indexOf(":") + 1).trim();
  return last !== undefined && step !== undefined && (step === last || step.startsWith(`${last}.`));
}
