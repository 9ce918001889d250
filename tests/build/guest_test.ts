import { assertEquals } from "@std/assert";
import { bundleText, sandboxBundles } from "../../build/guest.ts";

Deno.test("guest: the checked-in bundles match their modules (deno task guest writes them)", async () => {
  for (const each of sandboxBundles) assertEquals(await Deno.readTextFile(each.path), await bundleText(each));
});

Deno.test("guest: the bundle uses no undefined name", async () => {
  const path = await Deno.makeTempFile({ suffix: ".js" });
  try {
    const lint = async (text: string) => {
      await Deno.writeTextFile(path, text);
      const args = ["lint", "--no-config", "--rules-tags=", "--rules-include=no-undef", path];
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
      return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
    };
    for (const { path: file } of sandboxBundles) {
      const bundle = await Deno.readTextFile(file);
      const { code, text } = await lint(bundle);
      assertEquals(code, 0, text);
      assertEquals((await lint(bundle.replace("Object.", "Objects."))).code, 1);
    }
  } finally {
    await Deno.remove(path);
  }
});
