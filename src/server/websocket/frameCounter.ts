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
  /** Of the frame whose header is being read: bytes that were read and that it has, its first one, the payload's length and where that ends. */
  let read = 0;
  let size = 2;
  let first = 0;
  let length = 0;
  let lengthEnds = 2;
  /** Bytes of a payload that are still to come. */
  let rest = 0;

  /** Takes the next byte of a header. Says whether it was the last. Nothing is made: a flood has millions. */
  function isWhole(byte: number): boolean {
    if (read === 0) first = byte;
    else if (read === 1) {
      const extra = extraBytes(byte);
      size = 2 + extra + ((byte & 0x80) !== 0 ? 4 : 0);
      length = extra === 0 ? byte & 0x7f : 0;
      lengthEnds = 2 + extra;
    } else if (read < lengthEnds) length = length * 256 + byte;
    read += 1;
    return read === size;
  }

  return (chunk) => {
    let messages = 0;
    let controls = 0;
    for (let at = 0; at < chunk.length;) {
      const skipped = Math.min(rest, chunk.length - at);
      rest -= skipped;
      at += skipped;
      if (at === chunk.length) break;
      at += 1;
      if (!isWhole(chunk[at - 1] ?? 0)) continue;
      if ((first & 0x08) !== 0) controls += 1;
      else if ((first & 0x80) !== 0) messages += 1;
      rest = length;
      read = 0;
    }
    return { messages, controls };
  };
}

const extraBytes = (second: number) => ((second & 0x7f) === 127 ? 8 : (second & 0x7f) === 126 ? 2 : 0);
