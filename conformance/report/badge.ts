/** A badge: the JSON that shields.io reads as an endpoint. */

import type { Report } from './records.ts';

const COLOURS = { 0: 'brightgreen', 1: 'red', 3: 'lightgrey' } as const;

export function badgeReport({ header, footer }: Report): string {
  const { met, judged } = footer.must;
  const message = footer.exitCode === 3 ? 'could not tell' : `MUST ${met}/${judged}`;
  const label = `reseq ${header.specVersion} ${header.side}`;
  return `${JSON.stringify({ schemaVersion: 1, label, message, color: COLOURS[footer.exitCode] })}\n`;
}
