import type { ReactNode } from 'react';
import { Dialog } from '../parts/dialog.tsx';

/** To be replaced in this file: search over views, services and actions. */
export function Palette({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <Dialog label="Command palette" onClose={onClose}>
      .
    </Dialog>
  );
}
