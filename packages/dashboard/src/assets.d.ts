/** Style sheets, which are imported for their side effects and bundled by Vite. */
declare module '*.css';
