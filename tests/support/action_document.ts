import { parse } from "yaml";

interface ActionFile {
  readonly inputs: Readonly<Record<string, ActionField & { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, ActionField>>;
}

interface ActionField {
  readonly description: string;
}

/** The inputs and outputs of action/action.yml, for docs/guide/ci.md. */
export function actionInputs(): string {
  const { inputs, outputs } = parse(Deno.readTextFileSync("action/action.yml")) as ActionFile;
  const inputRows = Object.entries(inputs).map(([name, { description, default: value }]) => {
    const shown = value === undefined ? "required" : value === "" ? "" : `\`${value}\``;
    return `| \`${name}\` | ${shown} | ${description} |`;
  });
  const outputRows = Object.entries(outputs).map(([name, { description }]) =>
    `| \`${name}\` | ${description} |`
  );
  return [
    ["| input | default | meaning |", "| --- | --- | --- |", ...inputRows].join("\n"),
    ["| output | meaning |", "| --- | --- |", ...outputRows].join("\n"),
  ].join("\n\n");
}
