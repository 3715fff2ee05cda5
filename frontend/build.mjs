/**
 * Builds frontend/ into static/build/: portal.css, one theme-<name>.css per theme, portal.js, forms.js, fonts/.
 * File names stay plain; WhiteNoise's manifest gives them their hashes. `--watch` rebuilds on change.
 */
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "..", "static", "build");
const themes = readdirSync(join(here, "themes", "generated")).filter((name) => name.startsWith("theme-"));

const options = {
  entryPoints: [
    { in: join(here, "css", "portal.css"), out: "portal" },
    { in: join(here, "js", "portal.js"), out: "portal" },
    { in: join(here, "js", "forms.js"), out: "forms" },
    ...themes.map((name) => ({ in: join(here, "themes", "generated", name), out: basename(name, ".css") })),
  ],
  outdir,
  bundle: true,
  minify: true,
  format: "iife",
  // Hospital computers lag behind; these are the oldest browsers the pages are made for.
  target: ["chrome111", "edge111", "firefox115", "safari16.4"],
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]",
  logLevel: "warning",
};

rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
copyFileSync(join(here, "favicon.svg"), join(outdir, "favicon.svg"));
if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
