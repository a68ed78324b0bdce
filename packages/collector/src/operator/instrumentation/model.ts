import type { KubernetesObject } from '../../kubernetes/resource.ts';
import type { Condition } from '../core/conditions.ts';
import type { Variable } from '../webhook/pod.ts';

type Json = Readonly<Record<string, unknown>>;

/** What all languages have. */
export interface LanguageSpec {
  readonly image?: string;
  readonly env?: readonly Variable[];
  readonly volumeLimitSize?: string | number;
  readonly volumeClaimTemplate?: Json;
  /** Requests and limits of the init container. The field has two names, as in the OpenTelemetry operator. */
  readonly resources?: Json;
  readonly resourceRequirements?: Json;
}

/** An `Instrumentation`. */
export interface Instrumentation extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly generation?: number };
  readonly spec: {
    readonly exporter?: { readonly endpoint?: string; readonly tls?: ExporterTls };
    readonly resource?: {
      readonly resourceAttributes?: Readonly<Record<string, string>>;
      readonly addK8sUIDAttributes?: boolean;
    };
    readonly propagators?: readonly string[];
    readonly sampler?: { readonly type?: string; readonly argument?: string };
    readonly defaults?: { readonly useLabelsForResourceAttributes?: boolean };
    readonly env?: readonly Variable[];
    readonly java?: LanguageSpec & {
      readonly extensions?: readonly { readonly image: string; readonly dir: string }[];
    };
    readonly nodejs?: LanguageSpec;
    readonly python?: LanguageSpec;
    readonly imagePullPolicy?: string;
    readonly initContainerSecurityContext?: Json;
  };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** Certificates of the exporter: keys of a secret or config map in the namespace of the pod, or absolute paths. */
export interface ExporterTls {
  readonly secretName?: string;
  readonly configMapName?: string;
  readonly ca_file?: string;
  readonly cert_file?: string;
  readonly key_file?: string;
}
