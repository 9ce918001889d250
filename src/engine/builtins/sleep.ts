import { plainText } from "../../sandbox/mod.ts";
import { maxTimeMs, refuse, shortened, undefinedValue, type WaitBuiltin } from "./builtin.ts";

export const sleepBuiltin: WaitBuiltin = {
  kind: "wait",
  name: "Sleep",
  parameters: [{ name: "seconds", type: "number" }],
  returns: "Promise<void>",
  isSilent: true,
  sampleResult: undefinedValue,
  doc: "Waits for some seconds. The session can be stopped and resumed meanwhile.",
  perform([given], { nowMs }) {
    const seconds = Number(given);
    if (!Number.isFinite(seconds) || seconds < 0) {
      return refuse(
        "TypeError",
        `Sleep needs a number of seconds, not ${shortened(plainText(given ?? null))}`,
      );
    }
    if (nowMs + seconds * 1000 > maxTimeMs) {
      return refuse("RangeError", `Sleep cannot wait ${seconds} seconds: no date is that late`);
    }
    return { kind: "start", wait: { kind: "sleep", until: nowMs + seconds * 1000 } };
  },
};
