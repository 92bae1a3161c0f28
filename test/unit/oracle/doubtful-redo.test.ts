/** A statement that LogMiner gives without vouching for it is not read, however well it reads. */
import { expect, test } from 'vitest';
import { redo, run, stopsOf } from '../../support/redo-notation.ts';

const rows = redo('7:start 7:+1 7:commit');
const withStatus = (status: number, info: string | null) =>
  rows.map((row) => (row.scn === '102' ? { ...row, status, info } : row));

test('without anything unusual the row is read', () => {
  expect(stopsOf(withStatus(0, null))).toEqual([]);
  expect(run(withStatus(0, null))).not.toEqual([]);
});

test.each([
  [1, null],
  [3, null],
  [3, 'Supplemental log data missing'],
  [2, 'Dictionary Version Mismatch'],
])('STATUS %i with INFO %j stops its table', (status, info) => {
  expect(stopsOf(withStatus(status, info))).toEqual(['102 APP.T undecodable']);
  expect(run(withStatus(status, info))).toEqual([]);
});
