import { assertEquals } from "@std/assert";
import { renewed } from "../support/documents.ts";
import { evaluationParts } from "./task.ts";

for (const part of evaluationParts) {
  Deno.test(`evaluate: docs/models.md has the current table "${part.mark}" (deno task evaluate --docs writes it)`, async () => {
    const document = Deno.readTextFileSync(part.file);
    assertEquals(renewed(document, part, await part.text()), document);
  });
}
