import { move } from "piscina";
import type { FormFacts } from "./formFacts";
import { renderForm } from "./renderForm";

/**
 * Runs in the thread of `FormThread`: returns a form as a file, or nothing when it is called to load what forms need.
 */
export default async function makeForm(facts: FormFacts | null): Promise<unknown> {
  if (facts === null) return null;
  const file = await renderForm(facts);
  return move(file as Uint8Array<ArrayBuffer>);
}
