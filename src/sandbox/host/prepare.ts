import type { GuestSetup } from "../guest/protocol.ts";
import type { CodeError, SandboxBuiltin, ScopeOptions } from "../sandbox.ts";
import { languageNames } from "./language_names.ts";
import type { BuiltinForm } from "./call_forms.ts";
import type { Encoded } from "../values.ts";
import { explainSyntax, type ParseFailure } from "./syntax_advice.ts";
import {
  isLocalName,
  type PreparedCode,
  prepareExpressions,
  prepareModule,
  prepareTurn,
} from "./turn_code.ts";

/** A scope's code, parsed and rewritten, or the error that prevents it from running. */
export type PreparedScope =
  | { readonly kind: "failed"; readonly error: CodeError }
  | {
    readonly kind: "ready";
    readonly setup: GuestSetup;
    /** The code to run. For kind `function` the code is in the module. */
    readonly source: string;
    readonly turn: PreparedCode | undefined;
    readonly module: PreparedCode | undefined;
    /** The file of the lines that errors name. */
    readonly mainFile: "turn.js" | "code.js";
    /** The line where each local is declared. */
    readonly declared: ReadonlyMap<string, number>;
  };

/** The names of builtins that the preparation of code needs. */
export interface BuiltinNames {
  readonly all: readonly string[];
  /** Those that the prompt declares. */
  readonly declared: readonly string[];
  /** Functions that return promises. */
  readonly async: readonly string[];
  /** Functions that complete without `await`. */
  readonly unawaited: ReadonlySet<string>;
  /** Whether code seems to use a standard name of the guest's library. */
  readonly usesStandard: (options: Pick<ScopeOptions, "code" | "module">) => boolean;
  /** Functions with their parameters. */
  readonly forms: ReadonlyMap<string, BuiltinForm>;
}

/** Sorts the names of builtins, once for all scopes. */
export function builtinNamesOf(builtins: readonly SandboxBuiltin[]): BuiltinNames {
  const functions = builtins.filter((each) => each.kind === "function");
  return {
    // An assignment to a standard name makes a local, since the program's own names win over it.
    all: builtins.filter(({ kind }) => kind !== "standard").map(({ name }) => name),
    declared: builtins.filter(({ isUndeclared }) => !isUndeclared).map(({ name }) => name),
    async: functions.filter(({ effect }) => effect !== undefined).map(({ name }) => name),
    unawaited: new Set(functions.filter(({ needsNoAwait }) => needsNoAwait).map(({ name }) => name)),
    usesStandard: standardTest(builtins),
    forms: new Map(functions.map(({ name, names = [], options, effect }) => [
      name,
      { names, isEffect: effect !== undefined, ...(options === undefined ? {} : { options }) },
    ])),
  };
}

function standardTest(builtins: readonly SandboxBuiltin[]): BuiltinNames["usesStandard"] {
  const names = builtins.filter(({ kind }) => kind === "standard").map(({ name }) => name);
  const mention = new RegExp(`\\b(?:${[...names, "toLocale[A-Z]\\w+", "localeCompare"].join("|")})\\b`);
  return ({ code, module }) =>
    (module !== undefined && mention.test(module.code)) ||
    (code.kind === "turn" && mention.test(code.text)) ||
    (code.kind === "expressions" && code.expressions.some((expression) => mention.test(expression)));
}

