import { type ProxyTracerProvider, type TextMapPropagator, type TracerProvider, trace } from '@opentelemetry/api';
import { findsRegistered, ownVersion, registeredVersion } from './global-api.ts';
import type { ApiCopy } from './installed-copies.ts';

/**
 * Why spans will be lost, a sentence each, after a tracer provider has been registered or refused. The API tells these only its own `diag`, which has nobody
 * who listens, or belongs to the other copy.
 */
export function registrationProblems(
  isRegistered: boolean,
  propagator: TextMapPropagator,
  copies: readonly ApiCopy[],
): readonly string[] {
  const registered = registeredVersion() ?? '';
  if (isRegistered) {
    return copies
      .filter(({ version }) => !findsRegistered(version, registered))
      .map(
        ({ version, directory: folder }) =>
          `Two copies of @opentelemetry/api: ${version} (${folder}) cannot use the provider that was registered with ${registered}, and its spans are lost. ${ADVICE}`,
      );
  }
  const own = ownVersion(propagator);
  if (own === registered) {
    return [
      `register: expected no tracer provider, got ${nameOfRegistered()}, which stays; spans of the API do not reach the new one`,
    ];
  }
  const places = copies.map(({ version, directory: folder }) => `${version} in ${folder}`).join(', ');
  return [
    `Two copies of @opentelemetry/api: ${registered} has been registered first, and refuses what ${own}, the copy of @otelier/sdk, registers: spans are lost. ${ADVICE}${places && ` Found: ${places}.`}`,
  ];
}

const ADVICE = 'Install one version for all; "npm ls @opentelemetry/api" shows who asks for which.';

/** The class of the provider that stands behind the API; the proxy before it may be that of another copy. */
function nameOfRegistered(): string {
  const provider: TracerProvider & Partial<Pick<ProxyTracerProvider, 'getDelegate'>> = trace.getTracerProvider();
  const { name } = (provider.getDelegate?.() ?? provider).constructor;
  return name || 'one without a name';
}
