import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Hashed files in `dist`, nothing inlined: the gateway serves them under a strict content security policy. */
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
