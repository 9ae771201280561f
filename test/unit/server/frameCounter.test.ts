import { createFrameCounter } from "../../../src/server/websocket/frameCounter";
import { frame } from "../../soak/flood/peer";

const sum = (pieces: readonly Buffer[]) => {
  const count = createFrameCounter();
  let [messages, controls] = [0, 0];
  for (const piece of pieces) {
    const frames = count(piece);
    messages += frames.messages;
    controls += frames.controls;
  }
  return [messages, controls];
};

const sent = [
  frame(1, "a message"),
  frame(9, ""),
  frame(1, "x".repeat(200)),
  frame(10, "pong"),
  frame(1, "y".repeat(70_000)),
  frame(1, "in two ", false),
  frame(0, "fragments"),
  frame(9, "z".repeat(125)),
];

test.each([1, 2, 3, 7, 1_000, 65_536, 1_000_000])(
  "counts messages, and pings and pongs, in pieces of %i bytes: fragments are one message",
  (size) => {
    const all = Buffer.concat(sent);
    const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
      all.subarray(index * size, (index + 1) * size),
    );
    expect(sum(pieces)).toEqual([4, 3]);
  },
);
