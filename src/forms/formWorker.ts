import { parentPort } from "node:worker_threads";
import type { FormFacts } from "./formFacts";
import { renderForm } from "./renderForm";

/** What runs in the thread of `FormThread`: a form for each message. One that can't be made ends the thread, with its error. */
async function answer(facts: FormFacts): Promise<void> {
  const file = await renderForm(facts);
  parentPort?.postMessage(file, [file.buffer as ArrayBuffer]);
}

parentPort?.on("message", (facts: FormFacts) => void answer(facts));
