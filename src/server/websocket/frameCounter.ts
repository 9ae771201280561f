/** Frames that end in a chunk: messages, and control frames (ping, pong, close). */
export interface FrameCounts {
  readonly messages: number;
  readonly controls: number;
}

/**
 * Counts the frames of a WebSocket in the bytes of its client, before `ws` parses them: 64 kB can hold 10,000 pings,
 * and `ws` handles a chunk to its end, even if the socket is closed meanwhile. Invalid frames are for `ws` to reject.
 */
export class FrameCounter {
  /** Bytes of the current frame's header: read so far, in total, and up to the end of the payload length. */
  #headerRead = 0;
  #headerLength = 2;
  #lengthEnd = 2;
  #firstByte = 0;
  #payloadLength = 0;
  /** Bytes of the current payload that are still to come. */
  #payloadLeft = 0;

  count(chunk: Buffer): FrameCounts {
    let messages = 0;
    let controls = 0;
    for (let offset = 0; offset < chunk.length;) {
      const skipped = Math.min(this.#payloadLeft, chunk.length - offset);
      this.#payloadLeft -= skipped;
      offset += skipped;
      if (offset === chunk.length) break;
      offset += 1;
      if (!this.#readHeaderByte(chunk[offset - 1] ?? 0)) continue;
      if ((this.#firstByte & 0x08) !== 0) controls += 1;
      else if ((this.#firstByte & 0x80) !== 0) messages += 1;
      this.#payloadLeft = this.#payloadLength;
      this.#headerRead = 0;
    }
    return { messages, controls };
  }

  /** Returns whether the byte completes the header. Allocates nothing: a flood has millions of headers. */
  #readHeaderByte(byte: number): boolean {
    if (this.#headerRead === 0) this.#firstByte = byte;
    else if (this.#headerRead === 1) this.#readSecondByte(byte);
    else if (this.#headerRead < this.#lengthEnd) this.#payloadLength = this.#payloadLength * 256 + byte;
    this.#headerRead += 1;
    return this.#headerRead === this.#headerLength;
  }

  #readSecondByte(byte: number): void {
    const shortLength = byte & 0x7f;
    const extraBytes = shortLength === 127 ? 8 : shortLength === 126 ? 2 : 0;
    const maskBytes = (byte & 0x80) === 0 ? 0 : 4;
    this.#lengthEnd = 2 + extraBytes;
    this.#headerLength = this.#lengthEnd + maskBytes;
    this.#payloadLength = extraBytes === 0 ? shortLength : 0;
  }
}
