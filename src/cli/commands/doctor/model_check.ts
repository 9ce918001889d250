import { isOffline, maskedAddress, type ModelSettings } from "../../../model/mod.ts";
import { failureText } from "../../../net/mod.ts";
import type { Config } from "../../config.ts";
import { modelPlace } from "../../model_place.ts";
import type { World } from "../../world.ts";
import { broken, type DoctorFinding, fine, warning } from "./finding.ts";

/** The configured models: which, whether there is a key, and whether their servers can be reached. */
export async function modelFindings(
  config: Config,
  world: World,
  options: { readonly offline: boolean },
): Promise<readonly DoctorFinding[]> {
  const found = [await modelFinding(config.model, config, world, options)];
  if (config.rawModel) found.push(await modelFinding(config.rawModel, config, world, options));
  return found.flat();
}

async function modelFinding(
  settings: ModelSettings,
  { environment, modelFrom }: Config,
  world: World,
  { offline }: { readonly offline: boolean },
): Promise<readonly DoctorFinding[]> {
  const about = "model";
  const { provider, name } = settings;
  const model = name === "" ? provider : `${provider}:${name}`;
  const place = modelPlace(settings, environment);
  if (!place) {
    return modelFrom === "default" && isOffline(provider)
      ? [
        warning(
          about,
          "no model is configured, so programs are rehearsed",
          "set a key such as ANTHROPIC_API_KEY, or [model] in playbooks.toml; playbooks models lists the choice",
          { model },
        ),
      ]
      : [fine(about, `${model}, which asks no server`, { model })];
  }
  const { address, key } = place;
  const facts = { model, address: maskedAddress(address), key: { ...key } };
  const keyInWords = key.set ? `key in ${key.variable}` : "without a key";
  const text = `${model} at ${facts.address}, ${keyInWords}`;
  if (key.needed && !key.set) {
    return [broken(about, `${text}, which it needs`, `set ${key.variable}, for example in .env`, facts)];
  }
  if (offline) return [fine(about, `${text}, not asked (--offline)`, facts)];
  const reached = await reach(address, world.fetch);
  return typeof reached === "number"
    ? reached >= 500
      ? [
        warning(
          about,
          `${text}, answers with HTTP ${reached}`,
          "try later; playbooks models --test asks it",
          facts,
        ),
      ]
      : [fine(about, `${text}, can be reached`, { ...facts, http: reached })]
    : [
      broken(
        about,
        `${text}, cannot be reached: ${reached}`,
        "check base_url, the network and the proxy",
        facts,
      ),
    ];
}

/**
 * One request without a key and without words, so it costs nothing. Any answer shows that the server can be reached. Returns
 * its status, or the reason of the failure.
 */
async function reach(address: string, send: typeof fetch): Promise<number | string> {
  if (!URL.canParse(address)) return "the address is not valid";
  const url = new URL(address);
  url.username =
    url.password =
    url.search =
    url.hash =
      "";
  const signal = AbortSignal.timeout(reachMs);
  try {
    const response = await send(url, { redirect: "manual", signal });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    return signal.aborted ? `no answer within ${reachMs / 1000} s` : failureText(error);
  }
}

const reachMs = 5000;
