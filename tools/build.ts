/**
 * `npm run build`: compiles the sources into dist/ and makes sure that neither package.json nor a program in it names a file
 * that is not there.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { packageRoot } from '../protocol/package-root.ts';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
}

const ROOT = packageRoot();

function compile(): boolean {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  return spawnSync(tsc, ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' }).status === 0;
}

/** A target with a star needs one file that it fits. */
function exists(target: string): boolean {
  const path = join(ROOT, target);
  if (!target.includes('*')) return existsSync(path);
  const suffix = basename(path).slice(basename(path).indexOf('*') + 1);
  const folder = dirname(path);
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(suffix));
}

/** Programs that are started as files of their own, which the compiler does not follow as it follows imports. */
function unbuiltPrograms(): string[] {
  const dist = join(ROOT, 'dist');
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .flatMap((name) => {
      const named = readFileSync(join(dist, name), 'utf8').matchAll(/'(\.{1,2}\/[\w./-]+\.js)'/g);
      return [...named].map((match) => join(dist, dirname(name), match[1] ?? ''));
    })
    .filter((target) => !existsSync(target))
    .map((target) => relative(ROOT, target));
}

function build(): number {
  if (!compile()) return 1;
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const promised = [...Object.values(manifest.bin), ...Object.values(manifest.exports)];
  const missing = promised.filter((target) => !exists(target));
  for (const target of missing) console.error(`build: package.json names ${target}, which is not there`);
  const unbuilt = unbuiltPrograms();
  for (const target of unbuilt) console.error(`build: a program names ${target}, which is not there`);
  for (const target of Object.values(manifest.bin)) {
    if (exists(target)) chmodSync(join(ROOT, target), 0o755);
  }
  return missing.length + unbuilt.length === 0 ? 0 : 1;
}

process.exitCode = build();
