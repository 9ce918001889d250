import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import { maskedDatabaseAddress, parseDatabaseAddress } from "../../../src/store/postgres/address.ts";

Deno.test("postgres address: hosts, user, password, database and options are read", () => {
  const address = parseDatabaseAddress("postgres://me:p%40ss@one:5433,two/shop?schema=mine&sslmode=require");
  assertEquals(address, {
    hosts: [{ host: "one", port: 5433 }, { host: "two", port: 5432 }],
    user: "me",
    password: "p@ss",
    database: "shop",
    encryption: "require",
    schema: "mine",
    shown: "postgres://me:****@one:5433,two/shop?schema=mine&sslmode=require",
  });
});

Deno.test("postgres address: a file of authorities is read with verify-full", () => {
  const address = parseDatabaseAddress("postgres://db/x?sslmode=verify-full&sslrootcert=%2Fa%20b%2Fca.pem");
  assertEquals([address.encryption, address.rootCertificates], ["verify-full", "/a b/ca.pem"]);
});

Deno.test("postgres address: only connections of this machine are not encrypted by default", () => {
  const modes = ["localhost", "127.0.0.1:99", "[::1]", "db.example", "10.0.0.1"].map((host) =>
    parseDatabaseAddress(`postgresql://${host}/x`).encryption
  );
  assertEquals(modes, ["disable", "disable", "disable", "prefer", "prefer"]);
  const socket = parseDatabaseAddress("postgres:///x?host=/run/postgresql");
  assertEquals([socket.hosts, socket.encryption], [[{ host: "/run/postgresql", port: 5432 }], "disable"]);
});

Deno.test("postgres address: the option port is that of sockets, and of hosts without their own", () => {
  const ports = ["/x?host=/run/postgresql&port=5433", "one:1,two/x?port=5433"].map((rest) =>
    parseDatabaseAddress(`postgres://${rest}`).hosts.map(({ port }) => port)
  );
  assertEquals(ports, [[5433], [1, 5433]]);
});

Deno.test("postgres address: a wrong one is refused with exit 2, and its password is not shown", () => {
  const wrong = [
    "postgres://me:secret@host:99999/x",
    "postgres://me:secret@a b:x/x",
    "postgres://me:secret@host/x?schema=Mine;drop",
    "postgres://me:secret@host/x?sslmode=maybe",
    "postgres://me:secret@host/x?shema=mine",
    "postgres://me:secret@host/x?sslrootcert=/ca.pem",
    "postgres://me:secret@host/x?sslmode=require&sslrootcert=/ca.pem",
    "postgres://me:secret@host/%zz",
    "postgres://me:secret@host/x#y",
    "mysql://me:secret@host/x",
    "postgres://me:secret@host/x?host=/run&port=99999",
    "postgres://me:secret@host/x?port=no",
    "postgres://me:secret",
    "postgres://me:secret/x",
    "postgres://me:secret,host:5432/x",
    "postgres://host:5432,me:secret/x",
    "postgres://me:99secret?sslmode=require",
  ];
  for (const text of wrong) {
    const error = assertThrows(() => parseDatabaseAddress(text), PlaybooksError);
    assertEquals([error.exitCode, error.message.includes("secret")], [2, false], text);
  }
});

Deno.test("postgres address: an option that is given twice is refused, in each spelling", () => {
  for (const option of ["schema=a", "sslmode=require", "sslrootcert=%2Fca", "host=one", "port=1"]) {
    for (
      const again of [option, option.replace(/=.*/, "="), option.replace("s", "%73").replace("h", "%68")]
    ) {
      for (const query of [`${option}&${again}`, `${again}&${option}`]) {
        const address = `postgres://me:secret@host/x?${query}`;
        const error = assertThrows(() => parseDatabaseAddress(address), PlaybooksError);
        assertEquals([error.exitCode, error.message.includes("twice")], [2, true], error.message);
      }
    }
  }
});

Deno.test("postgres address: no part of a password is shown", () => {
  for (const password of ["secret", "se:cr:et", "secret%40"]) {
    assertEquals(maskedDatabaseAddress(`postgres://me:${password}@host/x`), "postgres://me:****@host/x");
  }
  // Characters that a password must not have as they are, in addresses of each form that a person may try.
  for (const odd of ["/", "?", "#", "@", "/@", "?a=b&", "# ", ":@/"]) {
    for (
      const before of ["postgres://me:", " postgres://me:", "'postgres://:", "postgres:/me:", "me:", "x://"]
    ) {
      const text = `${before}sec${odd}ret@host/x`;
      const shown = maskedDatabaseAddress(text);
      assertEquals([shown.includes("sec"), shown.includes("ret"), shown.includes("host/x")], [
        false,
        false,
        true,
      ], text);
      const error = assertThrows(() => parseDatabaseAddress(text), PlaybooksError);
      assertEquals([error.exitCode, /sec|ret/.test(error.message)], [2, false], text);
    }
  }
  for (
    const open of ["host:5432/x", "a:1,b:2/x", "[fe80::1]/x", "[fe80::1]:5/x", "h", "/x?host=/run&port=5"]
  ) {
    assertEquals(maskedDatabaseAddress(`postgres://${open}`), `postgres://${open}`);
  }
  assertEquals(maskedDatabaseAddress("postgres://a:1,me:sec:ret/x"), "postgres://a:1,me:****/x");
  assertEquals(
    maskedDatabaseAddress("host=db user=me password='se cret' dbname=x"),
    "host=db user=me password=**** dbname=x",
  );
  assertEquals(
    maskedDatabaseAddress("postgres://me@host/x?password=secret"),
    "postgres://me@host/x?password=****",
  );
});

Deno.test("postgres address: a long one is masked at once", () => {
  for (const part of ["password", "password ", "password:", "a:", "@", "'"]) {
    const fromMs = performance.now();
    const text = `postgres://${part.repeat(20_000)}`;
    assertStringIncludes(maskedDatabaseAddress(`${text}&password=hidden`), "****");
    assert(!maskedDatabaseAddress(`${text}&password=hidden`).includes("hidden"), part);
    const tookMs = performance.now() - fromMs;
    assert(tookMs < 5000, `${part} took ${Math.round(tookMs)} ms`);
  }
});
