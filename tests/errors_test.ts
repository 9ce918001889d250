import { assert, assertEquals } from "@std/assert";
import { reportFailure } from "../src/cli/main.ts";
import { exitCodes, messageOf } from "../src/errors.ts";
import { worldIn } from "./support/world.ts";

const advices = [
  'Requires read access to "/x", run again with the --allow-read flag',
  'Requires all access to "/dev/stdin", run again with the --allow-all flag',
  'Requires net access to "a:1", specify the required permissions during compilation using `deno compile --allow-net`',
];

Deno.test("errors: Deno's advice to developers never reaches a user, also inside another message", () => {
  for (const advice of advices) {
    for (const message of [advice, `GET http://a failed: ${advice}; try later`]) {
      const said = messageOf(new Error(message));
      assert(!/--allow|deno compile|run again/.test(said), said);
      assert(said.includes("which playbooks does not have"), said);
    }
  }
  assertEquals(messageOf("words"), "words");
});

Deno.test("errors: a system error is exit 6 with a recovery hint, and any other is reported as an internal error", () => {
  const system = [
    new Deno.errors.NotCapable(advices[1]!),
    Object.assign(new Deno.errors.PermissionDenied("Permission denied (os error 13)"), { code: "EACCES" }),
    Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" }),
  ];
  for (
    const [errors, exit, says] of [
      [system, exitCodes.storage, "The system refused it"],
      [[new TypeError("x is undefined"), "words"], exitCodes.failed, "fault of playbooks itself"],
    ] as const
  ) {
    for (const error of errors) {
      const world = worldIn("/");
      assertEquals(reportFailure(error, world), exit);
      assert(world.stderr.text.includes(says), world.stderr.text);
      assert(!/--allow|deno compile/.test(world.stderr.text), world.stderr.text);
    }
  }
});
