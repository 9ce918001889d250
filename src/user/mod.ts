export { Seal } from "./seal.ts";
export { readStateFile, replaceStateFile, stateFolder } from "./state_folder.ts";
export { type Trusted, TrustList, type TrustRequest } from "./trust_list.ts";
