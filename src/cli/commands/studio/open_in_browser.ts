import { tell } from "../../../frontends/tell.ts";
import type { World } from "../../world.ts";

/** Opens an address in the browser of the system. If that fails, the person has the printed address. */
export function openInBrowser(address: string, world: World): void {
  const [command, ...args] = openers[Deno.build.os] ?? openers.linux;
  try {
    const child = new Deno.Command(command, {
      args: [...args, address],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    child.status.then(({ success }) => success || tellClosed(world), () => tellClosed(world));
  } catch {
    tellClosed(world);
  }
}

function tellClosed(world: World): void {
  tell(world.stderr, "ℹ No browser was opened here; open the address yourself\n");
}

type Opener = readonly [string, ...string[]];

const openers: Readonly<Record<string, Opener>> & { readonly linux: Opener } = {
  linux: ["xdg-open"],
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};
