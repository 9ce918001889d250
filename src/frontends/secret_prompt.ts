import { exitCodes, PlaybooksError } from "../errors.ts";
import { type Input, type Output, readSome } from "./streams.ts";
import { tell } from "./tell.ts";

/** Asks a person at a terminal for a secret, and shows nothing of it. Throws a `PlaybooksError` after Ctrl+C or Ctrl+D. */
export async function askSecret(
  question: string,
  { stdin, stderr }: { readonly stdin: Input; readonly stderr: Output },
): Promise<string> {
  tell(stderr, `${question}: `);
  stdin.setRaw(true);
  try {
    const typed = new TypedSecret();
    const buffer = new Uint8Array(1024);
    while (!typed.isWhole) {
      const count = await readSome(stdin, buffer);
      if (count === null) throw cancelled();
      typed.add(buffer.subarray(0, count));
    }
    return typed.text;
  } finally {
    stdin.setRaw(false);
    tell(stderr, "\n");
  }
}

/** The characters that were typed, up to Enter. */
class TypedSecret {
  readonly #decoder = new TextDecoder();
  #characters: string[] = [];
  isWhole = false;

  get text(): string {
    return this.#characters.join("");
  }

  add(bytes: Uint8Array): void {
    for (const character of this.#decoder.decode(bytes, { stream: true })) {
      if (this.isWhole) return;
      const code = character.codePointAt(0)!;
      if (character === "\r" || character === "\n") this.isWhole = true;
      else if (code === ctrlC || (code === ctrlD && this.#characters.length === 0)) throw cancelled();
      else if (code === backspace || code === del) this.#characters.pop();
      else if (code === ctrlU) this.#characters = [];
      else if (code >= space) this.#characters.push(character);
    }
  }
}

const [ctrlC, ctrlD, backspace, ctrlU, space, del] = [3, 4, 8, 21, 32, 127];

function cancelled(): PlaybooksError {
  return new PlaybooksError("Cancelled: no passphrase was given", { exitCode: exitCodes.interrupted });
}
