/** What the workflow bundle is made of: the workflows, and what listens to them. */
import { fileURLToPath } from 'node:url';

const source = (file: string): string => fileURLToPath(new URL(`../workflows/${file}`, import.meta.url));

export const workflowSources = { path: source('index.ts'), modules: [source('task-metrics.ts')] };
