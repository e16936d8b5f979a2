/**
 * What the documents point at is there.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../protocol/package-root.ts';
import { anchorOf, parseMarkdown, withoutCode } from './spec/markdown.ts';

const ROOT = packageRoot();
const NOT_OURS = /^(?:node_modules|dist|reports)\/|\/\.venv\//;

const DOCUMENTS = readdirSync(ROOT, { withFileTypes: true })
  .flatMap((entry) => {
    if (entry.isFile()) return [entry.name];
    if (entry.name.startsWith('.') || NOT_OURS.test(`${entry.name}/`)) return [];
    return readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${entry.name}/${name}`,
    );
  })
  .filter((name) => name.endsWith('.md') && !NOT_OURS.test(name))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));

const anchors = new Map<string, ReadonlySet<string>>();

/** Of headings, and those that are written out. */
function anchorsOf(file: string): ReadonlySet<string> {
  const known = anchors.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(join(ROOT, file), 'utf8');
  const headings = parseMarkdown(text).filter(({ kind }) => kind === 'heading');
  const written = [...text.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id]) => id ?? '');
  const all = new Set([...headings.map((heading) => anchorOf(heading.text)), ...written]);
  anchors.set(file, all);
  return all;
}

/** Targets of links in the running text, and of those that are defined at the end of a file. */
function linksOf(text: string): string[] {
  const defined = [...text.matchAll(/^\[[^\]]+\]: (\S+)$/gm)].map(([, target]) => target ?? '');
  const inline = parseMarkdown(text)
    .filter(({ kind }) => kind !== 'fence')
    .flatMap((block) => [...withoutCode(block.text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? ''));
  return [...inline, ...defined];
}

function isDead(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#', 2);
  const file = path === '' ? from : posix.join(posix.dirname(from), path);
  if (!existsSync(join(ROOT, file))) return true;
  return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
}

describe('documents', () => {
  it('have no dead link between them', () => {
    const dead = DOCUMENTS.flatMap(({ file, text }) =>
      linksOf(text)
        .filter((link) => !/^[a-z]+:/.test(link) && isDead(file, link))
        .map((link) => `${file}: ${link}`),
    );
    expect(dead).to.deep.equal([]);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = DOCUMENTS.flatMap(({ text }) =>
      [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, name]) => name),
    );
    expect(named).not.to.deep.equal([]);
    expect([...new Set(named)].filter((name) => !Object.keys(scripts).includes(name ?? ''))).to.deep.equal([]);
  });
});
