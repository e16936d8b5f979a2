/**
 * How the client puts things to people. JSON keeps the words of the protocol.
 */

/** `45 s`, `3 min 20 s`, `18 h 12 min`. */
export function duration(ms: number): string {
  const total = Math.round(ms / 1_000);
  if (total < 60) return `${total} s`;
  if (total < 3_600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  return `${Math.floor(total / 3_600)} h ${Math.floor((total % 3_600) / 60)} min`;
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The text of an error without what only its programmer needs: grpc-js wraps the cause in two sentences of its own. */
export function plainWords(text: string): string {
  return oneLine(text)
    .replace(/\bgRPC UNAVAILABLE: /, '')
    .replace(/No connection established\. Last error: (?:Error: )?/, '')
    .replace(/\.? Resolution note:$/, '')
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)/, '')
    .replace(/\b\d{4,} ms\b/g, (amount) => inSeconds(Number.parseInt(amount, 10)))
    .replace(/ of dialling$/, '');
}

function inSeconds(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 100) / 10} s` : duration(ms);
}

/** Ends with `…` when it had to be cut. */
export function cutTo(room: number, text: string): string {
  if (text.length <= room) return text;
  return room < 1 ? '' : `${text.slice(0, room - 1).trimEnd()}…`;
}
