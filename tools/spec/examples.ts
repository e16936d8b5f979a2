/**
 * Finds the specification's named examples, fenced blocks such as ```json example=checksum, and its tables.
 */
import { parseMarkdown } from './markdown.ts';
import type { SourceFile } from './requirements.ts';

export interface Example {
  readonly name: string;
  /** First word behind the back-ticks: json, hex or text. */
  readonly language: string;
  /** Further `key=value` words behind the back-ticks. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  /** `spec/core.md:12` */
  readonly where: string;
}

/** All examples in the order of the files. Names may repeat here: the test tells. */
export function findExamples(sources: readonly SourceFile[]): Example[] {
  return sources.flatMap(({ file, text }) =>
    parseMarkdown(text).flatMap(({ kind, info = '', text: content, line }) => {
      const [language = '', ...words] = info.trim().split(/\s+/);
      const attributes = Object.fromEntries(words.map((word) => word.split('=', 2) as [string, string]));
      const { example: name } = attributes;
      return kind === 'fence' && name ? [{ name, language, attributes, text: content, where: `${file}:${line}` }] : [];
    }),
  );
}

/**
 * Rows of the one table whose header has exactly these cells, without back-ticks and emphasis.
 * @throws Error when the file has no such table or several
 */
export function tableOf({ file, text }: SourceFile, header: readonly string[]): string[][] {
  const found: string[][][] = [];
  let rows: string[][] | undefined;
  let lastLine = 0;
  for (const { kind, line, text: row } of parseMarkdown(text)) {
    if (kind !== 'text' || !row.startsWith('|')) continue;
    const cells = cellsOf(row);
    if (!rows || line !== lastLine + 1) {
      rows = [];
      if (cells.join('|') === header.join('|')) found.push(rows);
    } else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) {
      rows.push(cells);
    }
    lastLine = line;
  }
  const [table, other] = found;
  if (!table || other) throw new Error(`${file}: expected one table "${header.join(' | ')}", got ${found.length}`);
  return table;
}

function cellsOf(row: string): string[] {
  return row
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|').replace(/[`*]/g, ''));
}
