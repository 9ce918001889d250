/** Tools of other programs: the client side of the Model Context Protocol. */
export * from "./tool.ts";
export * from "./target.ts";
export { parametersOfSchema, typeOfSchema } from "./schema_types.ts";
