// Rows that a stranger can read.

export const median = (all) => {
  const sorted = [...all].sort((a, b) => a - b);
  const mid = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[mid] : (sorted[mid - 1] + sorted[mid]) / 2;
};

const number = (n, digits = 0) => n.toFixed(digits);
const short = (ms) => (ms < 10 ? number(ms, 2) : ms < 100 ? number(ms, 1) : number(ms));

export function title(text, ...notes) {
  console.log(`\n== ${text}`);
  for (const note of notes) console.log(`   ${note}`);
}

export function head() {
  const words = ['per s', 'p50 ms', 'p99 ms', 'cpu %', 'MiB'].map((word) => word.padStart(9));
  console.log(`${'conn'.padStart(5)}  ${'who'.padEnd(32)}${words.join('')}  purser is`);
}

const MIDDLE = ['perSecond', 'p50', 'p99', 'cpu', 'mib'];

// cells: one for each round; beside: those of purser in the same rounds, for the ratio.
export function row(connections, who, cells, beside) {
  const of = Object.fromEntries(MIDDLE.map((what) => [what, median(cells.map((c) => c[what]))]));
  const bad = cells.reduce((sum, cell) => sum + cell.bad, 0);
  const whole = [number(of.perSecond), short(of.p50), short(of.p99)];
  const figures = [...whole, number(of.cpu), number(of.mib)];
  const times = beside && median(beside.map((cell, i) => cell.perSecond / cells[i].perSecond));
  const ratio = Number.isFinite(times) ? `${times.toFixed(1)} times as fast` : '';
  const line = [String(connections).padStart(5), '  ', who.padEnd(32)];
  line.push(...figures.map((text) => text.padStart(9)), '  ', ratio);
  console.log((line.join('') + (bad ? `  ${bad} BAD ANSWERS` : '')).trimEnd());
}
