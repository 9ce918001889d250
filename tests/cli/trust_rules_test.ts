import { assertEquals } from "@std/assert";
import { askOf } from "../../src/cli/trust_rules.ts";

Deno.test("trust rules: a storage inside the folder needs no trust, and one beside it does, whatever its name", () => {
  const context = { provider: () => "anthropic", folder: "/a/prog", realPath: (path: string) => path };
  const needsTrust = (path: string) =>
    askOf({ table: "durability", key: "storage_path" }, path, context) !== undefined;
  for (const path of ["/a/prog", "/a/prog/.checkpoints", "/a/prog/deep/er"]) {
    assertEquals(needsTrust(path), false, path);
  }
  for (const path of ["/a/program", "/a/prog2/x", "/a/prog-", "/a", "/"]) {
    assertEquals(needsTrust(path), true, path);
  }
});
