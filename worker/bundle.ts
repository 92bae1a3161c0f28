/** `npm run build:workflows`: the workflow bundle for production, next to the compiled worker. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from './workflow-code.ts';

const code = await bundle();
const target = fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url));
writeFileSync(target, code);
console.log(`${target}: ${Math.round(code.length / 1024)} KiB`);
