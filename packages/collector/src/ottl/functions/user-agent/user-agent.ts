import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { text } from '../../compile/parameters.ts';
import type { Value, ValueMap } from '../../values/value.ts';
import { type Product, type UserAgentRules, userAgentRules } from './rules.ts';

/** The converter that parses the `User-Agent` header of a browser or another client. */
export const USER_AGENT: readonly FunctionDefinition[] = [
  defineFunction('UserAgent', { userAgent: text() }, ({ userAgent }) => {
    const rules = userAgentRules();
    const parsed = new Map<string, readonly [string, string][]>();
    return (subject): ValueMap => {
      const header = userAgent(subject);
      let entries = parsed.get(header);
      if (entries === undefined) {
        entries = parse(header, rules);
        if (parsed.size >= MAX_CACHED) parsed.clear();
        if (header.length <= MAX_CACHED_LENGTH) parsed.set(header, entries);
      }
      return new Map<string, Value>(entries);
    };
  }),
];

/** Few clients send most requests, and parsing tries hundreds of expressions. */
const MAX_CACHED = 1024;
const MAX_CACHED_LENGTH = 1024;
/** Bounds the time per value. Servers accept headers of 8 kB, but products are at the start. */
const MAX_PARSED_LENGTH = 2048;

function parse(header: string, rules: UserAgentRules): readonly [string, string][] {
  const start = header.slice(0, MAX_PARSED_LENGTH);
  const browser = rules.browser(start);
  const os = rules.os(start);
  const entries: [string, string][] = [
    ['user_agent.name', browser.name],
    ['user_agent.original', header],
    ['user_agent.version', versionOf(browser)],
    ['os.name', os.name],
  ];
  const version = versionOf(os);
  if (version !== '') entries.push(['os.version', version]);
  return entries;
}

function versionOf({ versions: [major = '', ...rest] }: Product): string {
  return major + rest.map((part) => (part === '' ? '' : `.${part}`)).join('');
}
