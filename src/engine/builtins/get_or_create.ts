import { fieldsOf, plainText } from "../../sandbox/mod.ts";
import { agentValue, idleAgent, newAgentOf, personExists, unknownClass } from "./agents.ts";
import { type InsideBuiltin, refuse, succeed } from "./builtin.ts";
import { findClass } from "./target.ts";

export const getOrCreateBuiltin: InsideBuiltin = {
  kind: "inside",
  name: "GetOrCreate",
  isInternal: true,
  parameters: [
    { name: "klass", type: "string" },
    { name: "properties", type: "object", optional: true },
  ],
  returns: "Promise<Agent>",
  isUndeclared: true,
  doc: "`Seller.getOrCreate()`: the first idle agent of a class, or a new one with `properties`.",
  perform([given, properties], context) {
    const spelling = plainText(given ?? "");
    const klass = findClass(context.program, spelling);
    if (!klass) return refuse("ReferenceError", unknownClass(context.program, spelling));
    if (klass.type === "Human") return refuse("TypeError", personExists(klass));
    const idle = idleAgent(context.state, klass, context.frame);
    if (idle) return succeed(agentValue({ id: idle, klass: klass.name }));
    const agent = newAgentOf(context, klass, Object.fromEntries(fieldsOf(properties) ?? []));
    return succeed(agentValue(agent), { kind: "created", agent });
  },
};
