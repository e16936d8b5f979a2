/** What a peer sent may hold anything: no report lets control characters through. */

/** Control characters but line breaks and tabs become `?`; XML 1.0 has no place for them, and a terminal would obey them. */
export function printable(text: string): string {
  return text.replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '?');
}
