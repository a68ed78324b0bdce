import type { Container, Pod, Volume } from '../webhook/pod.ts';
import { withMissing } from './environment.ts';
import type { ExporterTls, Instrumentation } from './model.ts';

/** A pod with a changed container, which the pod does not have yet. */
export interface Changed {
  readonly pod: Pod;
  readonly container: Container;
}

const PREFIX = '/otel-auto-instrumentation';

/** Adds the endpoint of the exporter and its certificates. */
export function withExporter({ pod, container }: Changed, { spec }: Instrumentation): Changed {
  const { endpoint = '', tls } = spec.exporter ?? {};
  const env = container.env ?? [];
  const variables =
    endpoint === '' ? env : withMissing(env, [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: endpoint }]);
  if (tls === undefined) return { pod, container: { ...container, env: variables } };
  return withSources({ pod, container: { ...container, env: withMissing(variables, certificateVariables(tls)) } }, tls);
}

function certificateVariables({ secretName = '', configMapName = '', ca_file, cert_file, key_file }: ExporterTls) {
  const secret = `${PREFIX}-secret-${secretName}`;
  const authority = configMapName === '' ? secret : `${PREFIX}-configmap-${configMapName}`;
  const files = [
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', ca_file, authority],
    ['OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE', cert_file, secret],
    ['OTEL_EXPORTER_OTLP_CLIENT_KEY', key_file, secret],
  ] as const;
  return files.flatMap(([name, file = '', directory]) =>
    file === '' ? [] : [{ name, value: file.startsWith('/') ? file : `${directory}/${file}` }],
  );
}

/** Mounts the secret and the config map. */
function withSources(changed: Changed, { secretName = '', configMapName = '' }: ExporterTls): Changed {
  let { pod, container } = changed;
  // A pod must start without them: it could not wait for a missing one that it has not named itself.
  const sources = [
    ['secret', secretName, { secret: { secretName, optional: true } }],
    ['configmap', configMapName, { configMap: { name: configMapName, optional: true } }],
  ] as const;
  for (const [kind, name, source] of sources) {
    if (name === '') continue;
    const volume: Volume = { name: volumeName(kind, name), ...source };
    pod = withVolume(pod, volume);
    const mounts = container.volumeMounts ?? [];
    if (!mounts.some((mount) => mount.name === volume.name)) {
      const mount = { name: volume.name, mountPath: `${PREFIX}-${kind}-${name}`, readOnly: true };
      container = { ...container, volumeMounts: [...mounts, mount] };
    }
  }
  return { pod, container };
}

/** Adds a volume, unless the pod has one of this name. */
export function withVolume(pod: Pod, volume: Volume): Pod {
  const volumes = pod.spec.volumes ?? [];
  if (volumes.some(({ name }) => name === volume.name)) return pod;
  return { ...pod, spec: { ...pod.spec, volumes: [...volumes, volume] } };
}

/** Names of volumes have at most 63 characters. */
function volumeName(kind: string, name: string): string {
  const prefix = `otel-auto-${kind}-`;
  return `${prefix}${name.slice(0, 63 - prefix.length)}`.replace(/[^A-Za-z0-9]+$/, '');
}
