import { parentPort } from "node:worker_threads";
import type { FormFacts } from "./formFacts";
import { renderForm } from "./renderForm";

/**
 * Runs in the thread of `FormThread`: makes a form for each message. A form that can't be made ends the thread with
 * its error.
 */
async function answer(facts: FormFacts): Promise<void> {
  const file = await renderForm(facts);
  parentPort?.postMessage(file, [file.buffer as ArrayBuffer]);
}

parentPort?.on("message", (facts: FormFacts) => void answer(facts));
parentPort?.postMessage("ready");
