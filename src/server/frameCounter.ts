/** How many frames end in a piece of what a client sends: of messages, and pings, pongs and closings. */
export interface Frames {
  readonly messages: number;
  readonly controls: number;
}

/**
 * Counts the frames of a WebSocket from its bytes, before anybody reads them: 64 kB can be 10,000 pings, and `ws` reads all of
 * what it was handed, also for a socket that was cut off meanwhile. What is no proper frame is for `ws` to refuse.
 */
export function createFrameCounter(): (chunk: Buffer) => Frames {
  /** Of the frame whose header is being read. */
  let header: number[] = [];
  /** Bytes of a payload that are still to come. */
  let rest = 0;

  return (chunk) => {
    let messages = 0;
    let controls = 0;
    for (let at = 0; at < chunk.length;) {
      const skipped = Math.min(rest, chunk.length - at);
      rest -= skipped;
      at += skipped;
      if (at === chunk.length) break;
      header.push(chunk[at] ?? 0);
      at += 1;
      if (header.length < lengthOf(header)) continue;
      const [first = 0] = header;
      if ((first & 0x08) !== 0) controls += 1;
      else if ((first & 0x80) !== 0) messages += 1;
      rest = payloadOf(header);
      header = [];
    }
    return { messages, controls };
  };
}

const extraBytes = (second: number) => ((second & 0x7f) === 127 ? 8 : (second & 0x7f) === 126 ? 2 : 0);

/** Bytes of a header, as far as it tells. */
function lengthOf([, second]: readonly number[]): number {
  return second === undefined ? 2 : 2 + extraBytes(second) + ((second & 0x80) !== 0 ? 4 : 0);
}

function payloadOf(header: readonly number[]): number {
  const [, second = 0] = header;
  const extra = extraBytes(second);
  if (extra === 0) return second & 0x7f;
  return header.slice(2, 2 + extra).reduce((sum, byte) => sum * 256 + byte, 0);
}
