import { assertEquals } from "@std/assert";
import {
  bundleGuest,
  bundleLibrary,
  bundlePython,
  guestBundlePath,
  libraryBundlePath,
  pythonBundlePath,
} from "../../build/guest.ts";

Deno.test("guest: the checked-in bundle matches its modules (deno task guest writes it)", async () => {
  assertEquals(await Deno.readTextFile(guestBundlePath), await bundleGuest());
  assertEquals(await Deno.readTextFile(libraryBundlePath), await bundleLibrary());
  assertEquals(await Deno.readTextFile(pythonBundlePath), await bundlePython());
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
    for (const file of [guestBundlePath, libraryBundlePath, pythonBundlePath]) {
      const bundle = await Deno.readTextFile(file);
      const { code, text } = await lint(bundle);
      assertEquals(code, 0, text);
      assertEquals((await lint(bundle.replace("Object.", "Objects."))).code, 1);
    }
  } finally {
    await Deno.remove(path);
  }
});
