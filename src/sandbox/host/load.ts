import type { Sandbox } from "../sandbox.ts";

/** Loads the sandbox, once per process; what runs code is loaded with it, and not before. */
export async function loadSandbox(): Promise<Sandbox> {
  const quickjs = await import("./quickjs.ts");
  return await quickjs.loadSandbox();
}
