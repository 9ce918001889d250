import { type ModelSettings, providerInfo } from "../model/mod.ts";

/** The server of a configured model, and the variable of its key. */
export interface ModelPlace {
  /** The whole address, perhaps with a password. Mask it before it is shown. */
  readonly address: string;
  readonly key: {
    /** The variable with the key, or the first one that may hold it. */
    readonly variable: string;
    readonly set: boolean;
    readonly needed: boolean;
  };
}

/** The place of a model; `undefined` for one inside this process, such as the rehearsal. */
export function modelPlace(
  { provider, baseUrl, apiKeyEnv }: ModelSettings,
  environment: Readonly<Record<string, string>>,
): ModelPlace | undefined {
  const info = providerInfo(provider);
  if (!info) return undefined;
  const names = apiKeyEnv === "" ? info.keyEnvs : [apiKeyEnv];
  const variable = names.find((key) => hasText(environment[key]));
  return {
    address: baseUrl || info.baseUrl,
    key: {
      variable: variable ?? names[0]!,
      set: variable !== undefined,
      needed: baseUrl === "" && !info.local,
    },
  };
}

/** Whether a variable holds more than spaces. */
export function hasText(value: string | undefined): boolean {
  return (value ?? "").trim() !== "";
}
