import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CertificateAuthority } from "../support/certificates.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { makePostgres, postgresMissing, type PostgresServer } from "../support/postgres_server.ts";
import { TestTables } from "../support/postgres_store.ts";

const program = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "hello " + await Yield("user"));
}
\`\`\`
`;

const missing = postgresMissing();

/** Registers a test with a server that has a certificate for `localhost` and 127.0.0.1, signed by a private authority. */
function testWithTls(
  claim: string,
  work: (parts: {
    readonly folder: TestFolder;
    readonly server: PostgresServer;
    readonly authority: CertificateAuthority;
    /** Runs a command on the database, by the host and with the options of an address. */
    readonly run: (host: string, options: string, ...args: string[]) => ReturnType<TestFolder["run"]>;
  }) => Promise<void>,
): void {
  Deno.test({
    name: missing === undefined ? claim : `${claim} (not tested here: ${missing})`,
    ignore: missing !== undefined,
    fn: async () => {
      await using folder = await folderWith({ "clerk.pb": program });
      const authority = new CertificateAuthority(folder.path);
      const server = makePostgres();
      try {
        server.useCertificate(authority.sign("good", ["DNS:localhost", "IP:127.0.0.1"]));
        const run = (host: string, options: string, ...args: string[]) =>
          folder.run(args, {
            env: {
              PLAYBOOKS_STATE_DIR: `${folder.path}/state`,
              PLAYBOOKS_DURABILITY__URL: `postgres://postgres@${host}:${server.port}/postgres?${options}`,
            },
          });
        await work({ folder, server, authority, run });
      } finally {
        server.remove();
      }
    },
  });
}

testWithTls(
  "postgres: with verify-full and a private authority a session runs over TLS, by name and by address",
  async ({ server, authority, run }) => {
    const verified = `sslmode=verify-full&sslrootcert=${authority.certificate}`;
    const made = await run("localhost", verified, "store", "migrate");
    assertEquals(made.code, 0, made.stderr);
    // Only encrypted connections are let in from now on, so no part of a run can go around them.
    server.requireEncryption();
    const waiting = await run("127.0.0.1", verified, "run", "clerk.pb");
    assertEquals(waiting.code, 75, waiting.stderr);
    const ended = await run("localhost", verified, "run", "clerk.pb", "--resume", "--message", "Bo");
    assertEquals([ended.code, ended.stdout.trim()], [0, "hello Bo"], ended.stderr);
    const required = await run("127.0.0.1", "sslmode=require", "sessions", "list");
    assertStringIncludes(required.stdout, "completed");
    const plain = await run("127.0.0.1", "sslmode=disable", "sessions", "list");
    assertEquals(plain.code, 6, plain.stdout);
    assertStringIncludes(plain.stderr, "lets only encrypted connections in");
    assertStringIncludes(plain.stderr, "sslmode=require");
  },
);

testWithTls(
  "postgres: verify-full refuses each certificate that does not prove the server, with exit 6 and a way out",
  async ({ folder, server, authority, run }) => {
    const verified = `sslmode=verify-full&sslrootcert=${authority.certificate}`;
    const refused = async (host: string, options: string, ...texts: string[]) => {
      const { code, stderr } = await run(host, options, "sessions", "list");
      assertEquals(code, 6, stderr);
      for (const text of texts) assertStringIncludes(stderr, text);
      assert(!stderr.includes("at file:"), stderr);
    };
    await refused("localhost", "sslmode=verify-full", "not accepted", "sslrootcert=FILE");
    await refused("localhost", `${verified}.lost`, "Cannot read", "it does not exist; correct the path");
    const inFile = async (text: string) => {
      await folder.write("other.pem", text);
      return `sslmode=verify-full&sslrootcert=${folder.path}/other.pem`;
    };
    const key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
    const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (const text of ["", "hello", key, damaged, damaged.replace("AAAA", "é")]) {
      await refused("localhost", await inFile(text), "other.pem", "has no certificate; name a PEM file");
    }
    await refused("localhost", `sslmode=verify-full&sslrootcert=${folder.path}`, "a folder is where a file");
    server.useCertificate(authority.sign("expired", ["DNS:localhost"], { days: -1 }));
    await refused("localhost", verified, "xpired", "give the server another certificate");
    // The name of an address is the address, not `localhost`.
    server.useCertificate(authority.sign("named", ["DNS:localhost"]));
    await refused("127.0.0.1", verified, "127.0.0.1", "use a host in the url that the certificate names");
    server.useCertificate(authority.sign("numbered", ["IP:127.0.0.1"]));
    await refused("localhost", verified, "use a host in the url that the certificate names");
  },
);

Deno.test({
  name: "postgres: an address that asks for encryption refuses a server without it",
  ignore: missing !== undefined,
  fn: async () => {
    await using tables = await TestTables.make();
    for (const mode of ["require", "verify-full"]) {
      const store = tables.store({}, `${tables.address}&sslmode=${mode}`);
      const error = await store.list().then(() => undefined, (error) => error);
      assertEquals(error?.exitCode, 6, mode);
      assertStringIncludes(error.message, "offers no encryption");
    }
  },
});
