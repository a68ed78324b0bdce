import type { ReactNode } from 'react';
import { durationOf, type Quantity } from '../format/quantity.ts';

/** A number with its unit small and grey. */
export function Measure({ of: { value, unit } }: { readonly of: Quantity }): ReactNode {
  return (
    <>
      {value}
      <span className="u">{unit}</span>
    </>
  );
}

/** A duration of nanoseconds with its unit small and grey. */
export function Duration({ nanos }: { readonly nanos: number | null | undefined }): ReactNode {
  return nanos === null || nanos === undefined ? '—' : <Measure of={durationOf(nanos)} />;
}
