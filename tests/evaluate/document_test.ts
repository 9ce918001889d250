import { assertEquals } from "@std/assert";
import { renewed } from "../support/documents.ts";
import { evaluationParts } from "./task.ts";

/** `--docs` writes both tables, and what changes one changes the other. The larger one is made in a thorough run only. */
const isThorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

for (const part of evaluationParts) {
  Deno.test({
    name:
      `evaluate: docs/models.md has the current table "${part.mark}" (deno task evaluate --docs writes it)`,
    ignore: part.mark === "rules" && !isThorough,
    fn: async () => {
      const document = Deno.readTextFileSync(part.file);
      assertEquals(renewed(document, part, await part.text()), document);
    },
  });
}
