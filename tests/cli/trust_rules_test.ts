import { assertEquals } from "@std/assert";
import { askOf, requestOf } from "../../src/cli/trust_rules.ts";

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

Deno.test("trust rules: the question shows each character that could make a value look like another", () => {
  const shown = (name: string, value: string | string[]) =>
    requestOf("/a/playbooks.toml", [{ name, value, needed: true }])?.lines[0];
  const note = " (where prompts and the key are sent)";
  const cases: readonly (readonly [name: string, value: string | string[], expected: string])[] = [
    [
      "model.base_url",
      "https://api.open\u0430i.com/v1",
      `model.base_url = "https://api.xn--openi-7ve.com/v1"${note}`,
    ],
    ["model.base_url", "https://a\u200b.com/", `model.base_url = "https://a.com/"${note}`],
    ["model.base_url", "no\u200b address", `model.base_url = "no\\u200b address"${note}`],
    ["model.base_url", "https://api.openai.com/v1", `model.base_url = "https://api.openai.com/v1"${note}`],
    ["permissions.read", ["/\u202emoc.elgoog"], 'permissions.read = ["/\\u202emoc.elgoog"]'],
    ["permissions.read", ["/\u{e0041}a\u200f"], 'permissions.read = ["/\\udb40\\udc41a\\u200f"]'],
    ["permissions.read", ["/Büro"], 'permissions.read = ["/Büro"]'],
  ];
  for (const [name, value, expected] of cases) assertEquals(shown(name, value), expected);
});
