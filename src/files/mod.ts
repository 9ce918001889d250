export {
  type BoundedRead,
  FileError,
  type FileFault,
  type ReadableFolder,
  readBoundedFile,
  readBoundedText,
} from "./bounded_file.ts";
