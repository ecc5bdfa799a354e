import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, URL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import vue from "@vitejs/plugin-vue";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** `npm run dev` serves the page on :5173 and passes API calls on to a console on this machine. */
const backend = "http://127.0.0.1:8600";

const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

/** Writes `.br` and `.gz` beside each file of text that becomes smaller by it, and `assets.json`: the names of this build's assets. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle({ dir }) {
      const root = dir ?? "dist";
      const built = files(join(root, "assets")).map((path) => `/${relative(root, path)}`);
      writeFileSync(join(root, "assets.json"), JSON.stringify(built.sort()));
      for (const path of files(root)) {
        if (!/\.(js|mjs|css|html|svg|json|webmanifest|wasm)$/.test(path)) continue;
        const plain = readFileSync(path);
        const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
        const gzip = gzipSync(plain, { level: 9 });
        if (brotli.length < plain.length) writeFileSync(`${path}.br`, brotli);
        if (gzip.length < plain.length) writeFileSync(`${path}.gz`, gzip);
      }
    },
  };
}

export default defineConfig({
  plugins: [vue(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": backend, "/healthz": backend } },
  build: { target: "es2022", chunkSizeWarningLimit: 1200 },
  worker: { format: "es" },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
