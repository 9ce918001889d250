import { type ExitCode, exitCodes, messageOf } from "../../../errors.ts";
import {
  isOffline,
  maskedAddress,
  type Model,
  type ModelSettings,
  openModel,
  type Price,
  priceOf,
  pricesAsOf,
  providerInfo,
  providerInfos,
  usualNames,
} from "../../../model/mod.ts";
import { jsonText } from "../../../text/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import type { Config } from "../../config.ts";
import { loadConfig } from "../../load_config.ts";
import { hasText, type ModelPlace, modelPlace } from "../../model_place.ts";
import { modelWorld } from "../../session_models.ts";
import { table } from "../../table.ts";
import { requireTrust } from "../../trust.ts";
import type { World } from "../../world.ts";

/** Options of `models`. */
export interface ModelsOptions {
  readonly model?: string;
  /** Ask each model for one word. */
  readonly test: boolean;
  readonly trust: boolean;
  readonly json: boolean;
  readonly config?: string;
}

/** `playbooks models`: prints the configured models and the providers with a key, and tests whether they answer. */
export async function models(command: ModelsOptions, world: World): Promise<ExitCode> {
  const config = loadConfig({
    ...(command.config === undefined ? {} : { config: command.config }),
    ...(command.model === undefined ? {} : { model: command.model }),
    trust: command.trust,
  }, world);
  if (command.test) await requireTrust(config, world);
  const found = listed(config).map((each) => described(each, config));
  const rows = command.test
    ? await Promise.all(found.map(async (row) => ({ ...row, test: await tested(row, config, world) })))
    : found;
  writeAll(world.stdout, command.json ? asJson(rows) : asText(rows));
  return rows.some(({ test }) => test?.ok === false) ? exitCodes.failed : exitCodes.ok;
}

interface Listed {
  /** Its use: all playbooks, steps, raw playbooks, or none yet (`key`). */
  readonly use: "all" | "steps" | "raw" | "key";
  readonly settings: ModelSettings;
}

interface Row extends Listed {
  readonly model: string;
  readonly address: string | undefined;
  readonly key: ModelPlace["key"] | undefined;
  /** Absent if unknown. */
  readonly price: Price | undefined;
  readonly test?: Tested | undefined;
}

interface Tested {
  readonly ok: boolean;
  readonly said: string;
  readonly ms: number;
}

/** The configured models, then other providers with a key. */
function listed(config: Config): Listed[] {
  const { model, rawModel, environment } = config;
  const configured: Listed[] = rawModel
    ? [{ use: "steps", settings: model }, { use: "raw", settings: rawModel }]
    : [{ use: "all", settings: model }];
  const named = new Set(configured.map(({ settings }) => settings.provider));
  const keyed = providerInfos.filter(({ name, keyEnvs }) =>
    !named.has(name) && name !== "openai-compatible" && keyEnvs.some((key) => hasText(environment[key]))
  );
  return [
    ...configured,
    ...keyed.map(({ name }): Listed => ({
      use: "key",
      settings: { ...model, provider: name, name: usualNames[name] ?? "", baseUrl: "", apiKeyEnv: "" },
    })),
  ];
}

function described(each: Listed, config: Config): Row {
  const { settings } = each;
  const { provider, name } = settings;
  const model = name === "" ? provider : `${provider}:${name}`;
  const place = modelPlace(settings, config.environment);
  const info = providerInfo(provider);
  if (!place || !info) {
    return { ...each, model, address: undefined, key: undefined, price: { input: 0, output: 0 } };
  }
  const { address, key } = place;
  return {
    ...each,
    model,
    address: maskedAddress(address),
    key,
    price: URL.canParse(address) ? priceOf({ info, name, baseUrl: address }, config.prices) : undefined,
  };
}

/**
 * Asks a configured model for one word. A failure that a run would retry also counts, because the user wants the current
 * state.
 */
async function tested({ use, settings }: Row, config: Config, world: World): Promise<Tested | undefined> {
  if (use === "key" || isOffline(settings.provider)) return undefined;
  const began = performance.now();
  const done = (ok: boolean, said: string): Tested => ({
    ok,
    said,
    ms: Math.round(performance.now() - began),
  });
  try {
    const short = { ...settings, maxOutputTokens: maxTestTokens, reasoningTokens: 0, cache: false };
    return done(true, await askForOneWord(await openModel(short, modelWorld(config, world))));
  } catch (error) {
    return done(false, messageOf(error));
  }
}

/** Enough for models that think before their first word. */
const maxTestTokens = 500;

const testMs = 60_000;

async function askForOneWord(model: Model): Promise<string> {
  const messages = [{ role: "user" as const, text: "Say ok." }];
  const request = { answer: "text" as const, system: "Answer with one word.", messages };
  for await (const event of model.stream(request, { signal: AbortSignal.timeout(testMs) })) {
    if (event.type === "retrying") throw new Error(event.reason);
    if (event.type === "failed") throw new Error(event.failure.message);
    if (event.type === "completed") {
      const { inputTokens, outputTokens } = event.completion.usage;
      return `answers (${inputTokens} tokens in, ${outputTokens} out)`;
    }
  }
  throw new Error("it ended without an answer");
}

function asText(rows: readonly Row[]): string {
  const hasTest = rows.some(({ test }) => test !== undefined);
  const headings = ["USE", "MODEL", "ADDRESS", "KEY", "PRICE", ...(hasTest ? ["TEST"] : [])];
  const cells = rows.map((row) => [
    row.use,
    row.model,
    row.address ?? "none",
    keyInWords(row),
    priceInWords(row.price),
    ...(hasTest ? [testInWords(row)] : []),
  ]);
  const keyed = rows.some(({ use }) => use === "key");
  return table(headings, cells) +
    `\nPrices are in US dollars for a million tokens, as of ${pricesAsOf}; [prices] in playbooks.toml overrides them\n` +
    (keyed
      ? "Of the providers with use key there is a key; take one with --model, or in playbooks.toml\n"
      : "");
}

function keyInWords({ key }: Row): string {
  if (!key) return "none";
  if (key.set) return `in ${key.variable}`;
  return key.needed ? `${key.variable} is not set` : "none";
}

function priceInWords(price: Price | undefined): string {
  if (!price) return "not known";
  if (price.input === 0 && price.output === 0) return "free";
  return `$${price.input} in, $${price.output} out`;
}

function testInWords({ test, use, settings }: Row): string {
  if (test) return test.ok ? `${test.said}, ${(test.ms / 1000).toFixed(1)} s` : test.said;
  return use === "key" ? `with --model ${settings.provider}:NAME` : "asks no server";
}

function asJson(rows: readonly Row[]): string {
  const list = rows.map(({ use, settings, model, address, key, price, test }) => ({
    use,
    model,
    provider: settings.provider,
    name: settings.name,
    address: address ?? null,
    key: key ? { variable: key.variable, set: key.set, needed: key.needed } : null,
    price: price ?? null,
    ...(test ? { test } : {}),
  }));
  return `${jsonText({ models: list, prices_as_of: pricesAsOf }, 2)}\n`;
}
