import { defineConfig } from "vite";

/** The playground is one page of static files; src/server/http/pages/playground.ts serves them. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  experimental: {
    // Relative to the page, which is served one level above its parts: also below a path that a proxy takes away.
    renderBuiltUrl: (file, { hostType }) => (hostType === "html" ? `./playground/${file}` : { relative: true }),
  },
  build: {
    outDir: "../dist/playground",
    emptyOutDir: true,
    target: "es2023",
    reportCompressedSize: false,
    // Monaco, GraphiQL's editor, is one large chunk by nature.
    chunkSizeWarningLimit: 10_000,
  },
});
