import type { Sandbox, SandboxBuiltin } from "../sandbox.ts";

/** Loads the sandbox and its engine at the first call, once per process. Each call must give the same builtins. */
export async function loadSandbox(builtins: readonly SandboxBuiltin[]): Promise<Sandbox> {
  const quickjs = await import("./quickjs.ts");
  return await quickjs.loadQuickJs(builtins);
}
