/** Results of SQL instances: RFC 4180, with `\N` for NULL, whether quoted or not (PyODPS 0.13.2, readers.py). */

export type CsvRow = readonly (string | null)[];

/** A field and where the next one begins. */
interface Field {
  readonly text: string;
  readonly end: number;
}

function quotedField(csv: string, from: number): Field {
  const parts: string[] = [];
  let position = from + 1;
  for (;;) {
    const quote = csv.indexOf('"', position);
    parts.push(csv.slice(position, quote < 0 ? csv.length : quote));
    if (quote < 0) return { text: parts.join(''), end: csv.length };
    if (csv[quote + 1] !== '"') return { text: parts.join(''), end: quote + 1 };
    parts.push('"');
    position = quote + 2;
  }
}

function plainField(csv: string, from: number): Field {
  let end = from;
  while (end < csv.length && csv[end] !== ',' && csv[end] !== '\n' && csv[end] !== '\r') end++;
  return { text: csv.slice(from, end), end };
}

/** All lines, the header line included. An empty text has none. */
export function parseCsv(csv: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  let row: (string | null)[] = [];
  let position = 0;
  while (position < csv.length) {
    const { text, end } = csv[position] === '"' ? quotedField(csv, position) : plainField(csv, position);
    row.push(text === '\\N' ? null : text);
    position = end + 1;
    if (csv[end] === ',' && position < csv.length) continue;
    if (csv[end] === ',') row.push('');
    if (csv[end] === '\r' && csv[end + 1] === '\n') position++;
    rows.push(row);
    row = [];
  }
  return rows;
}
