import type { Encoded } from "../../sandbox/mod.ts";
import { type EffectContext, type Performed, refuse } from "./builtin.ts";
import { resolveTarget } from "./target.ts";

/** Starts a wait for messages of `targets`; `as` is the form of the result. */
export function waitFor(
  targets: readonly Encoded[],
  wait: { readonly as: "yield" | "messages"; readonly deadlineMs?: number | undefined },
  { state, program }: EffectContext,
): Performed {
  const sources: string[] = [];
  for (const each of targets) {
    const target = resolveTarget(state, program, each);
    switch (target.kind) {
      case "person":
        sources.push(target.name);
        break;
      case "agent":
        sources.push(target.id);
        break;
      case "class":
        sources.push(target.klass);
        break;
      case "anyone":
        sources.push("*");
        break;
      case "unknown":
        return refuse("ReferenceError", target.message);
    }
  }
  if (sources.length === 0) return refuse("TypeError", "Yield needs somebody to wait for");
  const { as, deadlineMs } = wait;
  return {
    kind: "start",
    wait: { kind: "messages", as, sources, ...(deadlineMs === undefined ? {} : { deadline: deadlineMs }) },
  };
}
