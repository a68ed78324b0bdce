import { serverTls } from '../../component/fields/tls.ts';
import { byteSize, duration, ignored, z } from '../../component/schema.ts';
import { encodingField, multilineField, whitespaceFields } from '../../component/text/splitter-config.ts';
import { parseAddress } from './address.ts';

const MIN_LOG_SIZE = 64 * 1024;

function listenAddress() {
  return z
    .string()
    .refine((address) => parseAddress(address) !== undefined, { error: 'expected an address such as "0.0.0.0:514"' })
    .describe('Address to listen on, such as `0.0.0.0:514`.');
}

const streamFields = {
  listenAddress: listenAddress(),
  addAttributes: z.boolean().prefault(false).describe('Whether log records get the addresses as attributes `net.*`.'),
  encoding: encodingField(),
  multiline: multilineField(),
  ...whitespaceFields,
};

/** The fields of an input of TCP connections. */
export const tcpFields = {
  ...streamFields,
  maxLogSize: byteSize()
    .prefault('1MiB')
    .transform((size) => size || 1024 * 1024)
    .refine((size) => size >= MIN_LOG_SIZE, { error: `expected at least ${MIN_LOG_SIZE} bytes` })
    .describe('Maximum size of a log record, in bytes. Larger ones are split.'),
  oneLogPerPacket: z.boolean().prefault(false).describe('Whether all of a connection is one log record.'),
  maxConnections: z.int().min(0).prefault(0).describe('Maximum number of connections. 0 means no limit.'),
  connectionIdleTimeout: duration()
    .prefault('0s')
    .describe('Time without data after which a connection is closed. 0 means never.'),
  tls: serverTls().describe('TLS settings.'),
};

/** The fields of an input of UDP datagrams. */
export const udpFields = {
  ...streamFields,
  oneLogPerPacket: z.boolean().prefault(false).describe('Whether each datagram is one log record.'),
  resolveNames: z.boolean().prefault(true).describe('Whether `add_attributes` adds the names of the addresses.'),
  async: ignored('datagrams are received and processed in one thread without waiting', {
    schema: z.record(z.string(), z.int()).nullish(),
  }),
};

/** The configuration of an input of TCP connections. */
export type TcpConfig = z.output<z.ZodObject<typeof tcpFields>>;
/** The configuration of an input of UDP datagrams. */
export type UdpConfig = z.output<z.ZodObject<typeof udpFields>>;
