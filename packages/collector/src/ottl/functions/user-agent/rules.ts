import { readFileSync } from 'node:fs';
import { compileTrustedPattern, type Pattern } from '@otelier/query/pattern';
import { expandTemplate } from '../text/pattern.ts';

/** A browser or an operating system, with the parts of its version from major to patch. */
export interface Product {
  readonly name: string;
  readonly versions: readonly string[];
}

/** The rules that recognize the product of a `User-Agent` header. */
export interface UserAgentRules {
  browser(header: string): Product;
  os(header: string): Product;
}

let loaded: UserAgentRules | undefined;

/** Returns the rules of uap-core, which the first call loads. */
export function userAgentRules(): UserAgentRules {
  loaded ??= load();
  return loaded;
}

type Entry = Readonly<Record<string, string>>;

function load(): UserAgentRules {
  const { user_agent_parsers: browsers, os_parsers: systems } = JSON.parse(
    readFileSync(new URL('rules.json', import.meta.url), 'utf8'),
  ) as { readonly user_agent_parsers: readonly Entry[]; readonly os_parsers: readonly Entry[] };
  return {
    browser: firstMatch(
      browsers.map(
        (entry) => new Rule(entry, ['family_replacement', 'v1_replacement', 'v2_replacement', 'v3_replacement']),
      ),
    ),
    os: firstMatch(
      systems.map((entry) => new Rule(entry, ['os_replacement', ...[1, 2, 3, 4].map((n) => `os_v${n}_replacement`)])),
    ),
  };
}

function firstMatch(rules: readonly Rule[]): (header: string) => Product {
  return (header) => {
    let last: Product | undefined;
    for (const rule of rules) {
      last = rule.match(header) ?? last;
      // A match without a name counts only if no later rule matches.
      if (last !== undefined && last.name !== '') return last;
    }
    return { name: 'Other', versions: last?.versions ?? [] };
  };
}

/** A regular expression with a template for the name and for each part of the version. */
class Rule {
  readonly #source: string;
  readonly #templates: readonly string[];
  #pattern: Pattern | undefined;

  constructor(entry: Entry, fields: readonly string[]) {
    this.#source = entry['regex'] ?? '';
    this.#templates = fields.map((field, index) => entry[field] || `$${index + 1}`);
  }

  match(header: string): Product | undefined {
    // Compiling all of them takes most of a second, and few are tried for a common browser.
    this.#pattern ??= compileTrustedPattern(this.#source);
    const { names } = this.#pattern;
    const ranges = this.#pattern.ranges(header);
    if (ranges === undefined) return undefined;
    const groups = ranges.map(({ start, end }) => (start < 0 ? undefined : header.slice(start, end)));
    const [name = '', ...versions] = this.#templates.map((template) => expandTemplate(template, groups, names));
    return { name, versions };
  }
}
