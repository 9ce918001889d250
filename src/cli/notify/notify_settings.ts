import type { Given } from "../given.ts";
import { configError } from "../setting_values.ts";
import type { SettingContent } from "../settings.ts";
import { isHttpAddress } from "../http_address.ts";

/** `[notify]`: where notifications go. */
export interface NotifySettings {
  /** A program and its arguments; empty for none. */
  readonly command: string;
  /** The folder of the file that names the command. A relative path in it begins there. */
  readonly folder: string;
  /** An HTTP address; empty for none. */
  readonly url: string;
  /** The variable that holds a token for that address; empty for none. */
  readonly tokenEnv: string;
  /** `https://…/{id}`; empty for none. */
  readonly link: string;
  readonly waitMs: number;
  readonly timeoutMs: number;
}

/** The settings of `[notify]`. Throws a `PlaybooksError` (exit code 2) for an address that is not one of HTTP. */
export function notifySettings(
  value: (name: string) => SettingContent,
  given: ReadonlyMap<string, Given>,
  cwd: string,
): NotifySettings {
  const text = (key: string) => String(value(`notify.${key}`)).trim();
  const url = text("url");
  const link = text("link");
  const place = (key: string) => given.get(`notify.${key}`)?.place ?? "[notify]";
  if (url !== "" && !isHttpAddress(url)) {
    throw configError(place("url"), 'notify.url must be an address such as "https://example.com/hook"');
  }
  if (link !== "" && !isHttpAddress(link.replaceAll("{id}", "id"))) {
    throw configError(place("link"), 'notify.link must be an address such as "https://example.com/{id}"');
  }
  return {
    command: text("command"),
    folder: text("command") === "" ? cwd : given.get("notify.command")?.folder ?? cwd,
    url,
    tokenEnv: text("token_env"),
    link,
    waitMs: Number(value("notify.wait_seconds")) * 1000,
    timeoutMs: Number(value("notify.timeout_seconds")) * 1000,
  };
}

/** Whether notifications go anywhere. */
export function sendsNotifications({ command, url }: Pick<NotifySettings, "command" | "url">): boolean {
  return command !== "" || url !== "";
}
