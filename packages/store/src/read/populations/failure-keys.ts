/** Attributes of failed spans and of their resources; the first with a value counts. */
export const STATUS_KEYS = ['http.response.status_code'];
export const USER_KEYS = ['user.id', 'enduser.id'];
export const VERSION_KEYS = ['service.version'];
export const INSTANCE_KEYS = ['service.instance.id', 'k8s.pod.name', 'host.name'];
/** Longest message that is returned, in characters. */
export const MAX_MESSAGE = 1000;
