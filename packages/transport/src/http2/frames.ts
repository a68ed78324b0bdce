/** HTTP/2 frame constants (RFC 9113), shared by client and server. */

/** Client connection preface (RFC 9113, 3.4). */
export const PREFACE: Uint8Array = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Size of a frame header (RFC 9113, 4.1): length, type, flags, stream. */
export const FRAME_HEADER_BYTES = 9;

/** Maximum frame payload that every peer accepts (RFC 9113, 6.5.2). */
export const DEFAULT_MAX_FRAME_BYTES = 16_384;

/** Initial flow-control window size (RFC 9113, 6.9.2). */
export const DEFAULT_WINDOW_BYTES = 65_535;

/** Maximum window size, stream identifier and window increment: 31 bits. */
export const MAX_UINT31 = 0x7fff_ffff;

/** Frame types (RFC 9113, 6). */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

/** Frame flags. */
export const FLAG = {
  ACK: 0x01,
  END_STREAM: 0x01,
  END_HEADERS: 0x04,
  PADDED: 0x08,
  PRIORITY: 0x20,
} as const;

/** Stream and connection error codes (RFC 9113, 7). */
export const ERROR_CODE = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const;

/** An HTTP/2 error code. */
export type ErrorCode = (typeof ERROR_CODE)[keyof typeof ERROR_CODE];

/** Setting identifiers (RFC 9113, 6.5.2). */
export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

/** A protocol violation that ends the connection. The reason is sent to the peer. */
export interface ConnectionError {
  readonly code: ErrorCode;
  readonly reason: string;
}
