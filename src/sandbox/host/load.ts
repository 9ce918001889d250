import type { Sandbox, SandboxBuiltin } from "../sandbox.ts";

/** Loads the sandbox, once per process; what runs code is loaded with it, and not before. Each load gives the same builtins. */
export async function loadSandbox(builtins: readonly SandboxBuiltin[]): Promise<Sandbox> {
  const quickjs = await import("./quickjs.ts");
  return await quickjs.loadQuickJs(builtins);
}
