import type { ReactNode } from 'react';
import { durationOf, type Quantity } from '../format/quantity.ts';

/** A number with its unit in a small gray font. */
export function Measure({ of: { value, unit } }: { readonly of: Quantity }): ReactNode {
  return (
    <>
      {value}
      <span className="u">{unit}</span>
    </>
  );
}

/** A duration in nanoseconds with its unit in a small gray font. */
export function Duration({ nanos }: { readonly nanos: number | null | undefined }): ReactNode {
  return nanos === null || nanos === undefined ? '—' : <Measure of={durationOf(nanos)} />;
}
