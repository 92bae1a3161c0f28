/**
 * Who may import whom. Type-only imports count (tsPreCompilationDeps), otherwise a driver's typings could
 * reach the workflow bundle. test/unit/house/import-rules.test.ts plants a violation of every rule.
 */
const PRODUCT = '^(model|workflows|activities|oracle|maxcompute|worker|client)/';
const NODE = { dependencyTypesNot: ['core'] };

module.exports = {
  forbidden: [
    {
      name: 'model-is-pure',
      severity: 'error',
      comment: 'model/ imports zod and itself: no Node, no Temporal, nothing else of ours.',
      from: { path: '^model/' },
      to: { pathNot: '^(model/|node_modules/zod/)' },
    },
    {
      name: 'workflows-only-orchestrate',
      severity: 'error',
      comment: 'workflows/ imports model/ and @temporalio/workflow: it runs in a sandbox without Node.',
      from: { path: '^workflows/' },
      to: { pathNot: '^(workflows/|model/|node_modules/@temporalio/workflow/)' },
    },
    {
      name: 'activities-see-ports-only',
      severity: 'error',
      comment: 'activities/ imports model/ and @temporalio/activity; the sides fit its ports without knowing them.',
      from: { path: '^activities/' },
      to: { ...NODE, pathNot: '^(activities/|model/|node_modules/@temporalio/activity/)' },
    },
    {
      name: 'oracle-is-a-side',
      severity: 'error',
      comment: 'oracle/ imports model/, oracledb and Node.',
      from: { path: '^oracle/' },
      to: { ...NODE, pathNot: '^(oracle/|model/|node_modules/(oracledb|@types/oracledb)/)' },
    },
    {
      name: 'maxcompute-is-a-side',
      severity: 'error',
      comment: 'maxcompute/ imports model/, undici and Node.',
      from: { path: '^maxcompute/' },
      to: { ...NODE, pathNot: '^(maxcompute/|model/|node_modules/undici/)' },
    },
    {
      name: 'client-only-talks-to-temporal',
      severity: 'error',
      comment: 'Of ours, client/ imports model/ and workflows/messages.ts; the sides belong to the worker.',
      from: { path: '^client/' },
      to: { path: '^(workflows/(?!messages\\.ts$)|activities/|oracle/|maxcompute/|worker/)' },
    },
    {
      name: 'worker-runs-alone',
      severity: 'error',
      comment: 'worker/ wires the product together and knows neither the command line nor the stand-ins.',
      from: { path: '^worker/' },
      to: { path: '^(client|sandbox|demo|test|bench)/' },
    },
    {
      name: 'sandbox-is-a-stranger',
      severity: 'error',
      comment: 'sandbox/ imports nothing of ours: a peer that shares code agrees with our mistakes.',
      from: { path: '^sandbox/' },
      to: { path: [PRODUCT, '^(demo|test|bench|transform|alerts|transcode)/'] },
    },
    {
      name: 'product-never-needs-the-sandbox',
      severity: 'error',
      comment: 'Only demo/, test/ and bench/ start the stand-ins.',
      from: { path: PRODUCT },
      to: { path: '^(sandbox|demo|test|bench)/' },
    },
    {
      name: 'demo-uses-the-product-from-outside',
      severity: 'error',
      comment: 'demo/ imports model/, client/ and sandbox/, and spawns the rest.',
      from: { path: '^demo/' },
      to: { path: '^(workflows|activities|oracle|maxcompute|worker|test|bench)/' },
    },
    {
      name: 'nobody-imports-the-demo',
      severity: 'error',
      comment: 'The demo is a program; only tests and benches use its parts.',
      from: { pathNot: '^(demo|test|bench)/' },
      to: { path: '^demo/' },
    },
    {
      name: 'nobody-imports-a-bench',
      severity: 'error',
      comment: 'A bench is a program: it may look at everything, and nothing rests on it.',
      from: { pathNot: '^bench/' },
      to: { path: '^bench/' },
    },
    {
      name: 'one-oracle-driver',
      severity: 'error',
      comment:
        'Rows leave Oracle in oracle/ only; demo/, test/ and bench/ use the driver as an unmodified outside client.',
      from: { pathNot: '^(oracle|demo|test|bench)/' },
      to: { path: '^node_modules/(oracledb|@types/oracledb)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one file, or three.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      comment: 'An import that cannot be resolved escapes every other rule.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    // tsConfig is absent on purpose: there are no path aliases, and imports name their file with its ending.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
