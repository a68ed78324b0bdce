/** The messages for telemetry, and what could not be encoded. */
export interface EncodedMessages {
  readonly messages: readonly EncodedMessage[];
  readonly rejectedItems: number;
  /** Why the first item was rejected. */
  readonly reason: string;
}

/** The value of a message. */
export interface EncodedMessage {
  /** Key of the message, if its encoding defines one. */
  readonly key?: Buffer;
  readonly value: Buffer;
  readonly itemCount: number;
}
