// Tells what a PDF on standard input holds, as JSON. A process of its own: Jest can't load PDF.js.
import { buffer } from "node:stream/consumers";
import { extractText, getDocumentProxy } from "unpdf";

const pdf = await getDocumentProxy(new Uint8Array(await buffer(process.stdin)));
const { text } = await extractText(pdf);
const { info } = await pdf.getMetadata();
const structure = [];
for (let number = 1; number <= pdf.numPages; number += 1) {
  structure.push(await (await pdf.getPage(number)).getStructTree());
}
const { Title: title, Language: language } = info;
const isTagged = (await pdf.getMarkInfo())?.Marked === true;
console.log(JSON.stringify({ title, language, isTagged, pages: text, structure }));
