/** Removes the parameters of a tap from the page's URL. */
export const NO_TAP = { tap: undefined, filter: undefined, take: undefined, values: undefined } as const;
