import type { ReactNode } from 'react';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icon.tsx';

/** A view that failed to draw, which is a bug of the page; the data and the gateway are not touched by it. */
export function Broken({ error, reset }: { readonly error: unknown; readonly reset: () => void }): ReactNode {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return (
    <div className="state" role="alert">
      <h3>
        <span className="err row">
          <Icon name="warn" />
        </span>
        This view failed to draw
      </h3>
      <p>This is a bug of the page. otelier itself keeps running, and nothing was lost.</p>
      <pre className="code">{message}</pre>
      <div className="acts">
        <button type="button" className="btn" onClick={reset}>
          Try again
        </button>
        <CopyButton text={`${location.href}\n${stack ?? message}`} label="Copy details">
          Copy details
        </CopyButton>
      </div>
    </div>
  );
}
