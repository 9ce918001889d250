import { join } from "@std/path";

/** Files of a certificate, made by openssl. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority in a folder, which signs certificates for servers of tests. */
export class CertificateAuthority {
  /** The file that clients trust. */
  readonly certificate: string;
  readonly #folder: string;
  readonly #key: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.certificate = join(folder, "authority.pem");
    this.#key = join(folder, "authority.key");
    openssl([
      ...["req", "-x509", ...newKey, "-keyout", this.#key, "-out", this.certificate],
      ...["-days", "30", "-subj", "/CN=A private authority"],
      ...["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"],
    ]);
  }

  /** Signs a certificate for names such as `DNS:localhost` and `IP:127.0.0.1`. With negative `days` it has expired. */
  sign(name: string, names: readonly string[], { days = 30 }: { readonly days?: number } = {}): Certificate {
    const file = (ending: string) => join(this.#folder, `${name}.${ending}`);
    openssl(["req", ...newKey, "-keyout", file("key"), "-out", file("csr"), "-subj", `/CN=${name}`]);
    Deno.writeTextFileSync(
      file("extensions"),
      `subjectAltName=${names.join()}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`,
    );
    openssl([
      ...[
        "x509",
        "-req",
        "-in",
        file("csr"),
        "-CA",
        this.certificate,
        "-CAkey",
        this.#key,
        "-CAcreateserial",
      ],
      ...["-out", file("pem"), "-days", String(days), "-extfile", file("extensions")],
    ]);
    return { certificate: file("pem"), key: file("key") };
  }
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function openssl(args: readonly string[]): void {
  const { success, stderr } = new Deno.Command("openssl", { args: [...args], stdin: "null" }).outputSync();
  if (!success) throw new Error(`openssl ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}