/** Parses and rewrites all code of a scope. */
export function prepareScope(options: ScopeOptions, builtins: BuiltinNames): PreparedScope {
  const module = options.module === undefined ? undefined : moduleOf(options.module);
  if (module !== undefined && "message" in module) {
    return { kind: "failed", error: syntaxError(module, "the agent's code does not parse: ") };
  }
  const { code } = options;
  const none = { turn: undefined, module, declared: new Map<string, number>() };
  switch (code.kind) {
    case "function":
      return { ...none, kind: "ready", setup: setupOf(options, {}, []), source: "", mainFile: "code.js" };
    case "expressions": {
      const text = code.expressions.join("\n");
      const { locals } = text.includes("call$") ? { locals: code.locals } : splitLocals(code.locals, text);
      const prepared = prepareExpressions(code, Object.keys(locals));
      if ("message" in prepared) {
        const { expression, message } = prepared;
        const source = (code.sources ?? code.expressions)[expression];
        const error = { name: "SyntaxError", message: `{${source}}: ${message}`, expression };
        return { kind: "failed", error };
      }
      const setup = setupOf(options, locals, []);
      return { ...none, kind: "ready", setup, source: prepared.source, mainFile: "turn.js" };
    }
    case "turn": {
      const text = code.text.toWellFormed();
      const { locals, gone } = splitLocals(code.locals, text);
      const globals = new Set([
        ...builtins.all,
        ...options.playbooks,
        ...Object.keys(options.classes),
        ...(options.module?.helpers ?? []),
        ...(options.meetings ? ["meeting"] : []),
        ...languageNames,
      ]);
      const effects = {
        functions: new Set([...builtins.async, ...options.playbooks]),
        classes: new Set(Object.keys(options.classes)),
        unawaited: builtins.unawaited,
      };
      const forms = (code.reading ?? 1) < 2
        ? undefined
        : { builtins: builtins.forms, playbooks: new Map(Object.entries(options.parameters ?? {})) };
      const turn = prepareTurn(text, { locals: Object.keys(locals), globals, effects, forms });
      if ("message" in turn) {
        const failure = forms === undefined ? turn : explainSyntax(turn, text);
        return { kind: "failed", error: syntaxError(failure, "") };
      }
      const setup = setupOf(options, locals, gone.filter((name) => !turn.declared.has(name)));
      return {
        kind: "ready",
        setup,
        source: turn.source,
        turn,
        module,
        mainFile: "turn.js",
        declared: turn.declared,
      };
    }
  }
}

/** A cache by module text: a program has few modules and many turns. */
const preparedModules = new Map<string, PreparedCode | ParseFailure>();
const maxPreparedModules = 32;

function moduleOf(module: NonNullable<ScopeOptions["module"]>): PreparedCode | ParseFailure {
  const names = [...module.helpers, ...module.functions.map(({ implementation }) => implementation)];
  const key = JSON.stringify([module.code, names]);
  const known = preparedModules.get(key);
  if (known !== undefined) return known;
  const prepared = prepareModule(module.code.toWellFormed(), names);
  if (preparedModules.size >= maxPreparedModules) preparedModules.clear();
  preparedModules.set(key, prepared);
  return prepared;
}

/** Separates the locals that the code mentions. The others do not enter the sandbox. */
function splitLocals(
  all: Readonly<Record<string, Encoded>>,
  text: string,
): { locals: Record<string, Encoded>; gone: string[] } {
  const locals: Record<string, Encoded> = Object.create(null);
  const gone: string[] = [];
  const hasEscapes = text.includes("\\u");
  for (const [name, value] of Object.entries(all)) {
    if (!isLocalName(name) || (!hasEscapes && !text.includes(name))) continue;
    if (typeof value === "object" && value !== null && "$type" in value && value["$type"] === "gone") {
      gone.push(name);
    } else locals[name] = value;
  }
  return { locals, gone };
}

function setupOf(
  options: ScopeOptions,
  locals: Readonly<Record<string, Encoded>>,
  gone: readonly string[],
): GuestSetup {
  const { self, playbooks, prompted = [], classes, seed, nowMs, limits, places = false } = options;
  const { outputCharacters, openRequests, effects, effectsSetting } = limits;
  const { shortSleeps, shortSleepSeconds } = limits;
  const { meetings = [], meetingPlaybooks = [], artifactVariables } = options;
  return {
    ...(meetings.length > 0 ? { meetings } : {}),
    ...(meetingPlaybooks.length > 0 ? { meetingPlaybooks } : {}),
    ...(artifactVariables === undefined ? {} : { artifactVariables }),
    ...{ self, playbooks, prompted, classes, seed, nowMs, places, locals, gone },
    ...{ outputCharacters, openRequests, effects, effectsSetting, shortSleeps, shortSleepSeconds },
  };
}

function syntaxError({ message, line, column }: ParseFailure, prefix: string): CodeError {
  return { name: "SyntaxError", message: prefix + message, line, column };
}
