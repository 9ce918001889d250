import { messageOf } from "../../errors.ts";
import { StorageError } from "../storage_error.ts";

/** The connection to the database was lost, so the outcome of the statement is not known. It may be tried again. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
}

/** The address asks for encryption, and the server has none. */
export class NoEncryptionError extends Error {
  override readonly name = "NoEncryptionError";
  readonly code = "NO_ENCRYPTION";
}

/** Whether an error of the driver says that the server cannot be reached now, or that a transaction may be repeated. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionLostError) return true;
  const code = codeOf(error);
  return lostCodes.has(code) || passingStates.has(code) || code.startsWith("08");
}

/** Whether an error ended a connection, or kept it from beginning. The server sent all other ones. */
export function isOfConnection(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof ConnectionLostError || lostCodes.has(code) || code.startsWith("57P");
}

/** A pooler is between us and the server, and the connection was made without regard to it. */
export class PoolerError extends Error {
  override readonly name = "PoolerError";
}

/** Whether an error shows a pooler. One may refuse our settings in the handshake. */
export function isOfPooler(error: unknown): boolean {
  return error instanceof PoolerError ||
    codeOf(error) === "08P01" && messageOf(error).includes("unsupported startup parameter");
}

/** The error for a user, when the database fails. `failed` names the operation: `Cannot list the sessions`. */
export function databaseError(failed: string, error: unknown, shown: string): Error {
  if (error instanceof StorageError) return error;
  const { trouble, remedy } = describe(error);
  return new StorageError(`${failed}: the database ${shown} ${trouble}; ${remedy}`, {
    cause: error,
    mayPass: isPassing(error),
  });
}

/** The code of an error of the driver: a SQLSTATE, a code of the system, or a word of the driver; `""` without one. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

interface DatabaseTrouble {
  readonly trouble: string;
  readonly remedy: string;
}

function describe(error: unknown): DatabaseTrouble {
  const code = codeOf(error);
  if (code === "28000" && /no encryption|SSL off/i.test(messageOf(error))) return onlyEncrypted;
  const known = troubles[code];
  if (known) return known;
  // A pooler answers with this code for everything that it refuses, such as a database that it does not know.
  if (code === "08P01") return { trouble: `reports: ${oneLine(error)}`, remedy: "check the pooler's log" };
  if (isPassing(error)) return unreachable;
  const fault = certificateFault(error);
  if (fault !== undefined) return certificateTrouble(fault);
  return { trouble: `reports: ${oneLine(error)}`, remedy: "check the server's log" };
}

function oneLine(error: unknown): string {
  return messageOf(error).replace(/\s+/g, " ");
}

/** The words of the runtime for a certificate that it does not accept. Its versions have different words. */
function certificateFault(error: unknown): string | undefined {
  const message = oneLine(error);
  const code = codeOf(error);
  const isOfCertificate = message.startsWith("invalid peer certificate: ") ||
    /CERT|ISSUER|SIGNATURE|TLS|SSL/.test(code);
  return isOfCertificate ? message.replace("invalid peer certificate: ", "") : undefined;
}

function certificateTrouble(fault: string): DatabaseTrouble {
  const trouble = `has a certificate that is not accepted (${fault})`;
  if (/UnknownIssuer|unable to verify|unable to get|self.signed/i.test(fault)) {
    return { trouble, remedy: "name the file of the authority that signed it: sslrootcert=FILE in the url" };
  }
  if (/not valid for name|altnames/i.test(fault)) {
    return { trouble, remedy: "use a host in the url that the certificate names" };
  }
  return { trouble, remedy: "give the server another certificate" };
}

const onlyEncrypted = {
  trouble: "lets only encrypted connections in for this user",
  remedy: "add sslmode=require or sslmode=verify-full to the url",
};

const unreachable = {
  trouble: "does not answer",
  remedy: "check the server and the network, then run again",
};
const noRoute = {
  trouble: "cannot be reached: the network has no route to its host",
  remedy: "check the network of this machine, or correct the host in the url",
};
const refused = {
  trouble: "refuses the user or the password",
  remedy:
    "correct url under [durability] in playbooks.toml, PLAYBOOKS_DURABILITY__URL, or PGUSER and PGPASSWORD",
};
const noTables = {
  trouble: "has no tables of playbooks",
  remedy: "make them with: playbooks store migrate",
};
const noRight = {
  trouble: "does not allow this user to do that",
  remedy: "grant the user the rights on the schema, then run again",
};
const full = { trouble: "has no space left", remedy: "make space on the server, then run again" };

const troubles: Readonly<Record<string, DatabaseTrouble>> = {
  "28P01": refused,
  "28000": refused,
  "3D000": {
    trouble: "does not exist",
    remedy: "create it (createdb), or correct the name in the url",
  },
  NO_ENCRYPTION: {
    trouble: "offers no encryption",
    remedy: "turn ssl on in the server, or say sslmode=disable in the url if the network is safe",
  },
  "3F000": noTables,
  "42P01": noTables,
  "42501": noRight,
  "25006": {
    trouble: "is read-only, as a standby is",
    remedy: "name the primary in the url, or all servers: postgres://host1,host2/database",
  },
  "53100": full,
  "53300": { trouble: "has too many connections", remedy: "raise max_connections, or run fewer processes" },
  "57P03": { trouble: "is starting up or shutting down", remedy: "wait for it, then run again" },
  "53200": { trouble: "is out of memory", remedy: "give the server more memory, then run again" },
  "58030": { trouble: "reports an I/O error", remedy: "check the server's disk" },
  XX001: { trouble: "reports damaged data", remedy: "restore it from a backup" },
  ENOTFOUND: { trouble: "is on a host that is not known", remedy: "correct the host in the url" },
  EAI_AGAIN: {
    trouble: "is on a host whose name cannot be looked up now",
    remedy: "check the network and its name server, or correct the host in the url",
  },
  ENETUNREACH: noRoute,
  EHOSTUNREACH: noRoute,
  ENETDOWN: noRoute,
  EHOSTDOWN: noRoute,
  // `connect` gives this code if the machine has no network for such addresses, as for IPv6.
  EINVAL: noRoute,
  EADDRNOTAVAIL: noRoute,
  ECONNREFUSED: {
    trouble: "cannot be reached: the connection is refused",
    remedy: "start the server, or correct host and port in the url",
  },
  ENOENT: {
    trouble: "cannot be reached: its socket does not exist",
    remedy: "start the server, or correct host in the url",
  },
  EACCES: { trouble: "cannot be reached: permission is denied", remedy: "check the rights of its socket" },
};

/** Codes of the system and of the driver for a connection that ended or never began. */
const lostCodes = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "EINVAL",
  "EADDRNOTAVAIL",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
]);

/** Errors of the server that pass: it restarts, it has become a standby, or a transaction was rolled back. */
const passingStates = new Set([
  "57P01",
  "57P02",
  "57P03",
  "57P05",
  "53300",
  "25006",
  "40001",
  "40P01",
  "55P03",
]);
