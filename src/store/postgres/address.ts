import { exitCodes, PlaybooksError } from "../../errors.ts";

/** Where a database is, and how to connect to it. */
export interface DatabaseAddress {
  /** The servers, in the order in which they are tried. */
  readonly hosts: readonly DatabaseHost[];
  /** Absent: the environment variables of Postgres (`PGUSER`, …), or the user of the system. */
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly encryption: Encryption;
  /** The file with the authorities of `verify-full`, beside those of the system. */
  readonly rootCertificates?: string;
  readonly schema: string;
  /** The address without its password, for messages. */
  readonly shown: string;
}

/** A server: a host and a port, or the folder of a socket and a port. */
interface DatabaseHost {
  readonly host: string;
  readonly port: number;
}

const encryptions = ["disable", "prefer", "require", "verify-full"] as const;
type Encryption = typeof encryptions[number];

/** The schema of the tables, unless the address names another one. */
const defaultSchema = "playbooks";
const defaultPort = 5432;
const maxPort = 65535;
/** Enough for every replica set. */
const maxHosts = 16;

/**
 * Parses `postgres://user:password@host:port,host:port/database?schema=…&sslmode=…&sslrootcert=…&host=/socket/folder&port=…`.
 * Throws a `PlaybooksError` (exit 2) that does not show the password.
 */
export function parseDatabaseAddress(text: string): DatabaseAddress {
  const shown = maskedDatabaseAddress(text);
  if (!hasOnePassword(text)) {
    throw addressError(
      shown,
      "it must look like postgres://user@host:5432/database; in a user or password, write @ as %40, / as %2F, ? as %3F, " +
        "# as %23 and % as %25",
    );
  }
  const parts = addressPattern.exec(text);
  if (!parts?.groups) throw addressError(shown, "it must look like postgres://user@host:5432/database");
  const { user, password, hosts = "", database, query = "" } = parts.groups;
  const options = new URLSearchParams(query);
  for (const name of options.keys()) {
    if (!knownOptions.includes(name)) {
      throw addressError(shown, `it has no option "${name}"; there are: ${knownOptions.join(", ")}`);
    }
    if (options.getAll(name).length > 1) throw addressError(shown, `it gives the option "${name}" twice`);
  }
  const named = options.get("host") ?? (hosts === "" ? "localhost" : hosts);
  const port = options.get("port");
  const list = named.split(",").map((host) => hostFrom(decoded(host, shown), { port, shown }));
  if (list.length > maxHosts) throw addressError(shown, `it names more than ${maxHosts} hosts`);
  return {
    hosts: list,
    ...(user ? { user: decoded(user, shown) } : {}),
    ...(password ? { password: decoded(password, shown) } : {}),
    ...(database ? { database: decoded(database, shown) } : {}),
    encryption: encryptionFrom(options.get("sslmode"), list, shown),
    ...rootCertificatesFrom(options, shown),
    schema: schemaFrom(options.get("schema"), shown),
    shown,
  };
}

/**
 * An address with `****` in place of its password. If it is not clear where the password ends, `****` stands for everything
 * before the host.
 */
export function maskedDatabaseAddress(text: string): string {
  return hideUserInfo(text).replace(/(password[^=&\s]{0,40}\s{0,9}=\s*)(?:'[^']*'?|[^&\s]*)/gi, "$1****");
}

function hideUserInfo(text: string): string {
  // Without a host, the password stands where a port would.
  if (!text.includes("@")) return text.replace(noPort, "$1:****");
  return hasOnePassword(text)
    ? text.replace(/^([a-z+]+:\/\/[^:@/?#]*):[^@/?#]*@/i, "$1:****@")
    : text.replace(/^(\s*[a-z+]+:\/\/)?.*@/is, "$1****@");
}

const noPort = /^([a-z+]+:\/\/[^/?#[]*?[^/?#:[\]]):(?!\d{1,5}(?:[,/?#]|$))[^/?#]*/i;

/** Whether each `@` is the one before the host. A password with a bare `/`, `?`, `#` or `@` makes that unclear. */
function hasOnePassword(text: string): boolean {
  return !text.includes("@") || /^[a-z+]+:\/\/[^@/?#]*@[^@]*$/i.test(text);
}

const addressPattern =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^@/?#]*)(?:\/(?<database>[^/?#]*))?(?:\?(?<query>[^#]*))?$/i;

const knownOptions = ["schema", "sslmode", "sslrootcert", "host", "port"];

/** `port` is that of the options. A socket has no other one. */
function hostFrom(
  text: string,
  { port, shown }: { readonly port: string | null; readonly shown: string },
): DatabaseHost {
  if (port !== null && !isPort(port)) throw addressError(shown, `its port must be a number up to ${maxPort}`);
  const otherwise = Number(port ?? defaultPort);
  if (text.startsWith("/")) return { host: text, port: otherwise };
  const [, host = "", own] = /^(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::(.+))?$/i.exec(text) ?? [];
  // It may be a password in an address without a host.
  if (own !== undefined && !isPort(own)) {
    throw addressError(shown, `the port after "${host}" must be a number up to ${maxPort}`);
  }
  if (host === "") throw addressError(shown, `"${text}" is not a host or host:port`);
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(own ?? otherwise) };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= maxPort;
}

/** Connections that leave this machine are encrypted if the server can do it. */
function encryptionFrom(mode: string | null, hosts: readonly DatabaseHost[], shown: string): Encryption {
  if (mode === null) return hosts.every(isLocal) ? "disable" : "prefer";
  const known = encryptions.find((each) => each === mode);
  if (known) return known;
  throw addressError(shown, `sslmode is "${mode}", and must be one of ${encryptions.join(", ")}`);
}

/** A file of authorities without a check against it would only look safe. */
function rootCertificatesFrom(
  options: URLSearchParams,
  shown: string,
): Pick<DatabaseAddress, "rootCertificates"> {
  const rootCertificates = options.get("sslrootcert");
  if (!rootCertificates) return {};
  if (options.get("sslmode") === "verify-full") return { rootCertificates };
  throw addressError(shown, "sslrootcert needs sslmode=verify-full");
}

function isLocal({ host }: DatabaseHost): boolean {
  return host.startsWith("/") || host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);
}

function schemaFrom(schema: string | null, shown: string): string {
  const name = schema ?? defaultSchema;
  if (/^[a-z_][a-z0-9_]{0,40}$/.test(name)) return name;
  throw addressError(
    shown,
    "its schema must be a small letter and then small letters, digits and _, at most 41 characters",
  );
}

function decoded(text: string, shown: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw addressError(shown, "a % in it is not followed by two hexadecimal digits");
  }
}

function addressError(shown: string, reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot use the database ${shown}: ${reason}`, { exitCode: exitCodes.usage });
}
