import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import type { ExportBytes } from "../session/mod.ts";
import { usageError } from "./usage_error.ts";

/** The keys of an encrypted file: one passphrase, or recipients (`age1…`) whose identities can read it. */
type EncryptionKeys = { readonly passphrase: string } | { readonly recipients: readonly string[] };

/** The keys that can read an encrypted file: a passphrase, or identities (`AGE-SECRET-KEY-…`). */
type DecryptionKeys = { readonly passphrase: string } | { readonly identities: readonly string[] };

/** Encrypts parts of a file with age, and passes their result on. Throws a `PlaybooksError` (exit 2) for a wrong recipient. */
export async function* encryptParts<Result>(
  parts: AsyncGenerator<Uint8Array, Result>,
  keys: EncryptionKeys,
): AsyncGenerator<Uint8Array, Result> {
  const { Encrypter } = await import("./age_library.ts");
  const encrypter = new Encrypter();
  if ("passphrase" in keys) encrypter.setPassphrase(keys.passphrase);
  else {
    for (const recipient of keys.recipients) {
      try {
        encrypter.addRecipient(recipient);
      } catch (error) {
        throw usageError(
          `--recipient ${JSON.stringify(recipient)} is not an age recipient: ${messageOf(error)}`,
        );
      }
    }
  }
  let result: { readonly value: Result } | undefined;
  const plain = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await parts.next();
      if (next.done) {
        result = next;
        controller.close();
      } else controller.enqueue(next.value);
    },
  });
  yield* await encrypter.encrypt(plain);
  return result!.value;
}

/** Whether a file is encrypted with age, and by which keys; `undefined` if it is not encrypted. */
export function encryptionOf(bytes: ExportBytes): "passphrase" | "recipients" | undefined {
  const buffer = new Uint8Array(maxHeadBytes);
  const head = new TextDecoder("latin1").decode(buffer.subarray(0, bytes.readAt(buffer, 0)));
  if (/^-----BEGIN AGE ENCRYPTED FILE-----/.test(head)) {
    throw new PlaybooksError(
      `Cannot read ${bytes.name}: it is in the text form of age; decrypt it first with: age --decrypt`,
      {
        exitCode: exitCodes.usage,
      },
    );
  }
  if (!head.startsWith("age-encryption.org/v1\n")) return undefined;
  return head.startsWith("age-encryption.org/v1\n-> scrypt ") ? "passphrase" : "recipients";
}

/** Decrypts a file. Throws a `PlaybooksError`: exit 2 for a key that does not fit, exit 6 for a damaged file. */
export async function* decryptParts(bytes: ExportBytes, keys: DecryptionKeys): AsyncGenerator<Uint8Array> {
  const { Decrypter } = await import("./age_library.ts");
  const decrypter = new Decrypter();
  if ("passphrase" in keys) decrypter.addPassphrase(keys.passphrase);
  else for (const identity of keys.identities) decrypter.addIdentity(identity);
  let plain: ReadableStream<Uint8Array>;
  try {
    plain = await decrypter.decrypt(streamOf(bytes));
  } catch (error) {
    if (error instanceof PlaybooksError) throw error;
    if (!/no identity matched/.test(messageOf(error))) throw damaged(bytes, error);
    const reason = "passphrase" in keys
      ? "the passphrase is wrong"
      : "none of the identities is one of its recipients";
    throw new PlaybooksError(`Cannot read ${bytes.name}: ${reason}`, {
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
  const reader = plain.getReader();
  for (;;) {
    const next = await reader.read().catch((error) => {
      throw error instanceof PlaybooksError ? error : damaged(bytes, error);
    });
    if (next.done) return;
    yield next.value;
  }
}

/** The identities in the text of a key file. */
export function identitiesIn(text: string): readonly string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) =>
    /^AGE-SECRET-KEY-[0-9A-Z-]+$/i.test(line)
  );
}

function streamOf(bytes: ExportBytes): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const buffer = new Uint8Array(chunkBytes);
      const count = bytes.readAt(buffer, at);
      at += count;
      if (count === 0) controller.close();
      else controller.enqueue(buffer.subarray(0, count));
    },
  });
}

function damaged({ name }: ExportBytes, error: unknown): PlaybooksError {
  return new PlaybooksError(
    `Cannot read ${name}: it was changed or cut off after its encryption (${messageOf(error)}); ` +
      "nothing was taken from it; get the file again",
    { exitCode: exitCodes.storage, cause: error },
  );
}

const chunkBytes = 64 * 1024;
/** The first lines of a file. */
const maxHeadBytes = 128;
