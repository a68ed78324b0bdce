/** The tag of Zipkin with the name of the resource attribute that the service name came from. */
export const SERVICE_NAME_SOURCE = 'otlp.service.name.source';

/** The service name that the Collector writes for resources without one. */
export const NO_SERVICE_NAME = 'OTLPResourceNoServiceName';
