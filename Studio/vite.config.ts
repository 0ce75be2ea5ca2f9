import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { codeSplitting, drawEarly } from './scripts/firstPage.ts';
import { precompress } from './scripts/precompress.ts';

// The server that `npm run dev` speaks to, as in ORCHESTRATOR_URL=http://127.0.0.1:5080.
const server = process.env.ORCHESTRATOR_URL ?? 'http://127.0.0.1:5080';

export default defineConfig({
  plugins: [react(), drawEarly(), precompress()],
  build: {
    target: 'es2023',
    outDir: process.env.STUDIO_OUT ?? '../artifacts/studio',
    emptyOutDir: true,
    reportCompressedSize: false,
    // The budget is a test's: the first page's scripts, compressed.
    chunkSizeWarningLimit: 2000,
    // The strict content security policy forbids data: fonts and scripts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting } },
  },
  worker: { format: 'es' },
  server: {
    proxy: Object.fromEntries(['/api', '/openapi', '/health', '/metrics'].map((path) => [path, server])),
  },
  test: {
    setupFiles: ['tests/setup.ts'],
    // A document costs each file half a second: only what draws, or keeps something in the browser, has one.
    projects: [
      { extends: true, test: { name: 'dom', environment: 'jsdom', include: ['src/**/*.test.tsx'] } },
      {
        extends: true,
        test: { name: 'node', environment: 'node', include: ['src/**/*.test.ts', 'tests/**/*.test.ts'] },
      },
    ],
  },
});
