export { type BoundedRead, FileError, type ReadableFolder, readBoundedText } from "./bounded_file.ts";
