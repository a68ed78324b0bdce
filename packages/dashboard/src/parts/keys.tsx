import type { ReactNode } from 'react';

/** Keys as they stand on the keyboard. */
export function Keys({ keys }: { readonly keys: readonly string[] }): ReactNode {
  return (
    <span className="keys">
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
