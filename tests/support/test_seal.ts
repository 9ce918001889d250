import { createHmac } from "node:crypto";
import type { SnapshotSeal } from "../../src/engine/mod.ts";

/** A seal under a secret of the test's own, which needs no state folder. */
export function testSeal(secret: string): SnapshotSeal {
  const of = (parts: readonly (string | Uint8Array)[]) => {
    const mac = createHmac("sha256", secret);
    for (const part of parts) mac.update(`${part.length}:`).update(part);
    return mac.digest("hex");
  };
  return { of, isOn: (mark, parts) => of(parts) === mark };
}
