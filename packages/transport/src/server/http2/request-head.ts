import type { HeaderBlock, HeaderFields } from '../../http2/hpack/header-block.ts';

/** The part of a request head that HTTP/2 itself needs. */
export interface RequestHead {
  /** Why the request is malformed (RFC 9113, 8.1.1). */
  readonly fieldError: string | undefined;
  readonly contentLength: number | undefined;
}

/** Parses request heads. A repeated header block is parsed only once. */
export class RequestHeads {
  #lastBlock: HeaderBlock | undefined;
  #lastHead: RequestHead = { fieldError: undefined, contentLength: undefined };

  read(block: HeaderBlock): RequestHead {
    if (block !== this.#lastBlock) {
      this.#lastBlock = block;
      this.#lastHead = readRequestHead(block);
    }
    return this.#lastHead;
  }
}

function readRequestHead({ fields, malformed }: HeaderBlock): RequestHead {
  const length = fields['content-length'];
  const isNumber = typeof length === 'string' && /^\d{1,15}$/.test(length);
  return {
    fieldError:
      malformed ??
      pseudoHeaderError(fields) ??
      (length === undefined || isNumber ? undefined : 'content-length: expected a number'),
    contentLength: isNumber ? Number(length) : undefined,
  };
}

/** Returns why the pseudo-header fields are invalid (RFC 9113, 8.3.1), or `undefined` if they are valid. */
function pseudoHeaderError(fields: HeaderFields): string | undefined {
  const method = fields[':method'];
  if (method === undefined) return ':method: expected a value, got none';
  const isConnect = method === 'CONNECT';
  if ((fields[':scheme'] === undefined) !== isConnect) return ':scheme: expected it unless the method is CONNECT';
  const path = fields[':path'];
  return (path === undefined || path === '') !== isConnect
    ? ':path: expected it unless the method is CONNECT'
    : undefined;
}
