import type { SandboxBuiltin } from "../sandbox.ts";
import { shownText } from "./errors.ts";
import { fetchLike } from "./fetch.ts";
import { withClassNames } from "./meetings.ts";
import { note } from "./notes.ts";
import { isArtifact, nameOfClass } from "./objects.ts";
import { primordials } from "./primordials.ts";
import { exitProgram, returnFrom } from "./progress.ts";
import { request } from "./requests.ts";
import { stateProxy } from "./state.ts";
import { setup } from "./turn.ts";

const { append, fix, hasOwn, match, reflectGet, reflectSet, thenOf, toPrimitive } = primordials;
const { Promise: NewPromise, Proxy: NewProxy, TypeError: NewTypeError } = primordials;

/** Makes a function for each row of the table. Most functions only request an effect, with the arguments of the row. */
export function builtinFunctions(rows: readonly SandboxBuiltin[]): Record<string, unknown> {
  const functions: Record<string, unknown> = {};
  for (const row of rows) {
    if (row.kind !== "function") continue;
    const made = ownFunctions[row.name] ??
      (row.effect === undefined ? undefined : requestOf(row.effect, row.parameters));
    if (made === undefined) throw new NewTypeError(`the guest lacks ${row.name}`);
    functions[row.name] = made;
  }
  return functions;
}

/** Functions that do more than request an effect with their arguments. */
const ownFunctions: Record<string, unknown> = {
  Step: (position: unknown) => note("step", [textOf(position)]),
  LogTrigger: (code: unknown) => note("trigger", [textOf(code)]),
  Yield: (targets: unknown, options: unknown) => {
    if (targets === "exit") return exitProgram();
    if (targets === "call" || targets === "return") return new NewPromise((resolve) => resolve(""));
    return request("Yield", [targets, options ?? null]);
  },
  InviteToMeeting: (meeting: unknown, agents: unknown) =>
    request("InviteToMeeting", withClassNames([meeting, agents])),
  SaveArtifact: (name: unknown, summary: unknown, content: unknown) => {
    const saved = request("SaveArtifact", [name, summary, content]);
    return becomesVariable(name) ? thenOf(saved, keepArtifact) : saved;
  },
  Return: returnFrom,
  EndProgram: () => exitProgram(),
  fetch: fetchLike,
  env: environment(),
};

/** `await env("NAME")`, and `await env.NAME`. */
function environment(): unknown {
  const read = (name: unknown) => {
    const value = request("Env", [name]);
    // Without `await`, the words of the promise would pass for the variable's value.
    fix(value, toPrimitive, () => {
      throw new NewTypeError('env gives its value later: write await env("NAME")');
    });
    return value;
  };
  return new NewProxy(read, {
    __proto__: null,
    get: (target: object, key: PropertyKey) =>
      typeof key === "string" && !(key in target) ? read(key) : reflectGet(target, key),
  } as ProxyHandler<typeof read>);
}

/** A variable is a second copy in the journal, so code makes one only where the program has that variable. */
function becomesVariable(name: unknown): boolean {
  const { artifactVariables } = setup;
  if (artifactVariables === undefined) return true;
  for (let i = 0; i < artifactVariables.length; i++) if (artifactVariables[i] === name) return true;
  return false;
}

/** Makes a saved artifact the variable of its name, so that `$report` means it. Other values keep their variable. */
function keepArtifact(artifact: unknown): unknown {
  if (!isArtifact(artifact)) return artifact;
  const { name } = artifact as { readonly name: string };
  const present = hasOwn(stateProxy, name) ? reflectGet(stateProxy as object, name) : undefined;
  if (match(variableName, name) !== null && (present === undefined || isArtifact(present))) {
    reflectSet(stateProxy as object, name, artifact);
  }
  return artifact;
}

const variableName = /^\p{L}[\p{L}\p{M}\p{N}_]*$/u;

function textOf(value: unknown): string {
  return typeof value === "string" ? value : shownText(value);
}

/** Makes a function that requests an effect with the arguments of its row. */
function requestOf(effect: string, parameters: readonly ("value" | "optional" | "class")[]): unknown {
  const count = parameters.length;
  let isPlain = true;
  for (const parameter of parameters) if (parameter !== "value") isPlain = false;
  // Most calls have these forms. A rest parameter is slower.
  if (isPlain && count === 1) return (a: unknown) => request(effect, [a]);
  if (isPlain && count === 2) return (a: unknown, b: unknown) => request(effect, [a, b]);
  if (isPlain && count === 3) return (a: unknown, b: unknown, c: unknown) => request(effect, [a, b, c]);
  return (...given: unknown[]) => {
    const args: unknown[] = [];
    for (let i = 0; i < count; i++) {
      const value = i < given.length ? given[i] : undefined;
      const parameter = parameters[i];
      append(
        args,
        parameter === "class"
          ? nameOfClass(value) ?? value
          : parameter === "optional"
          ? value ?? null
          : value,
      );
    }
    return request(effect, args);
  };
}

/** `Artifact["report"]` loads an artifact. Code of models gets its `await` before it runs. */
export function artifactsByName(): object {
  return new NewProxy({ __proto__: null } as object, {
    __proto__: null,
    get: (_: object, key: PropertyKey) =>
      typeof key === "string" ? request("LoadArtifact", [key, null]) : undefined,
  } as ProxyHandler<object>);
}
