/** The parts of a request that identify its caller. */
export interface CallerRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Address of the client. */
  readonly address: string | undefined;
}
