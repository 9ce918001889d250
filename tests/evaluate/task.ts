import { parseArgs } from "@std/cli/parse-args";
import { loadConfig } from "../../src/cli/load_config.ts";
import { modelWorld } from "../../src/cli/session_models.ts";
import type { World } from "../../src/cli/world.ts";
import { type ExitCode, exitCodes } from "../../src/errors.ts";
import { openModel } from "../../src/model/mod.ts";
import { chat } from "../support/chat_dialect.ts";
import { renewed } from "../support/documents.ts";
import "../support/local_models.ts";
import { tokens } from "../support/prompt_size.ts";
import { worldIn } from "../support/world.ts";
import { type Case, readCases, styles } from "./cases.ts";
import { evaluate, type EvaluatedModel, evaluateScript, type Verdict } from "./evaluate.ts";
import { asJson, asTable, markdownTable, type Series, type Variant, variantTable } from "./report.ts";
import { rulesOf, shippedRules, teaches, variantNames } from "./rule_variants.ts";
import type { Script } from "./script.ts";

const usage =
  `deno task evaluate [--model SPEC] [--config FILE] [--rules NAME] [--only TEXT] [--json] [--words]
deno task evaluate --variants | --docs

Runs 20 programs, judges them by what persons read, and prints a table. Exit code 1: a program is wrong.

  --model SPEC   asks a real model, such as anthropic:claude-haiku-4-5; without it, recorded answers in three styles
  --config FILE  playbooks.toml with the model's address and settings
  --rules NAME   the rules of the prompt: ${variantNames().join(", ")}
  --only TEXT    only programs whose name has this text
  --words        prints all words to persons, too
  --json         prints JSON
  --variants     compares the rules on recorded answers
  --docs         writes both tables into docs/models.md`;

/**
 * `deno task evaluate`; `print` gets its output. Throws a `PlaybooksError` for an unusable model.
 *
 * `folder` is where the search for playbooks.toml begins.
 */
export async function evaluateTask(
  args: readonly string[],
  print: (text: string) => void,
  folder: string = Deno.cwd(),
): Promise<ExitCode> {
  const unknown: string[] = [];
  const options = parseArgs(args, {
    string: ["model", "config", "rules", "only"],
    boolean: ["json", "words", "variants", "docs", "help"],
    unknown: (argument) => unknown.push(argument) < 0,
  });
  const text = (name: string) => options[name] as string | undefined;
  if (options["help"] || unknown.length > 0) {
    print(unknown.length > 0 ? `There is no option ${unknown.join(" ")}\n\n${usage}` : usage);
    return options["help"] ? exitCodes.ok : exitCodes.usage;
  }
  const cases = readCases().filter(({ name }) => name.includes(text("only") ?? ""));
  const rules = text("rules") ?? shippedRules;
  if (options["variants"]) {
    print(variantTable(await variants(cases)));
    return exitCodes.ok;
  }
  if (options["docs"]) {
    for (const part of evaluationParts) {
      const document = Deno.readTextFileSync(part.file);
      Deno.writeTextFileSync(part.file, renewed(document, part, await part.text()));
    }
    return exitCodes.ok;
  }
  const spec = text("model");
  const series = spec === undefined
    ? await recorded(cases, rules)
    : [await asked(cases, await open(spec, { config: text("config"), rules, folder }))];
  print(options["json"] ? asJson(series) : asTable(series, { words: options["words"] === true }));
  const isRight = series.every(({ verdicts }) => verdicts.every(({ faults }) => faults.length === 0));
  return isRight && cases.length > 0 ? exitCodes.ok : exitCodes.failed;
}

/** The tables of docs/models.md that recorded answers make. `--docs` writes them, and a test compares them. */
export const evaluationParts = [
  {
    file: "docs/models.md",
    mark: "evaluation",
    text: async () => markdownTable(await recorded(readCases(), shippedRules)),
  },
  {
    file: "docs/models.md",
    mark: "rules",
    text: async () => variantTable(await variants(readCases())),
  },
] as const;

async function recorded(cases: readonly Case[], rules: string): Promise<Series[]> {
  return await Promise.all(styles.map(async (style, index): Promise<Series> => ({
    label: style,
    verdicts: await inTurn(
      cases,
      (each) => evaluateScript(each, each.scripts[index]!, { dialect: chat, rules }),
    ),
  })));
}

async function asked(cases: readonly Case[], evaluated: EvaluatedModel): Promise<Series> {
  return { label: evaluated.model.id, verdicts: await inTurn(cases, (each) => evaluate(each, evaluated)) };
}

async function open(
  model: string,
  { config, rules, folder }: {
    readonly config: string | undefined;
    readonly rules: string;
    readonly folder: string;
  },
): Promise<EvaluatedModel> {
  const world: World = { ...worldIn(folder, Deno.env.toObject()), fetch: globalThis.fetch, now: Date.now };
  const loaded = loadConfig({ model, trust: true, ...(config === undefined ? {} : { config }) }, world);
  return {
    model: await openModel(loaded.model, modelWorld(loaded, world)),
    rules,
    countsTokens: true,
  };
}

/**
 * The verdicts for each variant of the rules: on a careful model that follows the rules it is given, and makes the slip
 * of `untaught.md` if no rule teaches against it; and on a terse model that makes its slips with any rules.
 */
async function variants(cases: readonly Case[]): Promise<Variant[]> {
  const all: Variant[] = [];
  for (const rules of variantNames()) {
    const run = (program: Case, script: Script) => evaluateScript(program, script, { dialect: chat, rules });
    const careful = await inTurn(cases, (each) => {
      const { untaught } = each;
      return run(each, untaught && !teaches(rules, untaught.unless!) ? untaught : each.scripts[0]!);
    });
    const terse = await inTurn(cases, (each) => run(each, each.scripts.at(-1)!));
    all.push({ rules, size: tokens(rulesOf(rules)), careful, terse });
  }
  return all;
}

async function inTurn<Result extends Verdict>(
  cases: readonly Case[],
  run: (program: Case) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const each of cases) results.push(await run(each));
  return results;
}
