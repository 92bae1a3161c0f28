import { describe, expect, test } from 'vitest';
import { Failure } from '../../../model/failure.ts';
import type { FailureKind } from '../../../model/failure.ts';
import { sourceFailure } from '../../../oracle/errors.ts';

const WHERE = 'db1:1521/ORCLPDB1';

/** As the driver makes them: a code, a message, and for the server's errors a number. */
function driverError(code: string, message: string, errorNum?: number): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code, ...(errorNum === undefined ? {} : { errorNum }) });
}

const ora = (number: number): Error => {
  const code = `ORA-${String(number).padStart(5, '0')}`;
  return driverError(code, 'text\nHelp: https://docs.oracle.com/error-help/db/', number);
};

const classified = (error: unknown): Failure => sourceFailure(error, WHERE, 'querying V$THREAD');

describe('an error of the driver', () => {
  test.each<[string, Error, FailureKind]>([
    [
      'no listener',
      driverError('NJS-503', 'connection to host h port 1 could not be established.'),
      'source-unreachable',
    ],
    [
      'listener closes at once',
      driverError('NJS-500', 'closed or broken\nNJS-521: received end-of-file'),
      'source-unreachable',
    ],
    ['end-of-file', driverError('NJS-521', 'received end-of-file on communication channel'), 'source-unreachable'],
    ['lost contact', driverError('NJS-501', 'terminated unexpectedly'), 'source-unreachable'],
    ['connect timeout', driverError('NJS-510', 'timed out'), 'source-unreachable'],
    ['call timeout', driverError('NJS-123', 'call timeout of 1 ms exceeded'), 'source-unreachable'],
    ['closed connection', driverError('NJS-003', 'invalid or closed connection'), 'source-unreachable'],
    ['no session in time', driverError('NJS-040', 'connection request timeout'), 'source-unreachable'],
    ['unknown service', driverError('NJS-518', 'Service "X" is not registered'), 'source-unreachable'],
    ['unknown SID', driverError('NJS-519', 'SID "X" is not registered'), 'source-unreachable'],
    ['unknown host', driverError('NJS-530', 'incorrect or unresolvable'), 'source-unreachable'],
    [
      'refused with a number in the text',
      driverError('NJS-511', 'was refused.\nCause: ORA-12516'),
      'source-unreachable',
    ],
    ['refused with an unknown number', driverError('NJS-511', 'was refused.\nCause: ORA-12999'), 'source-unreachable'],
    ['killed session', driverError('NJS-500', 'closed or broken\nORA-00028: killed', 28), 'source-unreachable'],
    ['internal error', driverError('NJS-500', 'closed or broken\nORA-00600: internal', 600), 'source-rejected'],
    ['damaged packet', driverError('NJS-103', 'unexpected message type 238'), 'source-unreachable'],
    ['package without EXECUTE', driverError('ORA-06550', "PLS-00201: 'DBMS_LOGMNR'", 6550), 'source-privilege-missing'],
    ['old database', driverError('NJS-138', 'version not supported'), 'not-yet-supported'],
    ['old password verifier', driverError('NJS-116', 'password verifier type'), 'source-login-refused'],
    ['unknown code of the driver', driverError('NJS-999', 'something'), 'source-rejected'],
  ])('%s', (_name, error, kind) => {
    expect(classified(error).kind).toBe(kind);
  });
});

describe('an error of the server', () => {
  const unreachable = [
    28, 1012, 1033, 1034, 1089, 1090, 1092, 1109, 2396, 3113, 3114, 3135, 12170, 12505, 12514, 12516, 12520, 12528,
    12537, 12541, 12547, 12571, 25408,
  ];
  test.each<[FailureKind, readonly number[]]>([
    ['source-unreachable', unreachable],
    ['source-login-refused', [1017, 28000, 28001]],
    ['source-privilege-missing', [942, 1031, 1045]],
    ['source-snapshot-too-old', [1555, 22924]],
    ['source-redo-missing', [308, 310, 333, 334, 353, 354, 355, 368, 1284, 1291, 1343, 1368]],
    ['source-table-redefined', [1466]],
    ['source-rejected', [54, 900, 904, 1013, 1306, 1722, 4031, 8181, 65040]],
  ])('is %s', (kind, numbers) => {
    expect(numbers.map((number) => [number, classified(ora(number)).kind])).toEqual(
      numbers.map((number) => [number, kind]),
    );
  });
});

describe('the message', () => {
  test('says what was done, where, and why, in one line without links and connection ids', () => {
    const error = driverError(
      'NJS-518',
      'Service "X" is not registered at host db1. (CONNECTION_ID=abc==)\n\nHelp: https://docs.oracle.com/',
    );
    expect(classified(error).message).toBe(
      'querying V$THREAD at Oracle db1:1521/ORCLPDB1: NJS-518: Service "X" is not registered at host db1.',
    );
  });

  test('keeps the driver error as its cause', () => {
    const error = ora(1555);
    expect(classified(error).cause).toBe(error);
  });
});

test('a failure that is classified already stays as it is', () => {
  const failure = new Failure('source-redo-missing', 'thread 1');
  expect(classified(failure)).toBe(failure);
});

test('an error of nobody else is a bug of ours', () => {
  expect(classified(new TypeError('x is undefined'))).toMatchObject({
    kind: 'bug',
    message: 'querying V$THREAD at Oracle db1:1521/ORCLPDB1: TypeError: x is undefined',
  });
});
