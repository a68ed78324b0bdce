import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

export interface ViolationOptions {
  /** Tags such as `wcag2aa`, or names of rules: what to check. */
  readonly only: readonly string[];
  /** Rules to check as well. */
  readonly rules?: Readonly<Record<string, { readonly enabled: boolean }>>;
  /** CSS selectors of elements that are not checked. */
  readonly exclude?: readonly string[];
}

/** An accessibility rule that elements violate. */
export interface Violation {
  readonly id: string;
  readonly nodes: readonly {
    readonly html: string;
    /** CSS selectors. */
    readonly target: readonly string[];
    /** What to change. */
    readonly failureSummary: string;
  }[];
}

/**
 * Checks a page with axe and returns the violations. The script is loaded once per page, which takes longer than most
 * checks.
 */
export async function findViolations(page: Page, options: ViolationOptions): Promise<readonly Violation[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis)))
    await page.evaluate(readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8'));
  return await page.evaluate(async ({ only, rules, exclude = [] }) => {
    const context = { include: [['html']], exclude: exclude.map((selector) => [selector]) };
    // Without `resultTypes`, axe computes a unique selector of every element that passes.
    const run = { runOnly: [...only], ...(rules === undefined ? {} : { rules }), resultTypes: ['violations'] };
    const { violations } = await (globalThis as unknown as { axe: AxeInPage }).axe.run(context, run);
    return violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, target, failureSummary = '' }) => ({
        html,
        target: target.map(String),
        failureSummary,
      })),
    }));
  }, options);
}

/** What the script adds to a page. */
interface AxeInPage {
  run(context: object, options: object): Promise<Pick<AxeResults, 'violations'>>;
}
