import { createHmac } from "node:crypto";
import type { SnapshotSeal } from "../../src/engine/turn/scope_snapshots.ts";

/** A seal with the test's own secret, so it needs no state folder. */
export function testSeal(secret: string): SnapshotSeal {
  const of = (parts: readonly (string | Uint8Array)[]) => {
    const mac = createHmac("sha256", secret);
    for (const part of parts) mac.update(`${part.length}:`).update(part);
    return mac.digest("hex");
  };
  return { of, isOn: (mark, parts) => of(parts) === mark };
}
