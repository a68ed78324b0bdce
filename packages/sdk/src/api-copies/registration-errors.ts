import { type ProxyTracerProvider, type TextMapPropagator, type TracerProvider, trace } from '@opentelemetry/api';
import { findsRegistered, ownVersion, registeredVersion } from './global-api.ts';
import type { ApiCopy } from './installed-copies.ts';

/**
 * Returns the reasons why spans will be lost after a tracer provider was registered or rejected. The API reports them
 * only to its own `diag`, which may have no logger or belong to another copy.
 */
export function registrationErrors(
  isRegistered: boolean,
  propagator: TextMapPropagator,
  copies: readonly ApiCopy[],
): readonly string[] {
  const registered = registeredVersion() ?? '';
  if (isRegistered) {
    return copies
      .filter(({ version }) => !findsRegistered(version, registered))
      .map(
        ({ version, directory }) =>
          `Two copies of @opentelemetry/api: ${version} (${directory}) cannot use the provider registered with ${registered}; its spans are lost. ${ADVICE}`,
      );
  }
  const own = ownVersion(propagator);
  if (own === registered) {
    return [`register: expected no tracer provider, got ${nameOfRegistered()}; the registered provider stays active`];
  }
  const places = copies.map(({ version, directory }) => `${version} in ${directory}`).join(', ');
  return [
    `Two copies of @opentelemetry/api: ${registered} was registered first and rejects the provider of ${own}, the copy of @otelier/sdk; spans are lost. ${ADVICE}${places && ` Found: ${places}.`}`,
  ];
}

const ADVICE = 'Install a single version; "npm ls @opentelemetry/api" lists the dependents.';

/** Returns the class name of the registered provider, whose proxy may belong to another copy. */
function nameOfRegistered(): string {
  const provider: TracerProvider & Partial<Pick<ProxyTracerProvider, 'getDelegate'>> = trace.getTracerProvider();
  const { name } = (provider.getDelegate?.() ?? provider).constructor;
  return name || 'an unnamed provider';
}
