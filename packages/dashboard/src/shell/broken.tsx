import type { ReactNode } from 'react';
import { t } from '../locale/t.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icon.tsx';

/** Shown instead of a view that failed to render because of a bug in the page. */
export function Broken({ error, reset }: { readonly error: unknown; readonly reset: () => void }): ReactNode {
  if (isNotLoaded(error)) return <NotLoaded />;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return (
    <div className="state" role="alert">
      <h2>
        <span className="err row">
          <Icon name="warn" />
        </span>
        {t('This view failed to render')}
      </h2>
      <p>{t('This is a bug in the page. otelier keeps running, and no data was lost.')}</p>
      <pre className="code">{message}</pre>
      <div className="acts">
        <button type="button" className="btn" onClick={reset}>
          {t('Try again')}
        </button>
        <CopyButton text={`${location.href}\n${stack ?? message}`} label={t('Copy details')}>
          {t('Copy details')}
        </CopyButton>
      </div>
    </div>
  );
}

/** Thrown when a view's code cannot be loaded. */
export class ViewLoadError extends Error {
  override readonly name = 'ViewLoadError';

  constructor(cause: unknown) {
    super('the code of the view cannot be loaded', { cause });
  }
}

/**
 * Reports whether the error means that the code of a view, or part of it, could not be loaded. Browsers use different
 * messages.
 */
function isNotLoaded(error: unknown): boolean {
  if (error instanceof ViewLoadError) return true;
  return (
    error instanceof Error &&
    /dynamically imported module|importing a module script failed|unable to preload/i.test(error.message)
  );
}

/**
 * Shown instead of a view whose code could not be loaded because otelier is stopped or was replaced by a newer version.
 */
function NotLoaded(): ReactNode {
  return (
    <div className="state" role="alert">
      <h2>
        <span className="err row">
          <Icon name="warn" />
        </span>
        {t('This view could not be loaded')}
      </h2>
      <p>{t('otelier did not respond. It may be stopped; the view opens when it is reachable again.')}</p>
      <div className="acts">
        <button type="button" className="btn" onClick={() => location.reload()}>
          {t('Try again')}
        </button>
      </div>
    </div>
  );
}
