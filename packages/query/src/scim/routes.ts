/** The path below which the API is served. */
export const SCIM_PATH = '/scim/v2';

/** The paths of the API, of which the last one is for everything else. */
export const SCIM_ROUTES = [
  ...[`${SCIM_PATH}/Users`, `${SCIM_PATH}/Users/:id`, `${SCIM_PATH}/Groups`, `${SCIM_PATH}/Groups/:id`],
  `${SCIM_PATH}/*`,
] as const;
