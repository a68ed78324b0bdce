import type { ReactNode } from 'react';

/** Keyboard keys. */
export function Keys({ keys }: { readonly keys: readonly string[] }): ReactNode {
  return (
    <span className="keys">
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
