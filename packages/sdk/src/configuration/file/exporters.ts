import type { Signal } from '@otelier/otlp';
import type { Compression } from '@otelier/transport/portable';
import { MAX_MILLIS } from '../../client/option-error.ts';
import type { ClientOptions } from '../../client/options.ts';
import type { EndpointOptions } from '../../client/platform.ts';
import { errorMessage } from '../../error-message.ts';
import { nodeNetwork } from '../../platform/node.ts';
import { headerError, parseHeaderList } from '../header-list.ts';
import { consoleTransport, fileTransport } from '../line-transport.ts';
import type { ConfigNode } from './config-node.ts';

/** Reads `otlp_http`. `signalKeys` are the keys specific to the signal. */
export function otlpHttp(node: ConfigNode, signal: Signal, ...signalKeys: readonly string[]): ClientOptions {
  node.mapping(...KEYS, 'encoding', ...signalKeys);
  const url = node.at('endpoint').text();
  if (url !== undefined && !/^https?:\/\//i.test(url)) node.at('endpoint').fail('an http or https URL');
  const isJson = node.at('encoding').choice(['protobuf', 'json']) === 'json';
  return usable(node, {
    protocol: isJson ? 'http/json' : 'http/protobuf',
    ...(url === undefined ? {} : { signalEndpoints: { [signal]: url } }),
    ...common(node, ['none', 'gzip', 'deflate', 'zstd', 'brotli']),
    ...tlsOf(node.at('tls').mapping(...TLS_KEYS)),
  });
}

/** Reads `otlp_grpc`. `signalKeys` are the keys specific to the signal. */
export function otlpGrpc(node: ConfigNode, ...signalKeys: readonly string[]): ClientOptions {
  node.mapping(...KEYS, ...signalKeys);
  const endpoint = node.at('endpoint').text();
  return usable(node, {
    protocol: 'grpc',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...common(node, ['none', 'gzip', 'deflate', 'zstd']),
    ...tlsOf(node.at('tls').mapping(...TLS_KEYS, 'insecure')),
  });
}

/** Validates what only the transport can check, such as certificates and addresses. Opens no connection. */
function usable<Options extends EndpointOptions>(node: ConfigNode, options: Options): Options {
  try {
    void nodeNetwork.connect(options).shutdown();
    return options;
  } catch (error) {
    return node.fail('a usable exporter', errorMessage(error));
  }
}

function common(node: ConfigNode, compressions: readonly Compression[]) {
  node.at('max_request_size').requireOneOf([0, 67_108_864], 'requests are bounded by max_export_batch_size');
  node.at('max_response_size').requireOneOf([4_194_304], 'this library bounds responses itself');
  const compression = node.at('compression').choice(compressions);
  const timeoutMillis = node.at('timeout').integer(0, MAX_MILLIS);
  return {
    headers: headersOf(node),
    ...(compression === undefined ? {} : { compression }),
    // 0 means no limit.
    ...(timeoutMillis === undefined ? {} : { timeoutMillis: timeoutMillis || MAX_MILLIS }),
  };
}

/** Reads the headers. `headers` overrides `headers_list`, and a `null` value removes a header. */
function headersOf(node: ConfigNode): Readonly<Record<string, string>> {
  const list = node.at('headers_list');
  const { headers, errors } = parseHeaderList(list.text() ?? '');
  for (const { member, expected } of errors) list.fail(`${expected} as member ${member}`, 'something else');
  const entries = node
    .at('headers')
    .items()
    .flatMap((entry) => {
      const name = entry.mapping('name', 'value').at('name').text() ?? entry.at('name').fail('the name of a header');
      const value = entry.at('value').text();
      if (!entry.at('value').isPresent) entry.at('value').fail('the value of the header');
      if (value === undefined) return [];
      const invalid = headerError(name, value);
      return invalid === undefined ? [[name.toLowerCase(), value] as const] : entry.fail(invalid);
    });
  return { ...headers, ...Object.fromEntries(entries) };
}

function tlsOf(tls: ConfigNode): Pick<ClientOptions, 'tls'> {
  const [caFile, keyFile, certFile] = TLS_KEYS.map((key) => tls.at(key).text());
  const insecure = tls.at('insecure').flag();
  if ((keyFile === undefined) !== (certFile === undefined))
    tls.fail('key_file and cert_file together', 'only one of them');
  const options = {
    ...(caFile === undefined ? {} : { caFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(insecure === undefined ? {} : { insecure }),
  };
  return Object.keys(options).length === 0 ? {} : { tls: options };
}

const TLS_KEYS = ['ca_file', 'key_file', 'cert_file'] as const;
const KEYS = [
  'endpoint',
  'tls',
  'headers',
  'headers_list',
  'compression',
  'timeout',
  'max_request_size',
  'max_response_size',
] as const;

/** Reads `console`. `signalKeys` are the keys specific to the signal. */
export function consoleExporter(node: ConfigNode, ...signalKeys: readonly string[]): ClientOptions {
  node.mapping(...signalKeys);
  return { transport: consoleTransport() };
}

/** Reads `otlp_file/development`. `signalKeys` are the keys specific to the signal. */
export function fileExporter(node: ConfigNode, ...signalKeys: readonly string[]): ClientOptions {
  const stream = node.mapping('output_stream', ...signalKeys).at('output_stream');
  const name = stream.text() ?? 'stdout';
  if (name === 'stdout') return { transport: consoleTransport() };
  if (!/^file:\/\/\//.test(name)) stream.fail('stdout or file:///path/to/file.jsonl');
  return { transport: fileTransport(new URL(name)) };
}
