import { assertEquals } from "@std/assert";
import { stateFolder } from "../../src/user/mod.ts";

const table: readonly (readonly [os: typeof Deno.build.os, variables: string, folder: string | undefined])[] =
  [
    ["linux", "PLAYBOOKS_STATE_DIR=/state XDG_STATE_HOME=/xdg HOME=/home/u", "/state"],
    ["linux", "PLAYBOOKS_STATE_DIR=state XDG_STATE_HOME=/xdg HOME=/home/u", "/xdg/playbooks"],
    ["linux", "XDG_STATE_HOME=xdg HOME=/home/u", "/home/u/.local/state/playbooks"],
    ["linux", "HOME=/home/u", "/home/u/.local/state/playbooks"],
    ["darwin", "HOME=/Users/u", "/Users/u/Library/Application Support/playbooks"],
    ["linux", "", undefined],
  ];

Deno.test("state folder: absolute paths of the environment are used in order, and relative ones never", () => {
  for (const [os, variables, folder] of table) {
    const environment = Object.fromEntries(
      variables.split(" ").filter((each) => each !== "").map((each) => each.split("=") as [string, string]),
    );
    assertEquals(stateFolder(environment, os), folder, `${os} ${variables}`);
  }
});
