import { fieldsOf, plainText } from "../../sandbox/mod.ts";
import { agentValue, newAgentOf, personExists, unknownClass } from "./agents.ts";
import { type InsideBuiltin, isMissing, refuse, succeed } from "./builtin.ts";
import { findClass } from "./target.ts";

export const createAgentBuiltin: InsideBuiltin = {
  kind: "inside",
  name: "CreateAgent",
  parameters: [
    { name: "klass", type: "string", acceptsClass: true, alsoNamed: ["class", "agent"] },
    { name: "properties", type: "object", optional: true },
  ],
  returns: "Promise<Agent>",
  doc: "Makes an agent of a class. `properties` become its first variables.",
  perform([wanted, properties], context) {
    if (isMissing(wanted)) return refuse("TypeError", "CreateAgent needs the name of an agent class");
    const spelling = plainText(wanted!);
    const klass = findClass(context.program, spelling);
    if (!klass) return refuse("ReferenceError", unknownClass(context.program, spelling));
    if (klass.type === "Human") return refuse("TypeError", personExists(klass));
    // A text instead of properties is the agent's name.
    const given = typeof properties === "string"
      ? { name: properties }
      : Object.fromEntries(fieldsOf(properties) ?? []);
    const agent = newAgentOf(context, klass, given);
    return succeed(agentValue(agent), { kind: "created", agent });
  },
};
