import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Builds hashed files into `dist` without inlining: the gateway serves them with a strict content security policy. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': process.env['OTELIER_URL'] ?? 'http://127.0.0.1:4319' } },
});
