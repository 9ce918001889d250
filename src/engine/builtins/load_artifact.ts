import { plainText } from "../../sandbox/mod.ts";
import { type InsideBuiltin, isMissing, refuse, shortened, succeed } from "./builtin.ts";

export const loadArtifactBuiltin: InsideBuiltin = {
  kind: "inside",
  name: "LoadArtifact",
  parameters: [{ name: "name", type: "string" }],
  returns: "Promise<Artifact>",
  showsWhole: () => true,
  doc: "Gives the artifact of that name, and shows the model its whole text.",
  perform([given], { state, frame }) {
    if (isMissing(given)) return refuse("TypeError", "LoadArtifact needs the name of an artifact");
    const name = plainText(given!);
    const artifacts = state.agents[frame.agent]?.artifacts ?? {};
    const artifact = Object.hasOwn(artifacts, name) ? artifacts[name] : undefined;
    if (artifact) return succeed({ $type: "artifact", ...artifact });
    const known = Object.keys(artifacts).join(", ") || "none";
    return refuse("ReferenceError", `There is no artifact "${shortened(name)}"; there are: ${known}`);
  },
};
