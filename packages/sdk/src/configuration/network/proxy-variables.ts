import { type ProxySelector, parseProxy } from '@otelier/transport/proxy';
import type { Variables } from '../variables.ts';

/**
 * Returns the proxies of `HTTP_PROXY` (for endpoints without TLS) and `HTTPS_PROXY`, except for the hosts of `NO_PROXY` and
 * this machine. Names in lower case take precedence. An invalid URL is logged without its text, and ignored.
 */
export function proxyFrom(variables: Variables): ProxySelector | undefined {
  const [plain, secure] = ['http_proxy', 'https_proxy'].map((name) => {
    const text = textOf(variables, name);
    if (text === undefined) return undefined;
    try {
      return parseProxy(text);
    } catch {
      variables.reject(name.toUpperCase(), 'a URL such as http://proxy.example:3128', 'another text');
      return undefined;
    }
  });
  if (plain === undefined && secure === undefined) return undefined;
  const excluded = (textOf(variables, 'no_proxy') ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((each) => each !== '');
  return (target) => {
    const host = target.host.toLowerCase();
    if (LOOPBACK.test(host) || excluded.some((pattern) => isMatch(pattern, host, target.port))) return undefined;
    return target.secure ? secure : plain;
  };
}

function textOf(variables: Variables, name: string): string | undefined {
  return variables.text(name) ?? variables.text(name.toUpperCase());
}

/** `example.com` and `.example.com` match the host and all below it. A port must be the same. `*` matches all. */
function isMatch(pattern: string, host: string, port: number): boolean {
  if (pattern === '*') return true;
  const [, name = pattern, given] = /^(.*[^:]):(\d+)$/.exec(pattern) ?? [];
  if (given !== undefined && Number(given) !== port) return false;
  const domain = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '');
  return host === domain || host.endsWith(`.${domain}`);
}

/** A proxy cannot reach this machine by these names. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;
