/**
 * The little of Markdown that the specification's tools look at: headings, list items, running text
 * (paragraphs, table rows, quotes) and fenced blocks. Lines count from 1.
 */

export type BlockKind = 'heading' | 'item' | 'text' | 'fence';

export interface Block {
  readonly kind: BlockKind;
  readonly line: number;
  /** Heading: its words. Item: words after the bullet, wrapped lines joined by a space. Fence: the content as is. */
  readonly text: string;
  /** Fence: what stands after the opening back-ticks. */
  readonly info?: string;
}

interface Draft {
  readonly kind: BlockKind;
  readonly line: number;
  readonly lines: string[];
}

const FENCE = /^\s*(`{3,}|~{3,})\s*(.*)$/;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
const ITEM = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/;

export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  let draft: Draft | undefined;
  const finish = (): void => {
    if (draft) blocks.push({ kind: draft.kind, line: draft.line, text: draft.lines.join(' ') });
    draft = undefined;
  };
  const begin = (kind: BlockKind, line: number, words: string): void => {
    finish();
    draft = { kind, line, lines: [words.trim()] };
  };

  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    if (fence) {
      finish();
      const end = closingLine(lines, at, fence[1] ?? '');
      blocks.push({ kind: 'fence', line: at + 1, text: lines.slice(at + 1, end).join('\n'), info: fence[2] ?? '' });
      at = end;
    } else if (heading) {
      begin('heading', at + 1, heading[1] ?? '');
      finish();
    } else if (item) {
      begin('item', at + 1, item[1] ?? '');
    } else if (line.trim() === '') {
      finish();
    } else if (draft && !line.startsWith('|') && (draft.kind === 'text' || /^\s/.test(line))) {
      draft.lines.push(line.trim());
    } else {
      begin('text', at + 1, line);
    }
  }
  finish();
  return blocks;
}

/** Index of the line that closes a fence, or of the end of the text. */
function closingLine(lines: readonly string[], open: number, mark: string): number {
  const closing = lines.findIndex((line, at) => at > open && line.trim().startsWith(mark) && !/[^`~\s]/.test(line));
  return closing === -1 ? lines.length : closing;
}

/** The text without its code spans, each replaced by an empty one. */
export function withoutCode(text: string): string {
  return text.replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '``');
}

/** The anchor that GitHub gives to a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
