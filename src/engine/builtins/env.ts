import { plainText } from "../../sandbox/mod.ts";
import { isMissing, type OutsideBuiltin, shortened, succeed, undefinedValue } from "./builtin.ts";
import { permitting, Refusal } from "./file_access.ts";
import { refusing } from "./refusing.ts";

export const envBuiltin: OutsideBuiltin = {
  kind: "outside",
  name: "env",
  effect: "Env",
  isYielding: true,
  isUndeclared: true,
  isSilent: true,
  permission: "env",
  parameters: [{ name: "name", type: "string" }],
  returns: "Promise<string | undefined>",
  doc: "Gives a variable of the environment that `[permissions] env` names; `await env.NAME` is the same.",
  perform: ([given], { state, world }) =>
    refusing(() => {
      if (isMissing(given)) {
        throw new Refusal("TypeError", 'env needs the name of a variable: await env("NAME")');
      }
      const name = plainText(given!);
      const { environment } = world;
      const { env } = state.settings.permissions;
      const isSecret = environment?.secrets.includes(name) ?? true;
      if (!env.includes(name) && !(env.includes("*") && !isSecret)) {
        const shown = shortened(name);
        throw new Refusal(
          "PermissionError",
          `Reading the variable ${shown} is not permitted; ${permitting("env", shown)}`,
        );
      }
      return succeed(environment?.get(name) ?? undefinedValue);
    }),
};
