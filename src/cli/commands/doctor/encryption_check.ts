import { exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import type { FileStore } from "../../../store/mod.ts";
import type { Config } from "../../config.ts";
import { broken, type DoctorFinding, fine, warning } from "./finding.ts";

/** Whether new sessions can be encrypted, and stored ones be read. No finding if nothing is encrypted. */
export function encryptionFindings({ encrypt }: Config, sessions: FileStore): readonly DoctorFinding[] {
  const about = "encryption";
  try {
    const locked = sessions.list().filter((session) => session.locked).length;
    if (encrypt) sessions.prepareEncryption(true);
    if (locked > 0) {
      const text = `${locked} encrypted sessions cannot be read with this PLAYBOOKS_KEY`;
      return [warning(about, text, "set their key in the shell", { locked })];
    }
    return encrypt ? [fine(about, "new sessions are encrypted with PLAYBOOKS_KEY")] : [];
  } catch (error) {
    // Other faults of the storage have findings of their own.
    if (!(error instanceof PlaybooksError) || error.exitCode !== exitCodes.usage) return [];
    return [broken(about, messageOf(error), "set the key in the shell, then run playbooks doctor again")];
  }
}
