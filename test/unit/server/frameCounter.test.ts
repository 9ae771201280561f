import { FrameCounter } from "../../../src/server/websocket/frameCounter";
import { frame } from "../../soak/flood/peer";

const sum = (chunks: readonly Buffer[]) => {
  const counter = new FrameCounter();
  let [messages, controls] = [0, 0];
  for (const chunk of chunks) {
    const frames = counter.count(chunk);
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
  "counts messages and control frames in chunks of %i bytes, and fragments as one message",
  (size) => {
    const all = Buffer.concat(sent);
    const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
      all.subarray(index * size, (index + 1) * size),
    );
    expect(sum(chunks)).toEqual([4, 3]);
  },
);
