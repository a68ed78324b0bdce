/** The types of endpoints that observers report, as in the Collector. */
export const ENDPOINT_TYPES = [
  'pod',
  'port',
  'pod.container',
  'hostport',
  'container',
  'k8s.service',
  'k8s.node',
  'k8s.ingress',
] as const;

/** The type of an endpoint. */
export type EndpointType = (typeof ENDPOINT_TYPES)[number];

/** Something that telemetry can be received from, such as a port of a pod. */
export interface ObservedEndpoint {
  /** Identifies the endpoint among those of all observers. */
  readonly id: string;
  readonly type: EndpointType;
  /** Its address: `host:port`, a host or a URL. */
  readonly target: string;
  /** What else is known of it, by the names that rules use. */
  readonly details: EndpointDetails;
}

/** Values by name. */
export interface EndpointDetails {
  readonly [name: string]: string | number | boolean | EndpointDetails;
}
