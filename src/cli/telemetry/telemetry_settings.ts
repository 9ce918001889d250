import type { Given } from "../given.ts";
import { configError } from "../setting_values.ts";
import type { SettingContent } from "../settings.ts";
import { isHttpAddress } from "../http_address.ts";

/** `[telemetry]`, with the variables of OpenTelemetry in the user's shell. */
export interface TelemetrySettings {
  readonly isOn: boolean;
  /** The whole address for traces. */
  readonly url: string;
  /** The same for metrics; absent if only traces have an address, or metrics are turned off. */
  readonly metricsUrl?: string;
  /** Their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: "http/protobuf" | "http/json";
  /** Attributes of the service. */
  readonly resource: Readonly<Record<string, string>>;
  readonly hasContent: boolean;
  /** Bounds one request, and what telemetry adds to the end of a run. */
  readonly timeoutMs: number;
}

/** The inputs of these settings. */
interface TelemetrySources {
  readonly value: (name: string) => SettingContent;
  readonly given: ReadonlyMap<string, Given>;
  /** Variables of the user's shell: a `.env` cannot set those of OpenTelemetry. */
  readonly shell: Readonly<Record<string, string>>;
  /** The same, with the keys of the folder's `.env`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Throws a `PlaybooksError` (exit code 2) for an address that is not one of HTTP. */
export function telemetrySettings({ value, given, shell, environment }: TelemetrySources): TelemetrySettings {
  const text = (key: string) => String(value(`telemetry.${key}`)).trim();
  const isOn = value("telemetry.enabled") === true && shell["OTEL_SDK_DISABLED"] !== "true";
  const endpoint = text("endpoint");
  const url = endpoint === "" ? addressInShell(shell) : signalAt("traces", endpoint);
  if (isOn && !isHttpAddress(url)) {
    const place = endpoint === ""
      ? "OTEL_EXPORTER_OTLP_ENDPOINT"
      : given.get("telemetry.endpoint")?.place ?? "[telemetry]";
    throw configError(place, 'the endpoint must be an address such as "http://localhost:4318"');
  }
  const own = environment[text("headers_env")];
  const metricsUrl = metricsAddress(endpoint, shell);
  return {
    isOn,
    url,
    ...(metricsUrl === undefined ? {} : { metricsUrl }),
    headers: {
      ...pairsOf(shell["OTEL_EXPORTER_OTLP_HEADERS"]),
      ...pairsOf(shell["OTEL_EXPORTER_OTLP_TRACES_HEADERS"]),
      ...pairsOf(own),
    },
    protocol: protocolOf(text("protocol"), given, shell),
    resource: {
      ...pairsOf(shell["OTEL_RESOURCE_ATTRIBUTES"]),
      "service.name": serviceName(text("service_name"), given, shell),
    },
    hasContent: value("telemetry.content") === true,
    timeoutMs: Number(value("telemetry.timeout_seconds")) * 1000,
  };
}

function addressInShell(shell: Readonly<Record<string, string>>): string {
  const traces = shell["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]?.trim();
  if (traces) return traces;
  return signalAt("traces", shell["OTEL_EXPORTER_OTLP_ENDPOINT"]?.trim() || defaultEndpoint);
}

/** A collector of traces alone need not take metrics. */
function metricsAddress(endpoint: string, shell: Readonly<Record<string, string>>): string | undefined {
  if (shell["OTEL_METRICS_EXPORTER"]?.trim() === "none") return undefined;
  if (endpoint !== "") return signalAt("metrics", endpoint);
  const [metrics, all, traces] = ["METRICS_ENDPOINT", "ENDPOINT", "TRACES_ENDPOINT"].map((name) =>
    shell[`OTEL_EXPORTER_OTLP_${name}`]?.trim()
  );
  const address = metrics || (all || !traces ? signalAt("metrics", all || defaultEndpoint) : undefined);
  return address !== undefined && isHttpAddress(address) ? address : undefined;
}

const defaultEndpoint = "http://localhost:4318";

function signalAt(signal: "traces" | "metrics", endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/${signal}`;
  return url.href;
}

function protocolOf(
  setting: string,
  given: ReadonlyMap<string, Given>,
  shell: Readonly<Record<string, string>>,
): TelemetrySettings["protocol"] {
  const inShell = shell["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] ?? shell["OTEL_EXPORTER_OTLP_PROTOCOL"];
  const chosen = given.has("telemetry.protocol") ? setting : inShell?.trim() ?? setting;
  return chosen === "http/json" ? chosen : "http/protobuf";
}

function serviceName(
  setting: string,
  given: ReadonlyMap<string, Given>,
  shell: Readonly<Record<string, string>>,
): string {
  if (given.has("telemetry.service_name")) return setting;
  return shell["OTEL_SERVICE_NAME"]?.trim() || pairsOf(shell["OTEL_RESOURCE_ATTRIBUTES"])["service.name"] ||
    setting;
}

/** `name=value,name=value`, each percent-encoded, as in the variables of OpenTelemetry. */
function pairsOf(text: string | undefined): Record<string, string> {
  const pairs = (text ?? "").split(",").flatMap((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) return [];
    return [[decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))] as const];
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== ""));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text.trim();
  }
}
