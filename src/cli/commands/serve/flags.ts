import { type FlagUsage, optional, type SplitArguments } from "../../command.ts";
import { readCount } from "../../session_filter.ts";
import { configFlag, trustFlag } from "../../shared_flags.ts";
import { usageError } from "../../usage_error.ts";
import type { ServeOptions } from "./options.ts";

/** Flags that `serve` and `studio` share. */
export const serveFlags: readonly FlagUsage[] = [
  { name: "port", value: "N", doc: "listen on this port; any that is free by default" },
  {
    name: "host",
    value: "HOST",
    doc: "listen on this address; only this machine by default. Needs --token-file",
  },
  {
    name: "token-file",
    value: "FILE",
    doc: "keep the token in this file, which is made if missing; by default it is new at each start",
  },
  {
    name: "allow-host",
    value: "NAME",
    repeats: true,
    doc: "answer to this name, too, as behind a proxy; may be given more than once",
  },
  { name: "concurrency", value: "N", doc: "run at most N sessions at the same time; the others are queued" },
  { name: "json", doc: "print the address as one JSON object" },
  trustFlag,
  configFlag,
];

/** Reads the flags that `serve` and `studio` share. Throws a usage error. */
export function readServeOptions({ operands, flags, repeated }: SplitArguments): ServeOptions {
  const host = flags.get("host") ?? "127.0.0.1";
  const tokenFile = flags.get("token-file");
  const port = readCount("--port", flags.get("port"), 0) ?? 0;
  if (port > maxPort) throw usageError(`--port takes a number up to ${maxPort}, not ${port}`);
  return {
    files: operands,
    port,
    host,
    ...optional("tokenFile", tokenFile),
    names: (repeated.get("allow-host") ?? []).map((name) => name.toLowerCase()),
    concurrency: readCount("--concurrency", flags.get("concurrency")) ?? defaultConcurrency,
    json: flags.has("json"),
    trust: flags.has("trust"),
    ...optional("config", flags.get("config")),
  };
}

/** Whether only this machine can connect to an address. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Names of this machine by which others reach it. */
export function ownNames(host: string): readonly string[] {
  if (isLoopbackHost(host)) return [];
  const isAddress = host.includes(":") || /^[\d.]+$/.test(host);
  return [Deno.hostname(), ...(isAddress ? [] : [host])].map((name) => name.toLowerCase());
}

const maxPort = 65_535;
const defaultConcurrency = 8;
