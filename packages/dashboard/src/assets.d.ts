/** Styles that Vite takes in by a side effect. */
declare module '*.css';
