import { plainText } from "../../sandbox/mod.ts";
import { type InsideBuiltin, isMissing, refuse, succeed } from "./builtin.ts";

export const saveArtifactBuiltin: InsideBuiltin = {
  kind: "inside",
  name: "SaveArtifact",
  parameters: [
    { name: "name", type: "string" },
    { name: "summary", type: "string" },
    { name: "content", type: "string", alsoNamed: ["value"] },
  ],
  returns: "Promise<Artifact>",
  isSilent: true,
  doc: "Keeps a text under a name, as long as the agent lives.",
  perform(args) {
    if (isMissing(args[0])) {
      return refuse("TypeError", "SaveArtifact needs a name, a summary and the content");
    }
    const [name = "", summary = "", content = ""] = args.map(plainText);
    if (name === "__proto__") return refuse("TypeError", `SaveArtifact cannot use the name ${name}`);
    const artifact = { name, summary, content };
    return succeed({ $type: "artifact", ...artifact }, { kind: "saved", artifact });
  },
};
