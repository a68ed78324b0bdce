import type { ReactNode } from 'react';
import { t } from '../locale/t.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Keys } from '../parts/keys.tsx';
import { type KeyBinding, useBoundKeys } from './keys.ts';
import { nameOfKey } from './status-bar.tsx';

/** The list of all active keyboard shortcuts. */
export function Shortcuts({ onClose }: { readonly onClose: () => void }): ReactNode {
  const layers = useBoundKeys().filter((layer) => layer.bindings.length > 0);
  const titles = [...new Set(layers.map((layer) => layer.title))];
  return (
    <Dialog label={t('Shortcuts')} onClose={onClose}>
      <div className="pal-in">
        <h2 className="grow" style={{ fontSize: 'var(--type-15)' }}>
          {t('Shortcuts')}
        </h2>
        <button type="button" className="btn small bare" onClick={onClose}>
          {t('Close')}
          <kbd>Esc</kbd>
        </button>
      </div>
      <div className="shortcuts">
        {titles.map((title) => (
          <section key={title} aria-label={title}>
            <h3 className="g">{title}</h3>
            {layers
              .filter((layer) => layer.title === title)
              .flatMap((layer) => layer.bindings)
              .map((binding) => (
                <div key={binding.press} className="o">
                  {capital(binding.does)}
                  <Keys keys={pressesOf(binding)} />
                </div>
              ))}
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function pressesOf(binding: KeyBinding): readonly string[] {
  return binding.press === ' ' ? ['Space'] : binding.press.split(' ').map(nameOfKey);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
