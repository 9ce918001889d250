// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { loadConfig } from "../../src/cli/load_config.ts";
import { modelWorld } from "../../src/cli/session_models.ts";
import type { World } from "../../src/cli/world.ts";
import { exitCodes, messageOf, PlaybooksError } from "../../src/errors.ts";
import { openModel } from "../../src/model/mod.ts";
import { chat } from "../support/chat_dialect.ts";
import "../support/local_models.ts";
import { worldIn } from "../support/world.ts";
import { type Case, readCases, styles } from "./cases.ts";
import { evaluate, type EvaluatedModel, evaluateScript, type Verdict } from "./evaluate.ts";
import { asJson, asTable, type Series, variantTable } from "./report.ts";
import { shippedRules, teaches, variantNames } from "./rule_variants.ts";

const usage =
  `deno task evaluate [--model SPEC] [--config FILE] [--rules NAME] [--only TEXT] [--json] [--words]
deno task evaluate --variants

Runs 20 programs, judges them by what persons read, and prints a table. Exit code 1: a program is wrong.

  --model SPEC   asks a real model, such as anthropic:claude-haiku-4-5; without it, recorded answers in three styles
  --config FILE  playbooks.toml with the model's address and settings
  --rules NAME   the rules of the prompt: ${variantNames().join(", ")}
  --only TEXT    only programs whose name has this text
  --words        prints all words to persons, too
  --json         prints JSON
  --variants     compares the rules on recorded answers, as a table for docs/models.md`;

/** `deno task evaluate`. */
async function main(args: readonly string[]): Promise<number> {
  const unknown: string[] = [];
  const options = parseArgs(args, {
    string: ["model", "config", "rules", "only"],
    boolean: ["json", "words", "variants", "help"],
    unknown: (argument) => unknown.push(argument) < 0,
  });
  const text = (name: string) => options[name] as string | undefined;
  if (options["help"] || unknown.length > 0) {
    console.log(unknown.length > 0 ? `There is no option ${unknown.join(" ")}\n\n${usage}` : usage);
    return options["help"] ? exitCodes.ok : exitCodes.usage;
  }
  const cases = readCases().filter(({ name }) => name.includes(text("only") ?? ""));
  const rules = text("rules") ?? shippedRules;
  if (options["variants"]) {
    console.log(variantTable(await variants(cases)));
    return exitCodes.ok;
  }
  const spec = text("model");
  const series = spec === undefined
    ? await recorded(cases, rules)
    : [await asked(cases, await open(spec, text("config"), rules))];
  console.log(options["json"] ? asJson(series) : asTable(series, { words: options["words"] === true }));
  const isRight = series.every(({ verdicts }) => verdicts.every(({ faults }) => faults.length === 0));
  return isRight && cases.length > 0 ? exitCodes.ok : exitCodes.failed;
}

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

async function open(model: string, config: string | undefined, rules: string): Promise<EvaluatedModel> {
  const world: World = {
    ...worldIn(Deno.cwd(), Deno.env.toObject()),
    fetch: globalThis.fetch,
    now: Date.now,
  };
  const loaded = loadConfig({ model, trust: true, ...(config === undefined ? {} : { config }) }, world);
  return {
    model: await openModel(loaded.model, modelWorld(loaded, world)),
    rules,
    countsTokens: true,
  };
}

/** The verdicts on a model that follows the rules it is given, for each variant of the rules. */
async function variants(cases: readonly Case[]): Promise<Series[]> {
  const all: Series[] = [];
  for (const rules of variantNames()) {
    all.push({
      label: rules,
      verdicts: await inTurn(cases, (each) => {
        const slips = each.untaught !== undefined && !teaches(rules, each.untaught.unless!);
        const script = slips ? each.untaught! : each.scripts[0]!;
        return evaluateScript(each, script, { dialect: chat, rules });
      }),
    });
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

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (!(error instanceof PlaybooksError)) throw error;
    console.error(messageOf(error));
    Deno.exit(error.exitCode);
  }
}
