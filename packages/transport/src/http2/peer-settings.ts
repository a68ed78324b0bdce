import { readUint32 } from './frame-writer.ts';
import {
  type ConnectionError,
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  ERROR_CODE,
  MAX_UINT31,
  SETTING,
} from './frames.ts';

/** The peer's settings that a sender needs (RFC 9113, 6.5.2). */
export class PeerSettings {
  /** Initial stream send window. */
  initialWindowBytes = DEFAULT_WINDOW_BYTES;
  maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
  headerTableBytes = 4096;
  /** Maximum number of streams a client may open. Unlimited by default. */
  maxConcurrentStreams = MAX_UINT31;

  /** Applies the payload of a SETTINGS frame without ACK, `bytes[from, end)`. */
  apply(bytes: Uint8Array, from: number, end: number): ConnectionError | undefined {
    if ((end - from) % ENTRY_BYTES !== 0) {
      return { code: ERROR_CODE.FRAME_SIZE_ERROR, reason: 'expected settings of six bytes each' };
    }
    for (let at = from; at < end; at += ENTRY_BYTES) {
      const rejection = this.#set((bytes[at] << 8) | bytes[at + 1], readUint32(bytes, at + 2));
      if (rejection !== undefined) return rejection;
    }
    return undefined;
  }

  #set(id: number, value: number): ConnectionError | undefined {
    switch (id) {
      case SETTING.HEADER_TABLE_SIZE:
        this.headerTableBytes = value;
        return undefined;
      case SETTING.ENABLE_PUSH:
        return value > 1 ? protocolError('ENABLE_PUSH: expected 0 or 1') : undefined;
      case SETTING.MAX_CONCURRENT_STREAMS:
        this.maxConcurrentStreams = value;
        return undefined;
      case SETTING.INITIAL_WINDOW_SIZE:
        if (value > MAX_UINT31) {
          return { code: ERROR_CODE.FLOW_CONTROL_ERROR, reason: 'INITIAL_WINDOW_SIZE: expected at most 31 bits' };
        }
        this.initialWindowBytes = value;
        return undefined;
      case SETTING.MAX_FRAME_SIZE:
        if (value < DEFAULT_MAX_FRAME_BYTES || value > MAX_MAX_FRAME_BYTES) {
          return protocolError('MAX_FRAME_SIZE: expected at least 16384 and at most 24 bits');
        }
        this.maxFrameBytes = value;
        return undefined;
      default:
        // Unknown settings are ignored (RFC 9113, 6.5.2).
        return undefined;
    }
  }
}

const ENTRY_BYTES = 6;
const MAX_MAX_FRAME_BYTES = 0xff_ffff;

function protocolError(reason: string): ConnectionError {
  return { code: ERROR_CODE.PROTOCOL_ERROR, reason };
}
