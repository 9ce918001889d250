import type { Socket } from "node:net";
import { diskTrouble, errorCode, StorageError } from "../storage_error.ts";
import type { DatabaseAddress } from "./address.ts";
import { ConnectionLostError, NoEncryptionError } from "./database_error.ts";

/** The message `SSLRequest` of the protocol: its length, and 1234 and 5679 as numbers of 16 bits. */
const encryptionRequest = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);

/**
 * Encrypts a new connection as its address asks. With `prefer`, a server without TLS gets a plain connection.
 *
 * The driver could do it, but it checks a certificate against `localhost` if the host is an address of numbers, and it
 * begins TLS with a server that has refused it.
 */
export async function encrypted(
  socket: Socket,
  { address, host }: { readonly address: DatabaseAddress; readonly host: string },
): Promise<Socket> {
  const { encryption } = address;
  if (encryption === "disable") return socket;
  const { isIP } = await import("node:net");
  const { connect } = await import("node:tls");
  const ca = await rootCertificatesOf(address);
  const secured = () =>
    connect({
      socket,
      host,
      ...(isIP(host) ? {} : { servername: host }),
      rejectUnauthorized: encryption === "verify-full",
      ...(ca === undefined ? {} : { ca }),
    });
  socket.write(encryptionRequest);
  // Within the event: one turn later, Deno 2.7 reads the bytes of TLS as plain ones.
  const { answer, secure } = await settledBy(socket, "data", (answer: Uint8Array) => ({
    answer,
    secure: isAccepted(answer) ? secured() : undefined,
  }));
  if (!secure) {
    if (encryption === "prefer" && answer.length === 1) return socket;
    throw new NoEncryptionError();
  }
  await settledBy(secure, "secureConnect", () => {});
  return secure;
}

/** Bytes behind the answer are not encrypted, so someone in between may have sent them. */
function isAccepted(answer: Uint8Array): boolean {
  return answer.length === 1 && answer[0] === "S".charCodeAt(0);
}

/** Waits for an event of a socket, and makes the result within it. Rejects if the socket fails or closes before. */
export async function settledBy<Value, Result>(
  socket: Socket,
  event: "connect" | "data" | "secureConnect",
  take: (value: Value) => Result,
): Promise<Result> {
  if (socket.destroyed) throw new ConnectionLostError("The connection was cut");
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const onEvent = (value: Value) => {
    try {
      resolve(take(value));
    } catch (error) {
      reject(error);
    }
  };
  const onClose = () => reject(new ConnectionLostError("The server closed the connection"));
  socket.once(event, onEvent);
  socket.once("error", reject);
  socket.once("close", onClose);
  try {
    return await promise;
  } finally {
    socket.off(event, onEvent);
    socket.off("error", reject);
    socket.off("close", onClose);
  }
}

async function rootCertificatesOf({ rootCertificates }: DatabaseAddress): Promise<string | undefined> {
  if (rootCertificates === undefined) return undefined;
  const failed = `Cannot read ${rootCertificates}, which sslrootcert in the address of the database names`;
  let text: string;
  try {
    text = await Deno.readTextFile(rootCertificates);
  } catch (error) {
    const isMissing = errorCode(error) === "ENOENT";
    throw new StorageError(
      `${failed}: ${
        isMissing ? "it does not exist" : diskTrouble(error)
      }; correct the path, or make it readable`,
      { cause: error },
    );
  }
  // The runtime ignores a certificate that it cannot read, and then accepts no server of that authority.
  if (hasCertificate(text)) return text;
  throw new StorageError(
    `${failed}: it has no certificate; name a PEM file with the certificate of the authority, ` +
      'which begins with "-----BEGIN CERTIFICATE-----"',
  );
}

/** Whether a PEM text has a block that can be a certificate: an ASN.1 sequence. */
function hasCertificate(text: string): boolean {
  const blocks = text.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g);
  return [...blocks].some(([, body = ""]) => {
    try {
      return atob(body.replace(/\s/g, "")).charCodeAt(0) === sequenceTag;
    } catch {
      return false;
    }
  });
}

const sequenceTag = 0x30;
