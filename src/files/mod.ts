export {
  type BoundedRead,
  FileError,
  isBelow,
  type ReadableFolder,
  readBoundedText,
  realOrSame,
} from "./bounded_file.ts";
export { readBoundedFolder } from "./bounded_folder.ts";
export { appendPlace, appendToFile, overwriteFile, type WriteAccess } from "./bounded_write.ts";
