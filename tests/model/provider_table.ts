import { providerInfos } from "../../src/model/providers.ts";

/** The table of providers in docs/models.md. */
export function providerTable(): string {
  const rows = providerInfos.map(({ name, doc, baseUrl, keyEnvs, local }) => {
    const keys = keyEnvs.map((key) => `\`${key}\``).join(" or ");
    return `| \`${name}\` | ${doc} | ${baseUrl || "`base_url`"} | ${local ? `none, or ${keys}` : keys} |`;
  });
  return ["| provider | who answers | address | key |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}
