import { type Encoded, fieldsOf, plainText } from "../../sandbox/mod.ts";
import { type InsideBuiltin, isMissing, refuse, shortened, succeed } from "./builtin.ts";
import type { Frame, State } from "../fold/state.ts";
import { textNamed } from "./named_text.ts";

export const loadArtifactBuiltin: InsideBuiltin = {
  kind: "inside",
  name: "LoadArtifact",
  parameters: [
    { name: "name", type: "string" },
    { name: "options", type: "{ from?: number; length?: number }", optional: true },
  ],
  returns: "Promise<Artifact>",
  comment: "you read its text in your next turn",
  shows: () => "artifact",
  doc:
    "Gives the artifact of that name, or the value of a variable (`state.x`), and shows the model its text. The options give a part of it.",
  perform([given, options], { state, frame }) {
    if (isMissing(given)) return refuse("TypeError", "LoadArtifact needs the name of an artifact");
    const name = nameIn(given!);
    const artifact = textNamed(name, state, frame);
    if (artifact) {
      return succeed({ $type: "artifact", ...artifact, content: partOf(artifact.content, options) });
    }
    return refuse("ReferenceError", `There is no artifact "${shortened(name)}"; ${namesText(state, frame)}`);
  },
};

/** The name, also of an artifact that stands for it. */
function nameIn(given: Encoded): string {
  const { $type, name } = typeof given === "object" && given !== null && !Array.isArray(given)
    ? given as { readonly [key: string]: Encoded }
    : {};
  return $type === "artifact" && typeof name === "string" ? name : plainText(given);
}

/** The most names that an error lists. */
const maxNames = 40;

function namesText(state: State, frame: Frame): string {
  const all = Object.keys(state.agents[frame.agent]?.artifacts ?? {});
  if (all.length === 0) return "there are no artifacts";
  // The newest are the last.
  const names = all.slice(-maxNames).map(shortened).join(", ");
  return `there are: ${names}${all.length > maxNames ? `, and ${all.length - maxNames} older ones` : ""}`;
}

/** The part of a text that the options `from` and `length` name, in characters. */
function partOf(content: string, options: Encoded | undefined): string {
  const fields = new Map(fieldsOf(options) ?? []);
  const number = (key: string, otherwise: number) => {
    const value = fields.get(key);
    return typeof value === "number" && value >= 0 ? Math.floor(value) : otherwise;
  };
  const from = number("from", 0);
  if (from === 0 && !fields.has("length")) return content;
  const end = from + number("length", content.length);
  return content.slice(characterStart(content, from), characterStart(content, end));
}

/** The offset, or the one before it if it lies inside a character. */
function characterStart(text: string, offset: number): number {
  const code = text.charCodeAt(offset);
  return offset > 0 && code >= 0xdc00 && code <= 0xdfff ? offset - 1 : offset;
}
