/**
 * Finds the package's own files (spec/proto, vectors) from source, from dist/ and from an installed tarball.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE_NAME = 'reseq';

/**
 * Absolute path of the folder that holds this package's package.json, found upward from this module.
 * Throws when there is none, which means a broken installation.
 */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (isOwnManifest(join(folder, 'package.json'))) return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json of "${PACKAGE_NAME}" above ${import.meta.url}`);
    folder = parent;
  }
}

/** Version of this package, as `reseq --version` tells it. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  return (manifest as { version: string }).version;
}

function isOwnManifest(path: string): boolean {
  if (!existsSync(path)) return false;
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'name' in manifest && manifest.name === PACKAGE_NAME;
}
