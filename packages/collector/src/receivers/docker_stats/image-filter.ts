import { compilePattern } from '@otelier/query/pattern';
import { compileGlob } from '../../component/glob.ts';

/** Reports whether an image is excluded. */
export type IsExcluded = (image: string) => boolean;

/**
 * Compiles patterns of images: names, globs (`another-*-image`) or regular expressions between slashes (`/^app/`), each
 * with `!` in front for all other images. An image is excluded if one of them matches. Throws for an invalid one.
 */
export function compileImageFilter(patterns: readonly string[]): IsExcluded {
  const filters = patterns.map(compileImage);
  return (image) => filters.some((isExcluded) => isExcluded(image));
}

function compileImage(pattern: string): IsExcluded {
  const isNegated = pattern.startsWith('!');
  const matches = compileMatch(isNegated ? pattern.slice(1) : pattern);
  return (image) => matches(image) !== isNegated;
}

function compileMatch(text: string): IsExcluded {
  if (text.length > 2 && text.startsWith('/') && text.endsWith('/')) {
    const expression = compilePattern(text.slice(1, -1));
    return (image) => expression.test(image);
  }
  if (/[*?[\]{}!]/.test(text)) {
    // As in the Collector, `*` also matches slashes.
    const glob = compileGlob(text, '\n');
    return (image) => glob.test(image);
  }
  return (image) => image === text;
}
