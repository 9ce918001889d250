export { Seal } from "./seal.ts";
export { stateFolder } from "./state_folder.ts";
export { TrustList, type TrustRequest } from "./trust_list.ts";
