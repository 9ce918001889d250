import type { ValueEdit } from "../../../session/mod.ts";
import { jsonOrText } from "../../../text/mod.ts";
import { usageError } from "../../usage_error.ts";

/** Reads `--set state.x=VALUE`, `Agent.state.x=VALUE`, `local.x=VALUE` or `result@N=VALUE`. Throws a usage error. */
export function readValueEdit(text: string): ValueEdit {
  const split = text.indexOf("=");
  if (split < 1) {
    const lack = split === 0 ? "name" : "value";
    throw usageError(`--set ${JSON.stringify(text)} has no ${lack}; write --set state.x=VALUE`);
  }
  const [target, value] = [text.slice(0, split), jsonOrText(text.slice(split + 1))];
  const result = /^result@(\d{1,15})$/.exec(target);
  if (result) return { kind: "result", position: Number(result[1]), value };
  const [, agent, kind, name] = /^(?:([^.=]+)\.)?(state|local)\.([^.\[\]]+)$/.exec(target) ?? [];
  if (name !== undefined && kind === "state") {
    return { kind, name, value, ...(agent === undefined ? {} : { agent }) };
  }
  if (name !== undefined && kind === "local" && agent === undefined) return { kind, name, value };
  throw usageError(
    `--set cannot set ${
      JSON.stringify(target)
    }; it sets state.x, Agent.state.x, local.x or result@N, each whole`,
  );
}
