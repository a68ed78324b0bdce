import { filterSpans } from 'otelier';

/** The typed function with the condition of the scenario `process-filter`. */
export const noServerErrors = filterSpans((span) => span.attributes.get('http.response.status_code') !== 500);
