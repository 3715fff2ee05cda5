/**
 * Rebuilds the prebuilt themes from designsystemet.config.json with Designsystemet's own CLI.
 *
 * Run by hand (`npm run themes`) when a colour in the configuration changes; the result is committed
 * under generated/, so that an ordinary build needs no token step. What every theme shares (sizes,
 * typography, colour names) lands in tokens.css; a theme's file holds its colour values only.
 * Dark mode is left out: the portal has one light scheme.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const cli = join(root, "node_modules", ".bin", "designsystemet");
const config = join(here, "designsystemet.config.json");
const tokens = join(root, "var", "design-tokens");
const built = join(root, "var", "design-tokens-build");
const generated = join(here, "generated");
const note = "/* Made by `npm run themes` from designsystemet.config.json; do not edit. */\n";

/** Splits a built theme into its top-level at-rule blocks. */
function topLevelBlocks(css) {
  const blocks = [];
  let depth = 0;
  let start = -1;
  for (let i = css.indexOf("@layer"); i < css.length; i += 1) {
    if (depth === 0 && start === -1 && css[i] === "@") start = i;
    if (css[i] === "{") depth += 1;
    if (css[i] === "}") {
      depth -= 1;
      if (depth === 0) {
        blocks.push(css.slice(start, i + 1));
        start = -1;
      }
    }
  }
  return blocks;
}

function isShared(block) {
  return !/@layer ds\.theme\.(color-scheme|typography\.secondary)/.test(block);
}

/** The light colour values, without the rule that follows the system's colour scheme. */
function lightColours(block) {
  const end = block.indexOf("}");
  return block
    .slice(0, end + 1)
    .replace(/:root,\s*\[data-color-scheme="light"\]/, ":root")
    .concat("\n}\n");
}

execFileSync(cli, ["tokens", "create", "--config", config, "--out-dir", tokens, "--clean", "true"], {
  cwd: root,
  stdio: "inherit",
});
execFileSync(cli, ["tokens", "build", "--tokens", tokens, "--out-dir", built, "--clean", "true", "--config", config], {
  cwd: root,
  stdio: "inherit",
});
mkdirSync(generated, { recursive: true });
const names = Object.keys(JSON.parse(readFileSync(config, "utf8")).themes);
names.forEach((name, index) => {
  const blocks = topLevelBlocks(readFileSync(join(built, `${name}.css`), "utf8"));
  if (index === 0) {
    const shared = blocks.filter(isShared).join("\n\n").replace(/--ds-font-family: [^;]+;/g, "");
    writeFileSync(join(generated, "tokens.css"), `${note}${shared}\n`);
  }
  const light = blocks.find((block) => block.startsWith("@layer ds.theme.color-scheme.light"));
  writeFileSync(join(generated, `theme-${name}.css`), note + lightColours(light));
});
