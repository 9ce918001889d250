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
    Limits: "A test's table has its type.",
    jsonLine: "The types of events are made from it; tests check real runs against it.",
    MemoryData: "Tests give two stores the same data.",
    MemoryStore: "The conformance suite runs on it.",
    Pressed: "A test's table has its type.",
    Recovered: "Tests of recovery compare it.",
    RowKind: "A test compares the kinds of rows.",
    ScopeSnapshot: "Tests build snapshots from it.",
    Seen: "A test builds a report from it.",
    SnapshotHome: "Tests keep snapshots on a simulated disk.",
    UiOptions: "Tests open a user interface with some of them.",
    batchSyncMs: "The documents are compared with it.",
    condense: "Prompts of 0.2 are compared with it.",
    contextSize: "A test counts the size of prompts with it.",
    decodeJournal: "Tests read the bytes of journals.",
    defaultLimits: "Tests change single limits, and the documents are compared with them.",
    effortTokens: "The documents are compared with it.",
    encodeCursor: "Tests damage the file.",
    problemKinds: "The documents list them.",
    encodeRecord: "Tests write journals byte by byte.",
    fuelPerAsk: "A test counts the fuel of a loop.",
    maxDeaths: "Tests let a session die as often.",
    maxFailures: "Tests let a session fail as often.",
    minTailBytes: "Tests append exactly as much.",
    maxTextBounds: "The documents are compared with it.",
    lockName: "A test holds a lock from another process.",
    placeholderText: "A test has a table of all kinds of values.",
    readAnswer: "A test reads answers without a session.",
    rehearse: "Tests compare the code for single steps.",
    rowKinds: "Tests read the kinds of rows.",
    signatureOf: "The documents show the signatures of builtins.",
    systemPrompt: "Tests compare the prompt with recorded ones.",
  },
};
