import vue from "@vitejs/plugin-vue";
import { fileURLToPath, URL } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run dev` serves the page on :5173 and passes API calls on to a console on this machine. */
const backend = "http://127.0.0.1:8600";

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": backend, "/healthz": backend } },
  build: { target: "es2022", chunkSizeWarningLimit: 1200 },
  worker: { format: "es" },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
