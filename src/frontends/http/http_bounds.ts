/** The bounds of a server: for everything that a client can send, keep open or make slow. */
export interface HttpBounds {
  /** Bytes of a request's body. */
  readonly maxBodyBytes: number;
  /** Bytes of a request's head. */
  readonly maxHeadBytes: number;
  /** Open connections, with those that send nothing. */
  readonly maxConnections: number;
  /** Open streams of events. */
  readonly maxStreams: number;
  /** The time in which the head of a request must arrive. */
  readonly headMs: number;
  /** The time in which a whole request must arrive. */
  readonly requestMs: number;
  /** The time for which a connection may be idle between two requests. */
  readonly idleMs: number;
  /** The time after which a client that does not read its answer is dropped. */
  readonly stalledMs: number;
  /** The time after which a stream without events gets a comment, so that proxies keep it. */
  readonly heartbeatMs: number;
  /** How often the bounds of time are checked. */
  readonly checkMs: number;
}

/** The bounds in use. */
export const httpBounds: HttpBounds = {
  maxBodyBytes: 1024 * 1024,
  maxHeadBytes: 16 * 1024,
  maxConnections: 512,
  maxStreams: 100,
  headMs: 10_000,
  requestMs: 30_000,
  idleMs: 10_000,
  stalledMs: 30_000,
  heartbeatMs: 15_000,
  checkMs: 1000,
};
