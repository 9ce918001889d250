/** The parameters of the function that wraps the bundled guest (see `build/guest.ts`). */

/** Tells the host to stop the code: the turn is closed. */
declare const halt: () => void;
/** Asks the host for a part of the scope's options, as JSON. */
declare const ask: (question: string) => string | undefined;
/** The rows of `SandboxBuiltin`, as JSON. */
declare const builtinsText: string;
/** The object on which the guest puts the functions that the host calls. */
declare const control: import("./protocol.ts").GuestControl;
