import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseDatabaseAddress } from "../../../src/store/postgres/address.ts";
import { isPassing } from "../../../src/store/postgres/database_error.ts";
import { ServerLink } from "../../../src/store/postgres/link.ts";
import { sharedPostgres } from "../../support/postgres_server.ts";
import { testWithPostgres } from "../../support/postgres_store.ts";
import { StoppingProxy } from "../../support/stopping_proxy.ts";

/** A link through a proxy that can stop. Without an answer for 300 ms the link is cut. */
async function linkThrough({ port }: StoppingProxy, sslmode: string, connections: number) {
  const address = parseDatabaseAddress(`postgres://postgres@127.0.0.1:${port}/postgres?sslmode=${sslmode}`);
  return await ServerLink.to(address, address.hosts[0]!, { connections, answerMs: 300 });
}

/** A store repeats a statement that fails so. */
async function assertLost(statement: () => Promise<unknown>): Promise<void> {
  assertEquals(isPassing(await assertRejects(statement)), true);
}

for (const sslmode of ["disable", "prefer", "require", "verify-full"]) {
  testWithPostgres(
    `postgres link: each of several statements fails within the bound if no answer comes, with sslmode ${sslmode}`,
    async () => {
      for (const connections of [1, 2]) {
        await using proxy = new StoppingProxy(sharedPostgres().port);
        proxy.stop();
        const link = await linkThrough(proxy, sslmode, connections);
        const begin = performance.now();
        const ends = Array.from(
          { length: 5 },
          () => assertLost(() => link.run("select 1")),
        );
        await Promise.all(ends);
        assert(performance.now() - begin < 3000);
        await assertLost(() => link.run("select 1"));
        await link.close();
      }
    },
  );
}

testWithPostgres(
  "postgres link: statements under way fail within the bound when the network stops",
  async () => {
    await using proxy = new StoppingProxy(sharedPostgres().port);
    const link = await linkThrough(proxy, "prefer", 1);
    assertEquals((await link.run("select 1 as one"))[0], { one: 1 });
    proxy.stop();
    const ends = Array.from(
      { length: 5 },
      () => assertLost(() => link.run("select 1")),
    );
    ends.push(
      assertLost(() => link.transaction("read write", (run) => run("select 1"))),
    );
    await Promise.all(ends);
    assertEquals(link.isBroken, true);
    await link.close();
  },
);
