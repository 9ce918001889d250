/** A name of a file or folder from another name, for every system; `undefined` if nothing of it is left. */
export function fileNameOf(name: string | undefined): string | undefined {
  const plain = name?.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-").replace(/^[.-]+|[.-]+$/g, "");
  return plain === "" || plain === undefined || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain)
    ? undefined
    : plain.slice(0, maxLength);
}

/** Shorter than the names that file systems hold, also in UTF-8. */
const maxLength = 60;
