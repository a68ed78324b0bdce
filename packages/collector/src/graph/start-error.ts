import type { NodeIdentity } from './node.ts';

/** Thrown when a component cannot be created or started. The message names the component and the reason. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** ID of the component. */
  readonly component: string;

  readonly kind: NodeIdentity['kind'];

  constructor({ kind, component }: Pick<NodeIdentity, 'kind' | 'component'>, cause: unknown) {
    super(`${kind} ${component}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.kind = kind;
    this.component = component;
  }
}
