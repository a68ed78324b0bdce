/** Tells the endpoints. */
export interface EndpointResolver {
  /** Calls `onChange` with the endpoints, and again whenever they change. */
  start(onChange: (endpoints: readonly string[]) => Promise<void>): Promise<void>;
  shutdown(): Promise<void>;
}
