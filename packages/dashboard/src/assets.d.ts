/** Styles imported by Vite for their side effect. */
declare module '*.css';
