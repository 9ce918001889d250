import type { Socket } from "node:net";
import { messageOf } from "../../errors.ts";
import { StorageError } from "../storage_error.ts";
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
  socket.write(encryptionRequest);
  const answer: Uint8Array = await settledBy(socket, "data");
  // Bytes behind the answer were not encrypted, so someone in between may have sent them.
  const isAccepted = answer.length === 1 && answer[0] === "S".charCodeAt(0);
  if (!isAccepted) {
    if (encryption === "prefer" && answer.length === 1) return socket;
    throw new NoEncryptionError();
  }
  const secure = connect({
    socket,
    host,
    ...(isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: encryption === "verify-full",
    ...(ca === undefined ? {} : { ca }),
  });
  await settledBy(secure, "secureConnect");
  return secure;
}

/** Waits for an event of a socket. Rejects if the socket fails or closes before. */
export async function settledBy<T>(socket: Socket, event: "connect" | "data" | "secureConnect"): Promise<T> {
  if (socket.destroyed) throw new ConnectionLostError("The connection was cut");
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onClose = () => reject(new ConnectionLostError("The server closed the connection"));
  socket.once(event, resolve);
  socket.once("error", reject);
  socket.once("close", onClose);
  try {
    return await promise;
  } finally {
    socket.off(event, resolve);
    socket.off("error", reject);
    socket.off("close", onClose);
  }
}

async function rootCertificatesOf({ rootCertificates }: DatabaseAddress): Promise<string | undefined> {
  if (rootCertificates === undefined) return undefined;
  try {
    return await Deno.readTextFile(rootCertificates);
  } catch (error) {
    throw new StorageError(
      `Cannot read ${rootCertificates}, which sslrootcert in the address of the database names: ${
        messageOf(error)
      }; correct the path`,
    );
  }
}
