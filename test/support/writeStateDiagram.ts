import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateDiagram } from "../../src/domain/stateDiagram";

/** `npm run docs`: writes what is generated in docs/. */
writeFileSync(join(__dirname, "../../docs/state-diagram.md"), stateDiagram());
