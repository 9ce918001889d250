/** The exceptions of the structure tests. These lists only shrink, because an unneeded exception fails a test. */
export const exceptions: {
  /** Names of the files of each cycle, in the order of their paths. */
  readonly cycles: readonly string[];
  readonly longFunctions: readonly string[];
  readonly sharedNames: readonly string[];
  readonly unusedExports: readonly string[];
  /** Each export with the reason why a test needs it. */
  readonly exportsForTests: Readonly<Record<string, string>>;
} = {
  cycles: [],
  longFunctions: [],
  sharedNames: [],
  unusedExports: [],
  exportsForTests: {
    ConfigSources: "A test builds configurations from it.",
    FileFault: "A test has a table of all faults.",
    Limits: "not reviewed yet",
    LoadConfigOptions: "A test loads configurations with it.",
    MemoryData: "not reviewed yet",
    MemoryStore: "the conformance suite runs on it; runs without durability will",
    Pressed: "A test's table has its type.",
    Recovered: "the type of what the tests of recovery compare",
    RuntimeSettings: "not reviewed yet",
    ScopeSnapshot: "not reviewed yet",
    Seen: "A test builds a report from it.",
    SnapshotHome: "tests of images keep them on a simulated disk",
    Special: "Tests decode values that JSON lacks.",
    UiOptions: "not reviewed yet",
    batchSyncMs: "The documents are compared with it.",
    decode: "Tests decode stored values.",
    decodeJournal: "Tests read the bytes of journals.",
    defaultLimits: "not reviewed yet",
    effortTokens: "The documents are compared with it.",
    encodeCursor: "tests harm the file",
    encodeEntry: "Tests write journals by hand.",
    encodeRecord: "tests write journals byte for byte",
    entryParameters: "A test reads parameters without a program.",
    fuelPerAsk: "A test counts the fuel of a loop.",
    keyOfPaths: "the known answer names paths that do not exist",
    leaseHolder: "tests ask who holds a lease",
    minTailBytes: "tests append just as much",
    lockName: "A test holds a lock from another process.",
    maxInlineLength: "not reviewed yet",
    placeholderText: "not reviewed yet",
    readAnswer: "not reviewed yet",
    rehearse: "not reviewed yet",
    signatureOf: "the documents show the signatures of builtins",
    systemPrompt: "Tests compare the prompt with recorded ones.",
  },
};
