// Leaves this process: leave.cjs STAGE exit|end|throw

const { STAGES, throwLater } = require('./stages.cjs');

const [stage, way] = process.argv.slice(2);
const WAYS = { exit: () => process.exit(7), end: () => undefined, throw: throwLater };

STAGES[stage]().then(WAYS[way]);
