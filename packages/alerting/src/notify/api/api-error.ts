/** An error with the status of its response. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Whether the request has another form than the API expects. */
  readonly isRequest: boolean;

  constructor(status: number, message: string, { isRequest = true }: { readonly isRequest?: boolean } = {}) {
    super(message);
    this.status = status;
    this.isRequest = isRequest;
  }
}
