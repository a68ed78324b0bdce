import type { Container } from '../webhook/pod.ts';
import { type Environment, withMissing, withValue } from './environment.ts';
import type { Instrumentation, LanguageSpec } from './model.ts';

/** How a language is instrumented. */
export interface Language {
  /** As in annotations and in the spec. */
  readonly name: 'java' | 'nodejs' | 'python';
  /** The variable that loads the instrumentation. */
  readonly variable: string;
  /** Image with the instrumentation, for objects that name none. */
  readonly image: string;
  /** Requests and limits of the init container, for objects that have none. */
  readonly resources: { readonly limits: object; readonly requests: object };
  /** Returns where a container has the instrumentation. */
  mountPath(container: Container): string;
  /** Returns the command that copies the instrumentation into the volume. */
  command(platform: string): readonly string[];
  /** Adds variables before those that all languages have, which then do not replace them. */
  early?(environment: Environment): Environment;
  /** Adds the variables of the language. */
  environment(environment: Environment, container: Container, spec: Instrumentation['spec']): Environment;
}

/** Volumes and init containers of all languages begin with it. */
export const PREFIX = 'opentelemetry-auto-instrumentation';

const IMAGES = 'ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation';
const LIMITS = { cpu: '500m', memory: '256Mi' };
const JAVA = '/otel-auto-instrumentation-java';
const NODEJS = '/otel-auto-instrumentation-nodejs';
const PYTHON = '/otel-auto-instrumentation-python';
/** Where the image for Python has the instrumentation, by the C library of the application. */
const PYTHON_PLATFORMS: Readonly<Record<string, string>> = {
  '': '/autoinstrumentation/.',
  glibc: '/autoinstrumentation/.',
  musl: '/autoinstrumentation-musl/.',
};

const OTLP: Environment = ['OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER', 'OTEL_LOGS_EXPORTER'].map((name) => ({
  name,
  value: 'otlp',
}));

/** Languages in the order in which they are injected. */
export const LANGUAGES: readonly Language[] = [
  {
    name: 'java',
    variable: 'JAVA_TOOL_OPTIONS',
    image: `${IMAGES}-java:2.30.0`,
    resources: { limits: LIMITS, requests: { cpu: '50m', memory: '64Mi' } },
    mountPath: ({ name }) => `${JAVA}-${name}`,
    command: () => ['cp', '/javaagent.jar', `${JAVA}/javaagent.jar`],
    environment(environment, container, { java }) {
      const at = `${JAVA}-${container.name}`;
      const extensions = (java?.extensions ?? []).length > 0 ? ` -Dotel.javaagent.extensions=${at}/extensions` : '';
      const added = ` -javaagent:${at}/javaagent.jar${extensions}`;
      return withValue(environment, 'JAVA_TOOL_OPTIONS', (known = '') => known + added);
    },
  },
  {
    name: 'nodejs',
    variable: 'NODE_OPTIONS',
    image: `${IMAGES}-nodejs:0.78.0`,
    resources: { limits: LIMITS, requests: { cpu: '50m', memory: '128Mi' } },
    mountPath: () => NODEJS,
    command: () => ['cp', '-r', '/autoinstrumentation/.', NODEJS],
    environment(environment) {
      const added = ` --require ${NODEJS}/autoinstrumentation.js`;
      const loaded = withValue(environment, 'NODE_OPTIONS', (known = '') => known + added);
      // The SDK drops metrics without it.
      return withMissing(loaded, [{ name: 'OTEL_METRICS_EXPORTER', value: 'otlp' }]);
    },
  },
  {
    name: 'python',
    variable: 'PYTHONPATH',
    image: `${IMAGES}-python:0.64b0`,
    resources: { limits: LIMITS, requests: { cpu: '50m', memory: '64Mi' } },
    mountPath: () => PYTHON,
    command: (platform) => ['cp', '-r', PYTHON_PLATFORMS[platform] ?? '', PYTHON],
    early(environment) {
      const first = `${PYTHON}/opentelemetry/instrumentation/auto_instrumentation`;
      const paths = (known: string | undefined) => [first, ...(known === undefined ? [] : [known]), PYTHON].join(':');
      return withValue(environment, 'PYTHONPATH', paths);
    },
    environment: (environment) =>
      withMissing(environment, [{ name: 'OTEL_EXPORTER_OTLP_PROTOCOL', value: 'http/protobuf' }, ...OTLP]),
  },
];

/** Languages that other operators instrument and this one does not. */
export const UNSUPPORTED = ['dotnet', 'go', 'apache-httpd', 'nginx'];

/** Reports whether the image for Python has an instrumentation for a C library. */
export function isPlatform(platform: string): boolean {
  return Object.hasOwn(PYTHON_PLATFORMS, platform);
}

/** Returns the part of an object that is for a language. */
export function specOf({ name }: Language, { spec }: Instrumentation): LanguageSpec {
  return spec[name] ?? {};
}

/** Returns the requests and limits of the init container. */
export function resourcesOf(language: Language, instrumentation: Instrumentation): object {
  const { resources, resourceRequirements } = specOf(language, instrumentation);
  return { ...language.resources, ...(resources ?? resourceRequirements) };
}
